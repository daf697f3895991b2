"""Jobs: long work that was asked for in a request and is done by the worker, step by step."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction, Code
from app.core.privacy import Privacy
from app.models.base import Count, Instant, Record, Shape, Version, column, instant, one_of, text


class JobKind(StrEnum):
    read_import = "read_import"
    apply_import = "apply_import"
    undo_import = "undo_import"
    build_export = "build_export"
    build_package = "build_package"


class JobState(StrEnum):
    queued = "queued"
    running = "running"
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"


class Job(Record, table=True):
    """Who asked for which work on which record, and how far it is. Ids, counts and codes; nothing of what is worked on.

    `attempts` are the tries of the step that is now to be done: one that is done begins the count anew.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JobKind),
        one_of("state", JobState),
        Index(None, "account_id"),
        Index(None, "subject_id"),
    )

    kind: str = text(Privacy.none, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=JobState.queued)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    client_id: UUID = column(Privacy.none, foreign_key="clients.id", nullable=False)
    sign_in_id: UUID = column(Privacy.none, nullable=False)
    resource: str = text(Privacy.none, nullable=False)
    subject_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    done: int = column(Privacy.none, nullable=False, default=0)
    total: int | None = column(Privacy.none, default=None)
    attempts: int = column(Privacy.none, nullable=False, default=0)
    error_code: str | None = text(Privacy.none, default=None)
    cancel_asked_at: datetime | None = instant(default=None)
    started_at: datetime | None = instant(default=None)
    finished_at: datetime | None = instant(default=None)


class JobRead(Shape):
    id: UUID
    kind: JobKind
    state: JobState
    resource: Annotated[str, Bounds(max_length=60, pattern="^[a-z-]+$")] = Bounds(examples=["imports"])
    subject_id: UUID = Bounds(description="The record that is worked on.")
    href: Annotated[str, Bounds(max_length=200)] = Bounds(description="Where that record is read.")
    branch_id: UUID
    done: Count = Bounds(description="How much of the work is done.")
    total: Count | None = Bounds(description="Of how much, in the same measure; null while that is not known.")
    error_code: Code | None = Bounds(description="Why it failed, as a stable code; null unless it did.")
    cancel_asked_at: Instant | None
    started_at: Instant | None
    finished_at: Instant | None = Bounds(description="When it ended, however it ended.")
    version: Version
    created_at: Instant
    updated_at: Instant


class JobDetail(JobRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
