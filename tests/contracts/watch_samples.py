"""Samples of what is found in the log of reads."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.access_alerts import AccessAlert, AccessAlertRule
from tests.contracts.asks import Ask, Make
from tests.contracts.matter_samples import at_the_root
from tests.world import World


def _alert(json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        today = clock.today()
        alert = AccessAlert(
            rule=AccessAlertRule.night_export,
            account_id=await world.api.account(),
            on_day=today,
            count=1,
            state_since=today,
        )
        async with world.api.transaction() as session:
            await session.insert(alert)
        return Ask(ids={"alert_id": alert.id}, json=json, shown=alert.id)

    return make


WATCHING = {
    "GET /v1/access-alerts": at_the_root(_alert()),
    "GET /v1/access-alerts/{alert_id}": at_the_root(_alert()),
    "POST /v1/access-alerts/{alert_id}/look-into": at_the_root(
        _alert({"outcome": "harmless", "text": "A deadline the next morning, and everybody knew."})
    ),
}
