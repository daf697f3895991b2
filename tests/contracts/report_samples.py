"""Samples of organisers' reports."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Role
from app.models.organiser_reports import OrganiserReport, ReportFigures, ReportState
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place
from tests.world import World

NOTHING = ReportFigures(**dict.fromkeys(ReportFigures.model_fields, 0)).model_dump(mode="json")


async def place_report(
    world: World, unit: UUID, account_id: UUID, state: ReportState = ReportState.sent
) -> OrganiserReport:
    """The report of an organiser on the last week."""
    today = clock.today()
    row = OrganiserReport(
        branch_id=unit,
        account_id=account_id,
        starts_on=today - timedelta(days=7),
        ends_on=today,
        figures=NOTHING,
        sealed=b"",
        state=state,
        state_since=today,
    )
    await place(world, row)
    return row


def _report(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_report(world, unit, await world.api.account())
        return Ask(ids={"report_id": row.id}, json=json, shown=row.id)

    return make


async def _returned(world: World, unit: UUID) -> Ask:
    account = await world.api.account()
    await world.api.grant(account, Role.organiser, unit)
    row = await place_report(world, unit, account, ReportState.returned)
    return Ask(ids={"report_id": row.id}, json={"plans": "Ten more."}, by=await world.api.sign_in(account))


async def _drafted(_world: World, unit: UUID) -> Ask:
    return Ask(params={"branch_id": str(unit)})


async def _sent(_world: World, unit: UUID) -> Ask:
    today = clock.today()
    days = {"starts_on": str(today - timedelta(days=7)), "ends_on": str(today)}
    return Ask(json={"branch_id": str(unit), "went_well": "Three new leaders.", **days})


REPORTS: dict[str, Sample] = {
    "GET /v1/me/reports/draft": Sample(_drafted, sight=Sight.plain),
    "POST /v1/me/reports": Sample(_sent, sight=Sight.plain),
    "POST /v1/me/reports/{report_id}/send-again": Sample(_returned),
    "GET /v1/organiser-reports": Sample(_report(), Held.anywhere, Sight.listed),
    "GET /v1/organiser-reports/{report_id}": Sample(_report()),
    "POST /v1/organiser-reports/{report_id}/acknowledge": Sample(_report({})),
    "POST /v1/organiser-reports/{report_id}/return": Sample(_report({"text": "And the assembly?"})),
}
