"""The database: its schema, and with cli/backups.py its back-ups."""

import asyncio

import typer

commands = typer.Typer(no_args_is_help=True, help="The database: its schema, its back-ups.")


@commands.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    from app.cli.places import deployment
    from app.core import schema

    with deployment() as (_, settings):
        asyncio.run(schema.migrate(settings.owner_dsn, *settings.secrets))
    print(f"The database is at {schema.head()}.")


@commands.command()
def revision(message: str) -> None:
    """Write a new migration from what differs between the models and the migrated database."""
    from app.core import schema
    from app.core.postgres.scratch import scratch_cluster
    from app.core.settings import DEMO_SECRET

    with scratch_cluster(durable=False) as cluster:
        cluster.ensure_database("rollbook")
        asyncio.run(schema.migrate(cluster.owner_dsn("rollbook"), DEMO_SECRET))
        schema.revise(cluster.owner_dsn("rollbook"), message)
