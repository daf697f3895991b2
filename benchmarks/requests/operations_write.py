"""Writing: a new member, and a correction with If-Match."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.statements import table_of, update_sql
from app.models.members import Member, MemberType, Person, Relationship
from app.services.changes import AUDIT_AND_EVENT
from app.services.sign_ins import HOUSE_CLIENT
from benchmarks.fill_rows import FAMILY, GIVEN
from benchmarks.load import CONNECTIONS, ETAG, Script
from benchmarks.requests.bench import Bench, Operation
from benchmarks.requests.envelope import record_around
from benchmarks.requests.plan import Plan, Step, Value, const, given, inserted

NOW, VERSION = Value("now"), Value("version")
PERSON, MEMBER = Value("new", "person"), Value("new", "member")


async def create(bench: Bench) -> Operation:
    """Add a member: person, member, trail and event in one transaction, read back."""
    branch = str(bench.sample[0]["branch_id"])
    bodies = [_person(n) | {"branch_id": branch, "type": "full"} for n in range(40)]
    ours = [bench.ours("POST", "/v1/members", body) for body in bodies]
    made = await bench.ask(ours[0])
    row_id = json.loads(made)["id"]
    steps = [
        inserted(Person, _person_columns(branch), Person(branch_ids=[], **_NOBODY)),
        inserted(Member, _member_columns(branch), Member(person_id=UUID(int=0), branch_id=UUID(int=0), **_NO_MEMBER)),
        await _trail(bench, row_id, MEMBER, const(branch, "uuid"), "member.created"),
        bench.reads.record(MEMBER),
    ]
    plan = Plan(steps, record_around(made, row_id, "allowed_actions", status=201), transaction=True)
    bare = [bench.bare("create", "POST", body) for body in bodies]
    operation = bench.operation("create", ours, bare, plan)
    operation.writes = True
    return operation


async def patch(bench: Bench) -> Operation:
    """Correct the town of a member with If-Match; each connection keeps to a member of its own."""
    ids = [str(row["id"]) for row in bench.sample[:CONNECTIONS]]
    label, bodies = f"patch-{bench.scope.name}", ({"town": "Measuredham"}, {"town": "Exampleton"})
    ours_first = [bench.ours("GET", f"/v1/members/{member}") for member in ids]
    seen = await bench.ask(ours_first[0])
    etag = f'"{ids[0]}-{json.loads(seen)["version"]}"'
    await bench.ask(bench.ours("PATCH", f"/v1/members/{ids[0]}", bodies[0], **{"If-Match": etag}))
    around = record_around(seen, ids[0], "allowed_actions")
    one = Value("given", "id")
    steps = [
        Step(f"{update_sql(table_of(Member), (), True)}, person_id, branch_id", [one, NOW, VERSION]),
        Step(update_sql(table_of(Person), ("town",), False), [Value("row", "person_id"), NOW, given("town")]),
        await _trail(bench, ids[0], one, Value("row", "branch_id"), "member.updated"),
        bench.reads.record(one),
    ]
    return Operation(
        "patch",
        bench.scope,
        Script([bench.ours("PATCH", f"/v1/members/{m}", b, **_IF_MATCH) for m in ids for b in bodies], ours_first),
        Script(
            [bench.bare("patch", "PATCH", body, _IF_MATCH, id=member) for member in ids for body in bodies],
            [bench.bare("patch-first", id=member) for member in ids],
        ),
        {
            label: Plan(steps, around, transaction=True),
            f"patch-first-{bench.scope.name}": Plan([bench.reads.record(one)], around),
        },
        writes=True,
    )


async def _trail(bench: Bench, row_id: str, subject: Value, branch: Value, action: str) -> Step:
    """The statement that leaves trail and event, with the fields that ours has just written."""
    fields = await bench.connection.fetchval(
        "select fields::text from audit_entries where subject_id = $1 and action = $2 order by id desc limit 1",
        UUID(row_id),
        action,
    )
    account, client = bench.account, const(str(HOUSE_CLIENT), "uuid")
    values = [const(action), const("members"), subject, branch, const(None), account, client, const(fields)]
    return Step(AUDIT_AND_EVENT, [Value("new", "audit"), NOW, *values, Value("new", "event")])


def _person(number: int) -> dict[str, str]:
    first, last = GIVEN[number % len(GIVEN)], FAMILY[number * 7 % len(FAMILY)]
    return {"given_name": first, "family_name": last, "email": f"m{number}@example.org", "postcode": "E8 1AA"}


_IF_MATCH = {"If-Match": ETAG.decode()}
_NOBODY: dict[str, Any] = {"given_name": "", "family_name": "", "sort_name": "", "search_name": ""} | {
    "preferred_language": "en"
}
_NO_MEMBER: dict[str, Any] = {"number": "", "type": MemberType.full, "joined_on": clock.today()} | {
    "relationship": Relationship.member
}
_NAMES: dict[str, Value | str] = {
    "created_at": NOW,
    "updated_at": NOW,
    "sort_name": "lower({family_name} || ' ' || {given_name})",
    "search_name": "lower({given_name} || ' ' || {family_name})",
}


def _person_columns(branch: str) -> dict[str, Value | str]:
    shown = {name: given(name) for name in ("given_name", "family_name", "email", "postcode")}
    return {**_NAMES, **shown, "id": PERSON, "email_key": given("email"), "branch_ids": const([branch], "uuids")}


def _member_columns(branch: str) -> dict[str, Value | str]:
    number = "nextval('member_numbers')::text"
    return {**_NAMES, "id": MEMBER, "person_id": PERSON, "branch_id": const(branch, "uuid"), "number": number}
