"""What a search for a person yields: pieces, and in them what is of other people."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.models.packages import Exemption, FindingKind, ItemDecision

#: Where a value stands in a piece: names of columns, keys of objects, places in lists.
Path = tuple[str | int, ...]


class PieceKind(StrEnum):
    """A row; several rows of a trail; what an account did for the organisation, counted; what a party was told."""

    row = "row"
    trail = "trail"
    summary = "summary"
    disclosed = "disclosed"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of what is held of somebody.

    `values` are plain JSON by column, sealed texts opened; of a trail `{"rows": [...]}`, of a summary
    `{"rows": n, "first_on": day, "last_on": day}`. `row_id` is null for trails, summaries and rows without an id.
    `key` names the piece from search to search; a piece is unchanged where `values` are. `wall_key` is the case behind
    whose wall it lies: its people decide of it, unless it is `disclosed`, which goes in by rule. `proposal` and
    `exemption` are what the law suggests before anything was read.
    """

    key: str
    table: str
    kind: PieceKind
    row_id: UUID | None
    values: dict[str, Any]
    wall_key: UUID | None = None
    file_id: UUID | None = None
    proposal: ItemDecision = ItemDecision.release
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of somebody else in a piece: at `path`, of a text the characters from `start` to `end`.

    `certain` is a reference by id: it is replaced by what it stands for, of which nobody need decide. The rest
    are guesses.
    """

    path: Path
    start: int | None
    end: int | None
    kind: FindingKind
    replacement: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class TableSearched:
    """A line of the search log: a table, and how many rows of the person were in it."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class PersonData:
    """All that a search found, and where it looked: tables in which nothing was, too."""

    pieces: list[Piece] = field(default_factory=list)
    searched: list[TableSearched] = field(default_factory=list)
