"""What is measured: every operation by its name, and how far it may stand from a bare handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from benchmarks.requests.bench import Bench, Operation
from benchmarks.requests.operations_find import (
    count,
    deep_page,
    first_page,
    read,
    search_email,
    search_frequent,
    search_postcode,
    search_rare,
    suggest,
)
from benchmarks.requests.operations_own import events, me, tasks
from benchmarks.requests.operations_write import create, patch

Build = Callable[[Bench], Awaitable[Operation | None]]

OPERATIONS: dict[str, Build] = {
    "read": read,
    "list": first_page,
    "list-deep": deep_page,
    "count": count,
    "search-rare": search_rare,
    "search-frequent": search_frequent,
    "search-email": search_email,
    "search-postcode": search_postcode,
    "suggest": suggest,
    "me": me,
    "events": events,
    "tasks": tasks,
    "create": create,
    "patch": patch,
}

#: The most that an operation may cost, in CPU of the bare handler's.
TARGETS = {
    "read": 2.0,
    "list": 1.8,
    "list-deep": 1.8,
    "search-rare": 1.3,
    "search-frequent": 1.3,
    "search-email": 1.3,
    "search-postcode": 1.3,
    "create": 2.5,
    "patch": 2.5,
}


async def collect(bench: Bench, only: tuple[str, ...] = ("",)) -> list[Operation]:
    """The operations of a scope whose names begin as one of those given, as far as there is something to ask for."""
    wanted = [build for name, build in OPERATIONS.items() if f"{name}-{bench.scope.name}".startswith(only)]
    return [made for build in wanted if (made := await build(bench)) is not None]
