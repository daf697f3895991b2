"""The rows of an import as they are shown: what each proposes, changes and repeats, what is wrong, what came of it."""

from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.models.import_reads import ImportProposal
from app.models.imports import RowOutcome, RowUndo
from app.services.access import record_read
from app.services.imports.records import find_import, judge

_OF_MEMBER = frozenset({"branch_id", "relationship", "type", "number", "joined_on", "paid_until"})


def _proposed(name: str) -> str:
    part = "standing" if name == "standing" else "member" if name in _OF_MEMBER else "person"
    return f"'{name}', r.proposed -> '{part}' -> '{name}'"


_PROPOSED = f"json_build_object({', '.join(_proposed(name) for name in ImportProposal.model_fields)})"
_ERRORS = """coalesce((
  select json_agg(json_build_object('pointer', e -> 'pointer', 'code', e -> 'code', 'message', e -> 'message',
    'column', e -> 'column'))
  from jsonb_array_elements(r.errors) e), '[]')"""
#: Whoever is no longer in sight is not named, nor that there is somebody.
_DUPLICATES = """coalesce((
  select json_agg(json_build_object('person_id', d -> 'person_id', 'name', p.given_name || ' ' || p.family_name,
    'row', d -> 'row', 'why', d -> 'why'))
  from jsonb_array_elements(r.possible_duplicates) d left join people p on p.id = (d ->> 'person_id')::uuid
  where d ? 'row' or p.id is not null), '[]')"""
_COME_IN = "r.number <= i.applied_through and r.undo is distinct from 'undone'"

ROWS = Listing(
    resource="imports",
    source="import_rows r",
    key="r.import_id",
    columns={
        "number": "r.number",
        "outcome": "r.outcome",
        "proposed": f"case when r.proposed is not null then {_PROPOSED} end",
        "changes": "r.changes",
        "errors": _ERRORS,
        "possible_duplicates": _DUPLICATES,
        "member_id": "case when r.outcome <> 'create' or (select "
        f"{_COME_IN} from imports i where i.id = r.import_id) then r.member_id end",
        "undo": "r.undo",
        "undo_reasons": "coalesce(r.undo_reasons, '[]')",
    },
    sorts={"number": ("r.number", "bigint")},
)


class ImportRowsQuery(PageQuery):
    """Which rows, in the order of the file."""

    outcome: RowOutcome | None = Field(default=None, description="Only those that come to this.")
    possible_duplicates: bool | None = Field(default=None, description="Only those who may be on record, or not.")
    undo: RowUndo | None = Field(default=None, description="Only those of which this came when it was undone.")


class _RowsOf(ImportRowsQuery):
    """A cursor belongs to the import whose rows they are."""

    import_id: UUID


async def list_rows(session: Session, actor: Actor, import_id: UUID, query: ImportRowsQuery) -> Body:
    """A page of an import's rows. Raises `NotFound`, `Forbidden`, `CursorInvalid`."""
    row = await find_import(session, actor, import_id)
    judge(actor, row["path"])
    where = Where()
    where.add("r.import_id = {}", import_id)
    if query.outcome is not None:
        where.add("r.outcome = {}", query.outcome)
    if query.possible_duplicates is not None:
        where.add(f"r.possible_duplicates is {'not ' if query.possible_duplicates else ''}null")
    if query.undo is not None:
        where.add("r.undo = {}", query.undo)
    await record_read(session, actor, "imports", purpose="rows", subject_id=import_id, branch_id=row["branch_id"])
    of = _RowsOf(**query.model_dump(), import_id=import_id)
    return await list_page(session, actor, ROWS, where, of, sort="number")
