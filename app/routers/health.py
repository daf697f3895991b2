"""/livez, /readyz, /v1/version and /metrics: for whoever runs the service. They say nothing about anybody."""

import math

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from app.core import metrics
from app.models.health import Liveness, Readiness, VersionRead
from app.routers.deps import DatabaseDep, Router, SessionDep, public
from app.services import health

router = Router("", "health")


@router.get("/livez", response_model=Liveness, **public())
async def get_liveness() -> Response:
    """The process runs; nothing else is asked."""
    return JSONResponse({"alive": True})


@router.get("/readyz", response_model=Readiness, **public())
async def get_readiness(request: Request, session: SessionDep) -> Response:
    """Whether requests can be answered now; otherwise 503, with the checks that fail as errors.

    Beside that it says how the queue of jobs stands, which fails nothing.
    """
    found = await health.check_readiness(session, listener_alive=request.app.state.listener.alive)
    return JSONResponse(found.model_dump())


@router.get("/v1/version", response_model=VersionRead, **public())
async def get_version(request: Request) -> Response:
    """Which version answers, and the schema it works on."""
    return JSONResponse({"version": request.app.version, "schema_revision": health.head()})


@router.get("/metrics", response_class=PlainTextResponse, **public())
async def get_metrics(request: Request, database: DatabaseDep) -> Response:
    """Prometheus metrics of this process, by route template; no value of a URL is a label."""
    metrics.POOL.labels("used").set(database.pools.used)
    metrics.POOL.labels("idle").set(database.pools.idle)
    metrics.LISTENER.set(request.app.state.listener.alive)
    queue = await health.read_queue(database)
    metrics.QUEUE_AGE.set(queue.age if queue else math.nan)
    metrics.QUEUE_MOVING.set(queue is not None and queue.moving)
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")
