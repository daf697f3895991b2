"""Exports: members taken out as a file, for a purpose that is said, on the record."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import CheckConstraint, Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Lines, LongText, Name
from app.models.base import (
    Count,
    Input,
    Instant,
    Record,
    Shape,
    Version,
    column,
    instant,
    json_column,
    one_of,
    text,
    texts,
    uuids,
)
from app.models.member_verbs import MemberFilter
from app.models.members import CONTACT_FIELDS, Channel


class ExportState(StrEnum):
    """Where an export stands. `expired` is never stored: it follows from the hour."""

    asked = "asked"
    preparing = "preparing"
    ready = "ready"
    expired = "expired"
    refused = "refused"
    failed = "failed"
    cancelled = "cancelled"


class ExportFormat(StrEnum):
    csv = "csv"
    xlsx = "xlsx"


class ExportUse(StrEnum):
    """To reach people by one channel, or to keep and check records."""

    contact = "contact"
    records = "records"


class ExportColumn(StrEnum):
    """What stands in a column; the heading is the value."""

    number = "number"
    given_name = "given_name"
    family_name = "family_name"
    preferred_name = "preferred_name"
    branch = "branch"
    branch_id = "branch_id"
    relationship = "relationship"
    type = "type"
    standing = "standing"
    standing_from = "standing_from"
    standing_until = "standing_until"
    joined_on = "joined_on"
    paid_until = "paid_until"
    lapses_on = "lapses_on"
    date_of_birth = "date_of_birth"
    email = "email"
    mobile_phone = "mobile_phone"
    home_phone = "home_phone"
    address_lines = "address_lines"
    town = "town"
    postcode = "postcode"
    foreign_postal_code = "foreign_postal_code"
    country = "country"
    preferred_language = "preferred_language"
    electoral_area = "electoral_area"
    objections = "objections"
    source_key = "source_key"


C = ExportColumn

#: What a contact export may hold besides the columns of its channel.
WHO = (C.number, C.given_name, C.family_name, C.preferred_name, C.branch, C.branch_id)

#: The columns by which a channel reaches somebody.
REACHED_BY: dict[Channel, tuple[ExportColumn, ...]] = {
    Channel.email: (C.email,),
    Channel.phone: (C.mobile_phone, C.home_phone),
    Channel.sms: (C.mobile_phone,),
    Channel.post: (C.address_lines, C.town, C.postcode, C.foreign_postal_code, C.country),
}

CONTACT_COLUMNS = frozenset(ExportColumn(name) for name in CONTACT_FIELDS)


class Export(Record, table=True):
    """One export: who asked for what, why, and what became of it.

    It reaches from `unit_ids` down, as its asker's right did when it was asked, and never further; `branch_id` is the
    lowest unit above them all.
    """

    __tablename__ = "exports"
    __table_args__ = (
        one_of("state", ExportState),
        one_of("format", ExportFormat),
        one_of("use", ExportUse),
        one_of("contact_by", Channel),
        CheckConstraint("decided_by <> account_id", name="second_person"),
        Index(None, "branch_id", "state"),
    )

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False, index=True)
    client_id: UUID = column(Privacy.none, foreign_key="clients.id", nullable=False)
    sign_in_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    unit_ids: list[UUID] = uuids(Privacy.sensitive, nullable=False)
    state: str = text(Privacy.none, nullable=False)
    format: str = text(Privacy.none, nullable=False)
    use: str = text(Privacy.none, nullable=False)
    contact_by: str | None = text(Privacy.none, default=None)
    columns: list[str] = texts(Privacy.none, nullable=False)
    filters: dict[str, Any] = json_column(Privacy.sensitive, nullable=False)
    purpose: str = text(Privacy.sensitive, nullable=False)
    rows: int = column(Privacy.none, nullable=False)
    omitted: int = column(Privacy.none, nullable=False, default=0)
    without_address: int = column(Privacy.none, nullable=False, default=0)
    decided_by: UUID | None = column(Privacy.none, default=None)
    decision_reason: str | None = text(Privacy.sensitive, default=None)
    file_id: UUID | None = column(Privacy.none, default=None, foreign_key="files.id")
    job_id: UUID | None = column(Privacy.none, default=None)
    expires_at: datetime | None = instant(default=None, index=True)


Purpose = Annotated[str, Lines(10, 500)]
Columns = Annotated[list[ExportColumn], Bounds(max_length=len(ExportColumn))]


class ExportCreate(MemberFilter):
    """What to take out, of whom, and what for."""

    format: ExportFormat = ExportFormat.csv
    use: ExportUse = ExportUse.records
    contact_by: Channel | None = Bounds(
        default=None, description="The channel of a contact export: who must not be reached by it is left out."
    )
    columns: Annotated[Columns, Bounds(min_length=1)] | None = Bounds(
        default=None, description="In this order; left out: for records all that you may read, else the channel's."
    )
    purpose: Purpose = Bounds(description="What the file is for, in a sentence: it stands on the record.")


class ExportRefuse(Input):
    reason: LongText


class ExportRead(Shape):
    """An export. Its rows are those of the hour: of asking, or of building a workbook."""

    id: UUID
    account_id: UUID
    account_name: Name = Bounds(description="Who asked for it.")
    branch_id: UUID = Bounds(description="The lowest unit above all that it reaches.")
    state: ExportState
    format: ExportFormat
    use: ExportUse
    contact_by: Channel | None
    columns: Columns
    filters: MemberFilter
    purpose: Purpose
    rows: Count
    omitted: Count = Bounds(
        description="How many a contact export leaves out because they must not be reached by its channel."
    )
    without_address: Count = Bounds(description="How many it leaves out because no address for its channel is known.")
    decided_by: UUID | None = Bounds(description="The second person, who confirmed or refused it.")
    decision_reason: LongText | None = Bounds(description="Why it was refused.")
    job_id: UUID | None = Bounds(description="The job that builds the workbook.")
    expires_at: Instant | None
    content_href: Annotated[str, Bounds(max_length=200)] | None = Bounds(
        description="Where its asker gets the file; null while there is none."
    )
    version: Version
    created_at: Instant
    updated_at: Instant


class ExportDetail(ExportRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
