"""What a demo organisation's cycle of action is made with: who acts, where, and with whom."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database
from app.core.paging import Answer

CLUSTER, CHAPTER = "dalston-and-clapton", "hackney-and-islington"


class Hands:
    """Those who act in the demo, and what they act on. Every call of a service is a transaction of its own."""

    def __init__(
        self,
        database: Database,
        units: Mapping[str, UUID],
        people: Mapping[str, Sequence[UUID]],
        *,
        organiser: Actor,
        associate: Actor,
        supervisor: Actor,
    ) -> None:
        self.database, self.units, self.people = database, units, people
        self.organiser, self.associate, self.supervisor = organiser, associate, supervisor
        self.today = clock.today()
        self.institutions: dict[str, UUID] = {}

    async def by(self, actor: Actor, do: Callable[..., Coroutine[Any, Any, Any]], *asked: Any, **more: Any) -> Any:
        """One call of a service, in a transaction of its own."""
        async with self.database.transaction(actor) as session:
            return await do(session, actor, *asked, **more)

    async def made(self, actor: Actor, do: Callable[..., Coroutine[Any, Any, Answer]], *asked: Any) -> UUID:
        made: Answer = await self.by(actor, do, *asked)
        return made.id

    def cluster(self) -> list[str]:
        """The institutions of the cluster that have people."""
        keys = (
            "st-brides-church-dalston", "masjid-as-salihin-clapton", "kehillat-shalom-stamford-hill",
            "marshgate-lock-primary-school", "dalston-migrant-welcome",
        )  # fmt: skip
        return [key for key in keys if key in self.institutions and self.people.get(key)]

    def with_voice(self) -> list[UUID]:
        """The institutions for which somebody votes."""
        return [one for key, one in self.institutions.items() if self.people.get(key)]
