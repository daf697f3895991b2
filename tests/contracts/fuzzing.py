"""Requests invented from the document, sent over a real socket, and judged against the document."""

from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable

from tests.contracts.routes import Operation, operations, unwired
from tests.turns import by_turns

#: What would end the fuzz itself: the caller's own sign-ins, and the day on which it takes place. And what answers 503
#: as it should while no worker runs.
SPARED = {"/readyz", "/v1/sessions", "/v1/sessions/current", "/v1/sessions/{session_id}", "/v1/demo/clock"}


OPERATIONS = [operation for operation in operations(unwired()) if operation.path not in SPARED]


@cache
def _invented() -> dict[str, Any]:
    """What schemathesis makes of each operation of the document. It takes a second to load: only who fuzzes does."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(unwired().openapi())
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


#: Working out what an operation takes costs far more than asking it: of so many operations one is in the short run.
SHARE = 120


def short_share(*, first: int = 0) -> list[Any]:
    """As parameters of a test: one operation in so many, from `first` on, for the short run; the rest for the long."""
    return by_turns(OPERATIONS, SHARE, first=first, name=lambda operation: operation.key)


def requests_for(operation: Operation, *, sensible: bool) -> Any:
    """Of requests that the operation takes, or that it ought to refuse: a strategy."""
    from schemathesis import GenerationMode

    mode = GenerationMode.POSITIVE if sensible else GenerationMode.NEGATIVE
    return _invented()[operation.key].as_strategy(generation_mode=mode)


def _checks() -> list[Any]:
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as described

    return [
        checks.not_a_server_error,
        described.status_code_conformance,
        described.content_type_conformance,
        described.response_headers_conformance,
        described.response_schema_conformance,
    ]


def fuzz(operation: Operation, url: str, token: str | None, *, examples: int, sensible: bool) -> None:
    """Send requests made for the operation and check every answer. The same requests every time."""
    headers, checks = {} if token is None else {"Authorization": f"Bearer {token}"}, _checks()

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=requests_for(operation, sensible=sensible))
    def send(case: Any) -> None:
        case.headers.pop("Authorization", None)
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=checks)

    with suppress(Unsatisfiable):  # a route that takes nothing cannot be asked wrongly
        send()


def bearer(client: httpx.AsyncClient) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")
