"""A request on its way to a package."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.services.rights_requests.lifecycle import INFORMATION
from tests.office import Office

ACCESS = "subject-access-requests"


async def searched(office: Office, **said: Any) -> UUID:
    """A request by the subject whose person has been searched."""
    request = await office.request(email="asks@example.org", **said)
    await office.do(f"{ACCESS}/{request}/search")
    return request


async def items_of(office: Office, request: UUID, **asked: str) -> list[dict[str, Any]]:
    found = await office.officer.get(f"/v1/{ACCESS}/{request}/items", params={"limit": "200", **asked})
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["data"]
    return items


async def decide_the_rest(office: Office, request: UUID, decision: str = "release", **said: str) -> None:
    """Decide the same of everything that waits."""
    waiting = [item["id"] for item in await items_of(office, request, undecided="true")]
    if waiting:
        await office.do(f"{ACCESS}/{request}/items/decide-many", item_ids=waiting, decision=decision, **said)


async def inform(office: Office, request: UUID) -> None:
    answers: Mapping[str, str] = {name: f"About {name}." for name in INFORMATION}
    done = await office.officer.patch(f"/v1/{ACCESS}/{request}/information", json=answers)
    assert done.status_code == 200, done.text


async def reviewed(office: Office, **said: Any) -> UUID:
    """A request of which all is searched, decided and answered, ready to be released."""
    request = await searched(office, **said)
    await decide_the_rest(office, request)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")
    return request


async def refused(office: Office, path: str, code: str, status: int = 409, **said: Any) -> dict[str, Any]:
    """Something that the officer asks and does not get."""
    answer = await office.officer.post(f"/v1/{path}", json=said)
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json()
    told = [
        problem["code"],
        problem.get("params", {}).get("reason_code"),
        *(e["code"] for e in problem.get("errors", [])),
    ]
    assert code in told, problem
    return problem
