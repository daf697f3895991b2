"""The audit trail."""

import asyncio
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from app.core.settings import Settings
    from app.models.audit import AuditVerification

commands = typer.Typer(no_args_is_help=True, help="The audit trail.")


@commands.command()
def seal() -> None:
    """Seal what has been written since the last seal; the worker does so all the time."""
    from app.cli.places import deployment
    from app.core.db import Database
    from app.services import audit

    async def sealed(settings: "Settings") -> int:
        async with Database.opened(settings.app_dsn, settings.master_key) as database:
            return await audit.seal(database)

    with deployment() as (_, settings):
        print(f"Sealed {asyncio.run(sealed(settings))} entries.")


@commands.command()
def verify() -> None:
    """Prove that nothing in the audit trail was changed, taken out or slipped in; exits with 1 if not."""
    from app.cli.places import deployment
    from app.core.db import Database
    from app.services import audit

    async def verified(settings: "Settings") -> "AuditVerification":
        async with Database.opened(settings.app_dsn, settings.master_key) as database:
            return await audit.verify(database)

    with deployment() as (_, settings):
        found = asyncio.run(verified(settings))
    print(f"{found.entries} entries in {found.seals} seals; {found.unsealed} not sealed yet.")
    if not found.whole:
        sys.exit(f"The chain is broken at seal {found.broken_at_seal}.")
    print(f"The chain holds. Newest seal: {found.newest_digest or 'none'}")
