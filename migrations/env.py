"""Runs the migrations as the owner, one at a time in a database, with short lock waits."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)

#: Serialises two deployments that migrate at once.
MIGRATION_LOCK = 7_265_317


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _migrate(url: str) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("set lock_timeout = '5s'"))
        await connection.execute(text("set statement_timeout = '15min'"))
        # Asked for again and again, because who waits inside a statement would hold up an index built concurrently.
        while not await connection.scalar(text(f"select pg_try_advisory_lock({MIGRATION_LOCK})")):
            await connection.commit()
            await asyncio.sleep(0.1)
        await connection.commit()
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_migrate(context.config.get_main_option("sqlalchemy.url") or ""))
