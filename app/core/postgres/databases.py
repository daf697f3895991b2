"""Whole databases of a server, as their owner handles them: made beside one another, exchanged, dropped."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.core.postgres.files import PostgresFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONGEST_NAME = 63

_MAY_CREATE = "select rolcreatedb or rolsuper from pg_roles where rolname = current_user"
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and usename = $1 "
    "and pid <> pg_backend_pid()"
)
_SCHEMAS = (
    "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' "
    "and not exists (select from pg_depend where objid = pg_namespace.oid and deptype = 'e')"
)


def address_of(dsn: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for the length of a block. Raises PostgresFailed where the server does not let us in."""
    try:
        connection = await asyncpg.connect(dsn, timeout=20)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PostgresFailed(f"The database does not let us in: {str(error) or 'no answer'}.") from None
    try:
        yield connection
    finally:
        await connection.close()


async def may_create_databases(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(_MAY_CREATE))


async def connections_of(connection: asyncpg.Connection, role: str) -> int:
    """How many connections a role has to this database."""
    return int(await connection.fetchval(_OTHERS, role))


async def create_like(dsn: str, like: str, name: str) -> None:
    """Make an empty database that sorts and compares as another does; one of that name is dropped first."""
    async with connected(address_of(dsn, "postgres")) as server:
        row = await server.fetchrow("select to_jsonb(d)::text as json from pg_database d where datname = $1", like)
        await server.execute(f"drop database if exists {_quoted(name)} with (force)")
        await server.execute(f"create database {_quoted(name)} template template0 encoding 'UTF8' {_locale(row)}")


async def drop(dsn: str, name: str) -> None:
    async with connected(address_of(dsn, "postgres")) as server:
        await server.execute(f"drop database if exists {_quoted(name)} with (force)")


async def exchange(dsn: str, name: str, new: str, aside: str) -> None:
    """Put database `new` in the place of `name`, which is kept as `aside`: both or neither.

    Raises PostgresFailed while somebody is connected to the one or the other.
    """
    async with connected(address_of(dsn, "postgres")) as server:
        try:
            await server.execute(f"drop database if exists {_quoted(aside)}")
            async with server.transaction():
                await server.execute(f"alter database {_quoted(name)} rename to {_quoted(aside)}")
                await server.execute(f"alter database {_quoted(new)} rename to {_quoted(name)}")
        except asyncpg.ObjectInUseError:
            msg = "Somebody is connected to the database: end every connection to it, and begin again."
            raise PostgresFailed(msg) from None


async def is_empty(connection: asyncpg.Connection) -> bool:
    """Whether nobody has made a table in this database."""
    return not await connection.fetchval(
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p', 'v', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema')"
    )


async def empty(connection: asyncpg.Connection) -> None:
    """Drop all that lies in this database, for an owner who may not make another."""
    async with connection.transaction():
        for row in await connection.fetch(_SCHEMAS):
            await connection.execute(f"drop schema {_quoted(row['nspname'])} cascade")
        await connection.execute("create schema public; grant usage on schema public to public")


async def open_to_all(connection: asyncpg.Connection, *, is_open: bool) -> None:
    """Let everybody into this database, or its owner alone."""
    name = _quoted(await connection.fetchval("select current_database()"))
    word = (
        f"grant connect on database {name} to public" if is_open else f"revoke connect on database {name} from public"
    )
    await connection.execute(word)


def _quoted(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise PostgresFailed(f"The name of the database leaves no room for a second beside it: {LONGEST_NAME} bytes.")
    return '"' + name.replace('"', '""') + '"'


def _locale(row: Any) -> str:
    said = json.loads(row["json"])
    words = [f"lc_collate {_literal(said['datcollate'])} lc_ctype {_literal(said['datctype'])}"]
    name = said.get("datlocale") or said.get("daticulocale")
    if said["datlocprovider"] == "i":
        words.append(f"locale_provider icu icu_locale {_literal(name)}")
    elif said["datlocprovider"] == "b":
        words.append(f"locale_provider builtin builtin_locale {_literal(name)}")
    else:
        words.append("locale_provider libc")
    return " ".join(words)


def _literal(text: str) -> str:
    if not re.fullmatch(r"[\w.@=-]+", text):
        raise PostgresFailed("The database's locale cannot be read.")
    return f"'{text}'"
