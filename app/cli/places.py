"""Which organisation a command works on, and where its database lies."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from app.core.postgres import Cluster, PostgresBusy
from app.core.settings import DEMO_SECRET, Environment, Settings, load_settings

DATABASE = "rollbook"


@contextmanager
def deployment(*, alone: bool = False) -> Iterator[tuple[Cluster | None, Settings]]:
    """The settings of this deployment, with its embedded database running if it has no other.

    What `serve` runs is used as it stands, unless `alone`. Raises SettingsError, PostgresError.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_HOST"):
        yield None, load_settings()
        return
    place = home() / "organisation"
    with Cluster(place) if alone else _started_or_joined(place) as cluster:
        cluster.ensure_database(DATABASE)
        secret = os.environ.get("SECRET_KEY") or _kept_secret(place / "secret.key")
        address = cluster.owner_dsn(DATABASE)
        yield cluster, load_settings(database_url=SecretStr(address), secret_key=SecretStr(secret))


@contextmanager
def demonstration(org: str) -> Iterator[tuple[Cluster, Settings]]:
    """A demo that was made before, running or not. Raises PostgresError."""
    with _started_or_joined(demo_place(org)) as cluster:
        address = SecretStr(cluster.owner_dsn(DATABASE))
        yield cluster, Settings(rollbook_env=Environment.demo, database_url=address, secret_key=SecretStr(DEMO_SECRET))


@contextmanager
def _started_or_joined(place: Path) -> Iterator[Cluster]:
    cluster = Cluster(place)
    with suppress(PostgresBusy):
        cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def demo_place(org: str) -> Path:
    return home() / f"demo-{org}"


def home() -> Path:
    return Path(os.environ.get("ROLLBOOK_HOME") or ".rollbook")


def _kept_secret(path: Path) -> str:
    """The secret of an organisation on the embedded database: made at the first start, readable by its user alone."""
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(0o600)
        draft.write_text(secrets.token_urlsafe(48), "ascii")
        draft.replace(path)
    return path.read_text("ascii").strip()
