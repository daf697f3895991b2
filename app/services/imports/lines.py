"""Rows of a file as lines for COPY: what each says, what was made of it, and what follows from that."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any

from pydantic_core import to_json

from app.core.clock import months_after
from app.core.ids import new_ids
from app.core.tabular import Record
from app.services.imports.rows import RowReader
from app.services.imports.write import SPOKEN, VALUED
from app.services.membership_terms import lapse_day

#: How long the term is of which a file tells only the end.
_TERM_MONTHS = 12


def lines(reader: RowReader, records: Sequence[Record]) -> bytes:
    """Rows, read; in the order of the columns of staging."""
    ids = iter(new_ids(3 * len(records)))
    found = zip(records, zip(ids, ids, ids, strict=True), strict=True)
    return "".join([_line(reader, record, theirs) for record, theirs in found]).encode()


def _line(reader: RowReader, record: Record, ids: tuple[str, str, str]) -> str:
    found = reader.read(record.cells)
    proposed, key, number, trail = found.proposed, "\\N", "\\N", "\\N"
    person_id = member_id = "\\N"
    if proposed is not None:
        person_id, member_id, term_id = ids
        member = proposed["member"]
        key, number = _text(member["source_key"]), _text(member["number"])
        if member["paid_until"] is not None:
            member["lapses_on"], starts_on, ends_on = _term(member["paid_until"], member["joined_on"])
            proposed["term"] = {"id": term_id, "starts_on": starts_on, "ends_on": ends_on}
        trail = _trail({**member, **proposed["person"]})
    return (
        f"{record.number}\t{found.outcome}\t{key}\t{number}\t{_json(record.cells)}\t{_json(proposed)}\t"
        f"{_json(found.errors or None)}\t{trail}\t{person_id}\t{member_id}\n"
    )


def _text(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _json(value: Any) -> str:
    return "\\N" if value is None else to_json(value).decode().replace("\\", "\\\\")


def _trail(said: dict[str, Any]) -> str:
    """What the audit trail will say of somebody new: the names of what is filled, and values where it may hold them."""
    if any(map(said.get, VALUED)):
        return _json(
            {name: {"old": None, "new": said[name]} if name in VALUED else True for name in SPOKEN if said.get(name)}
        )
    return _names(tuple(map(bool, map(said.get, SPOKEN))))


@lru_cache(maxsize=8_192)
def _names(filled: tuple[bool, ...]) -> str:
    return _json(dict.fromkeys(compress(SPOKEN, filled), True))


@lru_cache(maxsize=8_192)
def _term(paid_until: str, joined_on: str) -> tuple[str, str, str]:
    """The day of lapsing, and the period paid for: up to a year, from joining at the earliest. Dates are half-open."""
    paid, joined = date.fromisoformat(paid_until), date.fromisoformat(joined_on)
    ends_on = paid + timedelta(days=1)
    starts_on = months_after(ends_on, -_TERM_MONTHS)
    if joined < ends_on:
        starts_on = max(starts_on, joined)
    return lapse_day(paid).isoformat(), starts_on.isoformat(), ends_on.isoformat()
