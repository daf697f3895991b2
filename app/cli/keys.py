"""The keys that sign access tokens."""

import asyncio
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from app.core.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="The keys that sign access tokens.")


@commands.callback()
def group() -> None:
    """Keep `rotate` a word of its own while it is the only one."""


@commands.command()
def rotate() -> None:
    """Sign with a new key from now on; what the one before signed stays good until it runs out."""
    from app.cli.places import deployment
    from app.core.db import Database
    from app.services import signing_keys

    async def rotated(settings: "Settings") -> "UUID":
        async with Database.opened(settings.app_dsn, settings.master_key) as database:
            return await signing_keys.rotate_key(database)

    with deployment() as (_, settings):
        print(f"Access tokens are signed with a new key, {asyncio.run(rotated(settings))}.")
