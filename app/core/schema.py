"""The schema of the database: bringing it to the newest migration, and knowing whether it is there."""

import asyncio
import hashlib
import hmac
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

MIGRATIONS = Path(__file__).parents[2] / "migrations"
APP_ROLE = "rollbook_app"
OLDEST_MAJOR = 15


class SchemaError(RuntimeError):
    """The database cannot be brought to the newest migration; the text says why and what to do."""


def _config(owner_dsn: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s")
    url = owner_dsn.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+asyncpg://", 1)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def head() -> str:
    """The newest migration that this code brings."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def current(connection: asyncpg.Connection) -> str | None:
    """The newest migration that a database has seen; none where there was none."""
    if await connection.fetchval("select to_regclass('public.alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from public.alembic_version")
    return revision


def revisions() -> frozenset[str]:
    """The migrations that this code knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def revise(owner_dsn: str, message: str) -> None:
    """Write a new migration from the difference between the models and the database."""
    newest = int(head()[:4]) + 1
    slug = message.lower().replace(" ", "_")
    command.revision(_config(owner_dsn), message=message, rev_id=f"{newest:04}_{slug}", autogenerate=True)


def check(owner_dsn: str) -> None:
    """Raises when the models and the migrated database differ."""
    command.check(_config(owner_dsn))


async def migrate(owner_dsn: str, secret: str, *previous: str) -> None:
    """Bring the database to the newest migration, and give the app's role the password that follows from the secret.

    Roles belong to the whole server, and so does the password: on a server where it follows from a secret that is not
    among ours, another organisation lives, and nothing is touched. Raises SchemaError.
    """
    try:
        connection = await asyncpg.connect(owner_dsn, timeout=20)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SchemaError(f"The database does not let us in: {str(error) or 'no answer'}.") from None
    try:
        await _refuse_unfit(connection, {_mark(one) for one in (secret, *previous)})
        await asyncio.to_thread(command.upgrade, _config(owner_dsn), "head")
        await connection.execute(
            f"alter role {APP_ROLE} login password '{app_password(secret)}';"
            f"comment on role {APP_ROLE} is '{_mark(secret)}'"
        )
    except (asyncpg.PostgresError, sqlalchemy.exc.DBAPIError) as error:
        raise _explained(error) from None
    except CommandError:
        raise SchemaError("The database is newer than this version of Rollbook: start the newer one.") from None
    finally:
        await connection.close()


def _explained(error: Exception) -> Exception:
    """The refusals that whoever migrates can do something about, as sentences; any other as it is."""
    state = getattr(getattr(error, "orig", error), "sqlstate", "")
    if state in {asyncpg.LockNotAvailableError.sqlstate, asyncpg.QueryCanceledError.sqlstate}:
        return SchemaError(
            "Somebody is using what the next migration changes: a long query, a dump, or the server that still runs. "
            "Nothing was left half done, and what was migrated before stays; end the other and begin again."
        )
    if state == asyncpg.InsufficientPrivilegeError.sqlstate:
        said = str(error).splitlines()[0].rpartition(") ")[2]
        return SchemaError(
            "The owner named in DATABASE_URL may not do this: it must own the database, have CREATEROLE, and have made "
            f"the rollbook_… roles itself if they are there. It says: {said}."
        )
    return error


async def _refuse_unfit(connection: asyncpg.Connection, marks: set[str]) -> None:
    major = connection.get_server_version().major
    if major < OLDEST_MAJOR:
        raise SchemaError(f"This is PostgreSQL {major}; Rollbook needs {OLDEST_MAJOR} or newer.")
    if await connection.fetchval("show server_encoding") != "UTF8":
        raise SchemaError("The database is not in UTF-8: create it with encoding 'UTF8'.")
    found = await connection.fetchval(
        "select shobj_description(oid, 'pg_authid') from pg_roles where rolname = $1", APP_ROLE
    )
    if found is not None and found not in marks:
        raise SchemaError(
            "This PostgreSQL server serves an organisation with another SECRET_KEY, whose access this would break. "
            "Give each organisation a server of its own; if only the key has changed, name the one before it in "
            "PREVIOUS_SECRET_KEYS."
        )


def _mark(secret: str) -> str:
    """Tells, in the app role's comment, which secret its password follows from; leads back to neither."""
    return hmac.new(secret.encode(), b"rollbook role mark", hashlib.sha256).hexdigest()[:16]


def app_password(secret: str) -> str:
    """The app role's password, derived so that one secret is enough to run an organisation."""
    return hmac.new(secret.encode(), b"rollbook database role", hashlib.sha256).hexdigest()


def app_dsn(owner_dsn: str, secret: str) -> str:
    """Where the app connects: the owner's address, the app's role and its derived password."""
    parts = urlsplit(owner_dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP_ROLE}:{quote(app_password(secret))}@{host}"))
