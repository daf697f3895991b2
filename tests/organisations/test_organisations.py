"""Organisations: on record, on their way into membership, and who belongs to them and speaks for them."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import months_after
from app.core.permissions import Role
from app.models.affiliations import Affiliation, AffiliationKind
from app.services.organisation_figures import retention
from tests.organising import Ground

PATH = "organisations"
TODAY = clock.today()


async def test_an_organisation_becomes_a_member_and_its_course_is_kept(ground: Ground) -> None:
    made = await ground.do(PATH, branch_id=str(ground.unit), name="St Example's", kind="congregation")
    path = f"{PATH}/{made['id']}"
    assert made["state"] == "prospect"
    await ground.refused(f"{path}/join", "wrong_state")
    await ground.do(f"{path}/approach")
    await ground.do(f"{path}/agree", note="They will bring thirty.")
    await ground.refused(f"{path}/join", "in_future", 422, joined_on=str(TODAY + timedelta(days=1)))
    joined = await ground.do(f"{path}/join", dues_pence=120_000)
    assert (joined["state"], joined["joined_on"]) == ("active", str(TODAY))
    assert joined["renewal_on"] == str(months_after(TODAY, 12))
    await ground.refused(f"{path}/flag-risk", "reason_needed", 422)
    await ground.do(f"{path}/flag-risk", note="Their hall is being sold.")
    await ground.do(f"{path}/recover")
    renewed = await ground.do(f"{path}/renew", dues_pence=130_000)
    assert renewed["renewal_on"] == str(months_after(TODAY, 24))
    await ground.refused(f"{path}/renew", "overlaps", 422, starts_on=str(TODAY))
    told = await ground.get(f"{path}/steps")
    assert [step["to_state"] for step in told["steps"]] == ["negotiating", "agreed", "active", "at_risk", "active"]
    assert [(term["begun"], term["dues_pence"]) for term in told["terms"]] == [
        ("joined", 120_000),
        ("renewed", 130_000),
    ]
    await ground.do(f"{path}/leave", note="They have closed.")
    assert {term["ends_on"] for term in (await ground.get(f"{path}/steps"))["terms"]} <= {
        str(TODAY),
        str(months_after(TODAY, 12)),
    }
    await ground.refused(f"{path}/renew", "wrong_state")
    assert (await ground.get(path))["renewal_on"] is None


async def test_its_state_is_told_of_any_day(ground: Ground) -> None:
    path = f"{PATH}/{await ground.organisation(name=f'Dated {uuid4().hex}')}"
    await ground.do(f"{path}/approach")
    await ground.do(f"{path}/agree")
    joined_on = TODAY - timedelta(days=30)
    await ground.do(f"{path}/join", joined_on=str(joined_on), dues_pence=5)

    async def on(day: date) -> tuple[str, str | None]:
        told = await ground.get(f"{path}?as_of={day}")
        return told["state"], told["state_since"]

    assert await on(TODAY) == await on(joined_on) == ("active", str(joined_on))
    assert await on(joined_on - timedelta(days=1)) == ("prospect", None)
    tomorrow = TODAY + timedelta(days=1)
    await ground.on(tomorrow)
    await ground.do(f"{path}/lapse")
    assert await on(tomorrow) == ("lapsed", str(tomorrow))
    assert await on(TODAY) == ("active", str(joined_on))
    listed = f"{PATH}?state=active&q=Dated&branch_id={ground.unit}"
    told = {day: (await ground.get(f"{listed}&as_of={day}"))["data"] for day in (TODAY, tomorrow)}
    assert [path.endswith(one["id"]) for one in told[TODAY]].count(True) == 1
    assert not any(path.endswith(one["id"]) for one in told[tomorrow])
    await ground.do(f"{path}/return")
    await ground.do(f"{path}/agree")
    await ground.refused(f"{path}/join", "overlaps", 422, joined_on=str(TODAY))


async def test_one_speaks_for_it_at_a_time_and_people_are_named_or_made(ground: Ground) -> None:
    organisation = await ground.organisation(state="active")
    path = f"{PATH}/{organisation}"
    someone = {"given_name": "Ffion", "family_name": "Example", "email": f"{uuid4().hex}@example.org"}
    first = await ground.do(f"{path}/representatives", person=someone, role="voting")
    other = {"person_id": str(await ground.person())}
    await ground.refused(f"{path}/representatives", "representative_in_place", person=other, role="voting")
    await ground.do(f"{path}/representatives", person=other, role="dues")
    told = await ground.get(path)
    assert {one["role"] for one in told["representatives"]} == {"voting", "dues"}
    await ground.refused(
        f"{path}/representatives", "representative_in_place", person={"person_id": first["person_id"]}, role="voting"
    )
    await ground.refused(f"{path}/representatives", "representative_in_place", person=other, role="dues")
    await ground.do(f"representatives/{first['id']}/end")
    # Put off, it would fall into the days of whoever follows.
    later = str(TODAY + timedelta(days=9))
    await ground.refused(f"representatives/{first['id']}/end", "already_ended", ends_on=later)
    bodies = [{"person": other, "role": "voting"} for _ in range(2)]
    answers = await asyncio.gather(
        *[ground.organiser.post(f"/v1/{path}/representatives", json=body) for body in bodies]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    delegates = (await ground.get(f"representatives?role=voting&as_of={TODAY}&branch_id={ground.unit}"))["data"]
    assert [one["person_id"] for one in delegates if one["organisation_id"] == str(organisation)] == [
        other["person_id"]
    ]
    stranger = {"person_id": str(await ground.person(ground.world.islington))}
    await ground.refused(f"{path}/representatives", "unknown_person", 422, person=stranger, role="deputy")


async def test_affiliations_are_typed_and_dated_and_their_reading_is_logged(ground: Ground) -> None:
    organisation, person = await ground.organisation(), await ground.person()
    path = f"{PATH}/{organisation}/affiliations"
    made = await ground.do(path, person={"person_id": str(person)}, kind="parent", title="Of two")
    await ground.refused(path, "already_affiliated", person={"person_id": str(person)}, kind="parent")
    found = await ground.get(f"affiliations?person_id={person}&current=true")
    assert [one["id"] for one in found["data"]] == [made["id"]]
    await ground.refused(f"affiliations/{made['id']}/end", "before_beginning", 422, ends_on=str(TODAY - timedelta(1)))
    await ground.do(f"affiliations/{made['id']}/end")
    assert (await ground.get(f"affiliations?person_id={person}&current=true"))["data"] == []
    purposes = await ground.world.api.value(
        "select count(*) from access_log where purpose = 'list:affiliation' and account_id = $1", ground.organiser_id
    )
    assert purposes == 2


async def test_it_is_of_its_unit_and_moves_with_all_that_hangs_from_it(ground: Ground) -> None:
    organisation = await ground.organisation(name=f"Findable {uuid4().hex}")
    path = f"/v1/{PATH}/{organisation}"
    assert (await ground.other.get(path)).status_code == 404
    made = await ground.do(
        f"{PATH}/{organisation}/affiliations", person={"person_id": str(await ground.person())}, kind="staff"
    )
    assert (await ground.leader.get(path)).status_code == 200
    assert (await ground.leader.post(f"{path}/approach", json={})).status_code == 403
    await ground.refused(
        f"{PATH}/{organisation}/move", "permission_missing", 403, branch_id=str(ground.world.islington)
    )
    await ground.do(f"{PATH}/{organisation}/move", ground.supervisor, branch_id=str(ground.world.islington))
    assert (await ground.organiser.get(path)).status_code == 404
    found = (await ground.get("affiliations", ground.other))["data"]
    assert made["id"] in {one["id"] for one in found}
    stale = await ground.other.patch(path, json={"name": "Elsewhere"}, headers={"If-Match": f'"{organisation}-1"'})
    assert stale.status_code == 412


async def test_those_that_go_cold_are_found(ground: Ground) -> None:
    quiet = await ground.organisation(state="active")
    found = await ground.get(f"{PATH}?quiet_since={TODAY - timedelta(days=60)}&members=true&limit=200")
    assert str(quiet) in {one["id"] for one in found["data"]}


def _ids(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def test_the_worked_example_of_retention() -> None:
    before, new = _ids(20), _ids(4)
    told = retention(TODAY, TODAY, dict.fromkeys(before, 100_000), dict.fromkeys([*before[:17], *new], 100_000))
    assert (told.at_start, told.renewed, told.new, told.at_end, told.net) == (20, 17, 4, 21, 1)
    assert told.retention_percent == 85
    paid = dict.fromkeys(before, 2000000 // 20)
    kept = {one: pence - 10_000 for one, pence in paid.items()}
    assert retention(TODAY, TODAY, paid, kept).dues_retention_percent == 90


@given(before=st.sets(st.integers(0, 30)), after=st.sets(st.integers(0, 30)), dues=st.integers(0, 10**7))
def test_what_stayed_and_went_adds_up(before: set[int], after: set[int], dues: int) -> None:
    ids = _ids(31)
    told = retention(TODAY, TODAY, {ids[n]: dues for n in before}, {ids[n]: dues for n in after})
    assert told.renewed + told.lost == told.at_start
    assert told.renewed + told.new == told.at_end
    assert told.net == told.new - told.lost
    assert (told.retention_percent is None) == (not before)


async def test_retention_is_told_and_drawn(ground: Ground) -> None:
    organisation = await ground.organisation(state="agreed")
    await ground.do(f"{PATH}/{organisation}/join", dues_pence=100, joined_on=str(TODAY - timedelta(days=30)))
    days = f"from={TODAY - timedelta(days=20)}&to={TODAY}&branch_id={ground.unit}"
    told = await ground.get(f"{PATH}/retention?{days}")
    assert (told["at_start"], told["renewed"], told["retention_percent"]) == (1, 1, 100)
    chart = await ground.organiser.get(f"/v1/{PATH}/retention/chart?{days}")
    assert chart.headers["content-type"] == "image/svg+xml"
    refused = await ground.organiser.get(f"/v1/{PATH}/retention?from={TODAY}&to={TODAY}")
    assert refused.status_code == 422


@pytest.mark.parametrize("said", [{"website": "example.org"}, {"name": " "}, {"charity_number": "!"}, {"kind": "sect"}])
async def test_bad_input_is_refused(ground: Ground, said: dict[str, str]) -> None:
    body = {"branch_id": str(ground.unit), "name": "X", "kind": "union", **said}
    answer = await ground.organiser.post(f"/v1/{PATH}", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(said))}")


async def test_its_own_people_see_it_and_change_nothing(ground: Ground) -> None:
    world = ground.world
    institution = await world.api.unit(world.hackney)
    leader = await world.officer(Role.leader, institution)
    own, other = await ground.organisation(unit_id=institution), await ground.organisation()
    made = await ground.do(
        f"{PATH}/{own}/affiliations", person={"person_id": str(await ground.person())}, kind="member"
    )
    assert [one["id"] for one in (await ground.get(PATH, leader))["data"]] == [str(own)]
    assert (await ground.get(f"{PATH}/{own}", leader))["id"] == str(own)
    assert [one["id"] for one in (await ground.get("affiliations", leader))["data"]] == [made["id"]]
    assert (await leader.get(f"/v1/{PATH}/{other}")).status_code == 404
    organiser = await world.officer(Role.organiser, institution)
    assert (await organiser.post(f"/v1/{PATH}/{own}/approach", json={})).status_code == 403
    headers = {"If-Match": f'"{own}-1"'}
    assert (await organiser.patch(f"/v1/{PATH}/{own}", json={"name": "Ours"}, headers=headers)).status_code == 403


async def test_the_lock_holds_where_only_the_judge_was_asked(ground: Ground) -> None:
    """To see an institution from its own unit is no right to write what hangs from it, whatever a service forgets."""
    institution = await ground.world.api.unit(ground.world.hackney)
    own = await ground.organisation(unit_id=institution)
    actor = await ground.world.api.actor(Role.organiser, institution)
    row = Affiliation(organisation_id=own, person_id=await ground.person(), kind=AffiliationKind.staff, starts_on=TODAY)
    database = ground.world.api.app.state.database
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(actor) as session:
            await session.insert(row)
