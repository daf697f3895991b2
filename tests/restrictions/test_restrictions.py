"""What a decision takes from a member is gone at that moment, is seen with the member, and comes back by itself."""

import pytest

from app.core import clock
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.members import MemberRead
from app.models.restrictions import RestrictionKind
from tests.restrictions.bench import Bench, K, in_days

#: What a sanction takes.
TAKEN = (K.suspended, K.excluded, K.expelled, K.barred_from_office, K.barred_from_candidacy)
STANDS = {K.suspended: "suspended", K.excluded: "expelled", K.expelled: "expelled"}


async def trail(bench: Bench, subject_id: object) -> list[str]:
    found: list[str] = await bench.api.value(
        "select array_agg(action order by id) from audit_entries where subject_id = $1", subject_id
    )
    return found


@pytest.mark.parametrize("kind", K)
async def test_it_is_seen_with_the_member_and_ends_by_itself(bench: Bench, kind: RestrictionKind) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    await bench.restrict(person, kind, ends_on=in_days(10))
    found = await bench.read(member)
    assert found["restrictions"] == [
        {"kind": kind, "starts_on": clock.today().isoformat(), "ends_on": in_days(10).isoformat()}
    ]
    assert (found["standing"], found["version"]) == (STANDS.get(kind, "current"), 2)
    MemberRead.model_validate(found)
    listed = await bench.secretary.get("/v1/members", params={"branch_id": str(bench.world.dalston)})
    assert [(row["standing"], "restrictions" in row) for row in listed.json()["data"]] == [(found["standing"], False)]
    chosen = await bench.secretary.get(
        "/v1/members", params={"branch_id": str(bench.world.dalston), "standing": found["standing"]}
    )
    assert [row["id"] for row in chosen.json()["data"]] == [str(member)]
    await bench.turn(in_days(10))
    assert (await bench.standing(member), await bench.kinds(member)) == ("current", [])


