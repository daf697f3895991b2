"""The rows of an export: which members, which columns, and the SQL of each cell.

A cell that a spreadsheet would take for a formula is made harmless in SQL, exactly as `core.tabular.harmless` does it;
only where free text can stand, since the test is paid for every cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Where
from app.core.permissions import Permission
from app.core.tabular.formulas import HARMFUL
from app.models.exports import CONTACT_COLUMNS, ExportColumn, ExportUse
from app.models.member_verbs import MemberFilter
from app.models.members import Channel
from app.services.member_records import RESTRICTION, SHOWN_STANDING, reachable
from app.services.members import narrow

C = ExportColumn
_DECIDED = "m.decided_from <= $1::date and (m.decided_until is null or $1::date < m.decided_until)"
#: Whether it is a restriction that says where the member stands.
_RESTRICTED = f"m.restricted is not null and ({RESTRICTION}) ->> 'standing' = {SHOWN_STANDING}"

#: What stands in a column. Where it is of a fixed form, no cell of it can begin a formula, or it is exempt as E.164 is.
_FIXED = {
    C.branch_id: "m.branch_id",
    C.relationship: "m.relationship",
    C.type: "m.type",
    C.standing: SHOWN_STANDING,
    C.standing_from: f"case when {_RESTRICTED} then (({RESTRICTION}) ->> 'starts_on')::date "
    f"when {_DECIDED} then m.decided_from end",
    C.standing_until: f"case when {_RESTRICTED} then (({RESTRICTION}) ->> 'ends_on')::date "
    f"when {_DECIDED} then m.decided_until end",
    C.joined_on: "m.joined_on",
    C.paid_until: "m.paid_until",
    C.lapses_on: "m.lapses_on",
    C.date_of_birth: "p.date_of_birth",
    C.mobile_phone: "p.mobile_phone",
    C.home_phone: "p.home_phone",
    C.postcode: "p.postcode",
    C.country: "p.country",
    C.preferred_language: "p.preferred_language",
    C.electoral_area: "p.electoral_area",
    C.objections: "case when p.objections <> '{}' then array_to_string(p.objections, '; ') end",
}
_FREE = {
    C.number: "m.number",
    C.given_name: "p.given_name",
    C.family_name: "p.family_name",
    C.preferred_name: "p.preferred_name",
    C.email: "p.email",
    C.address_lines: "nullif(array_to_string(p.address_lines, E'\\n'), '')",
    C.town: "p.town",
    C.foreign_postal_code: "p.foreign_postal_code",
    C.source_key: "m.source_key",
}
_ADDRESSED = {
    Channel.email: "p.email is not null",
    Channel.phone: "coalesce(p.mobile_phone, p.home_phone) is not null",
    Channel.sms: "p.mobile_phone is not null",
    Channel.post: "cardinality(p.address_lines) > 0",
}
_HARMFUL = HARMFUL.replace("'", "''")
_FROM = "members m join people p on p.id = m.person_id"


@dataclass(frozen=True, slots=True)
class Selection:
    """Who and what is taken out: as it was asked, whoever looks."""

    unit_ids: Sequence[UUID]
    filters: MemberFilter
    contact_by: Channel | None
    columns: Sequence[ExportColumn]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Selection":
        """From a row of `exports`."""
        return cls(
            unit_ids=row["unit_ids"],
            filters=MemberFilter.model_validate(row["filters"]),
            contact_by=Channel(row["contact_by"]) if row["use"] == ExportUse.contact else None,
            columns=[ExportColumn(name) for name in row["columns"]],
        )

    @property
    def holds_contact(self) -> bool:
        """Whether a column of it needs `members:contact`."""
        return not CONTACT_COLUMNS.isdisjoint(self.columns)

    @property
    def needed(self) -> tuple[Permission, ...]:
        """The rights without which none of its rows is given."""
        return (Permission.members_export, *([Permission.members_contact] if self.holds_contact else []))


@dataclass(frozen=True, slots=True)
class Counts:
    rows: int
    omitted: int
    without_address: int


def harmless_sql(text: str, begins: str | None = None) -> str:
    """The SQL of `core.tabular.harmless` over an expression of text; `begins` is how it begins, where that is cheaper.

    Most cells begin with a letter or a digit, and are told by comparing bytes, far cheaper than the pattern: of the
    signs that begin a formula the plain ones come before A, and the wide ones not before the wide plus.
    """
    byte_wise = f'({begins or text}) collate "C"'
    letter = f"{byte_wise} >= 'A' and {byte_wise} < '＋'"
    digit = f"{byte_wise} >= '0' and {byte_wise} < ':'"
    guarded = f"case when ({text}) ~ '{_HARMFUL}' then chr(39) || ({text}) else {text} end"
    return f"case when {letter} then {text} when {digit} then {text} else {guarded} end"


def rows_sql(actor: Actor, selection: Selection, *, sort: bool, neutral: bool = True) -> tuple[str, list[object]]:
    """The query of an export's rows, in the actor's scope now, and its values. `neutral`: with harmless cells."""
    where = Where()
    _restrict(actor, where, selection)
    if selection.contact_by is not None:
        where.add(reachable(selection.contact_by))
        where.add(_ADDRESSED[selection.contact_by])
    cells = ", ".join(f"{_cell(name, neutral=neutral)} as {name}" for name in selection.columns)
    units, source = "", _FROM
    if C.branch in selection.columns:
        # Once for each unit, not for each of its members.
        name = harmless_sql("name") if neutral else "name"
        units = f"with units as materialized (select id, {name} as name from branches) "
        source = f"{_FROM} join units u on u.id = m.branch_id"
    order = " order by m.sort_name, m.id" if sort else ""
    return f"{units}select {cells} from {source} where {where.sql}{order}", where.values


async def count_rows(session: Session, actor: Actor, selection: Selection) -> Counts:
    """How many rows there would be, and how many a contact export leaves out and why."""
    where = Where()
    _restrict(actor, where, selection)
    if selection.contact_by is None:
        rows = await session.fetchval(f"select count(*) from members m where {where.sql}", *where.values)
        return Counts(rows, 0, 0)
    # OFFSET 0 keeps the planner from working out each answer once for every count that asks it.
    judged = (
        f"select {reachable(selection.contact_by)} as may, {_ADDRESSED[selection.contact_by]} as can "
        f"from {_FROM} where {where.sql} offset 0"
    )
    found = await session.fetchrow(
        "select count(*) filter (where may and can) as rows, count(*) filter (where not may) as omitted, "
        f"count(*) filter (where may and not can) as without_address from ({judged}) judged",
        *where.values,
    )
    assert found is not None
    return Counts(**dict(found))


def _cell(name: ExportColumn, *, neutral: bool) -> str:
    if name is C.branch:
        return "u.name"
    if name in _FIXED:
        return _FIXED[name]
    begins = "p.address_lines[1]" if name is C.address_lines else None
    return harmless_sql(_FREE[name], begins) if neutral else _FREE[name]


def _restrict(actor: Actor, where: Where, selection: Selection) -> None:
    """What was asked, in the units where it was asked and where the right to it is held now."""
    narrow(where, selection.filters)
    held: list[Iterable[UUID]] = [selection.unit_ids, *(actor.reach.get(p, frozenset()) for p in selection.needed)]
    roots = [list(units) for units in held if actor.organisation_id not in units]
    if roots:
        inside = " and ".join("b.path && {}::uuid[]" for _ in roots)
        where.add(f"m.branch_id = any ((select array_agg(b.id) from branches b where {inside})::uuid[])", *roots)
