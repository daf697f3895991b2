"""Somebody with a password, and how they use it."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx import Response

from app.core.passwords import hash_password
from tests.world import Api, Client

PASSWORD = "a-mare-grazing-quietly"
OTHER = "nine-green-bottles-hang"
_TOKEN = re.compile(r"#token=([\w-]+)")


@dataclass
class Holder:
    """An account with a password."""

    api: Api
    id: UUID
    email: str

    async def signs_in(self, door: Client | None = None, password: str = PASSWORD, **more: Any) -> Response:
        body = {"email": self.email, "password": password, **more}
        return await (door or self.api.client()).post("/v1/sessions", json=body)

    async def signed_in(self) -> tuple[Client, dict[str, Any]]:
        """A client with the access token, and the answer that brought it."""
        answer = await self.signs_in()
        assert answer.status_code == 201, answer.text
        return self.api.client(answer.json()["access_token"]), answer.json()

    async def becomes(self, state: str) -> None:
        await self.api.row("update accounts set state = $2 where id = $1 returning id", self.id, state)

    async def trail(self) -> list[str]:
        """What the audit trail holds of the account, in order."""
        sql = "select array_agg(action order by id) from audit_entries where subject_id = $1"
        return await self.api.value(sql, self.id) or []

    async def letters(self) -> list[dict[str, Any]]:
        """What the account was sent, the newest first."""
        shown = (await self.api.client().get("/v1/outbox")).json()["data"]
        return [letter for letter in shown if letter["to"] == self.email]

    async def reset_token(self) -> str:
        """The token of the newest letter that has one."""
        found = (_TOKEN.search(letter["text"]) for letter in await self.letters())
        return next(match[1] for match in found if match)


async def holder(api: Api, *, person_id: UUID | None = None, password: str | None = PASSWORD) -> Holder:
    """An active account; without a password when that is None."""
    hashed = await hash_password(password) if password else None
    account_id = await api.account(person_id=person_id, password_hash=hashed)
    return Holder(api, account_id, await api.value("select email from accounts where id = $1", account_id))


async def refreshed(door: Client, token: str, **headers: str) -> Response:
    return await door.post("/v1/sessions/refresh", json={"refresh_token": token}, headers=headers)
