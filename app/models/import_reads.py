"""Imports as they are read and changed over the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction, Code
from app.core.text import LongText, ShortText
from app.models.base import Count, Instant, Patch, Shape, Version
from app.models.imports import (
    Heading,
    ImportCounts,
    ImportMapping,
    ImportNote,
    ImportPreset,
    ImportState,
    RowOutcome,
    RowUndo,
)

RowNumber = Annotated[int, Bounds(ge=0, le=2**53, description="As a spreadsheet numbers it: the top of the file is 1.")]
Field = Annotated[str, Bounds(max_length=60)]


class ImportProgress(Shape):
    """How far the work at hand is, in rows; `total` is null while it is not known."""

    done: Count
    total: Count | None


class ImportFailure(Shape):
    """Why the file was refused whole."""

    code: Code
    message: LongText


class ImportRead(Shape):
    """A file brought in: how it is read, what it would come to, and what came of it."""

    id: UUID
    branch_id: UUID
    account_id: UUID
    state: ImportState
    file_name: ShortText | None = Bounds(description="Null once the file has been erased.")
    file_sha256: Annotated[str, Bounds(max_length=64)]
    preset: ImportPreset | None
    layout: dict[str, Any] | None = Bounds(
        description="How the file is written: format, encoding, delimiter, the row of its headings, the sheet."
    )
    headings: Annotated[list[Heading], Bounds(max_length=500)]
    mapping: ImportMapping | None = Bounds(description="Null until the file has been read.")
    notes: Annotated[list[ImportNote], Bounds(max_length=500)] = Bounds(
        description="What there is to know; while one is `blocking`, no row is read: answer it by PATCH."
    )
    failure: ImportFailure | None
    counts: ImportCounts
    progress: ImportProgress
    job_id: UUID | None = Bounds(description="The latest job that works on it.")
    applied_at: Instant | None
    undone_at: Instant | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ImportDetail(ImportRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class ImportUpdate(Patch):
    """Another way to read the file. Its rows are read again, and the preview is made anew."""

    mapping: ImportMapping | MISSING = MISSING
    preset: ImportPreset | None | MISSING = Bounds(
        default=MISSING, description="Without a mapping: propose one anew, as for such an export."
    )


Said = Annotated[str, Bounds(max_length=400)]


class ImportProposal(Shape):
    """Whom a row proposes, in the fields of a member."""

    given_name: Said | None
    family_name: Said | None
    preferred_name: Said | None
    date_of_birth: date | None
    email: Said | None
    mobile_phone: Said | None
    home_phone: Said | None
    address_lines: Annotated[list[Said], Bounds(max_length=4)]
    town: Said | None
    postcode: Said | None
    foreign_postal_code: Said | None
    country: Said | None
    preferred_language: Said | None
    electoral_area: Said | None
    objections: Annotated[list[Said], Bounds(max_length=4)]
    branch_id: UUID
    relationship: Said | None
    type: Said | None
    number: Said | None = Bounds(description="Null: the next free one is given.")
    joined_on: date | None
    paid_until: date | None
    standing: Said | None = Bounds(description="What was decided in the old system, if anything.")


class FieldChange(Shape):
    old: Any
    new: Any


class RowError(Shape):
    """What is wrong with a row, or, of one that is not refused, what was left out or is good to know."""

    pointer: Said
    code: Code
    message: Said
    column: Said | None


class RowDuplicate(Shape):
    """Somebody on record, or another row of the file, who may be the same person."""

    person_id: UUID | None
    name: Said | None = Bounds(description="Of somebody on record whom you may see now.")
    row: RowNumber | None
    why: Annotated[list[Code], Bounds(max_length=10)]


class UndoReason(Shape):
    """Why a row was not taken back: what was done to the record since, and to which fields; or what refers to it."""

    code: Code
    action: Said | None
    fields: Annotated[list[Said], Bounds(max_length=60)]
    table: Said | None


class ImportRowRead(Shape):
    """A row of the file, what it comes to, and what came of it."""

    number: RowNumber
    outcome: RowOutcome
    proposed: ImportProposal | None
    changes: dict[Field, FieldChange] | None = Bounds(
        description="Of somebody on record: what is corrected, from what."
    )
    errors: Annotated[list[RowError], Bounds(max_length=100)]
    possible_duplicates: Annotated[list[RowDuplicate], Bounds(max_length=20)]
    member_id: UUID | None = Bounds(description="The member on record; of somebody new, once they have come in.")
    undo: RowUndo | None
    undo_reasons: Annotated[list[UndoReason], Bounds(max_length=50)]
