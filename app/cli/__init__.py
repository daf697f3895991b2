"""The command line: thin, and with the heavy imports inside the commands, so that help comes at once."""

import sys

import typer

from app.cli import audit, backups, keys, organisation, privacy, schema, serving

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and those hold people
    help="Rollbook: the system of record for members.",
)
for part in (serving.commands, organisation.commands):
    app.add_typer(part)
schema.commands.add_typer(backups.commands)
app.add_typer(schema.commands, name="db")
app.add_typer(audit.commands, name="audit")
app.add_typer(keys.commands, name="keys")
app.add_typer(privacy.commands, name="privacy")


def main() -> None:
    """The entry point: what cannot be done is said in one sentence, not in a traceback."""
    from app.core.errors import AppError
    from app.core.postgres import PostgresError
    from app.core.schema import SchemaError
    from app.core.settings import SettingsError

    try:
        app()
    except (PostgresError, SchemaError, SettingsError) as error:
        sys.exit(f"rollbook: {error}")
    except AppError as error:
        details = "".join(f"\n  {one.pointer}: {one.message}" for one in error.errors)
        sys.exit(f"rollbook: {error.detail}{details}")
