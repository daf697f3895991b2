"""Restores: a back-up made ready in a database beside the one in use, which it replaces once it is whole.

Until the two change names nothing that was there is touched; what fails on the way leaves it as it was. An owner who
may not create databases restores into an empty one, closed to all others until it is done.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.core import schema
from app.core.db import Database
from app.core.errors import Conflict
from app.core.postgres import databases, tools
from app.core.postgres.databases import connected
from app.core.settings import Settings
from app.services.backups import Backup, open_backup
from app.services.erasures.ledger import LedgerLine, read_ledger, read_ledger_file
from app.services.restores_finish import finish, highest_place

Say = Callable[[str], None]

#: A thing of an archive's contents that belongs to a role of ours: "12; 1255 16999 FUNCTION public f(uuid) rollbook_x".
_OWNED = re.compile(r"\d+; \d+ \d+ (FUNCTION|TABLE|SEQUENCE|TYPE|SCHEMA) (\w+|-) (.+) (rollbook_\w+)")
_LEDGER_MISSING = "Name the ledger kept elsewhere by --erasures, or say --no-newer-erasures."


class Serving(Conflict):
    code = "database_in_use"
    sentence = "Rollbook is serving this database ({connections} connections): stop it first."


class OrganisationThere(Conflict):
    code = "organisation_there"
    sentence = "This database holds an organisation. To put the back-up in its place, say --replace."


class CannotReplace(Conflict):
    code = "cannot_replace"
    sentence = (
        "The owner of this database may not create another, and it is not empty: give the owner CREATEDB, or name an "
        "empty database."
    )


class ErasuresUnknown(Conflict):
    code = "erasures_unknown"
    sentence = "Nothing here tells who was erased since the back-up. " + _LEDGER_MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was said to a restore: replace what is there, the ledger kept elsewhere, that there is none."""

    replace: bool = False
    erasures: Path | None = None
    no_newer_erasures: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The database to be restored, as it stands."""

    name: str
    server: int
    schema: str | None
    is_empty: bool
    holds_organisation: bool
    may_create: bool
    highest_place: int
    ledger: Sequence[LedgerLine]


async def restore(settings: Settings, path: Path, wishes: Wishes, say: Say) -> None:
    """Put a back-up in the place of what is there, and erase again who was erased since.

    Raises `SealedFileRefused`, `BackupTooNew`, `Serving`, `OrganisationThere`, `CannotReplace`, `ErasuresUnknown`,
    `LedgerUnreadable`, PostgresError, SchemaError: all of them leave what was there as it was.
    """
    backup = open_backup(path, settings.master_key)
    kept_elsewhere = read_ledger_file(wishes.erasures) if wishes.erasures else []
    found = await _look(settings.owner_dsn)
    _judge(found, wishes)
    programs = tools.find_tools(max(found.server, backup.postgres))
    await asyncio.to_thread(tools.read_through, programs, backup.archive())
    say(f"The back-up of {backup.made_at:%Y-%m-%d %H:%M:%S} UTC is whole (schema {backup.schema}).")
    async with _place(settings, found) as dsn:
        await _fill(settings, dsn, backup, programs)
        async with Database.opened(dsn, settings.master_key) as database:
            for line in await finish(
                database, backup.made_at, above=found.highest_place, erased=[*found.ledger, *kept_elsewhere]
            ):
                say(line)
    if found.may_create and found.holds_organisation:
        say(
            f"What was there is kept as the database {_aside(found.name)} until the next restore; drop it when you can."
        )
    say("Restored. Rights, accounts and clients stand as they did then: withdraw again what was withdrawn since.")


def _judge(found: Found, wishes: Wishes) -> None:
    if found.holds_organisation and not wishes.replace:
        raise OrganisationThere
    if not found.may_create and not found.is_empty:
        raise CannotReplace
    if not found.holds_organisation and wishes.erasures is None and not wishes.no_newer_erasures:
        raise ErasuresUnknown


async def _look(owner_dsn: str) -> Found:
    """Raises `Serving`, PostgresFailed."""
    async with connected(owner_dsn) as connection:
        if connections := await databases.connections_of(connection, schema.APP_ROLE):
            raise Serving(connections=connections)
        founded = await connection.fetchval("select to_regclass('public.branches')") is not None
        return Found(
            name=await connection.fetchval("select current_database()"),
            server=connection.get_server_version().major,
            schema=await schema.current(connection),
            is_empty=await databases.is_empty(connection),
            holds_organisation=founded and await connection.fetchval("select exists (select from public.branches)"),
            may_create=await databases.may_create_databases(connection),
            highest_place=await highest_place(connection) if founded else 0,
            ledger=await read_ledger(connection),
        )


@asynccontextmanager
async def _place(settings: Settings, found: Found) -> AsyncIterator[str]:
    """The address of an empty database, which takes the name once it is filled and finished."""
    if not found.may_create:
        async with _place_itself(settings) as dsn:
            yield dsn
        return
    beside = f"{found.name}_restoring"
    await databases.create_like(settings.owner_dsn, found.name, beside)
    dsn = databases.address_of(settings.owner_dsn, beside)
    try:
        if found.schema != schema.head():
            # The archive grants to roles, which belong to the server: an empty database that is migrated makes them.
            await schema.migrate(dsn, *settings.secrets)
            await databases.create_like(settings.owner_dsn, found.name, beside)
        yield dsn
        await databases.exchange(settings.owner_dsn, found.name, beside, _aside(found.name))
    except BaseException:
        await databases.drop(settings.owner_dsn, beside)
        raise
    if not found.holds_organisation:
        await databases.drop(settings.owner_dsn, _aside(found.name))


@asynccontextmanager
async def _place_itself(settings: Settings) -> AsyncIterator[str]:
    async with connected(settings.owner_dsn) as connection:
        # If this is killed midway nobody is let into half an organisation.
        await databases.open_to_all(connection, is_open=False)
        try:
            await schema.migrate(settings.owner_dsn, *settings.secrets)
            await databases.empty(connection)
            yield settings.owner_dsn
        except BaseException:
            await databases.empty(connection)
            await databases.open_to_all(connection, is_open=True)
            raise
        await databases.open_to_all(connection, is_open=True)


async def _fill(settings: Settings, dsn: str, backup: Backup, programs: Path) -> None:
    """Load the archive, hand back what belongs to a role, and migrate it to this version."""
    contents = await asyncio.to_thread(tools.contents, programs, backup.archive())
    await asyncio.to_thread(tools.load, programs, dsn, backup.archive())
    async with connected(dsn) as connection:
        await _hand_back(connection, contents)
    await schema.migrate(dsn, *settings.secrets)


async def _hand_back(connection: asyncpg.Connection, contents: Sequence[str]) -> None:
    """Everything was loaded as the owner's; functions that run as a role of their own are that role's again."""
    owned = [match.groups() for line in contents if (match := _OWNED.fullmatch(line))]
    # Whoever made it may be called otherwise here: the table of migrations is the owner's in any case.
    owner = next((role for kind, _, name, role in owned if (kind, name) == ("TABLE", "alembic_version")), None)
    roles = {role for *_, role in owned if role != owner}
    async with connection.transaction():
        for role in roles:
            await connection.execute(f"grant create on schema public to {role}")
        for kind, place, name, role in owned:
            if role != owner:
                full = name if place == "-" else f"{place}.{name}"
                await connection.execute(f"alter {kind.lower()} {full} owner to {role}")
        for role in roles:
            await connection.execute(f"revoke create on schema public from {role}")


def _aside(name: str) -> str:
    return f"{name}_replaced"
