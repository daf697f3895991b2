"""What ours is measured against: Starlette and asyncpg giving PostgreSQL's JSON, without sign-in, rights or logs."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open a pool as a bare handler would."""
    settings = {"jit": "off", "max_parallel_workers_per_gather": "0"}
    app.state.plan = json.loads(Path(os.environ["BENCH_PLAN"]).read_text())
    pool = asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=1, max_size=10, server_settings=settings)
    async with pool as app.state.pool:
        yield


async def answer(request: Request) -> Response:
    """The statements of the operation, the last one's rows joined as they are."""
    steps = request.app.state.plan[request.path_params["operation"]]
    number: int = request.path_params["number"]
    made: dict[str, UUID] = {}
    async with request.app.state.pool.acquire() as connection:
        if len(steps) == 1:
            rows = await connection.fetch(steps[0]["sql"], *[value_of(v, number, made) for v in steps[0]["values"]])
        else:
            async with connection.transaction():
                for step in steps:
                    rows = await connection.fetch(step["sql"], *[value_of(v, number, made) for v in step["values"]])
    body = ", ".join(row[0] for row in rows)
    return Response(f'{{"data": [{body}]}}', media_type="application/json")


def value_of(given: tuple[str, str], number: int, made: dict[str, UUID]) -> object:
    """A statement's value: `new` is an id made for this request, `numbered` one of several, by the connection."""
    kind, text = given
    if kind == "new":
        return made.setdefault(text, uuid4())
    if kind == "numbered":
        ids = text.split(",")
        return UUID(ids[number % len(ids)])
    if kind == "date":
        return date.fromisoformat(text)
    return UUID(text) if kind == "uuid" else text


app = Starlette(routes=[Route("/{operation}/{number:int}", answer)], lifespan=lifespan)
