"""Data protection."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from app.core.settings import Settings
    from app.services.erasures.verify import Verified

commands = typer.Typer(no_args_is_help=True, help="Data protection.")


@commands.callback()
def _privacy() -> None:
    """A word before the verb, though there is one verb only."""


@commands.command()
def verify(
    person: Annotated[UUID, typer.Argument(help="The number of the person's record.")],
) -> None:
    """Prove against every table that a person was erased; exits with 1 if something is left.

    What was known of them can be given on the standard input, a line each: names, e-mail addresses, telephone numbers.
    Then every table is searched for it too. It belongs in no argument, which other users of a machine can read.
    """
    from app.cli.places import deployment
    from app.core.postgres.databases import connected
    from app.services.erasures.verify import KnownTooShort, verify_erasure

    known = [] if sys.stdin.isatty() else [line.strip() for line in sys.stdin if line.strip()]

    async def verified(settings: "Settings") -> "Verified":
        async with connected(settings.owner_dsn) as connection:
            return await verify_erasure(connection, settings.master_key, person, known)

    with deployment() as (_, settings):
        try:
            found = asyncio.run(verified(settings))
        except KnownTooShort as error:
            sys.exit(f"rollbook: line {error} is too short to be searched for.")
    for one in found.left:
        print(f"{one.table}.{one.column}: {one.why} (rows: {one.rows})")
    if found.left:
        sys.exit("The person is not gone.")
    print(f"Nothing is left: {found.checked} columns were read, and searched for {len(known)} values.")
