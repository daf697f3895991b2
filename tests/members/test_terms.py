"""Paid periods: until when a membership is paid, and the day on which it lapses."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.errors import AppError
from app.core.permissions import Role
from app.services.membership_terms import add_term, lapse_day
from tests.conftest import SetClock
from tests.world import World

DAYS = st.dates(date(1900, 1, 1), date(2140, 1, 1))


@pytest.mark.parametrize(
    ("paid_until", "lapses"),
    [
        ("2026-08-31", "2026-12-01"),
        ("2026-11-30", "2027-03-01"),
        ("2027-11-30", "2028-03-01"),
        ("2026-01-15", "2026-04-16"),
        ("2026-12-31", "2027-04-01"),
        ("2027-11-29", "2028-02-29"),
        ("2026-02-28", "2026-06-01"),
    ],
)
def test_a_membership_lapses_after_three_calendar_months(paid_until: str, lapses: str) -> None:
    assert lapse_day(date.fromisoformat(paid_until)) == date.fromisoformat(lapses)


@given(DAYS)
def test_the_grace_is_three_months_from_the_first_day_unpaid(paid_until: date) -> None:
    first, lapses = paid_until + timedelta(days=1), lapse_day(paid_until)
    assert (lapses.year * 12 + lapses.month) - (first.year * 12 + first.month) == 3
    assert lapses.day == first.day or (lapses.day < first.day and (lapses + timedelta(days=1)).day == 1)


@given(DAYS)
def test_whoever_pays_for_longer_never_lapses_earlier(paid_until: date) -> None:
    assert lapse_day(paid_until) <= lapse_day(paid_until + timedelta(days=1))


async def test_standing_follows_the_calendar_by_the_day(world: World, set_clock: SetClock) -> None:
    member = await world.member()
    actor = await world.api.actor(Role.branch_secretary, world.hackney)
    async with world.api.app.state.database.transaction(actor) as session:
        await add_term(session, actor, member, date(2025, 9, 1), date(2026, 9, 1))
        await add_term(session, actor, member, date(2024, 9, 1), date(2025, 9, 1))
    row = await world.api.row("select paid_until, lapses_on, version from members where id = $1", member)
    assert tuple(row.values()) == (date(2026, 8, 31), date(2026, 12, 1), 2)
    assert await world.api.value("select count(*) from membership_terms where member_id = $1", member) == 2
    secretary = await world.officer()
    for day, standing in (
        ("2026-08-31", "current"),
        ("2026-09-01", "arrears"),
        ("2026-11-30", "arrears"),
        ("2026-12-01", "lapsed"),
    ):
        await set_clock(clock.day_starts(date.fromisoformat(day)) + timedelta(hours=12))
        async with world.api.app.state.database.transaction(actor) as session:
            shown = await session.fetchval(
                "select standing_on(null, null, null, paid_until, lapses_on, $2) from members where id = $1",
                member,
                clock.today(),
            )
        assert shown == standing
        if clock.offset() > timedelta():
            assert (await secretary.get(f"/v1/members/{member}")).json()["standing"] == standing


async def test_a_term_is_judged_and_has_days(world: World) -> None:
    member = await world.member()
    supporter = await world.member(relationship="supporter", type="supporter")
    secretary = await world.api.actor(Role.branch_secretary, world.hackney)
    treasurer = await world.api.actor(Role.branch_treasurer, world.hackney)
    islington = await world.api.actor(Role.branch_secretary, world.islington)
    day = date(2026, 1, 1)
    for actor, who, end, code in (
        (treasurer, member, date(2027, 1, 1), "permission_missing"),
        (secretary, member, day, "invalid"),
        (islington, member, date(2027, 1, 1), "not_found"),
        (secretary, supporter, date(2027, 1, 1), "not_a_member"),
    ):
        with pytest.raises(AppError) as refused:
            async with world.api.app.state.database.transaction(actor) as session:
                await add_term(session, actor, who, day, end)
        assert refused.value.code == code
    assert (
        await world.api.value("select count(*) from membership_terms where member_id = any ($1)", [member, supporter])
        == 0
    )


async def test_what_was_paid_for_is_listed_the_latest_first_in_its_branch_alone(world: World) -> None:
    member = await world.member()
    actor = await world.api.actor(Role.branch_secretary, world.hackney)
    async with world.api.app.state.database.transaction(actor) as session:
        for year in (2024, 2025):
            await add_term(session, actor, member, date(year, 9, 1), date(year + 1, 9, 1))
    secretary, stranger = await world.officer(), await world.officer(branch_id=world.islington)
    first = (await secretary.get(f"/v1/members/{member}/terms", params={"limit": 1})).json()
    rest = (await secretary.get(f"/v1/members/{member}/terms", params={"cursor": first["next_cursor"]})).json()
    assert [term["starts_on"] for page in (first, rest) for term in page["data"]] == ["2025-09-01", "2024-09-01"]
    assert (await stranger.get(f"/v1/members/{member}/terms")).status_code == 404
