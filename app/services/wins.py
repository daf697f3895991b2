"""Wins: claimed, verified by somebody else, withdrawn; and how many there are."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import charts, clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.lifecycle import Guard, Lifecycle, Record, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.members import Language, LegalDate
from app.models.reference_data import words_of
from app.models.wins import (
    Win,
    WinClaim,
    WinCounts,
    WinFigures,
    WinLevel,
    WinsOfCampaign,
    WinsOfLevel,
    WinState,
    WinUpdate,
    WinWithdraw,
)
from app.services.access import record_read
from app.services.matters import past
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    read_record,
    take_step,
)

S = WinState
#: Of more campaigns than these the figures say nothing that can be read.
MOST_CAMPAIGNS = 200


def _by_another(record: Record, _today: date) -> str | None:
    return "own_claim" if record["is_own_claim"] else None


def _step(
    action: str, sources: set[WinState], to: WinState, guard: Guard | None = None, required: tuple[str, ...] = ()
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"win.{to}",
        path=f"/v1/wins/{{id}}/{action}",
        guard=guard,
        required_fields=required,
    )


WIN_COURSE = Lifecycle(
    "win",
    (
        _step("verify", {S.claimed}, S.verified, _by_another),
        _step("withdraw", {S.claimed, S.verified}, S.withdrawn, required=("reason",)),
    ),
    state_field="state",
)

_SHOWN = (
    "campaign_id", "action_id", "what", "who_benefits", "people_benefiting", "level", "won_on", "evidence",
    "evidence_url", "claimed_by", "verified_by", "verified_on", "state", "state_since", "withdrawn_reason",
)  # fmt: skip
WIN = Noun(
    "win",
    Win,
    Listing(
        resource="organising",
        source="wins w",
        key="w.id",
        branch="w.branch_id",
        columns=columns_of("w", *_SHOWN),
        sorts={"won_on": ("w.won_on", "date")},
        facts=facts_of("w", *_SHOWN, is_own_claim="w.claimed_by = (select acting_account())"),
    ),
    WIN_COURSE,
)

_COUNTED = """
count(*) filter (where w.state = 'claimed') as claimed, count(*) filter (where w.state = 'verified') as verified,
  coalesce(sum(w.people_benefiting), 0)::bigint as people_benefiting
"""
_TOTAL = f"select {_COUNTED} from wins w where {{where}}"
_BY_LEVEL = f"select w.level, {_COUNTED} from wins w where {{where}} group by w.level"
_BY_CAMPAIGN = f"""
select w.campaign_id, c.name, {_COUNTED} from wins w left join campaigns c on c.id = w.campaign_id
where {{where}} group by w.campaign_id, c.name order by count(*) desc, w.campaign_id limit {MOST_CAMPAIGNS}
"""


class NotClaimed(Conflict):
    """What was verified, or withdrawn, stays as it was said."""

    code = "not_claimed"
    sentence = "Only a claim that is not verified yet is changed."


class WinsQuery(UnitQuery):
    """Which wins, the latest first."""

    campaign_id: UUID | None = Field(default=None, description="Only those of this campaign.")
    action_id: UUID | None = Field(default=None, description="Only those of this action.")
    level: WinLevel | None = Field(default=None, description="Only those that reach so far.")
    state: WinState | None = Field(default=None, description="Only those in this state.")
    won_from: LegalDate | None = Field(default=None, description="Won on this day or later.")
    won_before: LegalDate | None = Field(default=None, description="Won before this day.")
    sort: Literal["won_on", "-won_on"] = Field(default="-won_on", description="By day, up or down.")


class WinFiguresQuery(BaseModel):
    """Of which wins."""

    model_config = ConfigDict(extra="forbid")

    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")
    won_from: LegalDate | None = Field(default=None, description="Won on this day or later.")
    won_before: LegalDate | None = Field(default=None, description="Won before this day.")


async def claim_win(session: Session, actor: Actor, data: WinClaim) -> Answer:
    """Claim a win.

    Raises `NotFound` for a unit out of sight, `Forbidden`, and `Invalid` for what is out of sight, or a day to come.
    """
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    said = data.model_dump(exclude={"won_on"})
    won_on = past(data.won_on, "/won_on")
    await _must_see_all(session, said)
    entity = Win(**said, won_on=won_on, claimed_by=actor.account_id, state_since=clock.today())
    return await add_record(session, actor, WIN, entity)


async def _must_see_all(session: Session, said: dict[str, Any]) -> None:
    await must_see(session, "campaigns", said.get("campaign_id"), "/campaign_id")
    await must_see(session, "actions", said.get("action_id"), "/action_id")


async def list_wins(session: Session, actor: Actor, query: WinsQuery) -> Body:
    """A page of the wins in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "w")
    for name in ("campaign_id", "action_id", "level", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"w.{name} = {{}}", value)
    _between(where, query.won_from, query.won_before)
    return await list_records(session, actor, WIN, where, query, sort=query.sort)