async def test_nothing_of_it_says_who_decided_or_why(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    source = await bench.restrict(person, K.expelled)
    history = await bench.secretary.get(f"/v1/members/{member}/history")
    assert [(c["action"], c["account_name"], c["fields"]) for c in history.json()["data"]] == [
        ("member.restricted", None, {"restrictions": True})
    ]
    assert str(source) not in history.text + str(await bench.read(member))
    assert await trail(bench, member) == ["member.restricted"]
    events = await bench.api.row("select * from events where subject_id = $1", member)
    assert (events["type"], events["branch_id"], events["data"]) == ("member.restricted", bench.world.dalston, {})
    assert await bench.api.value("select count(*) from standings where member_id = $1", member) == 0


async def test_a_member_sees_it_in_their_own_record_and_nobody_elsewhere_does(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    await bench.restrict(person, K.suspended)
    own = await bench.api.sign_in(await bench.api.account(person_id=person))
    mine = (await own.get("/v1/me/member")).json()
    assert (mine["standing"], [r["kind"] for r in mine["restrictions"]]) == ("suspended", ["suspended"])
    stranger = await bench.world.officer(branch_id=bench.world.islington)
    assert (await stranger.get(f"/v1/members/{member}")).status_code == 404
    database: Database = bench.api.app.state.database
    async with database.transaction(bench.actor) as session:
        assert await session.fetch("select id from member_restrictions where member_id = $1", member) == []


async def test_terms_and_subscription_go_on(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston, paid_until=in_days(30), lapses_on=in_days(120))
    await bench.restrict(person, K.suspended, ends_on=in_days(60))
    assert (await bench.read(member))["paid_until"] == in_days(30).isoformat()
    await bench.turn(in_days(60))
    assert await bench.standing(member) == "arrears"


@pytest.mark.parametrize(("kind", "gone"), [(k, k in STANDS) for k in K])
async def test_sign_ins_and_powers_are_gone_at_once(bench: Bench, kind: RestrictionKind, gone: bool) -> None:
    _, person = await bench.api.member(bench.world.dalston)
    account = await bench.api.account(person_id=person)
    await bench.api.grant(account, Role.branch_treasurer, bench.world.hackney)
    before = await bench.api.sign_in(account)
    assert (await before.get("/v1/members")).status_code == 200
    await bench.restrict(person, kind, ends_on=in_days(5))
    assert (await before.get("/v1/members")).status_code == (401 if gone else 200)
    again = await bench.api.sign_in(account)
    assert (await again.get("/v1/me")).status_code == 200
    assert (await again.get("/v1/members")).status_code == (403 if gone else 200)
    await bench.turn(in_days(5))
    later = await bench.api.sign_in(account)
    bench.api.app.state.rights.forget()
    assert (await later.get("/v1/members")).status_code == 200


@pytest.mark.parametrize(("kind", "vacated"), [(k, k in (K.excluded, K.expelled, K.barred_from_office)) for k in TAKEN])
async def test_offices_end_wherever_they_are_held(bench: Bench, kind: RestrictionKind, vacated: bool) -> None:
    world = bench.world
    _, person = await bench.api.member(world.dalston)
    here = await bench.api.office(person, world.dalston, "chair", starts_on=in_days(-9))
    elsewhere = await bench.api.office(person, world.angel, "treasurer", starts_on=in_days(-9))
    account = await bench.api.account(person_id=person)
    source = await bench.restrict(person, kind)
    officer = await world.officer(Role.regional_officer, world.region)
    for term in (here, elsewhere):
        found = (await officer.get(f"/v1/office-terms/{term}")).json()
        ended = ("ended", clock.today().isoformat(), "vacated")
        assert (found["standing"], found["ends_on"], found["end_reason"]) == (
            ended if vacated else ("serving", None, None)
        )
        assert (await trail(bench, term) == ["office_term.ended"]) if vacated else (await trail(bench, term) is None)
    holder = await bench.api.sign_in(account)
    assert (await holder.get("/v1/members")).status_code == (200 if kind is K.barred_from_candidacy else 403)
    await bench.lift(source)
    back = await bench.api.sign_in(account)
    assert (await back.get("/v1/members")).status_code == (403 if vacated else 200)


async def test_what_begins_on_a_day_to_come_takes_nothing_before(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    over = await bench.api.office(person, bench.world.dalston, "chair", ends_on=in_days(2))
    running = await bench.api.office(person, bench.world.hackney, "treasurer")
    holder = await bench.api.sign_in(await bench.api.account(person_id=person))
    await bench.restrict(person, K.expelled, starts_on=in_days(4))
    ends = "select ends_on from office_terms where id = $1"
    assert await bench.api.value(ends, over) == in_days(2)
    assert await bench.api.value(ends, running) == in_days(4)
    for days, status, standing in ((0, 200, "current"), (3, 200, "current"), (1, 403, "expelled")):
        await bench.turn(in_days(days))
        assert (await holder.get("/v1/members")).status_code == status
        assert await bench.standing(member) == standing
    assert (await bench.read(member))["restrictions"][0]["ends_on"] is None


async def test_an_open_transfer_is_withdrawn(bench: Bench) -> None:
    world = bench.world
    member, person = await bench.api.member(world.dalston)
    asked = await bench.secretary.post(
        "/v1/transfers", json={"member_id": str(member), "to_branch_id": str(world.angel)}
    )
    assert asked.status_code == 201, asked.text
    await bench.restrict(person, K.excluded, ends_on=in_days(5))
    url = f"/v1/transfers/{asked.json()['id']}"
    assert (await bench.secretary.get(url)).json()["state"] == "withdrawn"
    again = {"member_id": str(member), "to_branch_id": str(world.angel)}
    refused = await bench.secretary.post("/v1/transfers", json=again)
    assert (refused.status_code, refused.json()["code"]) == (409, "member_cannot_move")
    await bench.turn(in_days(5))
    national = await world.officer(Role.national_membership_officer, world.root)
    moved = await national.post("/v1/transfers", json=again | {"accept": True})
    assert (moved.status_code, moved.json()["state"]) == (201, "accepted"), moved.text


async def test_no_term_is_recorded_or_confirmed_while_it_lasts(bench: Bench) -> None:
    world = bench.world
    _, person = await bench.api.member(world.hackney)
    types = {
        key: str(await bench.api.value("select id from office_types where key = $1", key))
        for key in ("chair", "secretary")
    }
    body = {"branch_id": str(world.hackney), "person_id": str(person), "how_chosen": "elected"}
    proposed = await bench.secretary.post(
        "/v1/office-terms",
        json=body | {"office_type_id": types["secretary"], "starts_on": clock.today().isoformat()},
    )
    assert proposed.json()["standing"] == "proposed", proposed.text
    source = await bench.restrict(person, K.suspended, ends_on=in_days(30))
    barred = (409, "barred_from_office", {"until": in_days(30).isoformat()})
    region = await world.officer(Role.regional_officer, world.region)
    url = f"/v1/office-terms/{proposed.json()['id']}"
    refused = [
        await region.post(f"{url}/confirm"),
        await bench.secretary.post(
            "/v1/office-terms",
            json=body | {"office_type_id": types["chair"], "starts_on": in_days(29).isoformat()},
        ),
    ]
    assert [(r.status_code, r.json()["code"], r.json()["params"]) for r in refused] == [barred, barred]
    assert (await region.get(url)).json()["standing"] == "proposed"
    assert await bench.api.value("select count(*) from office_terms where person_id = $1", person) == 1
    await bench.lift(source)
    await bench.restrict(person, K.barred_from_office, ends_on=in_days(30))
    for starts_on, status in ((in_days(29), 409), (in_days(30), 201)):
        answer = await bench.secretary.post(
            "/v1/office-terms",
            json=body | {"office_type_id": types["chair"], "starts_on": starts_on.isoformat()},
        )
        assert answer.status_code == status, answer.text
    await bench.restrict(person, K.barred_from_office)
    endless = await bench.secretary.post(
        "/v1/office-terms",
        json=body | {"office_type_id": types["chair"], "starts_on": in_days(900).isoformat()},
    )
    assert (endless.status_code, endless.json()["params"]) == (409, {"until": None})


async def test_who_decides_members_cannot_undo_it(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    source = await bench.restrict(person, K.suspended)
    chief = await bench.world.officer(Role.national_membership_officer, bench.world.root)
    for verb in ("reinstate", "suspend"):
        offered = {a["action"]: a for a in (await bench.read(member, chief))["allowed_actions"]}
        refused = await chief.post(f"/v1/members/{member}/{verb}", json={"reason": "x"})
        assert (refused.status_code, refused.json()["code"]) == (409, "action_not_allowed")
        assert refused.json()["params"]["reason_code"] == offered[verb]["reason_code"]
    assert offered["reinstate"]["reason_code"] == "restriction_in_force"
    assert (await bench.secretary.post(f"/v1/members/{member}/resign", json={})).json()["standing"] == "resigned"
    kept = await chief.post(f"/v1/members/{member}/reinstate", json={"reason": "x"})
    assert kept.json()["params"]["reason_code"] == "restriction_in_force"
    await bench.lift(source)
    assert (await chief.post(f"/v1/members/{member}/reinstate", json={"reason": "x"})).json()["standing"] == "current"


@pytest.mark.parametrize(
    ("before", "kind", "during"),
    [
        ("resigned", K.suspended, "resigned"),
        ("resigned", K.expelled, "expelled"),
        ("suspended", K.excluded, "expelled"),
        ("deceased", K.expelled, "deceased"),
        ("expelled", K.suspended, "expelled"),
    ],
)
async def test_what_was_before_comes_back(bench: Bench, before: str, kind: RestrictionKind, during: str) -> None:
    member, person = await bench.api.member(bench.world.dalston, decided_standing=before, decided_from=in_days(-30))
    source = await bench.restrict(person, kind, ends_on=in_days(9))
    assert await bench.standing(member) == during
    await bench.turn(in_days(9))
    assert await bench.standing(member) == before
    await bench.turn(in_days(-9))
    await bench.lift(source)
    assert (await bench.standing(member), await bench.kinds(member)) == (before, [])
    assert await trail(bench, member) == ["member.restricted", "member.restriction_lifted"]


async def test_who_dies_or_resigns_meanwhile_has_died_or_resigned(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    source = await bench.restrict(person, K.expelled)
    done = await bench.secretary.post(f"/v1/members/{member}/record-death", json={})
    assert (done.status_code, done.json()["standing"]) == (200, "deceased")
    await bench.lift(source)
    assert await bench.standing(member) == "deceased"


async def test_a_supporter_is_excluded_and_comes_back(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston, relationship="supporter", type="supporter")
    await bench.restrict(person, K.excluded, ends_on=in_days(3))
    found = await bench.read(member)
    assert (found["standing"], found["reachable_by"]) == ("expelled", [])
    await bench.turn(in_days(3))
    assert await bench.standing(member) is None


async def test_its_end_can_be_moved(bench: Bench) -> None:
    member, person = await bench.api.member(bench.world.dalston)
    source = await bench.restrict(person, K.excluded, ends_on=in_days(100))
    await bench.prolong(source, in_days(10))
    assert (await bench.read(member))["restrictions"][0]["ends_on"] == in_days(10).isoformat()
    await bench.prolong(source, None)
    assert (await bench.read(member))["restrictions"][0]["ends_on"] is None
    await bench.turn(in_days(200))
    assert await bench.standing(member) == "expelled"
    await bench.prolong(source, clock.today())
    assert await bench.standing(member) == "current"
    await bench.prolong(source, None)
    assert await bench.standing(member) == "current"


async def test_it_is_counted_on_its_days(bench: Bench) -> None:
    world = bench.world
    for kind in (K.suspended, K.expelled, K.barred_from_office):
        _, person = await bench.api.member(world.dalston)
        await bench.restrict(person, kind, starts_on=in_days(-20), ends_on=in_days(-10))
    _, person = await bench.api.member(world.dalston)
    lifted = await bench.restrict(person, K.suspended, starts_on=in_days(-20))
    await bench.lift(lifted, in_days(-10))
    _, now = await bench.api.member(world.dalston)
    await bench.restrict(now, K.suspended)
    counts = {}
    for day in (-21, -20, -11, -10, 0):
        answer = await bench.secretary.get(
            f"/v1/branches/{world.dalston}/counts", params={"as_of": in_days(day).isoformat()}
        )
        counts[day] = (answer.json()["current"], answer.json()["suspended"])
    assert counts == {-21: (5, 0), -20: (2, 2), -11: (2, 2), -10: (5, 0), 0: (4, 1)}


async def test_a_person_who_is_no_member_is_refused(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await bench.restrict(new_id(), K.suspended)
    await bench.lift(new_id())
