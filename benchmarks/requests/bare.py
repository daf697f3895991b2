"""What ours is measured against: Starlette and asyncpg giving PostgreSQL's JSON, without sign-in, rights or logs."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.ids import new_id
from benchmarks.requests.plan import Answer, Plan, Step, Value

_KINDS: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "int": int,
    "uuid": UUID,
    "uuids": lambda texts: [UUID(text) for text in texts],
}


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open a pool as a bare handler would."""
    told = json.loads(Path(os.environ["BENCH_PLAN"]).read_text())
    app.state.plans = {name: _plan(plan) for name, plan in told.items()}
    settings = {"jit": "off", "max_parallel_workers_per_gather": "0"}
    fresh = settings | {"plan_cache_mode": "force_custom_plan"}
    async with _pool(settings) as kept_plans, _pool(fresh) as fresh_plans:
        app.state.pools = {False: kept_plans, True: fresh_plans}
        yield


def _pool(settings: dict[str, str]) -> Any:
    return asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=1, max_size=10, server_settings=settings)


def _plan(told: dict[str, Any]) -> Plan:
    """A plan as it was written down, with its constants as the driver takes them."""
    steps = [Step(step["sql"], [_value(value) for value in step["values"]], step["told"]) for step in told["steps"]]
    return Plan(steps, Answer(**told["answer"]), told["transaction"], told["fresh"])


def _value(told: dict[str, Any]) -> Value:
    value = Value(**told)
    if value.source == "const" and value.kind:
        return Value("const", content=_KINDS[value.kind](value.content))
    return value


@dataclass
class Asked:
    """A request, and what its steps have made and found so far."""

    version: int
    given: dict[str, Any]
    new: dict[str, UUID] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)

    def value(self, value: Value) -> Any:
        match value.source:
            case "const":
                return value.content
            case "given":
                found = self.given[value.name]
                return _KINDS[value.kind](found) if value.kind else found
            case "row":
                return self.row[value.name]
            case "new":
                return self.new.setdefault(value.name, new_id())
            case "now":
                return datetime.now(UTC)
        return self.version


async def answer(request: Request) -> Response:
    """The statements of the operation, and their rows as the body that ours would be."""
    plan: Plan = request.app.state.plans[request.path_params["operation"]]
    body = await request.body()
    match = request.headers.get("if-match", "")
    asked = Asked(
        int(match.rpartition("-")[2].strip('"') or 0), dict(request.query_params) | (json.loads(body) if body else {})
    )
    async with request.app.state.pools[plan.fresh].acquire() as connection:
        if plan.transaction:
            async with connection.transaction():
                found = await _fetched(connection, plan.steps, asked)
        else:
            found = await _fetched(connection, plan.steps, asked)
    return _FORMS[plan.answer.form](plan, found)


async def _fetched(connection: Any, steps: Sequence[Step], asked: Asked) -> list[list[asyncpg.Record]]:
    found = []
    for step in steps:
        rows = await connection.fetch(step.sql, *[asked.value(value) for value in step.values])
        if rows:
            asked.row |= rows[0]
        found.append(rows)
    return found


def _page(plan: Plan, found: list[list[asyncpg.Record]]) -> Response:
    answer, rows = plan.answer, [row["json"] for row in found[-1] if row["json"] is not None]
    behind = answer.more if len(rows) > answer.limit else answer.end
    if "{count}" in behind:
        behind = behind.replace("{count}", str(found[0][0]["count"]))
    return _response(f"{answer.head}{answer.between.join(rows[: answer.limit])}{behind}", answer.status, {})


def _record(plan: Plan, found: list[list[asyncpg.Record]]) -> Response:
    row = next(rows[0] for rows in reversed(found) if rows and "json" in rows[0])
    headers = {"etag": f'"{row["id"]}-{row["version"]}"'} if "version" in row else {}
    behind = plan.answer.end.replace("{id}", str(row["id"])) if headers else plan.answer.end
    return _response(f"{row['json'][:-1]}{behind}", plan.answer.status, headers)


def _tasks(plan: Plan, found: list[list[asyncpg.Record]]) -> Response:
    lines = [
        {"kind": step.told["kind"], "branch_id": str(row["held"]), "count": int(row["count"]), "due_on": row["due_on"]}
        | {"href": step.told["href"]}
        for step, rows in zip(plan.steps, found, strict=True)
        for row in rows
    ]
    lines.sort(key=lambda line: (line["due_on"] is None, line["due_on"] or date.max, line["kind"]))
    body = json.dumps(lines, separators=(",", ":"), default=str)
    return _response(f"{plan.answer.head}{body[1:-1]}{plan.answer.end}", plan.answer.status, {})


def _response(body: str, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, media_type="application/json")


_FORMS = {"page": _page, "record": _record, "tasks": _tasks}

app = Starlette(routes=[Route("/{operation}", answer, methods=["GET", "POST", "PATCH"])], lifespan=lifespan)
