"""Two faces of one transaction: entities to write, plain asyncpg to read, and what each costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from benchmarks.probes.models import AuditEntry, Event, Member, Person, now
from benchmarks.probes.orm import Lazy, Orm
from benchmarks.probes.plain import READ, Plain, insert_sql

Source = Plain | Orm | Lazy


async def read_one(source: Source, row: UUID) -> str:
    """One member with the person, 30 fields, as PostgreSQL's own JSON."""
    async with source.transaction() as face:
        return str(await face.fetchval(READ, row))


def trail(action: str, entity: UUID, branch: UUID, fields: list[str]) -> tuple[AuditEntry, Event]:
    """The two rows every change leaves."""
    return (
        AuditEntry(id=uuid4(), actor_id=branch, action=action, entity_id=entity, branch_id=branch, fields=fields),
        Event(id=uuid4(), type=f"member.{action}", entity_id=entity, branch_id=branch, data={"fields": fields}),
    )


def newcomer(branch: UUID) -> tuple[Person, Member]:
    """Somebody who joins today."""
    person = Person(
        id=uuid4(),
        given_name="Probe",
        family_name="Example",
        sort_name="example probe",
        search_name="probe example",
        email="probe@example.org",
        phone="+447700900123",
        postcode="E8 1AA",
        address_line_1="1 Station Road",
        town="Hackney",
        country="GB",
        language="en",
        branch_ids=[branch],
    )
    member = Member(
        id=uuid4(),
        person_id=person.id,
        branch_id=branch,
        sort_name=person.sort_name,
        number=f"P{uuid4().hex}",
        type="full",
        joined_on=date(2026, 11, 22),
    )
    return person, member


async def create(source: Source, branch: UUID) -> UUID:
    """Person, membership, audit entry and event."""
    person, member = newcomer(branch)
    async with source.transaction() as face:
        await face.insert(person)
        await face.insert(member)
        await face.insert(*trail("created", member.id, branch, ["branch_id", "type"]))
    return member.id


async def patch(source: Source, row: UUID, branch: UUID) -> None:
    """Read, compare the version, change two columns, audit entry and event."""
    async with source.transaction() as face:
        version = await face.fetchval("select version from members where id = $1", row)
        await face.update(Member, row, {"paid_until": date(2027, 12, 31), "updated_at": now()}, version=version)
        await face.insert(*trail("changed", row, branch, ["paid_until"]))


AUDIT = "insert into audit_entries (id, actor_id, action, entity_id, branch_id, fields) values ($1, $2, $3, $4, $5, $6)"
EVENT = "insert into events (id, type, entity_id, branch_id, data) values ($1, $2, $3, $4, $5)"


class Bare:
    """What a bare handler does: the statements written out, no entity anywhere."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.person, self.names = insert_sql(Person)
        self.member, _ = insert_sql(Member)

    async def read(self, row: UUID) -> str:
        """One statement, no transaction around it."""
        async with self.pool.acquire() as connection:
            return str(await connection.fetchval(READ, row))

    async def trail(self, db: Any, action: str, row: UUID, branch: UUID) -> None:
        """The two rows every change leaves."""
        await db.fetch(AUDIT, uuid4(), branch, action, row, branch, ["paid_until"])
        await db.fetch(EVENT, uuid4(), "member." + action, row, branch, {"fields": ["paid_until"]})

    async def create(self, branch: UUID) -> None:
        """The same four rows."""
        at, person, member = datetime.now(UTC), uuid4(), uuid4()
        async with self.pool.acquire() as db:
            await db.execute("begin")
            await db.fetch(
                self.person,
                person,
                "Probe",
                "Example",
                None,
                None,
                None,
                "example probe",
                "probe example",
                "probe@example.org",
                "+447700900123",
                "1 Station Road",
                None,
                "Hackney",
                "E8 1AA",
                "GB",
                "en",
                None,
                [branch],
                1,
                at,
                at,
            )
            await db.fetch(
                self.member,
                member,
                person,
                branch,
                "example probe",
                f"P{uuid4().hex}",
                "full",
                date(2026, 11, 22),
                None,
                None,
                None,
                1,
                at,
                at,
            )
            await self.trail(db, "created", member, branch)
            await db.execute("commit")

    async def patch(self, row: UUID, branch: UUID) -> None:
        """The same change under the same guard."""
        async with self.pool.acquire() as db:
            await db.execute("begin")
            version = await db.fetchval("select version from members where id = $1", row)
            await db.execute(
                "update members set version = version + 1, paid_until = $3, updated_at = $4 "
                "where id = $1 and version = $2",
                row,
                version,
                date(2027, 12, 31),
                datetime.now(UTC),
            )
            await self.trail(db, "changed", row, branch)
            await db.execute("commit")
