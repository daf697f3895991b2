"""One request, one transaction, on one asyncpg connection, with two faces: entities for writing, rows for reading.

A session begins at its first statement, in the scope of its actor, and is committed by whoever opened it, never by a
service. Nothing else in the house opens, commits or rolls back. What only reads needs no transaction: each of its
queries is one statement that sets its own scope.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
from pydantic_core import to_json
from sqlmodel import SQLModel

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import MasterKey
from app.core.errors import Conflict, PreconditionFailed, Unavailable
from app.core.grouped import GroupedInsert
from app.core.pools import HELD, Pools, close_pool, open_pool
from app.core.scope import Scope, standing_alone
from app.core.statements import default_of, insert_many_sql, insert_sql, table_of, update_sql

PLANS, CUSTOM_PLANS = "SET LOCAL plan_cache_mode = auto", "SET LOCAL plan_cache_mode = force_custom_plan"

#: A connection is lost; the third is what the driver says to a question where the server has begun to end it.
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError)
#: The database is full, slow, going or gone.
AWAY = (
    *LOST,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
    TimeoutError,
)

#: The longest that a copy out takes, in seconds, however slow its reader is.
COPY_SECONDS = 24 * 60 * 60

NOBODY = Scope()


class RaceLost(Conflict):
    """Two writers met: the database refused the second to keep its promises."""

    code = "race_lost"
    sentence = "Somebody else changed this at the same moment; read again and repeat."


class Session:
    """One transaction. `fetch…` read rows; `insert` and `update` write entities; both on the same connection."""

    def __init__(self, database: "Database", scope: Scope = NOBODY) -> None:
        self.database = database
        self._scope = scope
        #: The role that the transaction's connection has when no other is put on.
        self._home = ""
        self._reads = self.counted = False
        self._plans = PLANS
        self._connection: asyncpg.Connection | None = None
        self._grouped: dict[type[SQLModel], list[dict[str, object]]] = {}
        #: The resource, branch and record of the latest change, by which a replayed answer is authorised anew.
        self.touched: tuple[str, UUID | None, UUID | None] | None = None

    @property
    def keys(self) -> MasterKey:
        return self.database.keys

    def act_as(self, actor: Actor, *, own_record: bool = False, reads: bool = False) -> None:
        """Give the session its scope. Must come before the first statement.

        `reads`: nothing is meant to be written, so until something is, each query is a statement by itself.
        """
        if self._connection is not None:
            raise RuntimeError("the scope of a transaction is set before its first statement")
        self._scope = actor.own_scope if own_record else actor.scope
        self._reads = reads
        if reads and not self.counted:
            self.database.reading += 1
            self.counted = True

    @property
    def _mark(self) -> str:
        """A comment that gives each role its own statement text, where the connection does not hold it for life.

        A statement prepared under one role is analysed again under another, each time: measured at twice the cost.
        """
        return "" if self._scope.role == self._home else f" -- {self._scope.role}"

    async def connection(self) -> asyncpg.Connection:
        """The connection of the transaction, which begins here at the latest."""
        if self._connection is None:
            role = self._scope.role
            self._home = role if role in HELD else ""
            self._connection = await self.database.pools.acquire(role)
            put_on = f";SET LOCAL ROLE {role}" if role != self._home else ""
            await self._connection.execute(f"BEGIN;{self._plans}{put_on}{self._scope.opening}")
        return self._connection

    async def plan_for_values(self) -> None:
        """Have what follows planned for its own values: with filters, a plan for any value can cost 24 times more."""
        # A statement by itself would be planned before it could say so.
        self._reads = False
        if self._connection is None:
            self._plans = CUSTOM_PLANS
        else:
            await self._connection.execute(CUSTOM_PLANS)

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self._ask("fetch", sql, values)
        return rows

    async def fetchrow(self, sql: str, *values: object) -> asyncpg.Record | None:
        return await self._ask("fetchrow", sql, values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        return await self._ask("fetchval", sql, values)

    async def _ask(self, how: str, sql: str, values: Sequence[object]) -> Any:
        # A statement by itself has the role that its connection holds: any other is put on in a transaction.
        if self._connection is not None or not self._reads or (role := self._scope.role) not in HELD:
            return await getattr(await self.connection(), how)(sql + self._mark, *values)
        connection = await self.database.pools.acquire(role)
        try:
            return await getattr(connection, how)(standing_alone(sql, len(values)), *values, *self._scope.values)
        finally:
            await self.database.pools.release(connection, role)

    async def execute(self, sql: str, *values: object, patience: float | None = None) -> str:
        """`patience`: the seconds that it may take, where that is longer than a request would wait."""
        done: str = await (await self.connection()).execute(sql + self._mark, *values, timeout=patience)
        return done

    async def insert(self, entity: SQLModel) -> None:
        """Write a new row from a table entity."""
        sql, columns = insert_sql(table_of(type(entity)))
        await self.execute(sql, *[getattr(entity, column) for column in columns])

    async def insert_many(self, model: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> None:
        """Write many new rows of one table in one statement, given by column; what is left out has its default.

        Without entities, whose making costs more than their writing. A column of bytes has no place here.
        """
        sql, columns = insert_many_sql(table_of(model))
        defaults = {column: default_of(model, column) for column in columns}
        whole = [{column: row[column] if column in row else defaults[column]() for column in columns} for row in rows]
        await self.execute(sql, to_json(whole).decode())

    def insert_grouped(self, model: type[SQLModel], row: dict[str, object]) -> None:
        """Have a row, whole and given by column, written with those of other requests before this session ends.

        For what nothing else depends on: it is committed by itself, just before the transaction, if there is one.
        """
        self._grouped.setdefault(model, []).append(row)

    async def copy_text(self, table: str, columns: Sequence[str], lines: AsyncIterable[bytes]) -> None:
        """Stream lines in COPY's text format into a table that no policy guards: COPY refuses the others."""
        await (await self.connection()).copy_to_table(table, source=lines, columns=columns, format="text")

    async def copy_out(self, sql: str, values: Sequence[object], sink: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand what a query gives to `sink` as CSV with a header, in pieces of whole rows, each once the last is taken.

        However long it takes: the sink judges the patience of whoever reads. If it raises, the transaction is over.
        """
        connection = await self.connection()
        await connection.execute("SET LOCAL statement_timeout = 0")
        options = {"format": "csv", "header": True, "encoding": "utf-8", "timeout": COPY_SECONDS}
        try:
            await connection.copy_from_query(sql, *values, output=sink, **options)
        except BaseException:
            # Cut off between two pieces, the driver leaves the copy under way: such a connection serves nobody again.
            self._connection = None
            connection.terminate()
            await self.database.pools.release(connection, self._home)
            raise

    async def update(
        self, model: type[SQLModel], row_id: UUID, values: Mapping[str, object], *, version: int | None = None
    ) -> int:
        """Change columns of one row and raise its version; returns the new version.

        Raises `PreconditionFailed` when `version` is given and is not the current one, or the row is out of scope.
        """
        sql = update_sql(table_of(model), tuple(values), version is not None)
        extra = () if version is None else (version,)
        new = await self.fetchval(sql, row_id, clock.now(), *values.values(), *extra)
        if new is None:
            raise PreconditionFailed
        return int(new)

    @asynccontextmanager
    async def as_role(self, role: str) -> AsyncIterator[None]:
        """Do a narrow piece of work under another database role, in the same transaction if there is one."""
        if not self._reads:
            await self.connection()
        before, self._scope = self._scope, self._scope.under(role)
        await self._put_on(role)
        yield
        self._scope = before
        await self._put_on(before.role)

    async def _put_on(self, role: str) -> None:
        if self._connection is not None:
            await self._connection.execute(f"SET LOCAL ROLE {role or 'none'}")

    async def commit(self) -> None:
        for model, rows in self._grouped.items():
            await self.database.insert_grouped(model, rows)
        await self._end("COMMIT")

    async def rollback(self) -> None:
        with suppress(*LOST):
            # A connection that is lost has rolled back by itself.
            await self._end("ROLLBACK")

    async def _end(self, word: str) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.execute(word)
        finally:
            await self.database.pools.release(connection, self._home)


class Database:
    """The connections of one process, and the doors to a transaction."""

    def __init__(self, pools: Pools, alone: asyncpg.Pool, keys: MasterKey) -> None:
        self.pools = pools
        self._alone = alone
        self._grouped: dict[type[SQLModel], GroupedInsert] = {}
        self.keys = keys
        #: How many sessions that only read are under way.
        self.reading = 0

    @classmethod
    async def open(cls, dsn: str, keys: MasterKey, *, size: int = 10) -> "Database":
        return cls(await Pools.open(dsn, size), await open_pool(dsn, most=1, role="rollbook_app"), keys)

    @classmethod
    @asynccontextmanager
    async def opened(cls, dsn: str, keys: MasterKey, *, size: int = 2) -> AsyncIterator["Database"]:
        """The database for the length of a block: commands and the worker."""
        database = await cls.open(dsn, keys, size=size)
        try:
            yield database
        finally:
            await database.close()

    async def close(self) -> None:
        await self.pools.close()
        await close_pool(self._alone)

    async def insert_grouped(self, model: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> None:
        """Write rows together with those of other requests; returns once they are committed."""
        if model not in self._grouped:
            sql, _ = insert_many_sql(table_of(model))
            self._grouped[model] = GroupedInsert(self._alone, sql, lambda: self.reading)
        await self._grouped[model].write(rows)

    @asynccontextmanager
    async def transaction(
        self, actor: Actor | None = None, *, role: str | None = None, own_record: bool = False
    ) -> AsyncIterator[Session]:
        """A transaction committed at the end of the block, or rolled back by whatever it raises."""
        session = Session(self, Scope(role) if role else NOBODY)
        if actor is not None:
            session.act_as(actor, own_record=own_record)
        try:
            yield session
            await session.commit()
        except (asyncpg.PostgresError, *AWAY) as error:
            await session.rollback()
            _explain(error)
        except BaseException:
            await session.rollback()
            raise
        finally:
            self.reading -= session.counted

    def fact(self, role: str = "rollbook_auth") -> Any:
        """A second transaction, committed on its own: for facts that must outlive a refusal.

        A reused refresh token, a throttle's count, a denial: the refusal rolls back everything else of the request.
        """
        return self.transaction(role=role)


def _explain(error: Exception) -> NoReturn:
    """Turn what the database refuses into a fact; its own words may hold personal data and stay here."""
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        raise RaceLost from None
    # The driver's word for a value that does not fit its column is a kind of both, and is no such thing.
    if isinstance(error, AWAY) and not isinstance(error, ValueError):
        raise Unavailable from None
    raise error
