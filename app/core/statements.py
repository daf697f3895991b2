"""The SQL of the writing face, generated once from the tables' metadata."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table


@cache
def insert_sql(table: Table) -> tuple[str, Sequence[str]]:
    columns = [column.key for column in table.columns if column.computed is None and column.identity is None]
    values = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return f"insert into {table.name} ({', '.join(columns)}) values ({values})", columns


@cache
def insert_many_sql(table: Table) -> tuple[str, Sequence[str]]:
    columns = insert_sql(table)[1]
    names = ", ".join(columns)
    source = f"jsonb_populate_recordset(null::{table.name}, $1::text::jsonb)"
    return f"insert into {table.name} ({names}) select {names} from {source}", columns


def default_of(model: type[SQLModel], column: str) -> Callable[[], object]:
    field = model.model_fields[column]
    return cast("Callable[[], object]", field.default_factory) if field.default_factory else lambda: field.default


@cache
def update_sql(table: Table, columns: tuple[str, ...], versioned: bool) -> str:
    changes = "".join(f", {table.columns[column].name} = ${n}" for n, column in enumerate(columns, start=3))
    condition = f" and version = ${len(columns) + 3}" if versioned else ""
    return (
        f"update {table.name} set version = version + 1, updated_at = $2{changes} "
        f"where id = $1{condition} returning version"
    )
