"""The rule book: clauses adopted, amended and repealed from a day, so that it can be asked for as of any day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.rules import ClauseAmend, ClauseCreate, ClauseNumber, ClauseRepeal, ClauseState, RuleClause
from app.services.changes import changed_fields, record_change

IN_FORCE = "c.starts_on <= $1 and (c.ends_on is null or $1 < c.ends_on)"
STATE = f"case when {IN_FORCE} then 'in_force' when $1 < c.starts_on then 'planned' else 'ended' end"

CLAUSES = Listing(
    resource="rules",
    source="rule_clauses c",
    key="c.id",
    columns={
        "id": "c.id",
        "number": "c.number",
        "edition": "c.edition",
        "title": "c.title",
        "text": "c.text",
        "adopted_by": "c.adopted_by",
        "starts_on": "c.starts_on",
        "ends_on": "c.ends_on",
        "state": STATE,
        "version": "c.version",
        "created_at": "utc(c.created_at)",
        "updated_at": "utc(c.updated_at)",
    },
    sorts={"number": ("c.number_key", "text"), "starts_on": ("c.starts_on", "date")},
    facts={"id": "c.id", "version": "c.version", "state": STATE, "starts_on": "c.starts_on", "ends_on": "c.ends_on"},
)


class ClauseExists(Conflict):
    code = "rule_clause_exists"
    sentence = "A clause of this number is in force in these days: amend it."


class ClausesQuery(PageQuery):
    """Which clauses, as of which day."""

    number: ClauseNumber | None = Field(default=None, description="This clause and those below it.")
    as_of: LegalDate | None = Field(default=None, description="The day on which they are in force; today if left out.")
    every_edition: bool = Field(default=False, description="Also editions that are not in force on that day.")
    sort: Literal["number", "-number", "starts_on", "-starts_on"] = "number"


def _no_end_yet(record: Mapping[str, Any], _today: date) -> str | None:
    return "end_is_set" if record["ends_on"] is not None else None


def _ends(action: str, event: str, *fields: str) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({ClauseState.planned, ClauseState.in_force}),
        to=ClauseState.ended,
        permission=Permission.rules_manage,
        event=event,
        path=f"/v1/rules/{{id}}/{action}",
        guard=_no_end_yet,
        required_fields=fields,
    )


CLAUSE = Lifecycle(
    noun="rule clause",
    state_field="state",
    transitions=(
        _ends("amend", "rule_clause.amended", "title", "text", "starts_on"),
        _ends("repeal", "rule_clause.repealed"),
    ),
)


async def clause_in_force(session: Session, clause_id: UUID, day: date) -> asyncpg.Record | None:
    """The edition of a clause with this id, if it was in force on a day: conduct is judged by the rules of its day."""
    return await session.fetchrow(
        "select * from rule_clauses where id = $1 and starts_on <= $2 and (ends_on is null or $2 < ends_on)",
        clause_id,
        day,
    )


async def list_clauses(session: Session, actor: Actor, query: ClausesQuery) -> Body:
    """A page of the rule book, for whoever is signed in: as it stood on a day, or in every edition.

    Raises `CursorInvalid`.
    """
    where = Where(query.as_of)
    if not query.every_edition:
        where.add(IN_FORCE)
    if query.number is not None:
        where.add("(c.number = {} or starts_with(c.number, {}))", query.number, f"{query.number}.")
    return await list_page(session, actor, CLAUSES, where, query, sort=query.sort)


async def get_clause(session: Session, actor: Actor, clause_id: UUID) -> Answer:
    """An edition of a clause, with what the actor may do to it. Raises `NotFound`."""
    return _answer(actor, await _find(session, actor, clause_id))


async def create_clause(session: Session, actor: Actor, data: ClauseCreate) -> Answer:
    """Enter a clause from a day, past or to come; of a number that was repealed, its next edition.

    Raises `Forbidden`, `ClauseExists`, and `Invalid` for days turned round.
    """
    _must_manage(actor)
    _must_follow("/ends_on", data.starts_on, data.ends_on)
    overlaps = (
        "starts_on < coalesce($3::date, 'infinity') and $2::date < coalesce(ends_on, 'infinity') "
        "and starts_on is distinct from ends_on"
    )
    row = await session.fetchrow(
        f"select coalesce(max(edition), 0) as last, coalesce(bool_or({overlaps}), false) as overlaps "
        "from rule_clauses where number = $1",
        data.number,
        data.starts_on,
        data.ends_on,
    )
    assert row is not None
    if row["overlaps"]:
        raise ClauseExists
    return await _add(session, actor, data.number, row["last"] + 1, data, "rule_clause.adopted", ends_on=data.ends_on)


async def amend_clause(
    session: Session, actor: Actor, clause_id: UUID, data: ClauseAmend, *, version: int | None = None
) -> Answer:
    """Put the next edition in a clause's place from a day, on which the present one ends.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ActionNotAllowed`, `ClauseExists`, and `Invalid` for a day on
    which the present edition has not begun.
    """
    held = await _begin(session, actor, clause_id, "amend", version)
    _must_follow("/starts_on", held["starts_on"], data.starts_on)
    await session.update(RuleClause, clause_id, {"ends_on": data.starts_on})
    last = await session.fetchval("select max(edition) from rule_clauses where number = $1", held["number"])
    return await _add(session, actor, held["number"], last + 1, data, "rule_clause.amended")


async def repeal_clause(
    session: Session, actor: Actor, clause_id: UUID, data: ClauseRepeal, *, version: int | None = None
) -> Answer:
    """End a clause on a day; one that has not begun is withdrawn by ending on its first.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ActionNotAllowed`, and `Invalid` for a day before its first.
    """
    held = await _begin(session, actor, clause_id, "repeal", version)
    ends_on = data.ends_on or max(clock.today(), held["starts_on"])
    if ends_on < held["starts_on"]:
        raise Invalid.at("/ends_on", "before_start", "A clause does not end before it begins.")
    await session.update(RuleClause, clause_id, {"ends_on": ends_on})
    fields = changed_fields(RuleClause, {"ends_on": ends_on}, held)
    await _record(session, actor, "rule_clause.repealed", clause_id, fields)
    return await get_clause(session, actor, clause_id)


async def _find(session: Session, actor: Actor, clause_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, CLAUSES, clause_id)
    if row is None:
        raise NotFound("rule clause")
    return row


async def _begin(session: Session, actor: Actor, clause_id: UUID, action: str, version: int | None) -> asyncpg.Record:
    """The edition, held still and judged."""
    _must_manage(actor)
    held = await session.fetchrow("select * from rule_clauses where id = $1 for update", clause_id)
    row = await _find(session, actor, clause_id)
    assert held is not None
    if version is not None and version != row["version"]:
        raise PreconditionFailed(_answer(actor, row).body)
    CLAUSE.check(row, action, clock.today())
    return held


def _must_manage(actor: Actor) -> None:
    actor.must(Permission.rules_manage, (actor.organisation_id,))


def _must_follow(pointer: str, starts_on: date, then: date | None) -> None:
    if then is not None and then <= starts_on:
        raise Invalid.at(pointer, "before_start", "An edition is in force for a day at least.")


async def _add(
    session: Session,
    actor: Actor,
    number: str,
    edition: int,
    data: ClauseAmend,
    action: str,
    ends_on: date | None = None,
) -> Answer:
    said: dict[str, Any] = {**data.model_dump(), "number": number, "edition": edition, "ends_on": ends_on}
    made = RuleClause(number_key=_number_key(number), **said)
    await session.insert(made)
    # An edition is kept as it is: the trail need not hold it a second time.
    await _record(session, actor, action, made.id, {**changed_fields(RuleClause, said), "text": True})
    return await get_clause(session, actor, made.id)


def _number_key(number: str) -> str:
    """Sorts as people count: each part is as long as the longest."""
    return ".".join(part.rjust(6, "0") for part in number.split("."))


def _answer(actor: Actor, row: asyncpg.Record) -> Answer:
    def may(permission: str) -> bool:
        return actor.can(Permission(permission), (actor.organisation_id,))

    actions = CLAUSE.allowed_actions(row, may, clock.today())
    return Answer(row["id"], row["version"], with_fields(row["json"], {"allowed_actions": actions}))


async def _record(session: Session, actor: Actor, action: str, clause_id: UUID, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="rules",
        subject_id=clause_id,
        branch_id=actor.organisation_id,
        fields=fields,
    )
