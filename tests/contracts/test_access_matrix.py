"""Who may do what, where: every route by every role, in its own unit, below it, beside it and above it.

What is expected follows from the page of rights alone. Everything commits for real: within a savepoint the scope of one
request leaks into the next and hides the worst failure.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.ids import new_id
from app.core.permissions import GRANTS, PARTS, Part, Permission, Role
from app.models.audit import AccessEntry, AuditEntry, Wall
from app.models.events import Event
from app.services.sign_ins import HOUSE_CLIENT
from tests.contracts.asks import Ask, Held, Sight
from tests.contracts.cast import Cast, powerless
from tests.contracts.routes import Operation, by_noun, operations, served, unwired
from tests.contracts.samples import SAMPLES, unheard_of
from tests.contracts.standing import state
from tests.disputes.placed import give_part, place_case
from tests.turns import by_turns, in_turn, is_long
from tests.world import Api, Client, make_world

OPERATIONS = {operation.key: operation for operation in operations(unwired())}
PUBLIC = {key for key, operation in OPERATIONS.items() if operation.gate == "public"}
SIGNED_IN = {key for key, operation in OPERATIONS.items() if operation.gate == "signed-in"}
BY_PART = {key for key, operation in OPERATIONS.items() if operation.part_permission is not None}
GUARDED = {key for key, operation in OPERATIONS.items() if operation.permission is not None}

#: Of those the ones whose permission must be held at the root; the others also work below it, which is proved of each.
AT_THE_ROOT = sorted(key for key in GUARDED if SAMPLES[key].held is Held.root)
BELOW = sorted(GUARDED - set(AT_THE_ROOT))

#: Whose turn it is, where the short run asks in part.
TURN = {key: number for number, key in enumerate(sorted(OPERATIONS))}


def _nouns(keys: Iterable[str]) -> pytest.MarkDecorator:
    """As a parameter of a test the routes of one noun: looking how everything stands costs more than what is asked."""
    found = by_noun(OPERATIONS[key] for key in sorted(keys))
    return pytest.mark.parametrize("keys", [[one.key for one in found[noun]] for noun in found], ids=list(found))


#: What derives from a record, and who reads it.
DERIVED = {
    Permission.events_read: "/v1/events",
    Permission.audit_read: "/v1/audit",
    Permission.access_log_read: "/v1/access-log",
}

#: Refusals that prove that gate and scope were passed: what stands in the way is the record's own state.
DOMAIN = {409, 412, 422, 428}


@pytest.fixture(scope="module")
async def cast(api: Api) -> Cast:
    world = await make_world(api)
    local = {role: await world.officer(role) for role in Role}
    national = {role: await world.officer(role, world.root) for role in Role}
    return Cast(world, local, national, await powerless(world))


def test_every_route_has_its_sample_and_says_who_may_call_it() -> None:
    assert OPERATIONS.keys() == SAMPLES.keys()
    assert len(OPERATIONS) > 60
    routes = {f"{method} {path}" for method, path in served(unwired()) if method != "HEAD"}
    assert routes == SAMPLES.keys()
    assert all(operation.gate for operation in OPERATIONS.values())


@pytest.mark.parametrize("key", sorted(PUBLIC))
async def test_anybody_may_call_what_is_said_to_be_public(cast: Cast, key: str) -> None:
    answer = await _ask(cast.world.api.client(), key, await SAMPLES[key].make(cast.world, cast.world.hackney))
    assert answer.status_code < 500
    assert _code(answer) not in ("not_signed_in", "permission_missing")


@pytest.mark.parametrize("key", sorted(SIGNED_IN))
async def test_whoever_is_signed_in_passes_a_gate_without_permission(cast: Cast, key: str) -> None:
    api = cast.world.api
    ask = await SAMPLES[key].make(cast.world, cast.world.hackney)
    assert (await _ask(api.client(), key, ask)).status_code == 401
    answer = await _ask(await api.sign_in(await api.account()), key, ask)
    assert answer.status_code < 500
    assert _code(answer) not in ("not_signed_in", "permission_missing")


@pytest.mark.in_part
@_nouns(GUARDED)
async def test_who_lacks_the_permission_is_told_its_name(cast: Cast, keys: list[str]) -> None:
    world = cast.world
    callers = {key: await _lacking(cast, key) for key in keys}
    asks = [(key, await SAMPLES[key].make(world, world.hackney)) for key in keys]
    before = await state(world.api)
    for key, ask in asks:
        anonymous = await _ask(world.api.client(), key, ask)
        assert (anonymous.status_code, _code(anonymous)) == (401, "not_signed_in"), key
        for client in callers[key]:
            answer = await _ask(client, key, ask)
            assert (answer.status_code, _code(answer)) == (403, "permission_missing"), f"{key} {answer.text}"
            assert answer.json()["params"]["permission"] == OPERATIONS[key].gate, key
    assert await state(world.api) == before


@_nouns(key for key in BELOW if SAMPLES[key].held is not Held.unplaced)
async def test_a_permission_reaches_nothing_beside_it_and_above_it(cast: Cast, keys: list[str]) -> None:
    world = cast.world
    callers = {key: await cast.holding(_roles_with(OPERATIONS[key]), world.hackney) for key in keys}
    beyond = [(key, await SAMPLES[key].make(world, unit)) for key in keys for unit in (world.islington, world.region)]
    before = await state(world.api)
    for key, ask in beyond:
        _assert_beyond_reach(OPERATIONS[key], await _ask(callers[key], key, ask), ask)
    assert await state(world.api) == before


@pytest.mark.in_part
@pytest.mark.parametrize("key", by_turns([key for key in BELOW if SAMPLES[key].held is not Held.own], 3))
async def test_a_permission_reaches_down_the_tree(cast: Cast, key: str) -> None:
    await _assert_somebody_can(cast, cast.local, key, cast.world.hackney, cast.world.dalston)


@pytest.mark.in_part
@pytest.mark.parametrize("key", [*by_turns(AT_THE_ROOT, 3, first=1), *by_turns(BELOW, 6, first=1)])
async def test_a_permission_at_the_root_reaches_everything(cast: Cast, key: str) -> None:
    await _assert_somebody_can(cast, cast.national, key, cast.world.islington)


@_nouns(AT_THE_ROOT)
async def test_what_concerns_the_whole_needs_the_permission_at_the_root(cast: Cast, keys: list[str]) -> None:
    world = cast.world
    callers = {key: await cast.holding(_roles_with(OPERATIONS[key]), world.hackney) for key in keys}
    asks = [(key, await SAMPLES[key].make(world, world.hackney)) for key in keys]
    before = await state(world.api)
    for key, ask in asks:
        answer = await _ask(callers[key], key, ask)
        assert (answer.status_code, answer.json()["params"]["permission"]) == (403, OPERATIONS[key].gate), key
    assert await state(world.api) == before


@_nouns(BY_PART)
async def test_no_role_opens_what_takes_a_part(cast: Cast, keys: list[str]) -> None:
    """Whatever the rank: to whoever has no part in the record it is not there, and nothing changes."""
    world = cast.world
    highest = await cast.holding(Role, world.root, world.hackney)
    asks = [(OPERATIONS[key], await SAMPLES[key].make(world, world.hackney)) for key in keys]
    before = await state(world.api)
    for operation, ask in asks:
        key = operation.key
        assert (await _ask(world.api.client(), key, ask)).status_code == 401, key
        unscoped = await _ask(cast.powerless["unscoped"], key, ask)
        assert (unscoped.status_code, unscoped.json()["params"]["permission"]) == (403, operation.part_permission), key
        for client in (highest, cast.local[Role.branch_secretary], cast.powerless["member"]):
            answer = await _ask(client, key, ask)
            if operation.makes_pages and not ask.ids:
                assert (answer.status_code, answer.json()["data"]) == (200, []), key
            else:
                assert (answer.status_code, _code(answer)) == (404, "not_found"), f"{key} {answer.text}"
    assert await state(world.api) == before


@pytest.mark.in_part
@pytest.mark.parametrize("key", by_turns(sorted(BY_PART), 3))
async def test_each_part_does_what_the_page_of_rights_says(cast: Cast, key: str) -> None:
    """Of all parts those that carry the permission are let through, and the others are told its name."""
    operation, world = OPERATIONS[key], cast.world
    permission, ask = operation.part_permission, None
    assert permission is not None
    # The refused come first: they leave the record as it was, for whoever is let through.
    refused = in_turn([part for part in Part if permission not in PARTS[part]], TURN[key], most=2)
    for part in [*refused, *in_turn([part for part in Part if permission in PARTS[part]], TURN[key])]:
        ask = ask or await SAMPLES[key].make(world, world.hackney)
        assert ask.by is not None
        case = ask.ids.get("dispute_id")
        if case is not None:
            await world.api.execute("update dispute_parts set part = $2 where dispute_id = $1", case, part)
        answer = await _ask(ask.by, key, ask)
        if case is None or permission in PARTS[part]:
            assert answer.status_code < 300 or answer.status_code in DOMAIN, f"{part} {key}: {answer.text}"
            ask = ask if operation.reads else None
        else:
            assert (answer.status_code, _code(answer)) == (403, "permission_missing"), f"{part} {key}: {answer.text}"
            assert answer.json()["params"]["permission"] == permission


@pytest.mark.parametrize("role", [role for role in Role if DERIVED.keys() & GRANTS[role]])
async def test_nobody_named_behind_a_wall_sees_what_derives_from_the_record(cast: Cast, role: Role) -> None:
    """Not events, not the audit trail, not the log of reads: at the root, whatever the rank. Its own people do."""
    world, api = cast.world, cast.world.api
    _, person = await api.member(world.hackney)
    named, colleague = await api.account(person_id=person), await api.account()
    subject, wall, kind = new_id(), (await place_case(world, world.hackney)).id, unheard_of()
    for account in (named, colleague):
        await api.grant(account, role, world.root)
        await give_part(api, wall, account)
    about: dict[str, Any] = {"resource": "members", "subject_id": subject, "branch_id": world.hackney, "wall_key": wall}
    rows = [
        Event(transaction=1, type=kind, **about),
        AuditEntry(transaction=1, action="sample.made", **about),
        AccessEntry(account_id=new_id(), client_id=HOUSE_CLIENT, purpose="read", **about),
        Wall(wall_key=wall, person_id=person, reason="named"),
    ]
    async with api.owner.transaction() as session:
        for row in rows:
            await session.insert(row)
    api.app.state.rights.forget()
    client, other = await api.sign_in(named), await api.sign_in(colleague)
    for permission, path in DERIVED.items():
        params = {"type": kind} if permission is Permission.events_read else {"subject_id": str(subject)}
        if permission in GRANTS[role]:
            assert (await client.get(path, params=params)).json()["data"] == []
            assert (await cast.national[role].get(path, params=params)).json()["data"] == []
            assert (await other.get(path, params=params)).json()["data"], "the wall closes to all"


async def _lacking(cast: Cast, key: str) -> list[Client]:
    """Who holds every role without the permission, and of those who hold nothing two; all of them in the long run."""
    lacking = [role for role in Role if OPERATIONS[key].permission not in GRANTS[role]]
    holder = await cast.holding(lacking, cast.world.hackney, cast.world.root)
    return [holder, *in_turn(list(cast.powerless.values()), TURN[key], most=2)]


async def _assert_somebody_can(cast: Cast, callers: Mapping[Role, Client], key: str, *units: UUID) -> None:
    """Each role with the permission is let through in each unit; what changes the record gets a fresh one each time.

    In the short run the units and the roles take turns, until one has done it.
    """
    operation, worked, begins = OPERATIONS[key], 0, TURN[key] % len(units)
    for place, unit in enumerate([*units[begins:], *units[:begins]]):
        if worked and not is_long():
            break
        shared = await SAMPLES[key].make(cast.world, unit)
        roles = _roles_with(operation)
        first = (TURN[key] + place) % len(roles)
        for role in [*roles[first:], *roles[:first]]:
            ask = shared if operation.reads else await SAMPLES[key].make(cast.world, unit)
            done = _assert_let_through(operation, await _ask(callers[role], key, ask), ask)
            worked += done
            if done and not is_long():
                break
    assert worked, "nobody at all can do this: the sample is wrong"


def _roles_with(operation: Operation) -> list[Role]:
    return [role for role in Role if operation.permission in GRANTS[role]]


async def _ask(client: Client, key: str, ask: Ask) -> httpx.Response:
    operation = OPERATIONS[key]
    url = operation.url(**ask.ids)
    return await client.request(operation.method, url, params=ask.params, headers=ask.headers, **ask.body)


def _code(answer: httpx.Response) -> str | None:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.json()["code"] if is_problem else None


def _assert_let_through(operation: Operation, answer: httpx.Response, ask: Ask) -> bool:
    """Whether it was done; what was not must have been stopped by the record's own state."""
    own_code = _code(answer) not in ("permission_missing", "not_signed_in")
    refused_by_rule = answer.status_code in DOMAIN or (answer.status_code == 403 and own_code)
    assert answer.status_code < 300 or refused_by_rule, f"{operation.key}: {answer.status_code} {answer.text}"
    if answer.status_code < 300 and ask.shown is not None and SAMPLES[operation.key].sight is Sight.listed:
        assert str(ask.shown) in answer.text
    return answer.status_code < 300


def _assert_beyond_reach(operation: Operation, answer: httpx.Response, ask: Ask) -> None:
    sight = SAMPLES[operation.key].sight
    if sight is Sight.listed:
        assert answer.status_code == 200
        assert str(ask.shown) not in answer.text
    elif sight is Sight.plain:
        assert (answer.status_code, _code(answer)) == (403, "permission_missing"), f"{operation.key} {answer.text}"
        assert answer.json()["params"]["permission"] == operation.gate
    elif SAMPLES[operation.key].held in (Held.here, Held.own):
        assert (answer.status_code, _code(answer)) == (404, "not_found"), f"{operation.key} {answer.text}"
        assert all(str(value) not in answer.text for value in ask.ids.values())
