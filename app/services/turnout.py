"""Turnout: promised by each institution that takes part, counted of each; as data and as a picture."""

from collections import defaultdict
from uuid import UUID

from app.core import charts, clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.models.turnout import (
    OrganisationTurnout,
    PromiseKept,
    TurnoutCount,
    TurnoutFigure,
    TurnoutKind,
    TurnoutPromise,
    TurnoutRead,
)
from app.services.actions import ACTION, COURSE, has_begun
from app.services.actions_parts import takes_part
from app.services.actions_turnout import figures, figures_of, reckon
from app.services.unit_records import begin_step, note, open_record, read_record

#: A picture has room for so many institutions: those that promised most.
MOST_BARS = 30
#: How many promises of one institution are told, the latest.
MOST_PROMISES = 50

_PROMISES = """
select organisation_id, promised, on_day, recorded_by from (
  select t.organisation_id, t.people as promised, t.on_day, t.recorded_by, row_number() over (
    partition by t.organisation_id order by t.created_at desc, t.id desc) as place
  from action_turnout t where t.action_id = $1 and t.kind = 'promised'
) told where place <= $2 order by organisation_id, place
"""


async def promise_turnout(session: Session, actor: Actor, action_id: UUID, data: TurnoutPromise) -> TurnoutRead:
    """An institution promises how many it brings. Raises `Invalid` for one that takes no part, and as `begin_step`."""
    return await _record(
        session, actor, action_id, "promise", TurnoutKind.promised, data.organisation_id, data.promised
    )


async def count_turnout(session: Session, actor: Actor, action_id: UUID, data: TurnoutCount) -> TurnoutRead:
    """How many of an institution came, counted by hand. Raises as `promise_turnout`, also before it has begun."""
    return await _record(session, actor, action_id, "count", TurnoutKind.counted, data.organisation_id, data.counted)


async def get_turnout(session: Session, actor: Actor, action_id: UUID) -> TurnoutRead:
    """Turnout of an action, of all and of each institution. Raises `NotFound`. The read is logged."""
    await read_record(session, actor, ACTION, action_id, "turnout")
    return await _told(session, actor, action_id)


async def draw_turnout(session: Session, actor: Actor, action_id: UUID) -> bytes:
    """The same as a picture: promised and counted side by side. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, ACTION, action_id, "turnout")
    told = await _told(session, actor, action_id)
    shown = sorted(told.organisations, key=lambda one: -one.promised)[:MOST_BARS]
    title = f"Turnout on {clock.day_of(held.row['starts_at']):%-d %B %Y}: {held.row['name']}"
    series: dict[str, list[float | None]] = {
        "Promised": [one.promised for one in shown],
        "Counted": [one.counted for one in shown],
    }
    return charts.bars(title, [one.name or "–" for one in shown], series)


async def _record(
    session: Session,
    actor: Actor,
    action_id: UUID,
    action: str,
    kind: TurnoutKind,
    organisation_id: UUID,
    people: int,
) -> TurnoutRead:
    held = await begin_step(session, actor, ACTION, action_id, action)
    if await takes_part(session, action_id, organisation_id) is None:
        raise Invalid.at("/organisation_id", "not_taking_part", "Let the institution take part first.")
    figure = TurnoutFigure(
        action_id=action_id,
        organisation_id=organisation_id,
        kind=kind,
        people=people,
        on_day=clock.today(),
        recorded_by=actor.account_id,
    )
    await session.insert(figure)
    event = next(step.event for step in COURSE.transitions if step.action == action)
    fields = {"organisation_id": str(organisation_id), "people": people}
    await note(session, actor, ACTION, action_id, held.branch_id, event, fields=fields)
    return await _told(session, actor, action_id)


async def _told(session: Session, actor: Actor, action_id: UUID) -> TurnoutRead:
    held = await open_record(session, actor, ACTION, action_id)
    rows, others = await figures_of(session, action_id)
    total, each = reckon(figures(rows), begun=has_begun(held.row))
    promises: defaultdict[UUID, list[PromiseKept]] = defaultdict(list)
    for row in await session.fetch(_PROMISES, action_id, MOST_PROMISES):
        promises[row["organisation_id"]].append(PromiseKept.model_validate(dict(row)))
    organisations = [
        OrganisationTurnout(
            organisation_id=row["organisation_id"],
            name=row["name"],
            promised=one.promised,
            counted=one.counted,
            counted_how=one.how,
            checked_in=row["checked_in"],
            percent=one.percent,
            promises=promises[row["organisation_id"]],
        )
        for row, one in zip(rows, each, strict=True)
    ]
    return TurnoutRead(
        action_id=action_id,
        promised=total.promised,
        counted=total.counted,
        percent=total.percent,
        others=others,
        organisations=organisations,
    )
