"""Stories: kept with consent, used as far as it goes, and gone once it is taken back; where they stand is known."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.paging import Answer, Body, Decorate, Listing, Where
from app.core.permissions import Permission
from app.models.consents_to_use import ConsentedUse, ConsentGiven
from app.models.stories import Story, StoryCreate, StoryState, StoryTakeDown, StoryUse, StoryUseCreate
from app.models.testimonies import ConsentWithdrawal
from app.services.consents_to_use import (
    CONSENT_FACTS,
    consent_columns,
    consent_sql,
    in_force_sql,
    is_in_force,
    must_allow,
)
from app.services.contacts import must_see_person
from app.services.envelopes import seal_texts, texts_of_rows, texts_of_subjects, unseal_texts
from app.services.guardians import must_have_guardian
from app.services.matters import past
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    note,
    read_record,
    take_step,
)

P = Permission
TABLE, USES = "stories", "story_uses"
USES_SHOWN = 200


def _consented(record: Record, today: date) -> str | None:
    return None if is_in_force(record, today) else "no_consent"


def _act(action: str, to: StoryState | None, event: str, required: tuple[str, ...], guard: Any = None) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({StoryState.kept}),
        to=to,
        permission=P.meetings_record,
        event=f"story.{event}",
        path=f"/v1/stories/{{id}}/{action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


STORY_COURSE = Lifecycle(
    "story",
    (
        _act("use", None, "used", ("use", "where"), _consented),
        _act("renew_consent", None, "consent_renewed", ("uses", "wording")),
        _act("withdraw_consent", StoryState.withdrawn, "consent_withdrawn", ()),
    ),
    state_field="state",
)

_SHOWN = ("person_id", "organisation_id", "campaign_id", "told_on", "written_by", "state", "state_since")
_STANDING = "from story_uses u where u.story_id = s.id and u.taken_down_on is null"
STORY = Noun(
    "story",
    Story,
    Listing(
        resource="meetings",
        source="stories s",
        key="s.id",
        branch="s.branch_id",
        columns=columns_of(
            "s",
            *_SHOWN,
            consent=consent_sql("s"),
            uses_to_take_down=f"case when {in_force_sql('s')} then 0 else (select count(*) {_STANDING}) end",
        ),
        sorts={"told_on": ("s.told_on", "date")},
        facts=facts_of("s", *_SHOWN, *CONSENT_FACTS, "sealed"),
    ),
    STORY_COURSE,
    P.meetings_record,
)
_USES = """
select u.id, u.use, u.on_day, u.used_by, u.taken_down_on, u.sealed from story_uses u
where u.story_id = $1 order by u.on_day desc, u.id desc limit $2
"""
_USE = "select on_day, taken_down_on from story_uses where story_id = $1 and id = $2"
_TAKE_DOWN = "update story_uses set taken_down_on = $2 where id = $1"


class TakenDown(Conflict):
    code = "taken_down_already"
    sentence = "The story was taken down there before."


class StoriesQuery(UnitQuery):
    """Which stories, the latest first."""

    person_id: UUID | None = Field(default=None, description="Only those of this person.")
    organisation_id: UUID | None = Field(default=None, description="Only those of this organisation.")
    campaign_id: UUID | None = Field(default=None, description="Only those of this campaign.")
    state: StoryState | None = Field(default=None, description="Kept, or withdrawn.")
    use: ConsentedUse | None = Field(default=None, description="Only those that may be used for this today.")
    to_take_down: bool = Field(default=False, description="Only those that still stand somewhere without consent.")
    sort: Literal["told_on", "-told_on"] = Field(default="-told_on", description="By day, up or down.")


async def create_story(session: Session, actor: Actor, data: StoryCreate) -> Answer:
    """Keep a story with the consent to tell it.

    Raises `NotFound` for a unit out of sight, `Forbidden`, `KeyDestroyed` for somebody erased, and `Invalid` for what
    is out of sight, days to come, or a minor without a guardian's consent.
    """
    await judge_unit(session, actor, data.branch_id, P.meetings_record)
    if data.person_id is not None:
        await must_see_person(session, data.person_id, "/person_id")
        await must_have_guardian(session, data.person_id, "/person_id")
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    await must_see(session, "campaigns", data.campaign_id, "/campaign_id")
    said = data.model_dump(include={"branch_id", "person_id", "organisation_id", "campaign_id"})
    entity = Story(
        **said,
        told_on=past(data.told_on, "/told_on"),
        written_by=actor.account_id,
        state_since=clock.today(),
        sealed=b"",
        **consent_columns(data.consent),
    )
    texts = {"title": data.title, "text": data.text}
    entity.sealed = await seal_texts(session, data.person_id or entity.id, TABLE, entity.id, texts)
    return await add_record(session, actor, STORY, entity)


async def list_stories(session: Session, actor: Actor, query: StoriesQuery) -> Body:
    """A page of the stories in reach, with their titles while consent holds. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "s")
    for name in ("person_id", "organisation_id", "campaign_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"s.{name} = {{}}", value)
    if query.use is not None:
        where.add(f"{{}} = any (s.consent_uses) and {in_force_sql('s')}", query.use)
    if query.to_take_down:
        where.add(f"not {in_force_sql('s')} and exists (select {_STANDING})")

    async def with_titles(rows: list[asyncpg.Record]) -> Decorate:
        today = clock.today()
        open_rows = {row["id"]: (_subject(row), row["sealed"]) for row in rows if is_in_force(row, today)}
        texts = await texts_of_subjects(session, TABLE, open_rows)
        return lambda row: {"title": texts.get(row["id"], {}).get("title")}

    return await list_records(session, actor, STORY, where, query, sort=query.sort, prepare=with_titles)


def _subject(row: Mapping[str, Any]) -> UUID:
    """Under whose key a story lies: the person's, or its own."""
    found: UUID = row["person_id"] or row["id"]
    return found


async def get_story(session: Session, actor: Actor, story_id: UUID) -> Answer:
    """A story as it was told, as long as its consent holds, and its uses. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, STORY, story_id)
    texts: dict[str, Any] = {}
    if is_in_force(held.row, clock.today()):
        texts = await unseal_texts(session, _subject(held.row), TABLE, held.id, held.row["sealed"])
    told = {"title": texts.get("title"), "text": texts.get("text"), "uses": await _uses(session, held)}
    return answer(actor, held, told)


async def _uses(session: Session, held: Held) -> list[dict[str, Any]]:
    rows = await session.fetch(_USES, held.id, USES_SHOWN)
    texts = await texts_of_rows(session, _subject(held.row), USES, {row["id"]: row["sealed"] for row in rows})
    shown = ("id", "use", "on_day", "used_by", "taken_down_on")
    return [{**{name: row[name] for name in shown}, "where": texts[row["id"]].get("where")} for row in rows]


async def use_story(
    session: Session, actor: Actor, story_id: UUID, data: StoryUseCreate, *, version: int | None = None
) -> Answer:
    """Record a use, which the consent must allow on its day.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ConsentWithdrawn`, `NoConsentForUse`, and `Invalid` for a day
    to come, or a minor whose guardian no longer consents.
    """
    held = await hold_record(session, actor, STORY, story_id, version=version)
    on_day = past(data.on_day, "/on_day")
    must_allow(held.row, data.use, on_day)
    if held.row["person_id"] is not None:
        await must_have_guardian(session, held.row["person_id"], "/use")
    use = StoryUse(story_id=held.id, use=data.use, on_day=on_day, used_by=actor.account_id, sealed=b"")
    use.sealed = await seal_texts(session, _subject(held.row), USES, use.id, {"where": data.where})
    await session.insert(use)
    await take_step(session, actor, held, "use")
    return await answer_anew(session, actor, STORY, story_id)


async def take_down_story(session: Session, actor: Actor, story_id: UUID, use_id: UUID, data: StoryTakeDown) -> Answer:
    """Record that a story is shown no longer where it was used.

    Raises `NotFound`, `Forbidden`, `TakenDown`, and `Invalid` for a day before the use, or to come.
    """
    held = await hold_record(session, actor, STORY, story_id)
    use = await session.fetchrow(_USE, story_id, use_id)
    if use is None:
        raise NotFound("use of the story")
    if use["taken_down_on"] is not None:
        raise TakenDown
    day = past(data.on_day, "/on_day")
    if day < use["on_day"]:
        raise Invalid.at("/on_day", "ends_before_start", "It is taken down on the day of its use, or later.")
    await session.execute(_TAKE_DOWN, use_id, day)
    await session.update(Story, story_id, {})
    await note(session, actor, STORY, story_id, held.branch_id, "story.taken_down")
    return await answer_anew(session, actor, STORY, story_id)


async def renew_consent(
    session: Session, actor: Actor, story_id: UUID, data: ConsentGiven, *, version: int | None = None
) -> Answer:
    """Put another consent in the place of the one that was given.

    Raises as `begin_step`, and `Invalid` for a day to come, or an end before the beginning.
    """
    held = await begin_step(session, actor, STORY, story_id, "renew_consent", version=version)
    await take_step(session, actor, held, "renew_consent", columns=consent_columns(data, ""))
    return await answer_anew(session, actor, STORY, story_id)


async def withdraw_consent(
    session: Session, actor: Actor, story_id: UUID, data: ConsentWithdrawal, *, version: int | None = None
) -> Answer:
    """Record that the consent is taken back. The story goes for good; where it was used stays on record.

    Raises as `begin_step`, and `Invalid` for a day before the consent, or to come.
    """
    held = await begin_step(session, actor, STORY, story_id, "withdraw_consent", version=version)
    day = past(data.withdrawn_on, "/withdrawn_on")
    if day < held.row["consent_given_on"]:
        raise Invalid.at("/withdrawn_on", "before_given", "A consent is withdrawn after it was given.")
    await take_step(session, actor, held, "withdraw_consent", columns={"consent_withdrawn_on": day, "sealed": b""})
    return await answer_anew(session, actor, STORY, story_id)
