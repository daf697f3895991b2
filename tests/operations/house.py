"""An organisation of its own, in a database of its own, that can be stopped, restored and started again."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.db import Database
from app.core.settings import Settings
from app.jobs.engine import connector
from app.jobs.queues import jobs_app
from app.main import create_app
from app.models.branches import UnitKind
from app.services.backups import Backup, make_backup
from app.services.founding import found_organisation
from app.services.restores import Wishes, restore
from tests.conftest import database_dsn, run_as_owner
from tests.world import Api


@dataclass
class House:
    """Where an organisation lives."""

    settings: Settings

    @property
    def dsn(self) -> str:
        return self.settings.owner_dsn

    async def backup(self, path: Path) -> Backup:
        return await make_backup(self.dsn, self.settings.master_key, path)

    async def restore(self, path: Path, **wishes: Any) -> list[str]:
        """Restore, and tell the lines that were said."""
        lines: list[str] = []
        await restore(self.settings, path, Wishes(**wishes), lines.append)
        return lines

    @asynccontextmanager
    async def behind(self) -> AsyncIterator[Database]:
        """The database as its owner sees it, while nothing serves."""
        async with Database.opened(self.dsn, self.settings.master_key) as database:
            yield database

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Api]:
        app = create_app(self.settings)
        async with self.behind() as owner, app.router.lifespan_context(app):
            engine = jobs_app(connector(self.settings.app_dsn), app.state.database, stopping=lambda: False)
            yield Api(app, owner, engine)

    async def found(self) -> None:
        async with self.behind() as owner, owner.transaction() as session:
            await found_organisation(
                session,
                name="The Party of the Back-up",
                name_cy=None,
                kind=UnitKind.party,
                administrator_email="administrator@rollbook.example",
                officer_email="officer@rollbook.example",
            )


def settings_for(dsn: str, **over: Any) -> Settings:
    return Settings(rollbook_env="test", database_url=dsn, **over)


@asynccontextmanager
async def new_house(name: str, *, template: str = "rollbook_template") -> AsyncIterator[House]:
    """A house in a fresh database; it and all that a restore leaves beside it are gone afterwards."""
    name = f"rollbook_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    every = [f"drop database if exists {one} with (force)" for one in (name, f"{name}_restoring", f"{name}_replaced")]
    await run_as_owner("postgres", *every, f"create database {name} template {template}")
    try:
        yield House(settings_for(database_dsn(name)))
    finally:
        await run_as_owner("postgres", *every)
