"""Two marriages with SQLAlchemy's unit of work: on a pool of its own, and on a connection lent to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from benchmarks.probes.plain import Plain, Stale


class OrmFace:
    """SQLAlchemy's unit of work for writing, the driver's connection under it for reading."""

    def __init__(self, session: AsyncSession, driver: Any) -> None:
        self.session, self.driver = session, driver
        self.fetchval = driver.fetchval

    async def insert(self, *entities: SQLModel) -> None:
        """Added and flushed together: the unit of work orders them."""
        self.session.add_all(entities)
        await self.session.flush()

    async def update(self, table: type[SQLModel], row: UUID, values: dict[str, object], *, version: int) -> None:
        """The entity is loaded, compared and changed; raises Stale."""
        entity: Any = await self.session.get(table, row)
        if entity is None or entity.version != version:
            raise Stale
        for name, value in values.items():
            setattr(entity, name, value)
        entity.version = version + 1
        await self.session.flush()


class Orm:
    """Face 3: an AsyncSession on SQLAlchemy's own pool."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[OrmFace]:
        """The first statement makes the adapter open the transaction, which the driver then shares."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            connection = await session.connection()
            await connection.execute(SETTING)
            raw = await connection.get_raw_connection()
            yield OrmFace(session, raw.driver_connection)


ADAPTER: Any = PGDialect_asyncpg.import_dbapi()  # type: ignore[no-untyped-call]
SETTING = text("set local rollbook.members = ''")


class Lazy(Plain):
    """Face 4: the asyncpg pool, and a session bound to the same connection once somebody writes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.engines: dict[int, AsyncEngine] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[LazyFace]:  # type: ignore[override]
        """The engine beside each connection does not begin: the transaction is already open."""
        async with super().transaction() as face:
            lazy = LazyFace(face.connection, self.engines)
            yield lazy
            if lazy.face:
                await lazy.face.session.close()


class LazyFace:
    """Reads cost what PlainFace's cost; the first write makes the session."""

    def __init__(self, connection: Any, engines: dict[int, AsyncEngine]) -> None:
        self.connection, self.engines = connection, engines
        self.face: OrmFace | None = None
        self.fetchval = connection.fetchval

    def _writing(self) -> OrmFace:
        if self.face:
            return self.face
        driver = self.connection._con  # noqa: SLF001 the proxy's own connection outlives its release
        engine = self.engines.get(id(driver))
        if engine is None:

            async def creator() -> Any:
                return driver

            # The pool voids prepared statements at release, so the adapter may keep none.
            engine = create_async_engine(
                "postgresql+asyncpg://",
                poolclass=StaticPool,
                isolation_level="AUTOCOMMIT",
                pool_reset_on_return=None,
                creator=lambda: ADAPTER.connect(async_creator_fn=creator, prepared_statement_cache_size=0),
            )
            self.engines[id(driver)] = engine
        self.face = OrmFace(AsyncSession(engine, expire_on_commit=False), driver)
        return self.face

    async def insert(self, *entities: SQLModel) -> None:
        """As OrmFace."""
        await self._writing().insert(*entities)

    async def update(self, table: type[SQLModel], row: UUID, values: dict[str, object], *, version: int) -> None:
        """As OrmFace."""
        await self._writing().update(table, row, values, version=version)
