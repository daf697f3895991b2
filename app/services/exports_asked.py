"""What is asked of an export, judged: where it reaches, which columns, how many rows; and whether that still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.permissions import Permission
from app.models.exports import CONTACT_COLUMNS, REACHED_BY, WHO, ExportColumn, ExportCreate, ExportFormat, ExportUse
from app.models.members import Channel
from app.services import branches
from app.services.exports_rows import Selection
from app.services.imports.presets import OWN_COLUMNS

#: Rows of a workbook: it is built whole before it is sent, and no spreadsheet is at ease with more.
MOST_IN_A_WORKBOOK = 100_000


class TooManyRows(Conflict):
    code = "too_many_rows"
    sentence = "A workbook holds at most {most} rows and this would have {rows}: ask for csv, or for fewer."


@dataclass(frozen=True, slots=True)
class Reach:
    """The units from which an export goes down, with their paths, and the lowest unit above them all."""

    unit_ids: Sequence[UUID]
    paths: Sequence[Sequence[UUID]]
    is_national: bool

    @property
    def branch_id(self) -> UUID:
        shared: list[UUID] = [ids[0] for ids in zip(*self.paths, strict=False) if len(set(ids)) == 1]
        return shared[-1]


async def find_reach(session: Session, actor: Actor, data: ExportCreate) -> Reach:
    """From the unit named down, else wherever the actor may export.

    Raises `NotFound` for a unit that is not there, `Forbidden` where the right is not held at it.
    """
    if data.branch_id is not None:
        branch = await branches.find_branch(session, actor, data.branch_id)
        actor.must(Permission.members_export, branch["path"])
        spans = branch["id"] == actor.organisation_id and not data.exact_branch
        return Reach([branch["id"]], [branch["path"]], spans)
    if actor.is_whole(Permission.members_export):
        return Reach([actor.organisation_id], [[actor.organisation_id]], True)
    actor.must_hold(Permission.members_export)
    rows = await session.fetch(
        "select id, path from branches where id = any ($1) order by id", list(actor.reach[Permission.members_export])
    )
    return Reach([row["id"] for row in rows], [row["path"] for row in rows], False)


def choose_columns(actor: Actor, data: ExportCreate, reach: Reach) -> list[ExportColumn]:
    """The columns, in order. Objections stand beside whatever somebody could be reached by.

    Raises `Forbidden` for contact columns where `members:contact` is not held over all that the export reaches, and
    `Invalid` for what does not belong to the use.
    """
    wanted = data.columns or []
    if len(set(wanted)) < len(wanted):
        raise Invalid.at("/columns", "repeated", "Name each column once.")
    if data.use is ExportUse.contact:
        columns = _to_contact(data.contact_by, wanted)
    elif data.contact_by is not None:
        raise Invalid.at("/contact_by", "not_for_records", "A channel belongs to a contact export alone.")
    else:
        columns = wanted or _all_readable(actor, reach)
    if not CONTACT_COLUMNS.isdisjoint(columns):
        for path in reach.paths:
            actor.must(Permission.members_contact, path)
        if data.use is ExportUse.records and ExportColumn.objections not in columns:
            columns = [*columns, ExportColumn.objections]
    return columns


async def judge_again(session: Session, actor: Actor, selection: Selection, *, whole: bool) -> None:
    """Whether the rights that an export needs are held now: `whole` over all that it reaches, else over any part.

    Raises `Forbidden`.
    """
    units = list(selection.unit_ids)
    if whole:
        paths = await session.fetch("select path from branches where id = any ($1)", units)
    else:
        paths = await session.fetch(
            "select array_agg(distinct unit) as path from branches b, unnest(b.path) unit where b.path && $1", units
        )
    for permission in selection.needed:
        for row in paths:
            actor.must(permission, row["path"] or ())


def check_size(format: ExportFormat, rows: int) -> None:
    """Raises `TooManyRows` for a workbook that would be too long."""
    if format is ExportFormat.xlsx and rows > MOST_IN_A_WORKBOOK:
        raise TooManyRows(most=MOST_IN_A_WORKBOOK, rows=rows)


def _to_contact(channel: Channel | None, wanted: list[ExportColumn]) -> list[ExportColumn]:
    if channel is None:
        raise Invalid.at("/contact_by", "missing", "Say by which channel they are to be contacted.")
    own = REACHED_BY[channel]
    if not {*wanted} <= {*WHO, *own}:
        allowed = ", ".join((*WHO, *own))
        raise Invalid.at(
            "/columns", "not_for_this_channel", f"An export to contact people by {channel} holds: {allowed}."
        )
    names = (ExportColumn.given_name, ExportColumn.family_name, ExportColumn.preferred_name)
    return wanted or [*names, *own]


def _all_readable(actor: Actor, reach: Reach) -> list[ExportColumn]:
    may_contact = all(actor.can(Permission.members_contact, path) for path in reach.paths)
    every = [ExportColumn(name) for name in OWN_COLUMNS]
    return [name for name in every if may_contact or name not in CONTACT_COLUMNS]
