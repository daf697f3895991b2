"""Imports: a file of people brought in, staged as text, previewed, then applied."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import BIGINT
from sqlmodel import SQLModel

from app.core.lifecycle import Code
from app.core.privacy import Privacy
from app.core.written_dates import DateOrder
from app.models.base import Count, Input, Record, Shape, column, instant, json_column, one_of, text


class ImportState(StrEnum):
    uploaded = "uploaded"
    validated = "validated"
    previewed = "previewed"
    applying = "applying"
    applied = "applied"
    undoing = "undoing"
    undone = "undone"
    failed = "failed"
    discarded = "discarded"


class RowOutcome(StrEnum):
    create = "create"
    update = "update"
    known = "known"
    refused = "refused"


class RowUndo(StrEnum):
    """What came of a row when its import was undone: taken back, left because it changed since, or erased before."""

    undone = "undone"
    changed = "changed"
    erased = "erased"


class ImportPreset(StrEnum):
    """What a file is an export of, where that is known."""

    civicrm_contact = "civicrm_contact"
    civicrm_membership = "civicrm_membership"
    rollbook = "rollbook"


class ImportField(StrEnum):
    """What a column can be brought in as.

    `objections` lists channels in one cell; the `no_…` are answers of yes or no, as `deceased` is.
    """

    given_name = "given_name"
    family_name = "family_name"
    full_name = "full_name"
    preferred_name = "preferred_name"
    date_of_birth = "date_of_birth"
    email = "email"
    phone = "phone"
    mobile_phone = "mobile_phone"
    home_phone = "home_phone"
    address_lines = "address_lines"
    town = "town"
    postcode = "postcode"
    foreign_postal_code = "foreign_postal_code"
    country = "country"
    preferred_language = "preferred_language"
    electoral_area = "electoral_area"
    branch = "branch"
    type = "type"
    relationship = "relationship"
    number = "number"
    joined_on = "joined_on"
    paid_until = "paid_until"
    standing = "standing"
    standing_from = "standing_from"
    standing_until = "standing_until"
    deceased = "deceased"
    deceased_on = "deceased_on"
    objections = "objections"
    no_email = "no_email"
    no_phone = "no_phone"
    no_sms = "no_sms"
    no_post = "no_post"
    no_contact = "no_contact"
    source_key = "source_key"


class Import(Record, table=True):
    """One file, into one branch's subtree, by one account.

    `reading` counts how often the file has been read anew; `read_through` and `applied_through` are the numbers of the
    last rows that this reading and the applying have come to, `done` of `total` how far the work at hand is.
    `sets_past`: rows may set numbers, past dates and standings, so whoever applies them must be able to decide.
    """

    __tablename__ = "imports"
    __table_args__ = (
        one_of("state", ImportState),
        Index(None, "branch_id"),
        Index("ix_imports_account_id", "account_id", "id"),
    )

    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.none, nullable=False, default=ImportState.uploaded)
    file_sha256: str = text(Privacy.none, nullable=False)
    headings: list[str] = json_column(Privacy.none, nullable=False, default_factory=list)
    mapping: dict[str, Any] = json_column(Privacy.none, nullable=False, default_factory=dict)
    counts: dict[str, Any] = json_column(Privacy.none, nullable=False, default_factory=dict)
    applied_at: datetime | None = instant(default=None)
    file_name: str | None = text(Privacy.sensitive, default=None)
    file_id: UUID | None = column(Privacy.none, default=None)
    job_id: UUID | None = column(Privacy.none, default=None)
    preset: str | None = text(Privacy.none, default=None)
    layout: dict[str, Any] | None = json_column(Privacy.none, default=None)
    notes: list[dict[str, Any]] = json_column(Privacy.none, nullable=False, default_factory=list)
    failure: dict[str, Any] | None = json_column(Privacy.none, default=None)
    sets_past: bool = column(Privacy.none, nullable=False, default=False)
    reading: int = column(Privacy.none, nullable=False, default=0)
    read_through: int = column(Privacy.none, BIGINT, nullable=False, default=0)
    applied_through: int = column(Privacy.none, BIGINT, nullable=False, default=0)
    done: int = column(Privacy.none, nullable=False, default=0)
    total: int | None = column(Privacy.none, default=None)
    undone_at: datetime | None = instant(default=None)
    forgotten_at: datetime | None = instant(default=None)


class ImportRow(SQLModel, table=True):
    """A row of the file: what it says, what was made of it, and what came of it.

    `possible_duplicates` holds `{"person_id" or "row", "why"}`: somebody on record, or another row of the same file.
    `person_id` and `member_id` are those on record, or those that somebody new will have. `changes` holds, by field,
    the old and the new value of what a row corrects; the versions are those of the record that was looked at, or of one
    as it comes in; `trail` is what the audit trail will say of somebody new. Rows are applied in their order:
    `imports.applied_through` says which have been.
    """

    __tablename__ = "import_rows"
    __table_args__ = (one_of("outcome", RowOutcome), one_of("undo", RowUndo))

    import_id: UUID = column(Privacy.none, primary_key=True, foreign_key="imports.id")
    number: int = column(Privacy.none, BIGINT, primary_key=True)
    cells: list[str] = json_column(Privacy.contact, nullable=False)
    proposed: dict[str, Any] | None = json_column(Privacy.contact, default=None)
    outcome: str | None = text(Privacy.none, default=None)
    errors: list[dict[str, str]] | None = json_column(Privacy.none, default=None)
    person_id: UUID | None = column(Privacy.none, default=None)
    possible_duplicates: list[dict[str, Any]] | None = json_column(Privacy.sensitive, default=None)
    member_id: UUID | None = column(Privacy.none, default=None)
    changes: dict[str, Any] | None = json_column(Privacy.contact, default=None)
    person_version: int | None = column(Privacy.none, default=None)
    member_version: int | None = column(Privacy.none, default=None)
    trail: dict[str, Any] | None = json_column(Privacy.sensitive, default=None)
    undo: str | None = text(Privacy.none, default=None)
    undo_reasons: list[dict[str, Any]] | None = json_column(Privacy.sensitive, default=None)


Cell = Annotated[str, Bounds(max_length=200)]
Heading = Annotated[str, Bounds(min_length=1, max_length=220)]


class FieldMapping(Input):
    """Where a field comes from: columns by their headings, or one value for every row.

    Several columns make one value: a date from year, month and day; an address a line each; names and keys joined;
    an answer of yes wherever one of them says so; otherwise the first that is filled.
    """

    columns: Annotated[list[Heading], Bounds(max_length=8)] = Bounds(default_factory=list)
    value: Annotated[str, Bounds(max_length=200)] | None = Bounds(
        default=None, description="For rows whose columns are empty."
    )
    date_order: DateOrder | None = Bounds(default=None, description="Which way round 03/04/2019 is in this column.")
    values: Annotated[dict[Cell, Cell], Bounds(max_length=200)] = Bounds(
        default_factory=dict, description="What the file's own words stand for; case is ignored."
    )
    on_error: Literal["refuse", "leave_empty"] = Bounds(
        default="refuse",
        description="What becomes of a row whose value is not valid. A name is always needed; a wish not to be "
        "contacted, a death or a standing that cannot be read always refuses the row.",
    )


class ImportMapping(Input):
    """How the columns of one file become fields."""

    fields: Annotated[dict[ImportField, FieldMapping], Bounds(max_length=len(ImportField))]
    preset: ImportPreset | None = Bounds(
        default=None, description="Of Rollbook's own export, keys and text are read back as they were."
    )
    date_order: DateOrder | None = Bounds(
        default=None, description="Which way round 03/04/2019 is in this file, where a field does not say otherwise."
    )
    existing: Literal["update", "fill", "skip"] = Bounds(
        default="update",
        description="What becomes of people on record by the same key: corrected, their empty fields filled, or left.",
    )
    place_by_postcode: bool = Bounds(
        default=False, description="Rows that name no branch go to the unit that covers their postcode, if one does."
    )
    checked: Annotated[dict[Heading, Literal["date", "gender"]], Bounds(max_length=100)] = Bounds(
        default_factory=dict,
        description="Columns from which nothing is taken, but whose cells have to be what they are said to be: one "
        "that is not shows a row that went wrong before it came here.",
    )


class ImportNote(Shape):
    """Something about the file that whoever brings it in should know; `blocking` ones have to be settled first."""

    code: Code
    message: Annotated[str, Bounds(max_length=1000)]
    columns: Annotated[list[Heading], Bounds(max_length=500)] = Bounds(default_factory=list)
    blocking: bool = False


class ImportCounts(Shape):
    """What a file comes to. The outcomes add up to `rows`; the others count within them, or what has been done."""

    rows: Count = 0
    create: Count = 0
    update: Count = 0
    known: Count = 0
    refused: Count = 0
    possible_duplicates: Count = 0
    foreign_addresses: Count = 0
    warnings: Count = 0
    applied: Count = 0
    undone: Count = 0
    changed: Count = 0
    erased: Count = 0
