"""The commands that stay: the demo, the real thing, and its parts."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import typer

from app.cli.options import Host, Kind, Org, Port, Workers

if TYPE_CHECKING:
    from socket import AddressFamily, socket

    from app.core.postgres import Cluster
    from app.core.settings import Settings

commands = typer.Typer()

WEB: dict[str, Any] = {
    "factory": True,
    "loop": "uvloop",
    "http": "app.core.wire:Wire",
    "ws": "none",
    "access_log": False,
    "server_header": False,
    "log_level": "error",  # its warnings tell of what callers send, in lines that are not ours
    # Longer than proxies keep theirs, which would otherwise send a request into a connection that is being closed.
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": 10,
}


@commands.command()
def demo(org: Org = Kind.party, port: Port = 8000) -> None:
    """Serve a demo organisation on this machine alone; made at the first start."""
    from pydantic import SecretStr

    from app.cli.places import demo_place
    from app.core.postgres import Cluster
    from app.core.settings import DEMO_SECRET, Environment, Settings
    from app.seeds import demo as seeds
    from app.seeds.plans import PLANS

    plan = PLANS[org]
    with Cluster(demo_place(org)) as cluster, _listening("127.0.0.1", port) as door:
        asyncio.run(seeds.ensure(cluster, plan, say=lambda line: print(line, flush=True)))
        settings = Settings(
            rollbook_env=Environment.demo,
            database_url=SecretStr(cluster.owner_dsn(seeds.DATABASE)),
            secret_key=SecretStr(DEMO_SECRET),
        )
        print(seeds.welcome(plan, port), flush=True)
        _run(cluster, settings, door, workers=1)


@commands.command("demo-reset")
def demo_reset(org: Org = Kind.party) -> None:
    """Throw a demo organisation away."""
    from app.cli.places import demo_place
    from app.core.postgres import Cluster

    Cluster(demo_place(org)).remove()
    print(f"The demo {org} is gone; the next `demo` makes it anew.")


@commands.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """Serve for real: on DATABASE_URL, or without it on an embedded database under ROLLBOOK_HOME."""
    from app.cli.places import deployment
    from app.core import schema
    from app.core.mail import sender_for

    with deployment(alone=True) as (cluster, settings), _listening(host, port) as door:
        sender_for(settings)  # an SMTP_URL that is none is said now
        asyncio.run(schema.migrate(settings.owner_dsn, *settings.secrets))
        print(f"Serving on http://{host}:{port}; Ctrl-C stops it.", flush=True)
        _run(cluster, settings, door, workers=workers)


@commands.command()
def web(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """Serve the API alone, on a database that is migrated already: for containers."""
    import uvicorn

    from app.core.settings import get_settings

    get_settings()  # what is wrong with them is said here, in a sentence
    _allow_many_files()
    uvicorn.run("app.main:create_app", host=host, port=port, workers=workers, **WEB)


@commands.command("web-part", hidden=True)
def web_part(door: int) -> None:
    """One web process of `serve`, on the listening socket that its parent holds open."""
    import socket

    import uvicorn

    uvicorn.Server(uvicorn.Config("app.main:create_app", **WEB)).run(sockets=[socket.socket(fileno=door)])


@commands.command()
def worker() -> None:
    """Do the recurring work: seal the audit trail, send mail, sweep."""
    from app.core.settings import get_settings
    from app.jobs.worker import work

    asyncio.run(work(get_settings()))


def _run(cluster: "Cluster | None", settings: "Settings", door: "socket", *, workers: int) -> None:
    from app.core.supervisor import Supervisor

    host, port = door.getsockname()[:2]
    # The parts get the app's address alone: nothing that serves can change the schema or step past the policies.
    owners = {"DATABASE_URL", "DATABASE_HOST", "POSTGRES_PASSWORD"}
    given = {name: value for name, value in os.environ.items() if name not in owners} | {
        "APP_DATABASE_URL": settings.app_dsn,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ROLLBOOK_ENV": settings.rollbook_env.value,
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"http://{host}:{port}",
        "TZ": "UTC",
    }
    python = [sys.executable, "-m", "app.cli"]
    names = ["web process"] if workers == 1 else [f"web process {place}" for place in range(1, workers + 1)]
    parts = {name: [*python, "web-part", str(door.fileno())] for name in names} | {"worker": [*python, "worker"]}
    Supervisor(cluster, parts, given, keep_open=(door.fileno(),)).run()


def _listening(host: str, port: int) -> "socket":
    """The socket on which the web processes answer, held by their parent.

    So it is said at once when the port is not to be had, and a request that comes while a process starts anew waits
    instead of being refused. Raises SettingsError.
    """
    import socket
    import time

    from app.core.settings import SettingsError

    _allow_many_files()
    patience = time.monotonic() + 2  # what was killed a moment ago is still letting go
    while True:
        try:
            return socket.create_server((host, port), family=_family(host), backlog=2048)
        except OSError as error:
            if time.monotonic() > patience:
                reason = (os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)).lower()
                raise SettingsError(
                    f"{host} port {port}: {reason}; choose another, such as `make demo PORT={port % 65535 + 1}`"
                ) from None
            time.sleep(0.1)


def _allow_many_files() -> None:
    """As many as this user may have, for this process and its parts: each connection is one, and 1,024 is usual."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _family(host: str) -> "AddressFamily":
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET
