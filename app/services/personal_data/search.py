"""Finding a person in every table, as its columns say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from sqlmodel import SQLModel

from app.core.db import Session
from app.core.errors import NotFound
from app.models.packages import Exemption, ItemDecision
from app.services import outbox
from app.services.disputes.lifecycle import ENDED
from app.services.envelopes import keys_of
from app.services.matters import ROLE
from app.services.person_links import acting, rows_held
from app.services.personal_data.disclosed import find_disclosed
from app.services.personal_data.pieces import PersonData, Piece, PieceKind, TableSearched
from app.services.personal_data.reading import Ids, Row, key_columns, plain, read_rows

#: What is written by the house at every turn, given many rows at a time.
TRAILS = frozenset({"access_log", "audit_entries", "events", "idempotency_keys", "jobs", "sign_ins"})
#: Rows of a trail in one piece.
TOGETHER = 200
LETTERS = "mail_outbox"

_WHO = """
select p.erased_at,
  array(select m.id from members m where m.person_id = p.id) as members,
  array(select a.id from accounts a where a.person_id = p.id) as accounts,
  p.email_key || array(select a.email_key from accounts a where a.person_id = p.id) as emails
from people p where p.id = $1
"""
_SUMMARY = """
select count(*) as rows, (min(created_at) at time zone 'Europe/London')::date as first_on,
  (max(created_at) at time zone 'Europe/London')::date as last_on from {} where {}
"""
Walls = Mapping[UUID, str]


async def find_person_data(session: Session, person_id: UUID) -> PersonData:
    """All that is held of a person, walls or not; whoever calls has judged that it may be searched.

    Puts on the role `rollbook_privacy` itself. Raises `NotFound` for nobody, and for somebody who has been erased.
    """
    found = PersonData()
    async with session.as_role(ROLE):
        who = await session.fetchrow(_WHO, person_id)
        if who is None or who["erased_at"] is not None:
            raise NotFound("person")
        ids: Ids = (person_id, who["members"], who["accounts"], [person_id, *who["members"], *who["accounts"]])
        rows = {table: await read_rows(session, table, condition, ids) for table, condition in rows_held().items()}
        walls = await _walls(session, rows)
        letters = await outbox.letters_to(session, who["emails"])
        for table, held in rows.items():
            found.searched.append(TableSearched(table, len(held)))
            found.pieces.extend(_with_files_once(_pieces(table, held, walls, rows), rows))
        found.searched.append(TableSearched(LETTERS, len(letters)))
        found.pieces.extend(_piece(LETTERS, letter, None) for letter in letters)
        found.pieces.extend(await _summaries(session, who["accounts"]))
        open_cases = await keys_of(session, (row["dispute_id"] for row in rows["dispute_parties"]))
    found.pieces.extend(await find_disclosed(session, person_id, open_cases))
    return found


async def _walls(session: Session, rows: Mapping[str, Sequence[Row]]) -> Walls:
    """Of what the rows lie behind, the cases, with their states."""
    keys = {key for table, held in rows.items() for row in held if (key := _wall(table, row)) is not None}
    states = await session.fetch("select id, state from disputes where id = any ($1)", list(keys))
    return {row["id"]: row["state"] for row in states}


def _wall(table: str, row: Row) -> UUID | None:
    key: UUID | None = row["id"] if table == "disputes" else row.get("wall_key") or row.get("dispute_id")
    return key


def _pieces(table: str, held: Sequence[Row], walls: Walls, rows: Mapping[str, Sequence[Row]]) -> Iterator[Piece]:
    if table not in TRAILS:
        own = {row["id"] for row in rows["rights_requests"]}
        for row in held:
            yield _piece(table, row, walls, closed=table == "walls" and row["wall_key"] not in own)
        return
    behind = lambda row: str(_wall(table, row) or "")  # noqa: E731
    for _, alike in groupby(sorted(held, key=behind), behind):
        whole = list(alike)
        for start in range(0, len(whole), TOGETHER):
            yield _trail(table, whole[start : start + TOGETHER], walls)


def _with_files_once(pieces: Iterable[Piece], rows: Mapping[str, Sequence[Row]]) -> Iterator[Piece]:
    """A file comes with its own row, not with those that point to it too; a package, which is made of copies, never."""
    packages = {row["file_id"] for row in rows["package_releases"]}
    own = {row["id"] for row in rows["files"]}
    for piece in pieces:
        twice = piece.table != "files" and piece.file_id in own
        yield replace(piece, file_id=None) if twice or piece.file_id in packages else piece


def _trail(table: str, held: Sequence[Row], walls: Walls) -> Piece:
    wall = _wall(table, held[0])
    proposal, exemption = _judged(wall, walls)
    values = {"rows": plain(held)}
    key = f"{table}:{held[0]['id']}"
    return Piece(key, table, PieceKind.trail, None, values, wall if wall in walls else None, None, proposal, exemption)


def _piece(table: str, row: Row, walls: Walls | None, *, closed: bool = False) -> Piece:
    """`closed`: it tells of a matter of somebody else's making, which its own team will answer for."""
    wall = _wall(table, row) if walls else None
    proposal, exemption = _judged(wall, walls or {})
    if closed and wall not in (walls or {}):
        proposal, exemption = ItemDecision.withhold, Exemption.rights_of_others
    return Piece(
        key=":".join([table, *(str(row[name]) for name in key_columns(SQLModel.metadata.tables[table]))]),
        table=table,
        kind=PieceKind.row,
        row_id=row.get("id"),
        values=plain(row),
        wall_key=wall if wall in (walls or {}) else None,
        file_id=row["id"] if table == "files" else row.get("file_id"),
        proposal=proposal,
        exemption=exemption,
    )


def _judged(wall: UUID | None, walls: Walls) -> tuple[ItemDecision, Exemption | None]:
    """Of a case under way nothing is given but what was disclosed; of one that is over, nothing of the others."""
    if wall is None or wall not in walls:
        return ItemDecision.release, None
    if walls[wall] in ENDED:
        return ItemDecision.redact, Exemption.rights_of_others
    return ItemDecision.withhold, Exemption.legal_proceedings


async def _summaries(session: Session, accounts: Sequence[UUID]) -> list[Piece]:
    """What somebody's account did for the organisation: how much, and when; it speaks of others."""
    found = []
    for table in SQLModel.metadata.sorted_tables if accounts else ():
        if names := acting(table):
            condition = " or ".join(f"{name} = any ($1)" for name in names)
            row = await session.fetchrow(_SUMMARY.format(table.name, condition), accounts)
            if row is not None and row["rows"]:
                key, values = f"acts:{table.name}", plain(dict(row))
                found.append(Piece(key, table.name, PieceKind.summary, None, values))
    return found
