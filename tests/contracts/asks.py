"""What a sample is: one request that does something, and what is expected of who may ask it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from tests.world import Client, World


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request: what fills its path, what it says, and the record that a list ought to show.

    `by` is who can ask it, where that takes a part in the record, and no role.
    """

    ids: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    shown: UUID | None = None
    by: Client | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What it says, as a client's arguments."""
        if self.files:
            return {"data": self.form, "files": self.files}
        return {} if self.json is None else {"json": self.json}


class Held(StrEnum):
    """Where the route's permission must be held."""

    here = "at the unit of the record or above"
    own = "by whoever made the record, or at the root"
    root = "at the root"
    anywhere = "anywhere: what comes back is cut to the actor's reach"
    unplaced = "anywhere: what is made belongs to no unit, and comes back to nobody but the team it is for"


class Sight(StrEnum):
    """What somebody who holds the permission elsewhere gets to see of the record."""

    hidden = "nothing: it is absent"
    plain = "that it is there: the refusal names the permission"
    listed = "a list without it"


Make = Callable[[World, UUID], Awaitable[Ask]]


@dataclass(frozen=True)
class Sample:
    making: Make
    held: Held = Held.here
    sight: Sight = Sight.hidden
    #: Whether its making asks the application, which sees only what is committed.
    asks: bool = False

    async def make(self, world: World, unit: UUID) -> Ask:
        """The request, once what it is about is on record."""
        if self.asks:
            return await self.making(world, unit)
        async with world.api.together():
            return await self.making(world, unit)
