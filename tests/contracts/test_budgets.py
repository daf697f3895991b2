"""How many statements a request may take: few, and as many for a long list as for a short one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.permissions import Role
from tests.contracts.cast import ask_for, somebody_with_every_role
from tests.contracts.routes import Operation, operations, unwired
from tests.contracts.samples import SAMPLES
from tests.statements import Statements, heard_in_scope
from tests.world import Api, Client, World, make_world

OPERATIONS = {operation.key: operation for operation in operations(unwired())}
LISTS = [
    operation
    for operation in OPERATIONS.values()
    if "limit" in operation.parameters("query") | operation.fields and "me" not in operation.path.split("/")
]
SHORT, LONG = 2, 12
#: As long as a list can be, where records are quickly made.
LONGEST = {"GET /v1/members": 200, "POST /v1/members/search": 200}
#: A search must look for something that all of its samples have.
SOUGHT = {
    "POST /v1/members/search": {"name": "Sought"},
    "POST /v1/accounts/search": {"email": "example.org"},
}
#: Lists of what belongs to one record or to the house: made by no sample here, and short by nature.
SHORT_BY_NATURE = {
    "GET /v1/sessions",
    "GET /v1/jobs",
    "GET /v1/outbox",
    "GET /v1/members/{member_id}/history",
    "GET /v1/members/{member_id}/terms",
    "GET /v1/imports/{import_id}/rows",
    "GET /v1/disputes/{dispute_id}/evidence",
    "GET /v1/disputes/{dispute_id}/disclosures",
    "GET /v1/disputes/{dispute_id}/correspondence",
    "GET /v1/disputes/{dispute_id}/break-glass",
    "GET /v1/break-glass",
}

#: BEGIN and COMMIT included, of writes and of lists that the sample narrows; the log of reads is not, whose lines are
#: written for many requests at once.
BUDGETS = {
    "GET /v1/members": 3,
    "POST /v1/members/search": 1,
    "POST /v1/members/suggest": 5,
    "GET /v1/members/{member_id}": 1,
    "POST /v1/members": 10,
    "PATCH /v1/members/{member_id}": 8,
    "GET /v1/branches": 1,
    "GET /v1/branches/{branch_id}": 1,
    "GET /v1/office-terms": 3,
    "GET /v1/office-terms/{office_term_id}": 1,
    "GET /v1/transfers": 1,
    "GET /v1/events": 1,
    "GET /v1/me": 2,
    "GET /v1/me/tasks": 6,
}


@pytest.fixture(scope="module")
async def statements(app: FastAPI) -> AsyncIterator[Statements]:
    async with heard_in_scope(app.state.database) as log:
        yield log


@pytest.fixture(scope="module")
async def corner(api: Api) -> World:
    return await make_world(api)


@pytest.fixture(scope="module")
async def everything(api: Api) -> Client:
    return await somebody_with_every_role(api)


@pytest.mark.parametrize(
    "operation", [o for o in LISTS if o.key not in SHORT_BY_NATURE], ids=lambda operation: operation.key
)
async def test_a_long_list_takes_as_many_statements_as_a_short_one(
    operation: Operation, corner: World, everything: Client, statements: Statements
) -> None:
    await _fill(operation, corner)
    taken = {}
    for limit in (SHORT, LONGEST.get(operation.key, LONG)):
        async with statements.counted() as seen:
            answer = await everything.request(
                operation.method, operation.url(branch_id=corner.root), **_limited(operation, limit)
            )
        assert len(answer.json()["data"]) == limit, answer.text
        taken[limit] = len(seen)
    assert 0 < min(taken.values()) == max(taken.values()), taken


@pytest.mark.parametrize("key", BUDGETS)
async def test_a_request_keeps_to_its_budget(key: str, corner: World, statements: Statements) -> None:
    officer = await corner.officer(Role.national_membership_officer)
    ask = await SAMPLES[key].make(corner, corner.hackney)
    async with statements.counted() as seen:
        answer = await ask_for(officer, OPERATIONS[key], ask)
    assert answer.status_code < 300, answer.text
    assert 0 < len(seen) <= BUDGETS[key], seen


async def _fill(operation: Operation, corner: World) -> None:
    """Enough records for a long list."""
    for _ in range(LONGEST.get(operation.key, LONG)):
        if operation.path.startswith("/v1/branches"):
            await corner.api.unit(corner.root)
        elif operation.path.startswith("/v1/accounts"):
            await corner.api.account()
        elif operation.path.startswith("/v1/clients"):
            await SAMPLES["GET /v1/clients/{client_id}"].make(corner, corner.root)
        elif operation.path.startswith("/v1/office-types"):
            await SAMPLES["GET /v1/office-types/{office_type_id}"].make(corner, corner.root)
        else:
            await SAMPLES[operation.key].make(corner, corner.hackney)


def _limited(operation: Operation, limit: int) -> dict[str, Any]:
    body = SOUGHT.get(operation.key)
    if "limit" in operation.parameters("query"):
        return {"params": {"limit": limit}} | ({} if body is None else {"json": body})
    return {"json": {"limit": limit} | (body or {})}
