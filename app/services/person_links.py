"""In which rows of which tables a person is, read from the tables themselves, so that one that comes later is included.

A row is about somebody by a foreign key to `people` or `members`, by a column named after one, or by hanging from their
account. More of what is held of them hangs from such rows, or carries their ids in a trail. The conditions take: $1 the
person, $2 their memberships, $3 their accounts, $4 all of these ids.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, Uuid
from sqlmodel import SQLModel

from app.core.privacy import Privacy

#: What hangs from an account and speaks of its holder; the rest is what the account did for the organisation.
ABOUT_THE_HOLDER = frozenset({"grants", "sign_ins", "password_resets", "organiser_leave", "cadence_targets"})

#: Where a case or a wall knows somebody by their account alone.
_NAMED_BY_ACCOUNT = frozenset({"access_alerts", "dispute_parties", "dispute_parts", "walls"})
#: Rows that are found again where they come from, and the sealed content of files, which is given as files.
_COPIES = frozenset({"request_items", "file_pieces"})
#: From these nothing hangs that is about one person: a file belongs to a record, an account does its office's work.
_NOT_FOLLOWED = frozenset({"accounts", "disputes", "files"})
#: Known by what they come from, without a key to it.
_BY_SOURCE = {"exclusion_marks": "source_id in (select source_id from member_restrictions where person_id = $1)"}


def about(table: Table, column: Column[Any]) -> str | None:
    """The condition under which a row is about the person, if this column can tell."""
    targets = {key.column.table.name for key in column.foreign_keys}
    if table.name == "people":
        return "id = $1" if column.primary_key else None
    if "people" in targets or column.name.endswith("person_id"):
        return f"{column.name} = $1"
    if "members" in targets or column.name.endswith("member_id"):
        return f"{column.name} = any ($2)"
    if "accounts" in targets and table.name in ABOUT_THE_HOLDER:
        return f"{column.name} = any ($3)"
    return None


def speaks(table: Table) -> bool:
    """Whether a row can say something of a person that may be shown."""
    return any(column.info["privacy"] not in {Privacy.none, Privacy.secret} for column in table.columns)


def acting(table: Table) -> tuple[str, ...]:
    """The columns that say which account did something for the organisation."""
    if table.name in ABOUT_THE_HOLDER | _NAMED_BY_ACCOUNT:
        return ()
    named = ("account_id", *(column.name for column in table.columns if column.name.endswith("_by")))
    return tuple(name for name in dict.fromkeys(named) if name in table.columns and _is_id(table.columns[name]))


@cache
def rows_held() -> Mapping[str, str]:
    """By table, the condition for each row in which something is held of the person."""
    tables = SQLModel.metadata.sorted_tables
    direct = {table.name: found for table in tables if (found := _directly(table))}
    matters = [name for name in direct if "state_since" in SQLModel.metadata.tables[name].columns]
    held = dict(direct)
    for condition in (_hanging, partial(_by_subject, matters=matters), _of_their_cases):
        # Sorted by what they refer to, so that what hangs from a table comes after it.
        for table in (one for one in tables if one.name not in held and one.name not in _COPIES):
            if (more := condition(table, held)) is not None:
                held[table.name] = more
    held |= _BY_SOURCE
    return {name: condition for name, condition in held.items() if speaks(SQLModel.metadata.tables[name])}


def _directly(table: Table) -> str:
    links = [link for column in table.columns if (link := about(table, column)) is not None]
    if table.name == "accounts" or table.name in _NAMED_BY_ACCOUNT:
        links.append(f"{'id' if table.name == 'accounts' else 'account_id'} = any ($3)")
    return " or ".join(links)


def _by_subject(table: Table, held: Mapping[str, str], *, matters: Sequence[str]) -> str | None:
    """What was said and kept in their own matters is theirs; the trail of a matter is the organisation's."""
    if "subject_id" not in table.columns:
        return None
    said = any(isinstance(column.type, LargeBinary) for column in table.columns)
    ids = [f"subject_id in (select id from {name} where {held[name]})" for name in matters] if said else []
    return " or ".join(["subject_id = any ($4)", *ids])


def _hanging(table: Table, held: Mapping[str, str]) -> str | None:
    """What cannot be without a row about them."""
    for column in table.columns:
        for key in column.foreign_keys:
            parent = key.column.table.name
            if not column.nullable and parent in held and parent not in _NOT_FOLLOWED | {"people", "members"}:
                return f"{column.name} in (select {key.column.name} from {parent} where {held[parent]})"
    return None


def _of_their_cases(table: Table, held: Mapping[str, str]) -> str | None:
    """The rest of a case to which they are a party, but for its other people."""
    name = "id" if table.name == "disputes" else "dispute_id"
    if name not in table.columns or (table.name != "disputes" and not table.columns[name].foreign_keys):
        return None
    return f"{name} in (select dispute_id from dispute_parties where {held['dispute_parties']})"


def _is_id(column: Column[Any]) -> bool:
    return isinstance(column.type, Uuid)
