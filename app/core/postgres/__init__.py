"""The embedded PostgreSQL: one private server under a home folder, a direct child of this process.

`Cluster(home)` makes, starts, repairs and stops it; `find_binaries()` says which server would run. It listens
on a unix socket only: no port to collide, nothing for the network to reach. Under the home lies:

    lock                  held (flock) by the process that runs the server
    postgres/             a folder or, for root below a closed folder, a link to one under /var/lib/rollbook
        lock              the same once more, so that two copies of a home never share one server
        data/             the cluster; it appears by one rename, so a half-made one is never taken for whole
        owner.password    the superuser's password, 0600
        log               what the server says: no statement and no value of one
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from app.core.postgres.files import (
    ENVIRONMENT,
    PostgresBusy,
    PostgresError,
    PostgresFailed,
    PostgresMismatch,
    PostgresNotFound,
    find_binaries,
    hand_over,
    make_place,
    run_as,
    usable_binaries,
)
from app.core.postgres.initdb import OWNER, PASSWORD_FILE, make_data
from app.core.postgres.leftovers import cluster_name, end_leftovers
from app.core.postgres.processes import Log, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Cluster",
    "PostgresBusy",
    "PostgresError",
    "PostgresFailed",
    "PostgresMismatch",
    "PostgresNotFound",
    "find_binaries",
]

PORT = "5432"  # names the socket's file only
SOCKET_PATH_LIMIT = 100  # bytes; the system's field holds 108 on Linux, 104 on macOS
START_SECONDS = 300.0  # recovery after a crash of a large database takes its time
SOCKET_LINE, READY_LINE = 4, 7  # of postmaster.pid, where the server writes its socket's folder and its state

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements, keys and values are people's data: the log keeps what happens to the server, never to a row.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Cluster:
    """One PostgreSQL server and its data under `home`, also usable as a context manager.

    `durable=False` (tests) gives up safety against loss of power, and the last commits before a crash, for
    speed; `settings` adds to SETTINGS or replaces them.
    """

    def __init__(self, home: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self._durable = durable
        self._settings = SETTINGS | ({} if durable else NOT_DURABLE) | dict(settings or {})
        self._server: subprocess.Popen[bytes] | None = None
        self._locks: list[int] = []
        self._spare_socket: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def place(self) -> Path:
        """The folder that really holds data, password and log."""
        return (self.home / "postgres").resolve()

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.place / "data"

    def start(self) -> None:
        """Make the cluster at the first start, clear away what a crash has left, start the server.

        From the main thread only: Linux ends the server together with the *thread* that started it. Returns
        at once if it runs already. Raises PostgresError.
        """
        if threading.current_thread() is not threading.main_thread():
            msg = "start the cluster from the main thread"
            raise RuntimeError(msg)
        if self._server is not None and self._server.poll() is None:
            return
        self.stop()
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._lock(self.home)
            make_place(self.home / "postgres", run_as(self.data))
            self._lock(self.place)
            found = find_binaries()
            binaries, major = usable_binaries(found, run_as(self.data))
            end_leftovers(self.data)
            if self.data.exists():
                self._check_data(found, major)
            else:
                make_data(self.place, binaries, major, durable=self._durable)
            self._serve(binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server in good order (open transactions are rolled back) and let go of the locks."""
        for signum, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, None)):
            if self._server is None or self._server.poll() is not None:
                break
            self._server.send_signal(signum)
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(patience)
        self._server = None
        if self._spare_socket is not None:
            shutil.rmtree(self._spare_socket, ignore_errors=True)
            self._spare_socket = None
        while self._locks:
            os.close(self._locks.pop())

    def remove(self) -> None:
        """Stop and throw the data away. Raises PostgresBusy if another process runs the server."""
        self.stop()
        if not (self.home / "postgres").exists():
            return
        try:
            self._lock(self.home)
            self._lock(self.place)
            end_leftovers(self.data)
            shutil.rmtree(self.place)
            if (self.home / "postgres").is_symlink():
                (self.home / "postgres").unlink()
        finally:
            self.stop()

    def dsn(self, user: str, password: str, database: str) -> str:
        """The address of a database for asyncpg, SQLAlchemy (after its scheme is changed) and libpq."""
        where = quote(str(self._socket_folder()), safe="/")
        sign_in = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{sign_in}@/{database}?host={where}&port={PORT}"

    def owner_dsn(self, database: str) -> str:
        """The address of a database for the superuser, who owns the tables and migrates."""
        return self.dsn(OWNER, (self.place / PASSWORD_FILE).read_text("ascii"), database)

    def ensure_database(self, name: str) -> None:
        """Create the database unless it exists. Raises ValueError for a name that is no plain identifier."""
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            msg = "a database name consists of a-z, 0-9 and _"
            raise ValueError(msg)
        script = (
            f"SELECT 'CREATE DATABASE {name}' WHERE NOT EXISTS "
            f"(SELECT FROM pg_database WHERE datname = '{name}') \\gexec\n"
        )
        env = ENVIRONMENT | {"PGPASSWORD": (self.place / PASSWORD_FILE).read_text("ascii")}
        where = ("-h", str(self._socket_folder()), "-p", PORT, "-U", OWNER, "-d", "postgres")
        command = (find_binaries() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where)
        done = subprocess.run(command, input=script, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"The database {name} could not be created: {done.stderr.strip()}"
            raise PostgresFailed(msg)

    def _lock(self, folder: Path) -> None:
        """Hold `folder/lock` until `stop`. Raises PostgresBusy, naming the process that holds it."""
        try:
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except PermissionError as error:
            msg = f"{folder} belongs to another user: start as that user or as root, or use another home."
            raise PostgresFailed(msg) from error
        self._locks.append(lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 20).decode("ascii", "replace").strip()
            msg = f"Process {holder} is already running the database in {folder}: stop it, or use another home."
            raise PostgresBusy(msg) from error
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())

    def _check_data(self, found: Path, major: int) -> None:
        """Raises PostgresMismatch for another major version, PostgresFailed without their password."""
        made_by = (self.data / "PG_VERSION").read_text("ascii").strip()
        if made_by != str(major):
            msg = (
                f"The data in {self.data} were made by PostgreSQL {made_by}, but {found} is {major}. "
                f"Use PostgreSQL {made_by}, or dump the data with it and load them into a new home."
            )
            raise PostgresMismatch(msg)
        if not (self.place / PASSWORD_FILE).exists():
            msg = f"{self.place / 'owner.password'} is missing: put it back from the back-up of these data."
            raise PostgresFailed(msg)

    def _serve(self, binaries: Path) -> None:
        """Start the server and wait until it takes connections, however long it has to recover."""
        if self._socket_is_too_long():
            self._spare_socket = Path(tempfile.mkdtemp(prefix="rollbook-"))
            hand_over(self._spare_socket, run_as(self.data))
        sockets = str(self._socket_folder())
        settings = self._settings | {
            "cluster_name": cluster_name(self.data),
            "unix_socket_directories": sockets,
        }
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        log = Log(self.place)
        with log as handle:
            self._server = subprocess.Popen(command, **surroundings(run_as(self.data), handle, signal.SIGINT))
        deadline = time.monotonic() + START_SECONDS
        while self._server.poll() is None and time.monotonic() < deadline:
            if self._is_ready(self._server.pid):
                return
            time.sleep(0.01)
        msg = f"PostgreSQL did not start:\n{log.last_words()}"
        raise PostgresFailed(msg)

    def _is_ready(self, pid: int) -> bool:
        """As pg_ctl does: the server writes its state into its own lock file."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"

    def _socket_is_too_long(self) -> bool:
        return len(os.fsencode(self.data / f".s.PGSQL.{PORT}")) > SOCKET_PATH_LIMIT

    def _socket_folder(self) -> Path:
        """The data directory, which is closed to others; a temporary one if its path is too long."""
        if self._socket_is_too_long() and self._spare_socket is None:
            return self._running_socket()
        return self._spare_socket or self.data

    def _running_socket(self) -> Path:
        """Where the server that another process runs says that it listens."""
        try:
            return Path((self.data / "postmaster.pid").read_text("utf-8").splitlines()[SOCKET_LINE])
        except (FileNotFoundError, IndexError) as error:
            msg = "the cluster is not running"
            raise PostgresFailed(msg) from error
