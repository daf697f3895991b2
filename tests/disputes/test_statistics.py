"""Statistics without names: what they count, whom they leave out, and that no small number is told in any of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.audit import Wall
from app.models.disputes import Dispute, DisputeStep
from app.services.disputes.figures import GROUPS, days_to_decision, tell, tell_below
from tests.disputes.desk import Desk
from tests.turns import some_of
from tests.world import Client, World

ROOT, REGION, ONE, TWO = (UUID(int=n) for n in range(1, 5))
PATHS = [[ROOT], [ROOT, REGION], [ROOT, REGION, ONE], [ROOT, REGION, TWO]]


def a_case(path: Sequence[UUID] = (ROOT,), **over: Any) -> dict[str, Any]:
    return {
        "path": list(path),
        "kind": "conduct",
        "state": "received",
        "outcome": None,
        "received_on": date(2025, 1, 1),
        "decided_on": None,
        "measures": [],
        "sanctions": [],
        "appeals": [],
        **over,
    }


def test_the_organisation_is_told_from_five_and_a_unit_from_ten() -> None:
    cases = [a_case(PATHS[2])] * 9 + [a_case(PATHS[3])] * 12
    assert tell(cases, [ROOT])["kind"].total == 21
    assert tell(cases[:4], [ROOT])["kind"].total is None
    told = tell(cases, [ROOT, REGION])
    assert told["kind"].total == 21
    # Nine could be had from 21 and 12.
    assert {key: one["kind"].total for key, one in tell_below(cases, REGION, told).items()} == {ONE: None, TWO: None}
    enough = [*cases, a_case(PATHS[2])]
    told = tell(enough, [ROOT, REGION])
    assert {key: one["kind"].total for key, one in tell_below(enough, REGION, told).items()} == {ONE: 10, TWO: 12}
    assert tell(enough, PATHS[2])["kind"].total == 10


def test_what_became_of_a_case_counts_once_it_is_decided() -> None:
    cases = [a_case(state="heard", outcome="upheld")] * 6 + [a_case(state="final", outcome="upheld")] * 7
    told = tell(cases, [ROOT])
    assert (told["result"].parts["undecided"], told["result"].parts["upheld"]) == (6, 7)
    assert (told["stage"].parts["panel"], told["stage"].parts["ended"], told["stage"].parts["intake"]) == (6, 7, 0)


def test_the_middle_of_how_long_it_took() -> None:
    cases = [a_case(decided_on=date(2025, 1, 1) + timedelta(days=n)) for n in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)]
    told = days_to_decision(cases, date(2026, 1, 1))
    assert (told.median, told.percentile_90) == (55, 90)
    assert days_to_decision(cases[1:], date(2026, 1, 1)).median is None
    # What was decided since is not known yet.
    assert days_to_decision(cases, date(2025, 4, 1)).median is None


@settings(deadline=None, max_examples=some_of(60))
@given(
    st.lists(
        st.builds(
            a_case,
            st.sampled_from(PATHS),
            kind=st.sampled_from(["conduct", "unit", "election"]),
            state=st.sampled_from(["received", "final"]),
            outcome=st.sampled_from(["upheld", "dismissed"]),
            sanctions=st.lists(st.sampled_from(["warning", "expulsion"]), max_size=2),
        ),
        max_size=80,
    )
)
def test_nothing_small_is_told_anywhere(cases: list[dict[str, Any]]) -> None:
    for path in PATHS:
        told, least = tell(cases, path), 5 if len(path) == 1 else 10
        for group in GROUPS:
            figures = [told[group].total, *told[group].parts.values()]
            assert all(figure is None or figure == 0 or figure >= least for figure in figures)
    told, units = tell(cases, [ROOT, REGION]), [tell(cases, path) for path in PATHS[2:]]
    here = [case for case in cases if REGION in case["path"]]
    for group in GROUPS:
        if told[group].total is not None and all(one[group].total is not None for one in units):
            # What is the region's own can be had by subtraction.
            left = told[group].total - sum(one[group].total or 0 for one in units)
            assert left == 0 or left >= 10
    assert tell_below(here, REGION, told).keys() <= {ONE, TWO}


async def received(world: World, desk: Desk, branch_id: UUID, number: int, *, year: int, **over: Any) -> list[UUID]:
    """So many cases of a year, behind the scenes. Each test has a year of its own: the organisation is everybody's."""
    made, day = [], date(year, 3, 1)
    async with world.api.owner.transaction() as session:
        for _ in range(number):
            dispute = Dispute(
                reference=f"D-{new_id().hex[-8:].upper()}",
                procedure_id=desk.procedure_id,
                branch_id=branch_id,
                nation="england",
                kind="conduct",
                source="member",
                received_on=day,
                state_since=day,
                sealed=b"",
                **over,
            )
            await session.insert(dispute)
            await session.insert(
                DisputeStep(
                    dispute_id=dispute.id,
                    action="receive",
                    to_state=dispute.state,
                    on_day=day,
                    sealed=b"",
                )
            )
            await session.execute("alter table dispute_steps disable trigger append_only")
            await session.execute(
                "update dispute_steps set created_at = $2 where dispute_id = $1", dispute.id, clock.day_starts(day)
            )
            await session.execute("alter table dispute_steps enable trigger append_only")
            made.append(dispute.id)
    return made


