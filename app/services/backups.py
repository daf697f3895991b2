"""Back-ups: the whole database at one moment, sealed under the application's secret, and proved readable."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.core import schema
from app.core.crypto import MasterKey
from app.core.errors import AppError
from app.core.postgres.databases import connected
from app.core.postgres.tools import dump, find_tools, read_through
from app.core.sealed_files import SealedFile, open_sealed, publish, write_sealed

PURPOSE = "rollbook back-up"
FORMAT = 1


class NothingToBackUp(AppError):
    code = "nothing_to_back_up"
    sentence = "This database holds no organisation: there is nothing to back up."


class BackupTooNew(AppError):
    code = "backup_too_new"
    sentence = "This back-up was made by a newer version of Rollbook ({schema}): restore it with that one."


class BackupNotWritten(AppError):
    code = "backup_not_written"
    sentence = "{file} cannot be written: {reason}."


@dataclass(frozen=True, slots=True)
class Backup:
    """A back-up whose clear line has been read."""

    file: SealedFile
    made_at: datetime
    schema: str
    postgres: int

    def archive(self) -> Iterator[bytes]:
        """What pg_dump wrote. Raises `SealedFileRefused` at the first piece that is not as it was sealed."""
        return self.file.pieces()


async def make_backup(owner_dsn: str, keys: MasterKey, path: Path) -> Backup:
    """Write a back-up, of one moment, while others work; it has its name once it was read again from end to end.

    Raises `NothingToBackUp`, `BackupNotWritten`, PostgresError; what had the name before then still has it.
    """
    async with connected(owner_dsn) as connection:
        revision = await schema.current(connection)
        if revision is None:
            raise NothingToBackUp
        about = {
            "format": FORMAT,
            # Before the dump's own moment, so that nothing in it is younger.
            "made_at": datetime.now(UTC).isoformat(),
            "schema": revision,
            "postgres": connection.get_server_version().major,
        }
        tools = find_tools(connection.get_server_version().major)

    def write() -> Backup:
        written = write_sealed(path, keys, PURPOSE, about, dump(tools, owner_dsn))
        try:
            read_through(tools, written.pieces())
        except BaseException:
            with suppress(OSError):
                written.path.unlink()
            raise
        publish(written, path)
        return open_backup(path, keys)

    try:
        return await asyncio.to_thread(write)
    except OSError as error:
        raise BackupNotWritten(file=path.name, reason=error.strerror) from None


def open_backup(path: Path, keys: MasterKey) -> Backup:
    """Raises `SealedFileRefused`, and `BackupTooNew` for one that this version cannot read."""
    file = open_sealed(path, keys, PURPOSE)
    revision = str(file.about["schema"])
    if file.about["format"] != FORMAT or revision not in schema.revisions():
        raise BackupTooNew(schema=revision)
    return Backup(file, datetime.fromisoformat(file.about["made_at"]), revision, int(file.about["postgres"]))
