"""Prometheus metrics: requests and their time by route template, so that no value of a URL is a label."""

from functools import cache

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

REQUESTS = Counter("rollbook_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "rollbook_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
POOL = Gauge("rollbook_pool_connections", "Database connections of this process.", ["state"])
LISTENER = Gauge("rollbook_listener_alive", "Whether changes of rights are heard: 1 or 0.")
QUEUE_AGE = Gauge("rollbook_queue_age_seconds", "How long the oldest work that is due has waited; NaN: not known.")
QUEUE_MOVING = Gauge("rollbook_queue_moving", "Whether a worker lives and no work that is due has waited long: 1 or 0.")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The template of the route that answered, never the path itself."""
    return str(scope.get("state", {}).get("route", "none"))


def observe(method: str, route: str, status: int, seconds: float) -> None:
    method = method if method in _METHODS else "other"
    _requests(method, route, status).inc()
    _seconds(method, route).observe(seconds)


@cache
def _requests(method: str, route: str, status: int) -> Counter:
    """Kept here, for finding one among all labels takes twice as long as counting."""
    return REQUESTS.labels(method, route, str(status))


@cache
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


def exposition() -> bytes:
    return generate_latest(REGISTRY)
