"""How a test asks for an export, fetches it and reads it."""

import csv
import io
from typing import Any
from uuid import UUID

from httpx import Response

from app.core.permissions import Role
from tests.world import Client, World

WHY = "Calling members to the annual meeting"


async def ask(client: Client, **over: Any) -> Response:
    return await client.post("/v1/exports", json={"purpose": WHY, **over})


async def asked(client: Client, **over: Any) -> dict[str, Any]:
    answer = await ask(client, **over)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def fetch(client: Client, export: dict[str, Any]) -> Response:
    return await client.get(f"/v1/exports/{export['id']}/content")


def read(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


async def rows_of(client: Client, **over: Any) -> list[dict[str, str]]:
    """What comes of asking and fetching in one go."""
    return read(await fetch(client, await asked(client, **over)))


async def count(world: World, account_id: UUID) -> int:
    found: int = await world.api.value("select count(*) from exports where account_id = $1", account_id)
    return found


async def state(world: World, export: dict[str, Any]) -> str:
    found: str = await world.api.value("select state from exports where id = $1", UUID(export["id"]))
    return found


async def as_role(world: World, role: Role, branch_id: UUID, *, person_id: UUID | None = None) -> tuple[Client, UUID]:
    """Somebody who holds a role at a unit, and the account."""
    account = await world.api.account(person_id=person_id)
    await world.api.grant(account, role, branch_id)
    return await world.api.sign_in(account), account
