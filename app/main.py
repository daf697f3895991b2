"""Wires the web process together, and nothing else."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from app.core import logging, openapi, problems
from app.core.db import Database
from app.core.http import CrossOrigin, Frame
from app.core.notify import Listener
from app.core.settings import Settings, get_settings
from app.routers import all_routers, docs
from app.routers.route import Directory
from app.services import rights, signing_keys

EXPOSED = (
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Content-Disposition",
    "X-Request-Id",
    "Idempotency-Replayed",
)
SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-CSRF-Token", "traceparent")

DESCRIPTION = """The system of record for membership parties and community-organising alliances.

Sign in with `POST /v1/sessions` and send the access token as `Authorization: Bearer …`. What you may see and do follows
from your roles and offices and reaches down the tree of branches; what you may not see answers 404, like what does not
exist.

- **Lists** are pages of `{"data", "next_cursor", "has_more"}`: pass `next_cursor` back as `cursor`. Totals come with
  `count=exact`.
- **Writes** to a record send its `ETag` back as `If-Match`. A `PATCH` is a JSON Merge Patch: left out stays, null
  empties.
- **Repeats**: any POST that makes something takes an `Idempotency-Key`; sent again within 24 hours it gives the same
  answer.
- **Refusals** are `application/problem+json` with a stable `code`, and `errors` that point at each field.
- **Personal values never stand in a URL**: searches by name, e-mail, phone or postcode are POSTs.
- `allowed_actions` on a record says what you may do with it now, and why not otherwise.
"""


class Application(FastAPI):
    """FastAPI in these layers and no others: its own would do again, at each request, what these and the routes do."""

    def build_middleware_stack(self) -> ASGIApp:
        settings: Settings = self.state.settings
        rooms = ExceptionMiddleware(Directory(self.router), handlers=self.exception_handlers)
        opened = CrossOrigin(
            rooms,
            allow_origins=settings.cors_origins,
            allow_origin_regex=r"http://(localhost|127\.0\.0\.1)(:\d+)?" if settings.is_demo else None,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=SENT,
            expose_headers=EXPOSED,
            allow_credentials=True,
            max_age=600,
        )
        return Frame(opened, https=settings.public_url.startswith("https://"))


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; `uvicorn --factory app.main:create_app` serves it."""
    settings = settings or get_settings()
    logging.configure()
    app = Application(
        title="Rollbook",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    problems.install(app)
    for router in all_routers(settings):
        # As they stand, for they carry their prefix and tags: an included router is matched anew at every request.
        app.router.routes.extend(router.routes)
    docs.install(app)
    openapi.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = await Database.open(settings.app_dsn, settings.master_key, size=settings.pool_size)

    async def refresh() -> None:
        app.state.key_ring = await signing_keys.load_key_ring(database, issuer=settings.public_url)
        if settings.clock_is_settable:
            await rights.follow_clock(database)

    cache = rights.RightsCache(lambda: listener.alive)
    listener = Listener(settings.app_dsn, forget=cache.forget, refresh=refresh)
    app.state.database, app.state.rights, app.state.listener = database, cache, listener
    await refresh()
    await listener.start()
    # What was made so far stays: looking through it all for waste would hold every request up for a tenth of a second.
    gc.freeze()
    yield
    await listener.stop()
    await database.close()
