"""One request, one transaction, on one asyncpg connection, with two faces: entities for writing, rows for reading.

A session begins at its first statement, in the scope of its actor, and is committed by whoever opened it, never by a
service. Nothing else in the house opens, commits or rolls back.
"""

import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
from pydantic_core import to_json
from sqlmodel import SQLModel

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import MasterKey
from app.core.errors import Conflict, PreconditionFailed, Unavailable
from app.core.statements import default_of, insert_many_sql, insert_sql, table_of, update_sql

#: What a connection is set to for its whole life; the scope is set per transaction.
SERVER_SETTINGS = {
    "application_name": "rollbook",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "30000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    # Short statements under two policies flip to parallel plans that cost ten times the serial one.
    "max_parallel_workers_per_gather": "0",
}

NO_ACTOR = "BEGIN"

#: The longest that a copy out takes, in seconds, however slow its reader is.
COPY_SECONDS = 24 * 60 * 60


class RaceLost(Conflict):
    """Two writers met: the database refused the second to keep its promises."""

    code = "race_lost"
    sentence = "Somebody else changed this at the same moment; read again and repeat."


class Session:
    """One transaction. `fetch…` read rows; `insert` and `update` write entities; both on the same connection."""

    def __init__(self, database: "Database", preamble: str = NO_ACTOR) -> None:
        self.database = database
        self._preamble = preamble
        self._role = _role_of(preamble)
        self._connection: asyncpg.Connection | None = None
        self._last_words: list[str] = []
        #: The resource, branch and record of the latest change, by which a replayed answer is authorised anew.
        self.touched: tuple[str, UUID | None, UUID | None] | None = None

    @property
    def keys(self) -> MasterKey:
        return self.database.keys

    def act_as(self, actor: Actor, *, own_record: bool = False) -> None:
        """Give the transaction its scope. Must come before the first statement."""
        if self._connection is not None:
            raise RuntimeError("the scope of a transaction is set before its first statement")
        self._preamble = actor.self_preamble if own_record else actor.preamble
        self._role = _role_of(self._preamble)

    @property
    def _mark(self) -> str:
        """A comment that gives each role its own statement text.

        A statement prepared under one role is analysed again under another, each time: measured at twice the cost.
        """
        return f" -- {self._role}" if self._role else ""

    async def connection(self) -> asyncpg.Connection:
        if self._connection is None:
            self._connection = await self.database.acquire()
            await self._connection.execute(self._preamble)
        return self._connection

    async def plan_for_values(self) -> None:
        """Have what follows planned for its own values: with filters, a plan for any value can cost 24 times more."""
        wish = ";SET LOCAL plan_cache_mode = force_custom_plan"
        if self._connection is None:
            self._preamble += wish
        else:
            await self._connection.execute(wish)

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await (await self.connection()).fetch(sql + self._mark, *values)
        return rows

    async def fetchrow(self, sql: str, *values: object) -> asyncpg.Record | None:
        return await (await self.connection()).fetchrow(sql + self._mark, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        return await (await self.connection()).fetchval(sql + self._mark, *values)

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
            await self.database.release(connection)
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
        """Do a narrow piece of work under another database role of the same transaction, then come back."""
        before, self._role = self._role, role
        await self.execute(f"SET LOCAL ROLE {role}")
        yield
        self._role = before
        await self.execute(f"SET LOCAL ROLE {before or 'none'}")

    def say_last(self, sql: str) -> None:
        """Send a statement in the packet of the COMMIT, which spares a round trip: for the log of a read.

        It takes no parameters, so its text is made of ids, instants and codes of ours, never of what a caller sent.
        """
        self._last_words.append(sql)

    async def commit(self) -> None:
        if self._last_words:
            await self.connection()
        await self._end(";".join([*self._last_words, "COMMIT"]))

    async def rollback(self) -> None:
        await self._end("ROLLBACK")

    async def _end(self, word: str) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.execute(word)
        finally:
            await self.database.release(connection)


class Database:
    """The pool of one process, and the doors to a transaction."""

    def __init__(self, pool: asyncpg.Pool, keys: MasterKey) -> None:
        self._pool = pool
        self.keys = keys

    @classmethod
    async def open(cls, dsn: str, keys: MasterKey, *, size: int = 10) -> "Database":
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            init=_prepare_connection,
            reset=_nothing_to_reset,
            server_settings=SERVER_SETTINGS,
            command_timeout=60,
        )
        return cls(pool, keys)

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
        await self._pool.close()

    @property
    def idle(self) -> int:
        """How many connections of the pool wait to be used."""
        return int(self._pool.get_idle_size())

    @property
    def used(self) -> int:
        """How many connections of the pool are at work."""
        return int(self._pool.get_size()) - self.idle

    async def acquire(self) -> asyncpg.Connection:
        try:
            return await self._pool.acquire(timeout=5)
        except (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError) as error:
            raise Unavailable from error

    async def release(self, connection: asyncpg.Connection) -> None:
        await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(
        self, actor: Actor | None = None, *, role: str | None = None, own_record: bool = False
    ) -> AsyncIterator[Session]:
        """A transaction committed at the end of the block, or rolled back by whatever it raises."""
        session = Session(self, f'BEGIN;SET LOCAL ROLE "{role}"' if role else NO_ACTOR)
        if actor is not None:
            session.act_as(actor, own_record=own_record)
        try:
            yield session
            await session.commit()
        except asyncpg.PostgresError as error:
            await session.rollback()
            _explain(error)
        except BaseException:
            await session.rollback()
            raise

    def fact(self, role: str = "rollbook_auth") -> Any:
        """A second transaction, committed on its own: for facts that must outlive a refusal.

        A reused refresh token, a throttle's count, a denial: the refusal rolls back everything else of the request.
        """
        return self.transaction(role=role)


def _role_of(preamble: str) -> str:
    """The role that a packet opens a transaction in; empty for the role of the connection."""
    return preamble.partition("SET LOCAL ROLE ")[2].partition(";")[0].strip('"')


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Every setting is local to its transaction, so the pool's RESET ALL would be a round trip for nothing."""


def _explain(error: asyncpg.PostgresError) -> NoReturn:
    """Turn what the database refuses into a fact; its own words may hold personal data and stay here."""
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        raise RaceLost from None
    if isinstance(error, asyncpg.LockNotAvailableError | asyncpg.TooManyConnectionsError):
        raise Unavailable from None
    raise error
