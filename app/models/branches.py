"""Branches: the typed units of the organisation, in one tree."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.postcodes import Postcode
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import (
    Count,
    Input,
    Instant,
    Patch,
    Record,
    Shape,
    Version,
    column,
    one_of,
    text,
    texts,
    uuids,
)


class UnitKind(StrEnum):
    """What sort of unit; which kind may stand below which is in `app.services.branches.BELOW`."""

    party = "party"
    nation = "nation"
    region = "region"
    local_party = "local_party"
    branch = "branch"
    alliance = "alliance"
    chapter = "chapter"
    cluster = "cluster"
    institution = "institution"


class BranchStatus(StrEnum):
    forming = "forming"
    recognised = "recognised"
    suspended = "suspended"
    dissolved = "dissolved"


#: A unit that takes no members: nobody is added to it, brought in or moved there.
TAKES_NOBODY = frozenset({BranchStatus.suspended, BranchStatus.dissolved})


class Branch(Record, table=True):
    """A unit. `path` holds its ancestors and itself, root first: rights reach down it.

    `status_reason` says why the unit stands as it does; it is about the unit, and for those who manage units.
    """

    __tablename__ = "branches"
    __table_args__ = (
        one_of("kind", UnitKind),
        one_of("status", BranchStatus),
        Index(None, "path", postgresql_using="gin"),
    )

    parent_id: UUID | None = column(Privacy.none, default=None, foreign_key="branches.id", index=True)
    path: list[UUID] = uuids(Privacy.none, nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    status: str = text(Privacy.none, nullable=False, default=BranchStatus.forming)
    status_reason: str | None = text(Privacy.none, default=None)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    gss_code: str | None = text(Privacy.none, default=None)
    local_authorities: list[str] = texts(Privacy.none, nullable=False, default_factory=list)
    postcode_districts: list[str] = texts(Privacy.none, nullable=False, default_factory=list)


GssCode = Annotated[str, Bounds(pattern=r"^[EWSNK][0-9]{8}$", max_length=9, examples=["E09000012"])]
District = Annotated[str, Bounds(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$", max_length=4, examples=["E8"])]
GssCodes = Annotated[list[GssCode], Bounds(max_length=100)]
Districts = Annotated[list[District], Bounds(max_length=500)]


class BranchCreate(Input):
    parent_id: UUID
    kind: UnitKind
    name: Name
    name_cy: Name | None = None
    gss_code: GssCode | None = None
    local_authorities: GssCodes = Bounds(default_factory=list)
    postcode_districts: Districts = Bounds(default_factory=list)


class BranchUpdate(Patch):
    name: Name | MISSING = MISSING
    name_cy: Name | None | MISSING = MISSING
    gss_code: GssCode | None | MISSING = MISSING
    local_authorities: GssCodes | MISSING = MISSING
    postcode_districts: Districts | MISSING = MISSING


class BranchMove(Input):
    parent_id: UUID


class BranchSuspend(Input):
    reason: LongText


class BranchPropose(Input):
    """Where somebody lives: the postcode, and the local authority's GSS code where it is known."""

    postcode: Postcode
    local_authority: GssCode | None = None


class BranchRead(Shape):
    id: UUID
    parent_id: UUID | None
    path: Annotated[list[UUID], Bounds(max_length=12, description="Ancestors and the unit itself, root first.")]
    kind: UnitKind
    status: BranchStatus
    name: Name
    name_cy: Name | None
    gss_code: GssCode | None
    local_authorities: GssCodes
    postcode_districts: Districts
    version: Version
    created_at: Instant
    updated_at: Instant


class BranchDetail(BranchRead):
    status_reason: LongText | None | MISSING = Bounds(
        default=MISSING, description="Why it stands as it does; only for those who manage units."
    )
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class BranchNode(Shape):
    """A unit in the tree; what follows it with a greater depth lies below it."""

    id: UUID
    parent_id: UUID | None
    depth: Annotated[int, Bounds(ge=0, le=12)]
    kind: UnitKind
    status: BranchStatus
    name: Name
    name_cy: Name | None


class BranchTree(Shape):
    """Every unit that is not dissolved, each before what lies below it, siblings by name."""

    data: Annotated[list[BranchNode], Bounds(max_length=5000)]


class BranchProposal(Shape):
    """The unit that a new member belongs to, if one covers the place, and the others that cover it too."""

    branch: BranchRead | None
    alternatives: Annotated[list[BranchRead], Bounds(max_length=20)]


class BranchCounts(Shape):
    """How many stand where, in the unit and everything below it, on a day."""

    branch_id: UUID
    as_of: date
    current: Count
    arrears: Count
    lapsed: Count
    suspended: Count
    supporters: Count
    units: Count
