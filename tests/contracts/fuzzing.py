"""Requests invented from the document, sent over a real socket, and judged against the document."""

from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

#: What would end the fuzz itself: the caller's own sign-ins, and the day on which it takes place. And what answers 503
#: as it should while no worker runs.
SPARED = {"/readyz", "/v1/sessions", "/v1/sessions/current", "/v1/sessions/{session_id}", "/v1/demo/clock"}


@cache
def operations(app: FastAPI) -> list[Any]:
    """What schemathesis makes of each operation of the document."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if operation.path not in SPARED]


#: Working out what an operation takes costs far more than asking it: of so many operations one is in the short run.
SHARE = 10


def short_share(operations: list[Any], *, first: int = 0) -> list[Any]:
    """As parameters of a test: every tenth operation, from `first` on, for the short run; the others for the long."""
    return [
        pytest.param(one, id=one.label, marks=() if number % SHARE == first else pytest.mark.slow)
        for number, one in enumerate(operations)
    ]


def fuzz(operation: Any, url: str, token: str | None, *, examples: int, mode: GenerationMode) -> None:
    """Send requests made for the operation and check every answer. The same requests every time."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.headers.pop("Authorization", None)
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # a route that takes nothing cannot be asked wrongly
        send()


def bearer(client: httpx.AsyncClient) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")
