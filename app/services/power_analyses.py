"""Power analyses: editions of a campaign's map of power. One is a draft at a time; what is agreed stays as it was."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where
from app.core.permissions import Permission
from app.models.power_analyses import PowerAnalysis, PowerAnalysisState
from app.models.power_analyses_shapes import PowerAnalysisDraft, PowerAnalysisUpdate
from app.services.envelopes import seal_rows, texts_of_subjects
from app.services.unit_records import (
    Held,
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
    note,
    read_record,
    take_step,
)

S = PowerAnalysisState


def _nobody(analysis: Mapping[str, Any], _today: date) -> str | None:
    return None if analysis["actors"] else "no_actors"


POWER_ANALYSIS = Lifecycle(
    "power analysis",
    (
        Transition(
            action="agree",
            from_states=frozenset({S.draft}),
            to=S.agreed,
            permission=Permission.organising_run,
            event="power_analysis.agreed",
            path="/v1/power-analyses/{id}/agree",
            guard=_nobody,
        ),
    ),
    state_field="state",
)

_SHOWN = ("campaign_id", "edition", "title", "review_on", "agreed_on", "state", "state_since")
_COUNTED = {
    name: f"(select count(*) from power_{name} counted where counted.analysis_id = w.id)" for name in ("actors", "ties")
}
NOUN = Noun(
    "power analysis",
    PowerAnalysis,
    Listing(
        resource="organising",
        source="power_analyses w",
        key="w.id",
        branch="w.branch_id",
        columns=columns_of("w", *_SHOWN, **_COUNTED),
        sorts={"edition": ("w.edition", "int")},
        facts=facts_of("w", *_SHOWN, **_COUNTED),
    ),
    POWER_ANALYSIS,
)

_CAMPAIGN = """
select c.id, c.name, c.branch_id, (select b.path from branches b where b.id = c.branch_id) as path
from campaigns c where c.id = $1
"""
_LAST = "select id, edition, title, state from power_analyses where campaign_id = $1 order by edition desc limit 1"
_COPY_ACTORS = """
insert into power_actors (id, created_at, updated_at, version, analysis_id, kind, name, decision_maker_id,
  organisation_id, person_id, influence, position, sealed)
select n.id, $1, $1, 1, $2, a.kind, a.name, a.decision_maker_id, a.organisation_id, a.person_id, a.influence,
  a.position, n.sealed
from unnest($3::uuid[], $4::uuid[], $5::bytea[]) n (old, id, sealed) join power_actors a on a.id = n.old
"""
_COPY_TIES = """
insert into power_ties (id, created_at, updated_at, version, analysis_id, from_actor_id, to_actor_id, from_person_id,
  to_person_id, kind, strength, sealed)
select n.id, $1, $1, 1, $2, n.one, n.other, t.from_person_id, t.to_person_id, t.kind, t.strength, n.sealed
from unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::uuid[], $7::uuid[]) n (old, id, sealed, one, other)
join power_ties t on t.id = n.old
"""


class PowerAnalysesQuery(PageQuery):
    """Which editions, the newest first."""

    state: PowerAnalysisState | None = None
    sort: Literal["edition", "-edition"] = "-edition"


class DraftUnderWay(Conflict):
    code = "draft_under_way"
    sentence = "A draft of this campaign's power analysis is under way: agree on that one first."


class NotADraft(Conflict):
    code = "not_a_draft"
    sentence = "What was agreed stays as it was: begin the next edition, and change that."


async def list_power_analyses(session: Session, actor: Actor, campaign_id: UUID, query: PowerAnalysesQuery) -> Body:
    """A page of a campaign's editions. Raises `NotFound` for a campaign out of sight, `CursorInvalid`."""
    if not await session.fetchval("select true from campaigns where id = $1", campaign_id):
        raise NotFound("campaign")
    where = Where()
    where.add("w.campaign_id = {}", campaign_id)
    if query.state is not None:
        where.add("w.state = {}", query.state)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_power_analysis(session: Session, actor: Actor, analysis_id: UUID) -> Answer:
    """One edition. Raises `NotFound`."""
    return answer(actor, await read_record(session, actor, NOUN, analysis_id))


