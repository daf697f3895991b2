"""Strategic partnerships: proposed, agreed, ended."""

from typing import Any, Literal
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.strategic_partnerships import (
    PartnershipEnd,
    PartnershipPropose,
    PartnershipState,
    StrategicPartnership,
)
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    must_see,
    read_record,
    take_step,
)

S = PartnershipState


def _step(action: str, sources: set[PartnershipState], to: PartnershipState) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"strategic_partnership.{to}",
        path=f"/v1/strategic-partnerships/{{id}}/{action}",
    )


PARTNERSHIP = Lifecycle(
    "strategic partnership",
    (_step("agree", {S.proposed}, S.agreed), _step("end", {S.proposed, S.agreed}, S.ended)),
    state_field="state",
)
_SHOWN = (
    "organisation_id", "campaign_id", "purpose", "starts_on", "ends_on", "annual_income_pence", "state", "state_since",
)  # fmt: skip
NOUN = Noun(
    "strategic partnership",
    StrategicPartnership,
    Listing(
        resource="organising",
        source="strategic_partnerships s",
        key="s.id",
        branch="s.branch_id",
        columns=columns_of("s", *_SHOWN),
        sorts={"starts_on": ("s.starts_on", "date")},
        facts=facts_of("s", *_SHOWN),
    ),
    PARTNERSHIP,
)


class PartnershipsQuery(UnitQuery):
    """Which partnerships, the newest first."""

    organisation_id: UUID | None = None
    campaign_id: UUID | None = None
    state: PartnershipState | None = None
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


async def propose_partnership(session: Session, actor: Actor, data: PartnershipPropose) -> Answer:
    """Raises `NotFound` for a unit out of sight, `Forbidden`, `Invalid`."""
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    await must_see(session, "campaigns", data.campaign_id, "/campaign_id")
    entity = StrategicPartnership(**data.model_dump(), state_since=clock.today())
    return await add_record(session, actor, NOUN, entity)


async def list_partnerships(session: Session, actor: Actor, query: PartnershipsQuery) -> Body:
    """A page of the partnerships in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "s")
    for name in ("organisation_id", "campaign_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"s.{name} = {{}}", value)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_partnership(session: Session, actor: Actor, partnership_id: UUID) -> Answer:
    """One partnership. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, NOUN, partnership_id))


async def agree_partnership(
    session: Session, actor: Actor, partnership_id: UUID, *, version: int | None = None
) -> Answer:
    """Both have agreed. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, partnership_id, "agree", version=version)
    await take_step(session, actor, held, "agree")
    return await answer_anew(session, actor, NOUN, partnership_id)


async def end_partnership(
    session: Session, actor: Actor, partnership_id: UUID, data: PartnershipEnd, *, version: int | None = None
) -> Answer:
    """End it, on a day that is not to come. Raises `Invalid`, and as `begin_step`."""
    today = clock.today()
    ends_on = data.ends_on or today
    held = await begin_step(session, actor, NOUN, partnership_id, "end", version=version)
    if not held.row["starts_on"] <= ends_on <= today:
        raise Invalid.at("/ends_on", "not_within", "It ends on a day since its beginning, and not on one to come.")
    columns: dict[str, Any] = {"ends_on": ends_on}
    await take_step(session, actor, held, "end", columns=columns)
    return await answer_anew(session, actor, NOUN, partnership_id)