async def statistics(client: Client, **query: Any) -> dict[str, Any]:
    answer = await client.get("/v1/disputes/statistics", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_officer_reads_the_figures_of_a_year_that_is_over(desk: Desk) -> None:
    world = desk.world
    await received(
        world, desk, world.hackney, 11, year=2010, state="final", outcome="upheld", decided_on=date(2010, 6, 1)
    )
    await received(world, desk, world.islington, 10, year=2010, state="investigating")
    officer = await world.officer(Role.disputes_officer, world.root)
    told = await statistics(officer, year=2010, branch_id=str(world.region))
    assert (told["received"], told["as_of"]) == (21, f"{date.today().year}-01-01")  # noqa: DTZ011
    by_unit = {one["branch_id"]: one["received"] for one in told["by_unit"]}
    assert by_unit == {str(world.hackney): 11, str(world.islington): 10}
    assert {one["stage"]: one["count"] for one in told["by_stage"]}["formal"] == 10
    assert {one["result"]: one["count"] for one in told["by_result"]}["upheld"] == 11
    assert told["days_to_decision"] == {"median": 92, "percentile_90": 92}
    assert {one["year"]: one["received"] for one in told["by_year"]}[2010] == 21
    branch = await statistics(officer, year=2010, branch_id=str(world.hackney))
    assert branch["received"] == 11


async def test_a_small_unit_is_told_nothing_and_given_away_by_nothing(desk: Desk) -> None:
    world = desk.world
    await received(world, desk, world.hackney, 15, year=2011)
    await received(world, desk, world.islington, 3, year=2011)
    officer = await world.officer(Role.disputes_officer, world.root)
    small = await statistics(officer, year=2011, branch_id=str(world.islington))
    assert small["received"] is None
    assert all(one["count"] is None for one in (*small["by_kind"], *small["by_stage"], *small["by_result"]))
    region = await statistics(officer, year=2011, branch_id=str(world.region))
    assert region["received"] == 18
    assert [one["received"] for one in region["by_unit"]] == [None, None]


async def test_a_unit_has_no_figures_of_a_year_that_is_not_over(desk: Desk) -> None:
    world = desk.world
    account = await world.api.account()
    await world.api.grant(account, Role.disputes_officer, world.root, starts_on=date(2012, 1, 1))
    officer = await world.api.sign_in(account)
    await received(world, desk, world.hackney, 11, year=2012)
    await desk.on(date(2012, 12, 1))
    told = await statistics(officer, year=2012, branch_id=str(world.hackney))
    assert told["received"] is None
    whole = await statistics(officer, year=2012)
    assert (whole["as_of"], whole["received"] >= 11) == ("2012-12-01", True)


async def test_whoever_is_named_counts_no_case_of_theirs_before_it_ends(desk: Desk) -> None:
    world = desk.world
    cases = await received(world, desk, world.hackney, 11, year=2013)
    _, person = await world.api.member(world.angel)
    account = await world.api.account(person_id=person)
    await world.api.grant(account, Role.disputes_officer, world.root)
    named = await world.api.sign_in(account)
    async with world.api.owner.transaction() as session:
        await session.insert(Wall(wall_key=cases[0], person_id=person, reason="named"))
    stranger = await world.officer(Role.disputes_officer, world.root)
    asked = {"year": 2013, "branch_id": str(world.hackney)}
    assert [(await statistics(one, **asked))["received"] for one in (stranger, named)] == [11, 10]
    async with world.api.owner.transaction() as session:
        await session.execute("update disputes set state = 'final' where id = $1", cases[0])
    assert (await statistics(named, **asked))["received"] == 11


async def test_who_may_not_count_is_refused(desk: Desk) -> None:
    world = desk.world
    secretary = await world.officer(Role.branch_secretary)
    assert (await secretary.get("/v1/disputes/statistics")).status_code == 403
    below = await world.officer(Role.disputes_officer, world.hackney)
    answers = [
        await below.get("/v1/disputes/statistics", params=query)
        for query in (
            {},
            {"branch_id": str(world.islington)},
            {"branch_id": str(world.hackney)},
            {"branch_id": str(new_id())},
        )
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 200, 404]
    to_come = await below.get("/v1/disputes/statistics", params={"year": 2149, "branch_id": str(world.hackney)})
    assert to_come.json()["errors"][0]["code"] == "in_future"
