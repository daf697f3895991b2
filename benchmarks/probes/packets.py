"""What the transaction around a statement costs: packets, settings, the role, and the pool's own habits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from benchmarks.meter import Cell, measure
from benchmarks.probes.scope import POINT, Scope

NAMES = ("members", "people", "disputes", "members_write")
TOGETHER = "select " + ", ".join(f"set_config('rollbook.{n}', ${i}, true)" for i, n in enumerate(NAMES, 1))


async def _nothing(connection: Any) -> None:
    """The reset of a pool whose settings all end with the transaction."""


async def packets(dsn: str, postmaster: int, scope: Scope, seconds: float) -> dict[str, Cell]:
    """A point read inside each kind of envelope, all by the application's role."""
    root = f"{{{scope.ids[0]}}}"
    local = "; ".join(f"set local rollbook.{n} = '{root}'" for n in NAMES)
    configs = "select " + ", ".join(f"set_config('rollbook.{n}', '{root}', true)" for n in NAMES)
    sql, row = POINT, scope.row
    async with (
        asyncpg.create_pool(dsn, user="rollbook_app", min_size=1, max_size=1) as plain,
        asyncpg.create_pool(dsn, user="rollbook_app", min_size=1, max_size=1, reset=_nothing) as kept,
    ):
        db = await asyncpg.connect(dsn, user="rollbook_app")

        def simple(begin: str, end: str = "commit", sql: str = sql) -> Callable[[], Awaitable[Any]]:
            async def run() -> Any:
                await db.execute(begin)
                rows = await db.fetch(sql, row)
                await db.execute(end)
                return rows

            return run

        def pooled(pool: asyncpg.Pool) -> Callable[[], Awaitable[Any]]:
            async def run() -> Any:
                async with pool.acquire() as connection:
                    await connection.execute(f"begin; {local}")
                    await connection.fetch(sql, row)
                    await connection.execute("commit")

            return run

        async def bound() -> None:
            await db.execute("begin")
            await db.fetch(TOGETHER, root, root, root, root)
            await db.fetch(sql, row)
            await db.execute("commit")

        async def library() -> None:
            async with db.transaction(readonly=True):
                await db.execute(local)
                await db.fetch(sql, row)

        async def bare() -> None:
            await db.fetch(sql, row)

        turn = [0]

        def switching(mark: str) -> Callable[[], Awaitable[Any]]:
            async def run() -> Any:
                turn[0] += 1
                whole = turn[0] % 2
                await db.execute("begin; set local role rollbook_whole" if whole else f"begin; {local}")
                rows = await db.fetch(sql + (mark if whole else ""), row)
                await db.execute("commit")
                return rows

            return run

        cells = {
            "no transaction": bare,
            "begin; commit": simple("begin"),
            "begin + 1 set local, one packet": simple(f"begin; set local rollbook.members = '{root}'"),
            "begin + 4 set local, one packet": simple(f"begin; {local}"),
            "begin + one set_config of 4, one packet": simple(f"begin; {configs}"),
            "begin read only + 4 set local": simple(f"begin read only; {local}"),
            "begin, then set_config of 4 bound, 2 packets": bound,
            "asyncpg's transaction() + set local": library,
            "begin + set local role": simple("begin; set local role rollbook_whole", sql=sql + " -- whole"),
            "roles in turn, one statement text": switching(""),
            "roles in turn, a text per role": switching(" -- whole"),
            "pool, its own reset": pooled(plain),
            "pool, reset does nothing": pooled(kept),
        }
        found = await measure(postmaster, cells, rounds=6, seconds=seconds)
        await db.close()
    return found
