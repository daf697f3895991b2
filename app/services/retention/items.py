"""One of a run, as the worker has it in hand."""

from dataclasses import dataclass
from uuid import UUID

TABLE = "retention_items"


@dataclass(frozen=True, slots=True)
class Item:
    """One of a run, with what was put aside of it."""

    id: UUID
    run_id: UUID
    subject_id: UUID
    sealed: bytes