async def draft_power_analysis(session: Session, actor: Actor, campaign_id: UUID, data: PowerAnalysisDraft) -> Answer:
    """Begin the next edition, with what the last one holds. Raises `NotFound`, `Forbidden`, `DraftUnderWay`."""
    campaign = await session.fetchrow(_CAMPAIGN, campaign_id)
    if campaign is None:
        raise NotFound("campaign")
    # A unit that only takes part in a campaign draws no map for it.
    actor.must(Permission.organising_run, campaign["path"] or [])
    # Of two who begin an edition at once the second finds the first one's draft.
    await session.execute("select from campaigns where id = $1 for update", campaign_id)
    last = await session.fetchrow(_LAST, campaign_id)
    if last is not None and last["state"] == S.draft:
        raise DraftUnderWay
    analysis = PowerAnalysis(
        branch_id=campaign["branch_id"],
        campaign_id=campaign_id,
        edition=last["edition"] + 1 if last else 1,
        title=data.title or (last["title"] if last else campaign["name"]),
        review_on=data.review_on,
        state_since=clock.today(),
    )
    made = await add_record(session, actor, NOUN, analysis)
    if last is None or data.empty:
        return made
    await _copy(session, last["id"], analysis.id)
    return await answer_anew(session, actor, NOUN, analysis.id)


async def update_power_analysis(
    session: Session, actor: Actor, analysis_id: UUID, data: PowerAnalysisUpdate, *, version: int
) -> Answer:
    """Give a draft another title, or any edition another day of review. Raises as `hold_record`, `NotADraft`."""
    held = await hold_record(session, actor, NOUN, analysis_id, version=version)
    changes = data.changes()
    if "title" in changes and held.state != S.draft:
        raise NotADraft
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, NOUN, held.id)


async def agree_power_analysis(
    session: Session, actor: Actor, analysis_id: UUID, *, version: int | None = None
) -> Answer:
    """What the campaign works by from now on; the edition before it is superseded. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, analysis_id, "agree", version=version)
    in_force = "select id from power_analyses where campaign_id = $1 and state = 'agreed'"
    for row in await session.fetch(in_force, held.row["campaign_id"]):
        await session.update(PowerAnalysis, row["id"], {"state": S.superseded, "state_since": clock.today()})
        await note(session, actor, NOUN, row["id"], held.branch_id, "power_analysis.superseded")
    await take_step(session, actor, held, "agree", columns={"agreed_on": clock.today()})
    return await answer_anew(session, actor, NOUN, held.id)


async def hold_draft(session: Session, actor: Actor, analysis_id: UUID) -> Held:
    """An edition whose actors and ties are about to change. Raises as `hold_record`, `NotADraft`."""
    held = await hold_record(session, actor, NOUN, analysis_id)
    if held.state != S.draft:
        raise NotADraft
    return held


async def _copy(session: Session, old_id: UUID, new: UUID) -> None:
    """Actors and ties of one edition into another, what is sealed of them sealed anew for its new place."""
    actors = await session.fetch(
        "select id, coalesce(person_id, analysis_id) as subject, person_id, sealed from power_actors "
        "where analysis_id = $1 order by id",
        old_id,
    )
    ties = await session.fetch(
        "select id, from_actor_id, to_actor_id, coalesce(from_person_id, to_person_id, analysis_id) as subject, "
        "coalesce(from_person_id, to_person_id) as person_id, sealed "
        "from power_ties where analysis_id = $1 order by id",
        old_id,
    )
    ids = {row["id"]: new_id() for row in (*actors, *ties)}
    now = clock.now()
    old, made = [row["id"] for row in actors], [ids[row["id"]] for row in actors]
    await session.execute(_COPY_ACTORS, now, new, old, made, await _anew(session, "power_actors", actors, ids, new))
    ends = [[ids[row[end]] for row in ties] for end in ("from_actor_id", "to_actor_id")]
    old, made = [row["id"] for row in ties], [ids[row["id"]] for row in ties]
    await session.execute(_COPY_TIES, now, new, old, made, await _anew(session, "power_ties", ties, ids, new), *ends)


async def _anew(session: Session, table: str, rows: list[Any], ids: Mapping[UUID, UUID], new: UUID) -> list[bytes]:
    said = await texts_of_subjects(session, table, {row["id"]: (row["subject"], row["sealed"]) for row in rows})
    texts = {ids[row["id"]]: (row["person_id"] or new, said[row["id"]]) for row in rows}
    sealed = await seal_rows(session, table, texts)
    return [sealed[ids[row["id"]]] for row in rows]
