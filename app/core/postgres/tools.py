"""PostgreSQL's own programs for dumping and loading: which fit a server, and how they are told where it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from app.core.postgres.files import PostgresFailed, PostgresNotFound, find_binaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK = 256 * 1024
#: The loader of a newer version sets what an older server does not know, and its script would stop there.
UNKNOWN_TO_OLDER = b"SET transaction_timeout = 0;\n"


def find_tools(server_major: int) -> Path:
    """The folder of pg_dump, pg_restore and psql of the server's version or a newer one. Raises PostgresNotFound."""
    folders = []
    with suppress(PostgresNotFound):
        folders.append(find_binaries())
    if (known := shutil.which("pg_dump")) is not None:
        folders.append(Path(known).parent)
    for folder in folders:
        if all((folder / name).is_file() for name in ("pg_dump", "pg_restore", "psql")):
            said = subprocess.run((folder / "pg_dump", "--version"), capture_output=True, text=True, check=False)
            found = re.search(r"\) (\d+)", said.stdout)
            if found and int(found[1]) >= server_major:
                return folder
    msg = (
        f"pg_dump, pg_restore and psql of PostgreSQL {server_major} or newer are needed: install the server's client "
        "programs, and have them in the PATH."
    )
    raise PostgresNotFound(msg)


def dump(tools: Path, dsn: str) -> Iterator[bytes]:
    """A database as one archive, of one moment, in chunks. Raises PostgresFailed at the end if it is not whole."""
    address, surroundings = _address(dsn)
    command = (tools / "pg_dump", "--format=custom", "--compress=1", "--lock-wait-timeout=60000", "--dbname", address)
    with _complaints() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=surroundings)
        assert process.stdout is not None
        try:
            while chunk := process.stdout.read(CHUNK):
                yield chunk
            if process.wait():
                raise PostgresFailed(f"pg_dump failed: {_last_words(complaints)}")
        finally:
            _end(process)


def read_through(tools: Path, archive: Iterable[bytes]) -> None:
    """Read an archive from end to end without a server. Raises PostgresFailed for one that pg_restore cannot read."""
    with _complaints() as complaints:
        process = subprocess.Popen(
            (tools / "pg_restore", "--file=/dev/null"), stdin=subprocess.PIPE, stderr=complaints, env=_surroundings()
        )
        try:
            _feed(process, archive)
            if process.wait():
                raise PostgresFailed("pg_restore cannot read the archive.")
        finally:
            _end(process)


def contents(tools: Path, archive: Iterable[bytes]) -> list[str]:
    """An archive's table of contents, a line for each thing in it. Raises PostgresFailed."""
    with tempfile.TemporaryFile() as listing, _complaints() as complaints:
        process = subprocess.Popen(
            (tools / "pg_restore", "--list"),
            stdin=subprocess.PIPE, stdout=listing, stderr=complaints, env=_surroundings(),
        )  # fmt: skip
        try:
            _feed(process, archive)
            if process.wait():
                raise PostgresFailed("pg_restore cannot read the archive.")
        finally:
            _end(process)
        listing.seek(0)
        return listing.read().decode("utf-8", "replace").splitlines()


def load(tools: Path, dsn: str, archive: Iterable[bytes]) -> None:
    """Load an archive into an empty database, in one transaction, all of it owned by whoever loads it.

    Raises PostgresFailed, which says the server's code and never its words: they may hold people's data.
    """
    address, surroundings = _address(dsn)
    settings = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "--single-transaction")
    with _complaints() as complaints:
        maker = subprocess.Popen(
            (tools / "pg_restore", "--no-owner", "--file=-"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_surroundings(),
        )  # fmt: skip
        loader = subprocess.Popen(
            (tools / "psql", *settings, "--dbname", address),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, env=surroundings,
        )  # fmt: skip
        assert maker.stdout is not None
        assert loader.stdin is not None
        relay = threading.Thread(target=_relay, args=(maker, loader), daemon=True)
        relay.start()
        try:
            _feed(maker, archive)
            relay.join()
            if loader.wait() or maker.wait():
                raise PostgresFailed(f"The database did not take the archive: {_codes(complaints)}.")
        finally:
            _end(maker)
            _end(loader)


def _relay(maker: subprocess.Popen[bytes], loader: subprocess.Popen[bytes]) -> None:
    """Hand the script on; if it breaks off, the loader is ended before it could commit what came."""
    assert maker.stdout is not None
    assert loader.stdin is not None
    try:
        beginning = maker.stdout.read(CHUNK)
        loader.stdin.write(beginning.replace(UNKNOWN_TO_OLDER, b"", 1))
        shutil.copyfileobj(maker.stdout, loader.stdin, CHUNK)
        if maker.wait():
            loader.kill()
        loader.stdin.close()
    except BrokenPipeError:
        maker.kill()


def _feed(process: subprocess.Popen[bytes], archive: Iterable[bytes]) -> None:
    """Hand over all of the archive; also when the program has read enough, so that every piece is seen to open."""
    assert process.stdin is not None
    takes = True
    try:
        for piece in archive:
            if takes:
                try:
                    process.stdin.write(piece)
                except BrokenPipeError:
                    takes = False
    except BaseException:
        # An archive that breaks off must not look like one that is whole.
        process.kill()
        raise
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()


def _address(dsn: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which everybody on the machine could read, and the surroundings with it."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    password = query.pop("password", password)
    host = parts.netloc.rpartition("@")[2]
    address = urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host, query=urlencode(query)))
    return address, _surroundings() | ({"PGPASSWORD": unquote(password)} if password else {})


def _surroundings() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG") or name in {"PATH", "HOME"}}
    return kept | {"LC_ALL": "C"}


@contextmanager
def _complaints() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("pg_dump: ") if lines else "it says nothing"


def _codes(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    said = complaints.read().decode("utf-8", "replace")
    return ", ".join(dict.fromkeys(re.findall(r"(?:ERROR|FATAL):  ([0-9A-Z]{5})\b", said))) or "it broke off"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
