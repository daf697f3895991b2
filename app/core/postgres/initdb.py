"""The making of a cluster: whole or not at all."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.core.postgres.files import PostgresFailed, hand_over, run_as
from app.core.postgres.processes import Log, surroundings

OWNER = "rollbook_owner"
PASSWORD_FILE = "owner.password"  # noqa: S105 - its name, not the password
BUILTIN_LOCALE_MAJOR = 17


def make_data(place: Path, binaries: Path, major: int, *, durable: bool) -> None:
    """Make `place/data` under another name and rename it when it is whole.

    What a crash left half-made is cleared away. Raises PostgresFailed.
    """
    for half_made in place.glob("initdb-*"):
        shutil.rmtree(half_made, ignore_errors=True)
    data, owner = place / "data", run_as(place / "data")
    maker = _named_user() if owner else owner
    draft, password = Path(tempfile.mkdtemp(prefix="initdb-", dir=place)), _new_password(place)
    for path in (draft, password):
        hand_over(path, maker)
    command = [
        str(binaries / "initdb"),
        "-D",
        str(draft),
        "--encoding=UTF8",
        "--data-checksums",
        *_locale(major),
    ]
    command += [f"--username={OWNER}", f"--pwfile={password}"]
    command += ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
    if not durable:
        command.append("--no-sync")
    log = Log(place)
    with log as handle:
        done = subprocess.run(command, check=False, **surroundings(maker, handle, signal.SIGKILL))
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        msg = f"initdb failed:\n{log.last_words()}"
        raise PostgresFailed(msg)
    if owner:
        _hand_over_tree(draft, owner)
        hand_over(password, owner)
    draft.rename(data)
    if durable:
        _sync(place)


def _named_user() -> dict[str, Any]:
    """For root's initdb alone, which insists on a user with a name, as the server does not."""
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _hand_over_tree(draft: Path, owner: dict[str, Any]) -> None:
    """Change the owner of all of it, root first, so that no other process of `nobody` can enter meanwhile."""
    os.chown(draft, 0, 0)
    for _, folders, files, handle in os.fwalk(draft):
        for name in (*folders, *files):
            os.chown(name, owner["user"], owner["group"], dir_fd=handle, follow_symlinks=False)
    hand_over(draft, owner)


def _locale(major: int) -> list[str]:
    """Sorting by code point, alike on every system; letters beyond ASCII are known wherever C.UTF-8 is."""
    if major >= BUILTIN_LOCALE_MAJOR:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]


def _new_password(place: Path) -> Path:
    """Write a new superuser's password, which a crash leaves either absent or whole."""
    path = place / PASSWORD_FILE
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(handle)
    return draft.replace(path)


def _sync(folder: Path) -> None:
    """Make a rename in the folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
