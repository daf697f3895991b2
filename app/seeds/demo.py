"""The demo organisations: making them once, and telling whom to sign in as."""

from collections.abc import Callable

import asyncpg

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.postgres import Cluster
from app.core.settings import DEMO_SECRET
from app.seeds.build import Builder
from app.seeds.plans import Plan

DATABASE = "rollbook"
#: A half-made demo is never taken for a whole one: it is made under this name, and renamed when it is done.
IN_THE_MAKING = "rollbook_in_the_making"
PASSWORD = "rollbook-demo"  # noqa: S105  (told to everybody; the demo binds loopback only)

Say = Callable[[str], None]


async def ensure(cluster: Cluster, plan: Plan, *, say: Say) -> None:
    """Make the organisation unless it is there; bring its database to the newest migration in any case."""
    if not await _exists(cluster, DATABASE):
        await _make(cluster, plan, say)
    await schema.migrate(cluster.owner_dsn(DATABASE), DEMO_SECRET)


def welcome(plan: Plan, port: int) -> str:
    """What to open, and whom to sign in as."""
    base = f"http://127.0.0.1:{port}"
    people = (plan.officer, *plan.sign_ins, *plan.receivers, plan.admin)
    return "\n".join(
        [
            "",
            f"  The API          {base}/docs   (to read: {base}/redoc)",
            f"  Mail it sends    {base}/v1/outbox",
            f"  Sign-ins, all with the password {PASSWORD}:",
            *(f"    {one.email:32} {one.who}" for one in people),
            "  Ctrl-C stops it.",
            "",
        ]
    )


async def _make(cluster: Cluster, plan: Plan, say: Say) -> None:
    await _as_owner(
        cluster, f"drop database if exists {IN_THE_MAKING} with (force)", f"create database {IN_THE_MAKING}"
    )
    dsn = cluster.owner_dsn(IN_THE_MAKING)
    say("Making the tables …")
    await schema.migrate(dsn, DEMO_SECRET)
    keys = MasterKey([DEMO_SECRET])
    app_dsn = schema.app_dsn(dsn, DEMO_SECRET)
    async with Database.opened(dsn, keys) as owner, Database.opened(app_dsn, keys) as database:
        await Builder(plan, owner, database, say).build(PASSWORD)
    await _as_owner(cluster, f"alter database {IN_THE_MAKING} rename to {DATABASE}")


async def _exists(cluster: Cluster, name: str) -> bool:
    connection = await asyncpg.connect(cluster.owner_dsn("postgres"))
    try:
        return bool(await connection.fetchval("select exists (select from pg_database where datname = $1)", name))
    finally:
        await connection.close()


async def _as_owner(cluster: Cluster, *statements: str) -> None:
    connection = await asyncpg.connect(cluster.owner_dsn("postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
