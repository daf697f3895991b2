"""Who writes the JSON: PostgreSQL, or Python from rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pydantic_core
from pydantic import BaseModel, TypeAdapter, create_model

from benchmarks.meter import Cell, Work, measure
from benchmarks.probes.search import FIELDS

PERSON = ", ".join(
    "p." + name
    for name in [
        "given_name",
        "family_name",
        "preferred_name",
        "title",
        "date_of_birth",
        "email",
        "phone",
        "address_line_1",
        "address_line_2",
        "town",
        "postcode",
        "country",
        "language",
        "electoral_area",
        "branch_ids",
    ]
)
ONE = (
    f"select m.*, {PERSON}, p.version person_version, p.updated_at person_updated_at "
    "from members m join people p on p.id = m.person_id where m.id = $1"
)
LIST = (
    f"select {FIELDS} from (select * from members where sort_name > $1 order by sort_name, id limit 50) m "
    "join people p on p.id = m.person_id order by m.sort_name, m.id"
)


def kind_of(value: object) -> Any:
    """The Python type of a column's value; the driver's UUID is a class of its own."""
    if isinstance(value, list):
        return list[UUID]
    return UUID if isinstance(value, UUID) else type(value) if value is not None else str


def model(name: str, row: asyncpg.Record) -> type[BaseModel]:
    """A pydantic model with the row's columns, so that both ways speak of the same fields."""
    kinds = {key: kind_of(value) for key, value in row.items()}
    return create_model(name, **{key: (kind | None, None) for key, kind in kinds.items()})  # type: ignore[call-overload,no-any-return]


async def formats(db: asyncpg.Connection, postmaster: int, seconds: float) -> dict[str, Cell]:
    """One member of 30 fields and a page of 50 with 15, as bytes ready to send."""
    row = await db.fetchval("select id from members offset 1000 limit 1")
    one = TypeAdapter(model("One", await db.fetchrow(ONE, row)))
    many: TypeAdapter[Any] = TypeAdapter(list[model("Many", (await db.fetch(LIST, "jones"))[0])])  # type: ignore[arg-type,misc]

    def read(sql: str) -> Callable[[], Awaitable[bytes]]:
        async def run() -> bytes:
            return str(await db.fetchval(sql, row)).encode()

        return run

    async def read_model() -> bytes:
        return one.dump_json(one.validate_python(dict(await db.fetchrow(ONE, row))))

    async def read_core() -> bytes:
        return pydantic_core.to_json(dict(await db.fetchrow(ONE, row)))

    async def list_model() -> bytes:
        return many.dump_json(many.validate_python([dict(r) for r in await db.fetch(LIST, "jones")]))

    async def list_core() -> bytes:
        return pydantic_core.to_json([dict(r) for r in await db.fetch(LIST, "jones")])

    def joined(sql: str) -> Callable[[], Awaitable[bytes]]:
        async def run() -> bytes:
            return ("[" + ",".join([r[0] for r in await db.fetch(sql, "jones")]) + "]").encode()

        return run

    built = ", ".join(f"'{part.split('.')[1]}', r.{part.split('.')[1]}" for part in FIELDS.split(", "))
    cells: dict[str, Work] = {
        "read: rows, TypeAdapter": read_model,
        "read: rows, to_json": read_core,
        "read: row_to_json": read(f"select row_to_json(r)::text from ({ONE}) r"),
        "list: rows, TypeAdapter": list_model,
        "list: rows, to_json": list_core,
        "list: row_to_json per row": joined(f"select row_to_json(r)::text from ({LIST}) r"),
        "list: json_build_object per row": joined(f"select json_build_object({built})::text from ({LIST}) r"),
        "list: string_agg": joined(f"select string_agg(row_to_json(r)::text, ',') from ({LIST}) r"),
    }
    return await measure(postmaster, cells, rounds=8, seconds=seconds)
