"""Imports: a file of people brought in, staged as text, previewed, then applied."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import BIGINT
from sqlmodel import SQLModel

from app.core.privacy import Privacy
from app.core.written_dates import DateOrder
from app.models.base import Count, Input, Record, Shape, column, instant, json_column, one_of, text


class ImportState(StrEnum):
    uploaded = "uploaded"
    validated = "validated"
    previewed = "previewed"
    applying = "applying"
    applied = "applied"
    undone = "undone"
    failed = "failed"


class RowOutcome(StrEnum):
    create = "create"
    known = "known"
    refused = "refused"


class ImportField(StrEnum):
    """What a column can be brought in as."""

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
    source_key = "source_key"


class Import(Record, table=True):
    """One file, into one branch's subtree, by one account."""

    __tablename__ = "imports"
    __table_args__ = (one_of("state", ImportState), Index(None, "branch_id"))

    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.none, nullable=False, default=ImportState.uploaded)
    file_sha256: str = text(Privacy.none, nullable=False)
    headings: list[str] = json_column(Privacy.none, nullable=False)
    mapping: dict[str, Any] = json_column(Privacy.none, nullable=False)
    counts: dict[str, Any] = json_column(Privacy.none, nullable=False, default_factory=dict)
    applied_at: datetime | None = instant(default=None)


class ImportRow(SQLModel, table=True):
    """A row of the file: what it says, what was made of it, and what came of it.

    `possible_duplicates` holds `{"person_id" or "row", "why"}`: somebody on record, or another row of the same file.
    """

    __tablename__ = "import_rows"
    __table_args__ = (one_of("outcome", RowOutcome),)

    import_id: UUID = column(Privacy.none, primary_key=True, foreign_key="imports.id")
    number: int = column(Privacy.none, BIGINT, primary_key=True)
    cells: list[str] = json_column(Privacy.contact, nullable=False)
    proposed: dict[str, Any] | None = json_column(Privacy.contact, default=None)
    outcome: str | None = text(Privacy.none, default=None)
    errors: list[dict[str, str]] | None = json_column(Privacy.none, default=None)
    person_id: UUID | None = column(Privacy.none, default=None)
    possible_duplicates: list[dict[str, Any]] | None = json_column(Privacy.sensitive, default=None)


Heading = Annotated[str, Bounds(min_length=1, max_length=220)]


class FieldMapping(Input):
    """Where a field comes from: columns by their headings, or one value for every row.

    Several columns make one value: a date from year, month and day; an address a line each; names and keys joined;
    otherwise the first that is filled.
    """

    columns: Annotated[list[Heading], Bounds(max_length=8)] = Bounds(default_factory=list)
    value: Annotated[str, Bounds(max_length=200)] | None = Bounds(
        default=None, description="For rows whose columns are empty."
    )
    date_order: DateOrder | None = Bounds(default=None, description="Which way round 03/04/2019 is in this column.")
    values: Annotated[dict[Annotated[str, Bounds(max_length=200)], str], Bounds(max_length=200)] = Bounds(
        default_factory=dict, description="What the file's own words stand for; case is ignored."
    )
    on_error: Literal["refuse", "leave_empty"] = Bounds(
        default="refuse",
        description="What becomes of a row whose value is not valid; a name is always needed.",
    )


class ImportMapping(Input):
    """How the columns of one file become fields."""

    fields: Annotated[dict[ImportField, FieldMapping], Bounds(max_length=len(ImportField))]


class ImportNote(Shape):
    """Something about the file that whoever brings it in should know; `blocking` ones have to be settled first."""

    code: str
    message: str
    columns: list[str] = Bounds(default_factory=list)
    blocking: bool = False


class ImportCounts(Shape):
    """What a file comes to. `create`, `known` and `refused` add up to `rows`; the others count within `create`."""

    rows: Count = 0
    create: Count = 0
    known: Count = 0
    refused: Count = 0
    possible_duplicates: Count = 0
    foreign_addresses: Count = 0
    warnings: Count = 0
    applied: Count = 0
