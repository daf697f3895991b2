"""Income: what was expected of an organiser, forecast and received; partnerships; and clusters."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import months_after
from app.core.permissions import Role
from app.models.branches import UnitKind
from app.services.income_targets import raised
from tests.organising import Ground

EXPECTED = {"least_pence": 1_600_000, "hard_percent": 50}


@pytest.mark.parametrize(
    ("hard", "soft", "percent", "amount", "share"),
    [
        (900_000, 950_000, 48.6, True, False),
        (850_000, 850_000, 50.0, True, True),
        (0, 1_600_000, 0.0, True, False),
        (0, 0, 0.0, False, False),
    ],
)
def test_the_worked_examples(hard: int, soft: int, percent: float, amount: bool, share: bool) -> None:
    judged = raised(hard, soft, **EXPECTED)
    assert judged.hard_percent == percent
    assert (judged.meets_amount, judged.meets_hard_share) == (amount, share)


@given(hard=st.integers(0, 10**9), soft=st.integers(0, 10**9), least=st.integers(0, 10**9), percent=st.integers(0, 100))
def test_the_share_is_judged_on_exact_sums(hard: int, soft: int, least: int, percent: int) -> None:
    judged = raised(hard, soft, least_pence=least, hard_percent=percent)
    assert judged.total_pence == hard + soft
    assert judged.meets_amount == (hard + soft >= least)
    assert judged.meets_hard_share == (hard + soft > 0 and 100 * hard >= percent * (hard + soft))


async def _target(ground: Ground, **said: Any) -> dict[str, Any]:
    today = clock.today()
    days = {"starts_on": str(today), "ends_on": str(months_after(today, 12))}
    body = {"branch_id": str(ground.unit), "account_id": str(ground.organiser_id), **days, **said}
    return await ground.do("income-targets", ground.supervisor, **body)


async def _line(ground: Ground, kind: str, pence: int) -> str:
    said = {"kind": kind, "source": "A grant", "forecast_pence": pence, "expected_on": str(clock.today())}
    made: str = (await ground.do("income-lines", branch_id=str(ground.unit), **said))["id"]
    return made


async def test_a_target_tells_what_came_in_and_what_is_forecast(ground: Ground) -> None:
    target = await _target(ground)
    hard, soft = await _line(ground, "hard", 850_000), await _line(ground, "soft", 850_000)
    await ground.do(f"income-lines/{hard}/receive", actual_pence=800_000)
    await ground.refused(f"income-lines/{hard}/receive", "wrong_state", actual_pence=1)
    told = await ground.get(f"income-targets/{target['id']}")
    assert (told["actual"]["total_pence"], told["actual"]["meets_amount"]) == (800_000, False)
    assert (told["forecast"]["total_pence"], told["forecast"]["meets_hard_share"]) == (1_650_000, False)
    await ground.do(f"income-lines/{soft}/lose", reason="Declined.")
    told = await ground.get(f"income-targets/{target['id']}", ground.supervisor)
    assert told["forecast"] == told["actual"]
    assert told["actual"]["hard_percent"] == 100
    chart = await ground.organiser.get(f"/v1/income-targets/{target['id']}/chart")
    assert chart.headers["content-type"] == "image/svg+xml"
    assert chart.text.startswith("<svg")


async def test_a_target_is_its_organisers_and_their_supervisors(ground: Ground) -> None:
    target = await _target(ground)
    path = f"/v1/income-targets/{target['id']}"
    assert (await ground.other.get(path)).status_code == 404
    assert (await ground.leader.get(path)).status_code == 404
    assert target["id"] in {one["id"] for one in (await ground.get("income-targets"))["data"]}
    body = {"branch_id": str(ground.unit), "account_id": str(ground.organiser_id)}
    days = {"starts_on": target["starts_on"], "ends_on": target["ends_on"]}
    assert (await ground.organiser.post("/v1/income-targets", json=body | days)).status_code == 403
    await ground.refused("income-targets", "targets_overlap", by=ground.supervisor, **body, **days)
    later = {"starts_on": days["ends_on"], "ends_on": str(months_after(clock.today(), 24))}
    answers = await asyncio.gather(*[ground.supervisor.post("/v1/income-targets", json=body | later) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_partnership_is_proposed_agreed_and_ended(ground: Ground) -> None:
    organisation, campaign = str(await ground.organisation()), str(await ground.campaign())
    said = {"organisation_id": organisation, "campaign_id": campaign, "purpose": "A race equity strategy."}
    begun = clock.today() - timedelta(days=3)
    made = await ground.do("strategic-partnerships", branch_id=str(ground.unit), starts_on=str(begun), **said)
    path = f"strategic-partnerships/{made['id']}"
    assert (await ground.do(f"{path}/agree"))["state"] == "agreed"
    await ground.refused(f"{path}/end", "not_within", 422, ends_on=str(begun - timedelta(days=1)))
    ended = await ground.do(f"{path}/end")
    assert (ended["state"], ended["ends_on"]) == ("ended", str(clock.today()))
    found = await ground.get(f"strategic-partnerships?campaign_id={campaign}")
    assert [one["id"] for one in found["data"]] == [made["id"]]


async def test_a_cluster_of_six_is_too_many_for_one_organiser(ground: Ground) -> None:
    api = ground.world.api
    cluster = await api.unit(ground.world.region, UnitKind.cluster)
    account = await api.account()
    await api.grant(account, Role.organiser, cluster)
    organiser = await api.sign_in(account)
    for number in range(6):
        told = (await ground.get("clusters", organiser))["data"]
        assert [(one["institutions"], one["warnings"]) for one in told] == [(number, [])]
        assert [one["account_id"] for one in told[0]["organisers"]] == [str(account)]
        await ground.organisation(cluster, state="active")
    await ground.organisation(cluster)
    told = (await ground.get("clusters", ground.supervisor))["data"][0]
    assert (told["institutions"], told["prospects"], told["warnings"]) == (6, 1, ["too_many_institutions"])
    assert (await ground.get("clusters"))["data"] == []
