"""Back-up and restore, and the ledger of erasures; words of `rollbook db`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; a file of that name is replaced once this is whole.")],
) -> None:
    """Write all that is kept into one sealed file, of one moment, also while serving."""
    from app.cli.places import deployment
    from app.services.backups import make_backup

    with deployment() as (_, settings):
        made = asyncio.run(make_backup(settings.owner_dsn, settings.master_key, file))
    print(f"Backed up as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, {file.stat().st_size:,} bytes, read once and whole.")
    print("It opens with SECRET_KEY alone: keep that apart from it.")


@commands.command()
def restore(
    file: Path,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the organisation there.")] = False,
    erasures: Annotated[
        Path | None, typer.Option(help="The ledger that `db erasures` printed, newer than the file.")
    ] = None,
    no_newer_erasures: Annotated[
        bool, typer.Option("--no-newer-erasures", help="Nobody was erased since, or nobody can know.")
    ] = False,
) -> None:
    """Bring a back-up in, whole or not at all, and erase again who was erased since."""
    from app.cli.places import deployment
    from app.services import restores

    wishes = restores.Wishes(replace=replace, erasures=erasures, no_newer_erasures=no_newer_erasures)
    with deployment() as (_, settings):
        asyncio.run(restores.restore(settings, file, wishes, lambda line: print(line, flush=True)))


@commands.command()
def erasures() -> None:
    """Print who was erased and when, by id alone: keep it elsewhere, and each restore can do it again."""
    from app.cli.places import deployment
    from app.core.postgres.databases import connected
    from app.services.erasures.ledger import LedgerLine, read_ledger

    async def read(dsn: str) -> list[LedgerLine]:
        async with connected(dsn) as connection:
            return await read_ledger(connection)

    with deployment() as (_, settings):
        for line in asyncio.run(read(settings.owner_dsn)):
            print(line.as_text())