def _between(where: Where, won_from: date | None, won_before: date | None) -> None:
    if won_from is not None:
        where.add("w.won_on >= {}", won_from)
    if won_before is not None:
        where.add("w.won_on < {}", won_before)


async def get_win(session: Session, actor: Actor, win_id: UUID) -> Answer:
    """A win. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, WIN, win_id))


async def change_win(session: Session, actor: Actor, win_id: UUID, data: WinUpdate, *, version: int) -> Answer:
    """Correct a claim. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `NotClaimed`, `Invalid`."""
    held = await hold_record(session, actor, WIN, win_id, version=version)
    if held.state != S.claimed:
        raise NotClaimed
    changes = data.changes()
    if "won_on" in changes:
        past(changes["won_on"], "/won_on")
    await _must_see_all(session, changes)
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, WIN, win_id)


async def verify_win(session: Session, actor: Actor, win_id: UUID, *, version: int | None = None) -> Answer:
    """Confirm what somebody else has claimed. Raises as `begin_step`."""
    held = await begin_step(session, actor, WIN, win_id, "verify", version=version)
    columns = {"verified_by": actor.account_id, "verified_on": clock.today()}
    await take_step(session, actor, held, "verify", columns=columns)
    return await answer_anew(session, actor, WIN, win_id)


async def withdraw_win(
    session: Session, actor: Actor, win_id: UUID, data: WinWithdraw, *, version: int | None = None
) -> Answer:
    """Claim it no longer. Raises as `begin_step`."""
    held = await begin_step(session, actor, WIN, win_id, "withdraw", version=version)
    await take_step(session, actor, held, "withdraw", columns={"withdrawn_reason": data.reason})
    return await answer_anew(session, actor, WIN, win_id)


async def get_figures(session: Session, actor: Actor, query: WinFiguresQuery) -> WinFigures:
    """How many wins there are in reach, without those withdrawn. That it was asked is logged."""
    await record_read(session, actor, WIN.resource, purpose="figures:win", branch_id=query.branch_id)
    where = Where()
    UnitQuery(branch_id=query.branch_id).narrow(where, "w")
    where.add("w.state <> 'withdrawn'")
    _between(where, query.won_from, query.won_before)
    total = await session.fetchrow(_TOTAL.format(where=where.sql), *where.values)
    assert total is not None, "a query of counts gives a row"
    of_levels = await session.fetch(_BY_LEVEL.format(where=where.sql), *where.values)
    levels = {row["level"]: row for row in of_levels}
    none = {"claimed": 0, "verified": 0, "people_benefiting": 0}
    campaigns = await session.fetch(_BY_CAMPAIGN.format(where=where.sql), *where.values)
    return WinFigures(
        total=WinCounts(**total),
        by_level=[WinsOfLevel(**{**none, **levels.get(level, {}), "level": level}) for level in WinLevel],
        by_campaign=[WinsOfCampaign(**row) for row in campaigns],
    )


async def draw_figures(session: Session, actor: Actor, query: WinFiguresQuery) -> bytes:
    """The figures by how far a win reaches, as SVG."""
    levels = (await get_figures(session, actor, query)).by_level
    told = [words_of(level.level, Language.english) for level in levels]
    series = {
        words_of(state, Language.english): [getattr(level, state.value) for level in levels]
        for state in (S.verified, S.claimed)
    }
    return charts.bars("Wins by how far they reach", told, series)
