"""How everything stands in the database: what was refused has changed none of it."""

from functools import cache
from typing import Any

from sqlmodel import SQLModel

from tests.world import Api

#: Attempts and denials are written whatever becomes of the request, and reads are logged: all else stands still.
NOT_COUNTED = {"throttles", "access_log"}


@cache
def _counting() -> str:
    counted = [table for table in SQLModel.metadata.sorted_tables if table.name not in NOT_COUNTED]
    assert len(counted) > 50
    parts = [
        f"(select count(*){' + sum(version)' if 'version' in table.columns else ''} from {table.name}"
        f"{' where action <> $$denied$$' if table.name == 'audit_entries' else ''}) as {table.name}"
        for table in counted
    ]
    return f"select {', '.join(parts)}"


async def state(api: Api) -> dict[str, Any]:
    """How many rows each table has, and the sum of their versions."""
    return dict(await api.row(_counting()))
