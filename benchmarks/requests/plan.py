"""What the bare handler does for each operation: our statements, with the scope as a filter and every value bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlmodel import SQLModel

from app.core.actor import Actor
from app.core.ids import new_id
from app.core.paging import COUNT_CAP, Listing, Where
from app.core.permissions import Permission
from app.core.statements import insert_sql, table_of
from app.services.member_records import IN_LISTS, MEMBERS

_NAME = re.compile(r"{(\w+)}")
ORDER = "m.sort_name, m.id"


@dataclass(frozen=True, slots=True)
class Value:
    """Where the bare handler takes a value of a statement from.

    `given`: the query or the JSON of the request; `row`: an earlier step's first row; `new`: an id made for the
    request; `now`; `version`: of If-Match; `const`: `content`. `kind` is what the text of a value stands for.
    """

    source: Literal["const", "given", "row", "new", "now", "version"]
    name: str = ""
    content: Any = None
    kind: Literal["", "date", "instant", "int", "uuid", "uuids"] = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and its values; `told` is what a line of tasks says besides."""

    sql: str
    values: Sequence[Value] = ()
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """How rows become the body that ours would be: what stands before, between and behind them.

    A `page` of `limit` rows ends by `more` where a further row was found and by `end` where not, with what the first step
    counted in the place of `{count}`; a `record` ends by `end`, with its id in the place of `{id}`; `tasks` are lines made
    of all steps.
    """

    form: Literal["page", "record", "tasks"]
    head: str = ""
    between: str = ", "
    more: str = ""
    end: str = ""
    limit: int = 50
    status: int = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation of the bare handler. A `transaction` where there is something to commit.

    `fresh`: planned anew for the values of each request, where a kept plan was measured at four to ten times the cost.
    """

    steps: Sequence[Step]
    answer: Answer
    transaction: bool = False
    fresh: bool = False


class Places:
    """The values of a statement that is written out, numbered as they come."""

    def __init__(self) -> None:
        self.values: list[Value] = []

    def value(self, value: Value) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True)
class Reads:
    """The reading statements of one scope, whose units are given; none: the whole organisation."""

    units: Sequence[UUID] | None

    @property
    def several(self) -> bool:
        return self.units is not None and len(self.units) > 1

    def where(self, *, seen: bool = False) -> Where:
        """The scope, as a bare handler would state it.

        Whether the planner sees several units or not is as it serves the bare handler: unseen, a plan is kept, which was
        measured at 0.5 ms a page of a region; seen, a search finds its index.
        """
        where = Where()
        if self.units is None:
            return where
        if len(self.units) == 1:
            where.add("m.branch_id = {}", const(str(self.units[0]), "uuid"))
        else:
            units = const([str(unit) for unit in self.units], "uuids")
            where.add(f"m.branch_id = any ({'{}' if seen else '(select {}::uuid[])'}::uuid[])", units)
        return where

    def record(self, key: Value) -> Step:
        where = self.where()
        where.add("m.id = {}", key)
        found = f"{MEMBERS.source} {MEMBERS.join} where {where.sql}"
        return _step(f"select {MEMBERS.json(_anybody())} as json, m.id, m.version from {found}", where)

    def page(self, where: Where, limit: int = 50, listing: Listing = MEMBERS) -> Step:
        only = IN_LISTS if listing is MEMBERS else None
        return _step(f"select {listing.json(_anybody(), only)} as json from {listing.page(where, ORDER, limit)}", where)

    def deep(self) -> Step:
        where = self.where()
        where.add("(m.sort_name, m.id) > ({}::text, {}::uuid)", given("name"), given("id"))
        return self.page(where, 51)

    def count(self) -> Step:
        where = self.where()
        counted = f"select from members m where {where.sql} limit {COUNT_CAP + 1}"
        return _step(f"select least(count(*), {COUNT_CAP}) as count from ({counted}) counted", where)

    def search(self, condition: str, value: Value, *, people: bool = False) -> Step:
        """The page of those who meet a condition, whose `{}` is the place of the value."""
        where, inside = Where(), self.where(seen=True)
        inside.add(condition, value)
        source = "members m join people p on p.id = m.person_id" if people else "members m"
        hits = (
            f"with hits as materialized (select m.id as hit_id, m.sort_name as hit_name from {source} "
            f"where {inside.sql}) select hit_id from hits order by hit_name, hit_id limit 51"
        )
        where.values = inside.values
        where.add(f"m.id = any (array({hits}))")
        return self.page(where, 51)


def inserted(model: type[SQLModel], made: Mapping[str, Value | str], otherwise: SQLModel) -> Step:
    """A new row with all its columns: values, or SQL with what is `{given}`; the rest is the entity's."""
    places, shown = Places(), []
    columns = insert_sql(table_of(model))[1]
    for column in columns:
        value = made.get(column) or _of_entity(getattr(otherwise, column))
        if isinstance(value, Value):
            shown.append(places.value(value))
        else:
            shown.append(_NAME.sub(lambda name: f"{places.value(given(name[1]))}::text", value))
    sql = f"insert into {table_of(model).name} ({', '.join(columns)}) values ({', '.join(shown)})"
    return Step(sql, places.values)


def const(content: Any, kind: Literal["", "date", "instant", "uuid", "uuids"] = "") -> Value:
    return Value("const", content=content, kind=kind)


def given(name: str, kind: Literal["", "int"] = "") -> Value:
    return Value("given", name, kind=kind)


def _of_entity(value: Any) -> Value:
    if isinstance(value, date):
        return const(value.isoformat(), "date")
    if isinstance(value, UUID):
        return const(str(value), "uuid")
    if isinstance(value, list):
        return const([str(part) for part in value])
    return const(value)


def _step(sql: str, where: Where) -> Step:
    return Step(sql, [value if isinstance(value, Value) else _of_entity(value) for value in where.values])


def _anybody() -> Actor:
    """Somebody who may read every field."""
    unit = new_id()
    return Actor(new_id(), None, new_id(), new_id(), unit, {permission: frozenset({unit}) for permission in Permission})
