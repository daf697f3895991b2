"""What is one's own: who one is, what waits for one, what has changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

from app.core import clock
from app.core.permissions import GRANTS
from app.services.events import FEED, KEPT
from app.services.me import ACCOUNT
from app.services.tasks import WAITING
from benchmarks.requests.bench import Bench, Operation
from benchmarks.requests.envelope import record_around, tasks_around
from benchmarks.requests.plan import Plan, Step, const, given

#: How many changes a poll of the feed finds.
NEWS = 20
_TELL = """
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data)
select gen_random_uuid(), now(), order_now(), 'member.updated', 'members', id, branch_id, '{}'
from members where id = any ($1)
"""


async def me(bench: Bench) -> Operation:
    """Who one is and what one may do."""
    ours = [bench.ours("GET", "/v1/me")]
    steps = (
        Step(f"select * from ({ACCOUNT}) found (json)", [bench.account, const(_today(), "date")]),
        Step("select id, path from branches where id = any ($1::uuid[])", [const([str(bench.scope.unit)], "uuids")]),
    )
    around = record_around(await bench.ask(ours[0]), str(UUID(int=0)), "permissions")
    return bench.operation("me", ours, [bench.bare("me")], Plan(steps, around))


async def tasks(bench: Bench) -> Operation:
    """What waits for one: a statement for each kind that one may settle."""
    held, steps = GRANTS[bench.scope.role], []
    units = const([str(bench.scope.unit)], "uuids")
    for waiting in WAITING:
        if waiting.permission in held:
            sql = waiting.statement
            told = {"kind": waiting.kind.value, "href": waiting.href}
            steps.append(Step(sql, [units, bench.account, const(None), const(_today(), "date")], told))
    ours = [bench.ours("GET", "/v1/me/tasks")]
    return bench.operation("tasks", ours, [bench.bare("tasks")], Plan(steps, tasks_around(await bench.ask(ours[0]))))


async def events(bench: Bench) -> Operation:
    """A poll of an integration that has read everything but the last twenty changes in its scope."""
    # A type that there is none of: one look through the feed brings the cursor to its end.
    page = json.loads(await bench.ask(bench.ours("GET", "/v1/events?type=nothing.happened")))
    reached = await bench.connection.fetchval("select order_horizon()")
    await bench.connection.execute(_TELL, [row["id"] for row in bench.sample[:NEWS]])
    since = (datetime.now(UTC) - KEPT).isoformat()
    nobody = const(str(UUID(int=0)), "uuid")
    values = [given("reached", "int"), nobody, const(since, "instant"), const(None), const(51)]
    within, units = "", bench.reads.units
    if units is not None:
        within = "e.branch_id = any ($6::uuid[]) and"
        values.append(const([str(unit) for unit in units], "uuids"))
    step = Step(FEED.replace("where e.transaction", f"where {within} e.transaction", 1), values)
    ours = [bench.ours("GET", f"/v1/events?after={page['next_cursor']}")]
    return await bench.page("events", ours, [bench.bare("events", reached=str(reached))], step)


def _today() -> str:
    return clock.today().isoformat()
