"""Objectives of a campaign: set, measured, dropped and taken up again."""

from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.campaigns_objectives import (
    CampaignMeasurement,
    CampaignObjective,
    CampaignObjectiveState,
    ObjectiveCreate,
    ObjectiveMeasure,
    ObjectiveUpdate,
)
from app.services.campaigns import CAMPAIGN, hold_open
from app.services.matters import past
from app.services.unit_records import (
    Noun,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    list_records,
    open_record,
    read_record,
    take_step,
)

S = CampaignObjectiveState


def _step(action: str, source: CampaignObjectiveState, to: CampaignObjectiveState | None, event: str) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({source}),
        to=to,
        permission=Permission.organising_run,
        event=f"objective.{event}",
        path=f"/v1/objectives/{{id}}/{action}",
        required_fields=("value",) if to is None else (),
    )


OBJECTIVE_COURSE = Lifecycle(
    "objective",
    (
        _step("measure", S.pursued, None, "measured"),
        _step("drop", S.pursued, S.dropped, "dropped"),
        _step("restore", S.dropped, S.pursued, "restored"),
    ),
    state_field="state",
)

_SHOWN = ("campaign_id", "name", "name_cy", "unit", "baseline", "target_value", "due_on", "state", "state_since")
_LATEST = (
    "(select t.{} from campaign_measurements t where t.objective_id = o.id order by t.on_day desc, t.id desc limit 1)"
)
#: Without its unit, as the campaigns are.
OBJECTIVE = Noun(
    "objective",
    CampaignObjective,
    Listing(
        resource="organising",
        source="campaign_objectives o",
        key="o.id",
        columns=columns_of(
            "o",
            *_SHOWN,
            latest_value=_LATEST.format("value"),
            latest_on=_LATEST.format("on_day"),
            reached=f"objective_reached(o.baseline, o.target_value, {_LATEST.format('value')})",
        ),
        sorts={"name": ("o.name", "text")},
        facts=facts_of("o", *_SHOWN),
    ),
    OBJECTIVE_COURSE,
)
_MEASURED = ("id", "objective_id", "value", "on_day", "note", "measured_by")
_MEASUREMENTS = Listing(
    resource="organising",
    source="campaign_measurements t",
    key="t.id",
    columns={**{name: f"t.{name}" for name in _MEASURED}, "created_at": "utc(t.created_at)"},
    sorts={"on_day": ("t.on_day", "date")},
)


class ObjectivesQuery(PageQuery):
    """Objectives by name."""

    state: CampaignObjectiveState | None = Field(default=None, description="Only those pursued, or those dropped.")


class MeasurementsQuery(PageQuery):
    """What was measured, the latest day first."""


async def create_objective(session: Session, actor: Actor, campaign_id: UUID, data: ObjectiveCreate) -> Answer:
    """Set an objective. Raises `NotFound`, `Forbidden`, `CampaignClosed`."""
    held = await hold_open(session, actor, campaign_id)
    entity = CampaignObjective(
        branch_id=held.branch_id, campaign_id=campaign_id, **data.model_dump(), state_since=clock.today()
    )
    return await add_record(session, actor, OBJECTIVE, entity)


async def list_objectives(session: Session, actor: Actor, campaign_id: UUID, query: ObjectivesQuery) -> Body:
    """A page of a campaign's objectives. Raises `NotFound`, `CursorInvalid`."""
    await open_record(session, actor, CAMPAIGN, campaign_id)
    where = Where()
    where.add("o.campaign_id = {}", campaign_id)
    if query.state is not None:
        where.add("o.state = {}", query.state)
    return await list_records(session, actor, OBJECTIVE, where, query, sort="name")


async def get_objective(session: Session, actor: Actor, objective_id: UUID) -> Answer:
    """An objective. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, OBJECTIVE, objective_id))


async def change_objective(
    session: Session, actor: Actor, objective_id: UUID, data: ObjectiveUpdate, *, version: int
) -> Answer:
    """Correct an objective. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `CampaignClosed`."""
    held = await hold_record(session, actor, OBJECTIVE, objective_id, version=version)
    await hold_open(session, actor, held.row["campaign_id"])
    await change_record(session, actor, held, data.changes())
    return await answer_anew(session, actor, OBJECTIVE, objective_id)


async def measure_objective(
    session: Session, actor: Actor, objective_id: UUID, data: ObjectiveMeasure, *, version: int | None = None
) -> Answer:
    """Record what was measured, also after the campaign. Raises as `begin_step`, and `Invalid` for a day to come."""
    held = await begin_step(session, actor, OBJECTIVE, objective_id, "measure", version=version)
    measurement = CampaignMeasurement(
        objective_id=objective_id,
        value=data.value,
        on_day=past(data.on_day, "/on_day"),
        note=data.note,
        measured_by=actor.account_id,
    )
    await session.insert(measurement)
    await take_step(session, actor, held, "measure")
    return await answer_anew(session, actor, OBJECTIVE, objective_id)


async def list_measurements(session: Session, actor: Actor, objective_id: UUID, query: MeasurementsQuery) -> Body:
    """A page of what was measured. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    await read_record(session, actor, OBJECTIVE, objective_id, "measurements")
    where = Where()
    where.add("t.objective_id = {}", objective_id)
    return await list_page(session, actor, _MEASUREMENTS, where, query, sort="-on_day")


async def drop_objective(session: Session, actor: Actor, objective_id: UUID, *, version: int | None = None) -> Answer:
    """Pursue it no longer. Raises as `begin_step`, and `CampaignClosed`."""
    return await _move(session, actor, objective_id, "drop", version)


async def restore_objective(
    session: Session, actor: Actor, objective_id: UUID, *, version: int | None = None
) -> Answer:
    """Pursue it again. Raises as `begin_step`, and `CampaignClosed`."""
    return await _move(session, actor, objective_id, "restore", version)


async def _move(session: Session, actor: Actor, objective_id: UUID, action: str, version: int | None) -> Answer:
    held = await begin_step(session, actor, OBJECTIVE, objective_id, action, version=version)
    await hold_open(session, actor, held.row["campaign_id"])
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, OBJECTIVE, objective_id)
