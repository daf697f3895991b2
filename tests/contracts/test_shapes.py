"""What PostgreSQL builds is what the document promises: every answer, against its route's model, key by key."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import MISSING, BaseModel, TypeAdapter

from app.core.permissions import GRANTS, Role
from tests.contracts.asks import Sight
from tests.contracts.cast import ask_for, somebody_with_every_role
from tests.contracts.routes import Operation, operations, unwired
from tests.contracts.samples import SAMPLES
from tests.turns import by_turns
from tests.world import Api, Client, World, make_world

APP = unwired()
OPERATIONS = operations(APP)
MODELS = {
    (method, context.path_format): context.response_model
    for context in iter_route_contexts(APP.routes)
    for method in context.methods or ()
    if getattr(context, "response_model", None) is not None
}
SHAPED = [operation for operation in OPERATIONS if (operation.method, operation.path) in MODELS]

#: What stands in an answer only when it was asked for.
ON_DEMAND = {"count"}
#: Answers to what the caller of these samples is refused: anonymous, or without anything of their own of that kind.
REFUSED = {
    "POST /v1/sessions",
    "POST /v1/sessions/refresh",
    "GET /v1/me/member",
    "PATCH /v1/me/member",
    "GET /v1/jobs/{job_id}",
    "POST /v1/jobs/{job_id}/cancel",
    "POST /v1/exports/{export_id}/withdraw",
    "PUT /v1/demo/clock",
}


@pytest.fixture(scope="module")
async def corner(api: Api) -> World:
    return await make_world(api)


@pytest.fixture(scope="module")
async def everything(api: Api) -> Client:
    return await somebody_with_every_role(api)


@pytest.fixture(scope="module")
async def treasurer(corner: World) -> Client:
    return await corner.officer(Role.branch_treasurer)


def test_the_sweep_sees_the_shapes() -> None:
    assert len(SHAPED) > 50
    assert {operation.key for operation in SHAPED} >= REFUSED


@pytest.mark.parametrize("operation", by_turns(SHAPED, 6))
async def test_an_answer_has_the_keys_of_its_model_and_no_other(
    operation: Operation, corner: World, everything: Client
) -> None:
    ask = await SAMPLES[operation.key].make(corner, corner.hackney)
    answer = await ask_for(everything, operation, ask)
    if operation.key in REFUSED:
        assert answer.status_code in (401, 404, 422)
        return
    assert answer.status_code < 300, answer.text
    assert ask.shown is None or SAMPLES[operation.key].sight is not Sight.listed or str(ask.shown) in answer.text
    _assert_shaped(operation, answer.content)


@pytest.mark.parametrize(
    "operation",
    by_turns([o for o in SHAPED if o.permission in GRANTS[Role.branch_treasurer] and o.reads], 3),
)
async def test_an_answer_without_contact_fields_has_the_keys_of_its_model(
    operation: Operation, corner: World, treasurer: Client
) -> None:
    ask = await SAMPLES[operation.key].make(corner, corner.hackney)
    answer = await ask_for(treasurer, operation, ask)
    assert answer.status_code == 200, answer.text
    assert "mobile_phone" not in answer.text
    _assert_shaped(operation, answer.content)


def _assert_shaped(operation: Operation, content: bytes) -> None:
    model = MODELS[operation.method, operation.path]
    validated = TypeAdapter(model).validate_json(content, extra="forbid", strict=False)
    assert list(_left_out(validated)) == []


def _left_out(value: Any) -> Iterator[str]:
    """Fields that the model has and the answer had not, though nothing says that they may be missing."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if name in value.model_fields_set:
                yield from _left_out(getattr(value, name))
            elif field.default is not MISSING and name not in ON_DEMAND:
                yield f"{type(value).__name__}.{name}"
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _left_out(item)
