"""What the team does with a breach until nothing is left to do."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer
from app.models.breach_verbs import (
    Assessing,
    BreachPatch,
    Closing,
    Containing,
    NotNotifying,
    NotTellingPeople,
    Reopening,
    TellingPeople,
)
from app.models.breaches import Breach, BreachState
from app.models.data_complaint_shapes import Noting
from app.models.request_verbs import SteppingAside
from app.services.breaches.facts import BREACH_MATTER
from app.services.breaches.intake import WORDS, check_moments, past_moment
from app.services.breaches.risk import reveals_special
from app.services.changes import changed_fields
from app.services.deadlines import breach_notification
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import Held, answer_anew, begin_step, hold_matter, note, take_step
from app.services.rights_requests import acts as requests


class BreachClosed(Conflict):
    code = "breach_closed"
    sentence = "This breach is closed: reopen it first."


async def change_breach(session: Session, actor: Actor, breach_id: UUID, data: BreachPatch, *, version: int) -> Answer:
    """Put down what has become known. Raises `BreachClosed`, `Invalid`, and as `hold_matter`.

    The 72 hours are counted anew where the moment of awareness was put right.
    """
    held = await hold_matter(session, actor, BREACH_MATTER, breach_id, version=version)
    if held.state == BreachState.closed:
        raise BreachClosed
    said = data.changes()
    columns = {name: value for name, value in said.items() if name not in WORDS}
    if "categories" in columns and "special_category" not in columns:
        columns["special_category"] = held.row["special_category"] or reveals_special(columns["categories"])
    check_moments({**held.row, **columns})
    if "aware_at" in columns:
        columns["due_at"] = breach_notification(columns["aware_at"])
        if held.row["notified_at"] is not None:
            columns["notified_late"] = columns["due_at"] < held.row["notified_at"]
    words = {name: value for name, value in said.items() if name in WORDS}
    await _keep_words(session, held, words, columns)
    fields = {**changed_fields(Breach, columns, held.row), **dict.fromkeys(words, True)}
    await note(session, actor, held.id, "breach.changed", fields=fields)
    return await answer_anew(session, actor, BREACH_MATTER, breach_id)


async def contain(
    session: Session, actor: Actor, breach_id: UUID, data: Containing, *, version: int | None = None
) -> Answer:
    """It does not go on. Raises `Invalid`, and as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "contain", version=version)
    at = past_moment(data.contained_at, "/contained_at")
    check_moments({**held.row, "contained_at": at})
    return await _take(session, actor, held, "contain", {"contained_at": at}, {"text": data.text})


async def assess(
    session: Session, actor: Actor, breach_id: UUID, data: Assessing, *, version: int | None = None
) -> Answer:
    """Say how likely a risk is, and why. Raises as `begin_step`."""
    return await _assess(session, actor, breach_id, "assess", data, version)


async def reassess(
    session: Session, actor: Actor, breach_id: UUID, data: Assessing, *, version: int | None = None
) -> Answer:
    """Assess anew what was reported to the Commissioner. Raises as `begin_step`."""
    return await _assess(session, actor, breach_id, "reassess", data, version)


async def _assess(
    session: Session, actor: Actor, breach_id: UUID, action: str, data: Assessing, version: int | None
) -> Answer:
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, action, version=version)
    columns = {"risk": data.risk, "assessed_on": clock.today()}
    return await _take(session, actor, held, action, columns, {"risk": data.risk.value, "text": data.text})


async def not_notify(
    session: Session, actor: Actor, breach_id: UUID, data: NotNotifying, *, version: int | None = None
) -> Answer:
    """Decide not to tell the Commissioner, since a risk is unlikely; the reasons are kept. Raises as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "not_notify", version=version)
    return await _take(session, actor, held, "not_notify", {}, {"text": data.text})


async def tell_people(
    session: Session, actor: Actor, breach_id: UUID, data: TellingPeople, *, version: int | None = None
) -> Answer:
    """The people concerned were told. Raises `Invalid`, and as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "tell_people", version=version)
    at = past_moment(data.told_at, "/told_at")
    if at < held.row["discovered_at"]:
        raise Invalid.at("/told_at", "before_discovery", "Nobody is told of what is not yet discovered.")
    columns = {"people_told_at": at, "people_told_count": data.people_count}
    return await _take(session, actor, held, "tell_people", columns, {"text": data.text})


async def not_tell_people(
    session: Session, actor: Actor, breach_id: UUID, data: NotTellingPeople, *, version: int | None = None
) -> Answer:
    """Decide that people need not be told one by one of a high risk, and why (art. 34(3)). Raises as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "not_tell_people", version=version)
    texts = {"ground": data.ground.value, "text": data.text}
    return await _take(session, actor, held, "not_tell_people", {"not_telling_ground": data.ground}, texts)


async def add_note(
    session: Session, actor: Actor, breach_id: UUID, data: Noting, *, version: int | None = None
) -> Answer:
    """Keep what was found out. Raises as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "add_note", version=version)
    return await _take(session, actor, held, "add_note", {}, {"text": data.text})


async def close(
    session: Session, actor: Actor, breach_id: UUID, data: Closing, *, version: int | None = None
) -> Answer:
    """Nothing is left to do; what was learned is kept. Raises as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "close", version=version)
    columns: dict[str, Any] = {"closed_on": clock.today()}
    await take_step(session, actor, held, "close", columns=columns, texts={"lessons": data.lessons})
    await _keep_words(session, held, {"lessons": data.lessons}, {})
    return await answer_anew(session, actor, BREACH_MATTER, breach_id)


async def reopen(
    session: Session, actor: Actor, breach_id: UUID, data: Reopening, *, version: int | None = None
) -> Answer:
    """Something has come up since: it is assessed anew. Raises as `begin_step`."""
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "reopen", version=version)
    return await _take(session, actor, held, "reopen", {"closed_on": None}, {"text": data.text})


async def step_aside(
    session: Session, actor: Actor, breach_id: UUID, data: SteppingAside, *, version: int | None = None
) -> Answer:
    """Close a breach to somebody of the team who caused it. Raises `NobodyLeft`, and as `begin_step`."""
    return await requests.step_aside(session, actor, BREACH_MATTER, breach_id, data, version=version)


async def _take(
    session: Session, actor: Actor, held: Held, action: str, columns: Mapping[str, Any], texts: Mapping[str, Any]
) -> Answer:
    await take_step(session, actor, held, action, columns=columns, texts=texts)
    return await answer_anew(session, actor, held.matter, held.id)


async def _keep_words(
    session: Session, held: Held, words: Mapping[str, str | None], columns: Mapping[str, Any]
) -> None:
    """Put down columns, and words in the place of those that were."""
    changed = dict(columns)
    if words:
        known = await unseal_texts(session, held.id, "breaches", held.id, held.row["sealed"])
        changed["sealed"] = await seal_texts(session, held.id, "breaches", held.id, {**known, **words})
    await session.update(Breach, held.id, changed)
