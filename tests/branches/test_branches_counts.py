"""How many stood where, today and on a day gone by."""

from datetime import timedelta

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from tests.world import World

OFFICER = Role.regional_officer


async def test_counts_today_and_as_of_a_day(world: World) -> None:
    api, today = world.api, clock.today()
    ago = today - timedelta(days=100)
    paid = await world.member(world.dalston, joined_on=ago - timedelta(days=300), paid_until=today)
    await world.member(joined_on=today - timedelta(days=3))
    await world.member(paid_until=today - timedelta(days=1), lapses_on=today + timedelta(days=5))
    await world.member(paid_until=today - timedelta(days=9), lapses_on=today)
    await world.member(decided_standing="resigned", decided_from=ago + timedelta(days=1))
    suspended = await world.member(decided_standing="suspended", decided_from=ago)
    await world.member(relationship="supporter", type="supporter")
    secretary = await world.officer()
    url = f"/v1/branches/{world.hackney}/counts"
    zero = {"branch_id": str(world.hackney), "units": 2}
    now = {"as_of": str(today), "current": 2, "arrears": 1, "lapsed": 1, "suspended": 1, "supporters": 1}
    assert (await secretary.get(url)).json() == zero | now
    assert (await secretary.get(url, params={"as_of": str(today)})).json() == zero | now
    # Then one had not joined, one had not resigned, two had paid, and one's term had run out a month before.
    await api.row(
        "insert into membership_terms (id, created_at, member_id, branch_id, starts_on, ends_on) "
        "values ($1, now(), $2, $3, $4, $5) returning id",
        new_id(), paid, world.dalston, ago - timedelta(days=300), ago - timedelta(days=30),
    )  # fmt: skip
    await api.row(
        "insert into standings (id, created_at, member_id, branch_id, standing, starts_on) "
        "values ($1, now(), $2, $3, 'suspended', $4) returning id",
        new_id(), suspended, world.hackney, ago,
    )  # fmt: skip
    then = {"as_of": str(ago), "current": 3, "arrears": 1, "lapsed": 0, "suspended": 1, "supporters": 1}
    assert (await secretary.get(url, params={"as_of": str(ago)})).json() == zero | then
    before = (await secretary.get(url, params={"as_of": str(ago - timedelta(days=1))})).json()
    assert (before["current"], before["suspended"]) == (4, 0)
    tomorrow = await secretary.get(url, params={"as_of": str(today + timedelta(days=1))})
    assert tomorrow.json()["errors"][0]["code"] == "in_future"
    assert (await secretary.get(f"/v1/branches/{world.islington}/counts")).status_code == 403


async def test_who_moved_away_later_is_counted_where_they_were(world: World) -> None:
    member = await world.member(world.dalston)
    await world.api.row(
        "insert into transfers (id, created_at, updated_at, version, member_id, member_name, from_branch_id, "
        "to_branch_id, state, asked_by, decided_at) "
        "values ($1, now(), now(), 1, $2, 'X', $3, $4, 'accepted', $1, $5) returning id",
        new_id(), member, world.angel, world.dalston, clock.now(),
    )  # fmt: skip
    officer = await world.officer(OFFICER, world.region)
    yesterday = {"as_of": str(clock.today() - timedelta(days=1))}
    counts = [
        (await officer.get(f"/v1/branches/{unit}/counts", params=params)).json()["current"]
        for unit, params in (
            (world.angel, yesterday),
            (world.angel, {}),
            (world.dalston, yesterday),
            (world.dalston, {}),
        )
    ]
    assert counts == [1, 0, 0, 1]
