"""An organisation's beginning, its people from a file, and its API's description."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Kind

if TYPE_CHECKING:
    from app.core.settings import Settings

commands = typer.Typer()


@commands.command()
def init(
    name: Annotated[str, typer.Option(help="The organisation's name.")],
    administrator: Annotated[str, typer.Option(help="The administrator's e-mail.")],
    officer: Annotated[str, typer.Option(help="The e-mail of the officer responsible for all members.")],
    kind: Annotated[Kind, typer.Option(help="What the organisation is.")] = Kind.party,
) -> None:
    """Found an organisation in an empty database, with two accounts: by letter, or here if no mail server is set."""
    from app.cli.places import deployment

    _refuse_address(administrator, officer)
    with deployment() as (_, settings):
        tokens = asyncio.run(_found(settings, name, administrator, officer, kind))
        if settings.smtp_url:
            print("Founded. Both are sent a link to choose a password, as soon as the server runs.")
            return
        print("Founded. No SMTP_URL is set, so give each of the two their own token, good for three days and once:")
        for email, token in zip((administrator, officer), tokens, strict=True):
            print(f"\n  {email}\n    {token}")
        print(
            f"\nWith the server running, each chooses a password:\n\n  curl {settings.public_url}"
            "/v1/password-resets/complete -H 'Content-Type: application/json' \\\n"
            '    -d \'{"token": "…", "new_password": "…"}\''
        )


@commands.command("import")
def import_file(
    file: Path,
    email: Annotated[str, typer.Option("--as", help="The account that brings them in, with its rights and no more.")],
    branch: Annotated[str, typer.Option(help="The unit below which they belong: its name or its id.")],
    mapping: Annotated[Path | None, typer.Option(help="A mapping in JSON; left out: one is proposed.")] = None,
    preset: Annotated[str | None, typer.Option(help="What the file is an export of, if known.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "--apply", help="Bring them in; without it the preview is all.")
    ] = False,
    demo: Annotated[Kind | None, typer.Option(help="Into this demo organisation, running or not.")] = None,
) -> None:
    """Bring people in from a CSV or XLSX file."""
    from app.cli.places import demonstration, deployment
    from app.models.imports import ImportPreset
    from app.services.imports.console import import_from

    kinds = ", ".join(ImportPreset)
    if preset is not None and preset not in set(ImportPreset):
        raise typer.BadParameter(f"a preset is one of: {kinds}")
    known = ImportPreset(preset) if preset else None
    with demonstration(demo) if demo else deployment() as (_, settings):
        asyncio.run(
            import_from(settings, email, file, branch=branch, mapping_file=mapping, preset=known, apply=yes, say=print)
        )


@commands.command()
def openapi(
    path: Annotated[Path | None, typer.Argument(help="Where to; standard output if left out.")] = None,
) -> None:
    """Write the OpenAPI document."""
    from app.core.openapi import as_text
    from app.core.settings import Environment, Settings
    from app.main import create_app

    text = as_text(create_app(Settings(rollbook_env=Environment.test)).openapi())
    if path is None:
        print(text, end="")
    else:
        path.write_text(text, "utf-8")


async def _found(settings: "Settings", name: str, administrator: str, officer: str, kind: Kind) -> list[str]:
    from app.core import schema
    from app.core.db import Database
    from app.models.branches import UnitKind
    from app.services.founding import found_organisation, invite_founders

    await schema.migrate(settings.owner_dsn, *settings.secrets)
    async with (
        Database.opened(settings.owner_dsn, settings.master_key) as database,
        database.transaction() as session,
    ):
        founded = await found_organisation(
            session,
            name=name,
            name_cy=None,
            kind=UnitKind(kind),
            administrator_email=administrator,
            officer_email=officer,
        )
        by_mail = bool(settings.smtp_url)
        return await invite_founders(session, founded, app_url=settings.links_url, by_mail=by_mail)


def _refuse_address(*addresses: str) -> None:
    """Raises BadParameter: a founder who cannot be written to could never get in again."""
    from pydantic import TypeAdapter, ValidationError

    from app.core.text import Email

    for address in addresses:
        try:
            TypeAdapter(Email).validate_python(address)
        except ValidationError:
            raise typer.BadParameter(f"{address} is no e-mail address") from None
