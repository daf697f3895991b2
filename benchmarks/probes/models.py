"""The tables of the probe as entities: the writing face is generated from their metadata."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Date, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def now() -> datetime:
    """The instant, UTC."""
    return datetime.now(UTC)


class Person(SQLModel, table=True):
    """Somebody we know of."""

    __tablename__ = "people"
    id: UUID = Field(primary_key=True)
    given_name: str
    family_name: str
    preferred_name: str | None = None
    title: str | None = None
    date_of_birth: date | None = Field(default=None, sa_type=Date)
    sort_name: str
    search_name: str
    email: str | None = None
    phone: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    town: str | None = None
    postcode: str | None = None
    country: str
    language: str
    electoral_area: str | None = None
    branch_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid)))
    version: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))


class Member(SQLModel, table=True):
    """One relationship of a person with the organisation."""

    __tablename__ = "members"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    branch_id: UUID
    sort_name: str
    number: str
    type: str
    joined_on: date = Field(sa_type=Date)
    paid_until: date | None = Field(default=None, sa_type=Date)
    lapses_on: date | None = Field(default=None, sa_type=Date)
    decided_standing: str | None = None
    version: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))


class AuditEntry(SQLModel, table=True):
    """Who changed which fields of what."""

    __tablename__ = "audit_entries"
    id: UUID = Field(primary_key=True)
    actor_id: UUID
    action: str
    entity_id: UUID
    branch_id: UUID | None = None
    fields: list[str] = Field(sa_column=Column(ARRAY(Text)))
    at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))


class Event(SQLModel, table=True):
    """What an integration is told."""

    __tablename__ = "events"
    id: UUID = Field(primary_key=True)
    type: str
    entity_id: UUID
    branch_id: UUID | None = None
    data: dict[str, Any] = Field(sa_column=Column(JSONB))
    at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
