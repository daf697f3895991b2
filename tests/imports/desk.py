"""Somebody at a desk with a file: brings it in over HTTP, has the worker work, and looks at what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from app.core.permissions import Role
from tests.world import Client, World

#: What is alike of two people on record before and after, whatever has been brought in and taken back between.
TABLES = ("people", "members", "membership_terms", "standings", "possible_duplicates")


@dataclass
class Desk:
    """A client with a role, and the world behind it."""

    world: World
    client: Client

    async def send(
        self, content: str | bytes, branch_id: UUID | None = None, *, key: str | None = None, **form: str
    ) -> httpx.Response:
        """Upload a file, without anybody reading it yet."""
        data = {"branch_id": str(branch_id or self.world.hackney), **form}
        file = ("people.csv", content if isinstance(content, bytes) else content.encode())
        headers = {"Idempotency-Key": key} if key else {}
        return await self.client.post("/v1/imports", files={"file": file}, data=data, headers=headers)

    async def bring(self, content: str | bytes, branch_id: UUID | None = None, **form: str) -> dict[str, Any]:
        """Upload a file and have it read; what it would come to."""
        answer = await self.send(content, branch_id, **form)
        assert answer.status_code == 202, answer.text
        await self.world.api.work()
        return await self.get(answer.json()["id"])

    async def get(self, import_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, import_id: str, **params: str) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/imports/{import_id}/rows", params={"limit": "200", **params})
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    async def ask(self, import_id: str, action: str, **headers: str) -> httpx.Response:
        return await self.client.post(f"/v1/imports/{import_id}/{action}", headers=headers)

    async def do(self, import_id: str, action: str) -> dict[str, Any]:
        """Ask for an action and have it worked off; the import afterwards."""
        answer = await self.ask(import_id, action)
        assert answer.status_code == 202, answer.text
        await self.world.api.work()
        return await self.get(import_id)

    async def change(self, found: dict[str, Any], **body: Any) -> httpx.Response:
        etag = f'"{found["id"]}-{found["version"]}"'
        return await self.client.patch(f"/v1/imports/{found['id']}", json=body, headers={"If-Match": etag})


async def desk(world: World, role: Role = Role.branch_secretary, unit: UUID | None = None) -> Desk:
    return Desk(world, await world.officer(role, unit or world.hackney))


async def national(world: World) -> Desk:
    return await desk(world, Role.national_membership_officer, world.root)


async def people_in(world: World, branch_id: UUID) -> int:
    return int(await world.api.value("select count(*) from members where branch_id = $1", branch_id))


async def snapshot(world: World) -> dict[str, list[str]]:
    """Every row of every table of members in the world's corner, but for when and how often it was written."""
    units = "select id from branches where path && array[$1::uuid, $2::uuid]"
    people = f"select person_id from members where branch_id in ({units})"
    members = f"select id from members where branch_id in ({units})"
    whose = {
        "people": f"id in ({people})",
        "members": f"id in ({members})",
        "membership_terms": f"member_id in ({members})",
        "standings": f"member_id in ({members})",
        "possible_duplicates": f"person_id in ({people})",
    }
    found = {}
    for table in TABLES:
        rows = f"select to_jsonb(t) - 'version' - 'updated_at' as row from {table} t where {whose[table]}"
        found[table] = await world.api.value(
            f"select coalesce(array_agg(row::text order by row::text), '{{}}') from ({rows}) rows",
            world.hackney,
            world.islington,
        )
    return found


def codes(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [[error["code"] for error in row["errors"]] for row in rows]
