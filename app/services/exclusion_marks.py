"""Recognising whoever is excluded, without keeping who that is.

A mark is a keyed one-way hash of the name together with one thing more: date of birth, e-mail, mobile or postcode. It
names nobody and outlives an erasure; only this application, asked about somebody, can tell whether a mark is theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import MasterKey
from app.core.db import Session
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.text import fold

#: What makes a mark together with a name, each a kind of its own.
_BESIDE = ("date_of_birth", "email_key", "mobile_phone", "postcode")

_WRITE = """
insert into exclusion_marks (id, created_at, mark, source_id, ends_on)
select id, $3, mark, $4, $5 from unnest($1::uuid[], $2::bytea[]) made (id, mark)
"""


class MembershipBarred(Conflict):
    """`until` is the day from which an application is welcome again; null if there is none."""

    code = "membership_barred"
    sentence = "This person cannot be admitted at present."


async def must_be_admissible(session: Session, actor: Actor, person: Mapping[str, Any]) -> None:
    """Raises `MembershipBarred` for somebody, given by the columns of a person, whose mark is in force."""
    barred = await find_barred(session, actor, [person])
    if barred:
        raise MembershipBarred(until=barred[0].isoformat() if barred[0] else None)


async def any_marks(session: Session, _actor: Actor) -> bool:
    """Whether anybody at all would be recognised today."""
    async with session.as_role("rollbook_case"):
        found: bool = await session.fetchval(
            "select exists (select from exclusion_marks where coalesce($1 < ends_on, true))", clock.today()
        )
    return found


async def find_barred(session: Session, _actor: Actor, people: Sequence[Mapping[str, Any]]) -> dict[int, date | None]:
    """Of these people, by their places, those who are barred today, with the day on which that ends."""
    places: dict[bytes, list[int]] = {}
    for place, person in enumerate(people):
        for purpose, value in _known(person):
            for mark in session.keys.blind_indexes(purpose, value):
                places.setdefault(mark, []).append(place)
    barred: dict[int, date | None] = {}
    for row in await session.fetch("select * from marks_in_force($1, $2)", list(places), clock.today()):
        for place in places[row["mark"]]:
            barred[place] = _later(barred[place], row["ends_on"]) if place in barred else row["ends_on"]
    return barred


def marks_of(keys: MasterKey, person: Mapping[str, Any]) -> list[bytes]:
    """The marks of a person, under the secret of today."""
    return [keys.blind_index(purpose, value) for purpose, value in _known(person)]


async def write_marks(
    session: Session, _actor: Actor | None, person: Mapping[str, Any], source_id: UUID, ends_on: date | None
) -> None:
    """Have somebody recognised from now until a day, or for good. Needs the role `rollbook_case`."""
    marks = marks_of(session.keys, person)
    await session.execute(_WRITE, [new_id() for _ in marks], marks, clock.now(), source_id, ends_on)


def _known(person: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is known of somebody, as purpose and value: by the given name and by the one they go by."""
    given = {fold(person[name]) for name in ("given_name", "preferred_name") if person.get(name)}
    family = fold(person["family_name"])
    for name in sorted(f"{family} {each}" for each in given if family or each):
        for other in _BESIDE:
            if value := person.get(other):
                yield f"exclusion by {other}", f"{name}|{value}"


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)
