"""How many statements a request may take: few, and as many for a long list as for a short one."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.permissions import Part, Role
from tests.contracts.cast import ask_for, somebody_with_every_role
from tests.contracts.routes import Operation, operations, unwired
from tests.contracts.samples import SAMPLES
from tests.disputes.placed import place_case
from tests.statements import Statements, heard_in_scope
from tests.turns import by_turns
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
    "GET /v1/break-glass",
    "GET /v1/search-tasks",
    "GET /v1/calendar-feeds",
    "GET /v1/leaders/{leader_id}/followers",
    "GET /v1/leaders/{leader_id}/steps",
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


class Readers:
    """Whoever reads a list, once it is long enough."""

    def __init__(self, corner: World, everything: Client) -> None:
        self._corner, self._everything = corner, everything
        self._members = 0

    async def of(self, operation: Operation) -> Client:
        if operation.key == "GET /v1/disputes":
            return await self._of_cases()
        if operation.key in LONGEST:
            await self._make_members(LONGEST[operation.key])
        else:
            await _fill(operation, self._corner)
        return self._everything

    async def _of_cases(self) -> Client:
        """No rank sees a case: somebody with a part in each."""
        api, account = self._corner.api, await self._corner.api.account()
        for _ in range(LONG):
            await place_case(self._corner, self._corner.hackney, part=Part.clerk, account_id=account)
        return await api.sign_in(account)

    async def _make_members(self, wanted: int) -> None:
        """The same members fill the list and the search."""
        for _ in range(wanted - self._members):
            await SAMPLES["POST /v1/members/search"].make(self._corner, self._corner.hackney)
        self._members = wanted


@pytest.fixture(scope="module")
def readers(corner: World, everything: Client) -> Readers:
    return Readers(corner, everything)


def _is_of_one_record(operation: Operation) -> bool:
    """What hangs from one record is short by nature; what is in a unit is not."""
    return any(name != "branch_id" for name in re.findall(r"{(\w+)}", operation.path))


@pytest.mark.parametrize(
    "operation",
    by_turns([o for o in LISTS if o.key not in SHORT_BY_NATURE and not _is_of_one_record(o)], 2),
)
async def test_a_long_list_takes_as_many_statements_as_a_short_one(
    operation: Operation, corner: World, readers: Readers, statements: Statements
) -> None:
    reader = await readers.of(operation)
    taken = {}
    for limit in (SHORT, LONGEST.get(operation.key, LONG)):
        async with statements.counted() as seen:
            answer = await reader.request(
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
    for _ in range(LONG):
        if operation.path.startswith("/v1/branches"):
            await corner.api.unit(corner.root)
        elif operation.path.startswith("/v1/accounts"):
            await corner.api.account()
        elif operation.path.startswith("/v1/clients"):
            await SAMPLES["GET /v1/clients/{client_id}"].make(corner, corner.root)
        elif operation.path.startswith("/v1/office-types"):
            await SAMPLES["GET /v1/office-types/{office_type_id}"].make(corner, corner.root)
        elif operation.path.startswith("/v1/procedures"):
            await SAMPLES["GET /v1/procedures/{procedure_id}"].make(corner, corner.root)
        else:
            await SAMPLES[operation.key].make(corner, corner.hackney)


def _limited(operation: Operation, limit: int) -> dict[str, Any]:
    body = SOUGHT.get(operation.key)
    if "limit" in operation.parameters("query"):
        return {"params": {"limit": limit}} | ({} if body is None else {"json": body})
    return {"json": {"limit": limit} | (body or {})}
