"""The bare handler's server, and the proof that its answers are ours to the byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from benchmarks.load import ETAG, ask, etag_of
from benchmarks.requests.bench import COMPARED, Operation, signed
from benchmarks.requests.envelope import difference
from benchmarks.requests.ground import Ground
from benchmarks.requests.rounds import Stand
from benchmarks.servers import bare_command, free_port, serving, until_up


@asynccontextmanager
async def bare_handler(ground: Ground, operations: Sequence[Operation], home: Path) -> AsyncIterator[Stand]:
    """The bare handler's server, whose answers have been compared with ours. Raises SystemExit where they differ."""
    plans = chain.from_iterable(operation.plans.items() for operation in operations)
    (home / "plan.json").write_text(json.dumps({name: asdict(plan) for name, plan in plans}))
    port = free_port()
    with serving(
        bare_command("benchmarks.requests.bare:app", port),
        {"BENCH_DSN": ground.owner, "BENCH_PLAN": str(home / "plan.json")},
    ) as pid:
        await until_up(port)
        for operation in operations:
            await _compare(ground, operation, port)
        yield Stand(port, pid, ground.postmaster)


async def _compare(ground: Ground, operation: Operation, bare: int) -> None:
    token, pairs = ground.token(operation.scope), zip(operation.ours.requests, operation.bare.requests, strict=True)
    for ours, other in list(pairs)[: 1 if operation.writes else COMPARED]:
        one = await _asked(ground.port, signed(ours, token), [signed(first, token) for first in operation.ours.first])
        two = await _asked(bare, other, operation.bare.first)
        told = difference(one, two, made=operation.writes)
        if told is not None:
            raise SystemExit(f"{operation.label}: the bare handler answers otherwise: {told}")


async def _asked(port: int, request: bytes, first: Sequence[bytes]) -> bytes:
    """The body of an answer, or its head where it is no success."""
    if first:
        request = request.replace(ETAG, etag_of((await ask(port, first[0]))[0]))
    head, body = await ask(port, request)
    return body if int(head[9:12]) < 300 else head + body
