"""Targets of organisers, set by their supervisors: how many one-to-ones a working day, and at which hours."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.cadence import CadenceTarget, CadenceTargetSet
from app.services.cadence import records_meetings
from app.services.rights import holders_at
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
)

_SHOWN = ("account_id", "per_day_tenths", "fte_percent", "from_day")
TARGET = Noun(
    "cadence target",
    CadenceTarget,
    Listing(
        resource="supervision",
        source="cadence_targets t",
        key="t.id",
        branch="t.branch_id",
        columns=columns_of("t", *_SHOWN),
        sorts={"from_day": ("t.from_day", "date")},
        facts=facts_of("t", *_SHOWN),
    ),
    change=Permission.supervision_set,
)


class TargetsQuery(UnitQuery):
    """Which targets, the latest first."""

    account_id: UUID | None = Field(default=None, description="Only those of this organiser.")
    sort: Literal["from_day", "-from_day"] = Field(default="-from_day", description="By the day from which it holds.")


async def set_target(session: Session, actor: Actor, data: CadenceTargetSet) -> Answer:
    """Say what is expected of an organiser from a day on; what held before still holds for the days before.

    Raises `NotFound`, `Forbidden`, and `Invalid` for whoever records no meetings there.
    """
    await judge_unit(session, actor, data.branch_id, Permission.supervision_set)
    below = await session.fetch("select id from branches where path @> array[$1::uuid]", data.branch_id)
    async with session.as_role("rollbook_auth"):
        holders = await holders_at(session, [row["id"] for row in below])
    if not any(row["account_id"] == data.account_id and records_meetings(row["role"]) for row in holders):
        raise Invalid.at("/account_id", "unknown_account", "Name somebody who records one-to-ones in this unit.")
    return await add_record(session, actor, TARGET, CadenceTarget(**data.model_dump()))


async def list_targets(session: Session, actor: Actor, query: TargetsQuery) -> Body:
    """A page of the targets in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "t")
    if query.account_id is not None:
        where.add("t.account_id = {}", query.account_id)
    return await list_records(session, actor, TARGET, where, query, sort=query.sort)
