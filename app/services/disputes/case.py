"""A case in the hands of one of its people: opened, judged by their part, sealed and unsealed, and moved a step on.

Every verb of a dispute begins with `begin_step` and ends with `take_step`: who may, in which state, after which guards,
by when, and what is left behind are decided there and nowhere else.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import Key, decrypt, encrypt
from app.core.db import Session
from app.core.errors import Forbidden, NotFound, PreconditionFailed
from app.core.paging import Answer, fetch_one, with_fields
from app.core.permissions import PARTS, Part, Permission
from app.models.disputes import Dispute, DisputeStep
from app.models.procedures import Definition, Stage
from app.services import procedures
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.disputes.facts import DISPUTES
from app.services.disputes.lifecycle import DISPUTE, STAGE
from app.services.envelopes import key_for, keys_of

#: What opens the texts of one case's rows.
Opener = Callable[[str, UUID, bytes], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A case as one of its people has it before them."""

    row: asyncpg.Record
    parts: frozenset[Part]
    definition: Definition
    today: date

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    @property
    def state(self) -> str:
        return str(self.row["state"])

    @property
    def record(self) -> dict[str, Any]:
        """The facts at which the guards look."""
        return {**self.row, "procedure": self.definition}

    def may(self, permission: str) -> bool:
        return any(permission in PARTS[part] for part in self.parts)

    def must(self, permission: Permission) -> None:
        """Raises `Forbidden` when none of one's parts carries it."""
        if not self.may(permission):
            raise Forbidden(permission=permission.value)

    def due(self, stage: Stage, start: date) -> date:
        """The last day in time of a stage that began on a day."""
        return procedures.limit_ends(self.definition, stage, start, self.row["nation"])

    def allowed_actions(self) -> list[dict[str, Any]]:
        return DISPUTE.allowed_actions(self.record, self.may, self.today)


async def seal(session: Session, dispute_id: UUID, table: str, row_id: UUID, texts: Mapping[str, Any]) -> bytes:
    """Texts of one row, sealed under the case's key and bound to that row. What is None is left out."""
    envelope = await key_for(session, dispute_id)
    said = {name: text for name, text in texts.items() if text is not None}
    return encrypt(envelope.key, json.dumps(said).encode(), _place(table, row_id))


async def unseal(session: Session, dispute_id: UUID, table: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    """The texts of one row; none where they have been erased. Raises `KeyDestroyed`."""
    return (await opener(session, dispute_id))(table, row_id, sealed)


async def opener(session: Session, dispute_id: UUID) -> Opener:
    """What opens the texts of a case's rows, by table, id and sealed bytes. Raises `KeyDestroyed`."""
    return _opening((await key_for(session, dispute_id)).key)


async def openers(session: Session, dispute_ids: Iterable[UUID]) -> dict[UUID, Opener]:
    """What opens the texts of several cases, for those that have not been erased."""
    return {case_id: _opening(envelope.key) for case_id, envelope in (await keys_of(session, dispute_ids)).items()}


def _opening(key: Key) -> Opener:
    def texts(table: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(decrypt(key, sealed, _place(table, row_id))) if sealed else {}
        return said

    return texts


def _place(table: str, row_id: UUID) -> bytes:
    return f"{table}.sealed:{row_id}".encode()


async def open_case(
    session: Session, actor: Actor, dispute_id: UUID, permission: Permission = Permission.disputes_read
) -> Case:
    """The case, for one of its people. Raises `NotFound` for everybody else, `Forbidden` where the part is another."""
    row = await fetch_one(session, actor, DISPUTES, dispute_id)
    if row is None:
        raise NotFound("dispute")
    parts = frozenset(map(Part, row["parts"]))
    if row["opened_until"] is not None and row["opened_until"] <= clock.now():
        parts -= {Part.observer}
    if not parts:
        raise NotFound("dispute")
    case = Case(row, parts, procedures.load(row), clock.today())
    case.must(permission)
    return case


async def case_within(session: Session, dispute_id: UUID) -> Case | None:
    """The case, held against other writers, in the hands of nobody: for the worker, or a party who has been judged.

    Needs the role `rollbook_case`.
    """
    await session.execute("select 1 from disputes where id = $1 for update", dispute_id)
    row = await session.fetchrow(
        f"select $1::date as day{DISPUTES.facts_sql} from {DISPUTES.source} where d.id = $2", clock.today(), dispute_id
    )
    return Case(row, frozenset(), procedures.load(row), clock.today()) if row is not None else None


async def begin_step(
    session: Session, actor: Actor, dispute_id: UUID, action: str, *, version: int | None = None
) -> Case:
    """The case, held against other writers and judged: the part, then the version, then the state and its guards.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ActionNotAllowed`.
    """
    case = await hold_case(session, actor, dispute_id, Permission(DISPUTE.permission(action)), version=version)
    DISPUTE.check(case.record, action, case.today)
    return case


async def hold_case(
    session: Session, actor: Actor, dispute_id: UUID, permission: Permission, *, version: int | None = None
) -> Case:
    """The case, held against other writers, for what is done in it without a step.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`.
    """
    await open_case(session, actor, dispute_id, permission)
    await session.execute("select 1 from disputes where id = $1 for update", dispute_id)
    case = await open_case(session, actor, dispute_id, permission)
    if version is not None and case.row["version"] != version:
        raise PreconditionFailed(answer(case).body)
    return case


async def take_step(
    session: Session,
    actor: Actor | None,
    case: Case,
    action: str,
    *,
    columns: Mapping[str, Any] | None = None,
    texts: Mapping[str, Any] | None = None,
    party_id: UUID | None = None,
    on_day: date | None = None,
    late: bool | None = None,
) -> UUID:
    """Move the case on: its new state and clock, the step with its texts, the trail and the event; the step's id.

    `on_day` is when it happened, if that was before today; it is late when that day is past the stage's due day, unless
    `late` says otherwise.
    """
    transition = next(t for t in DISPUTE.transitions if t.action == action)
    day, due_on = on_day or case.today, case.row["due_on"]
    changed = dict(columns or {})
    if transition.to is not None:
        changed = {"state": transition.to, "state_since": day, "due_on": _due(case, transition.to, day), **changed}
    step = DisputeStep(
        dispute_id=case.id,
        action=action,
        from_state=case.state,
        to_state=changed.get("state", case.state),
        on_day=day,
        due_on=due_on,
        late=late if late is not None else due_on is not None and due_on < day,
        account_id=actor.account_id if actor else None,
        party_id=party_id,
        sealed=b"",
    )
    step.sealed = await seal(session, case.id, "dispute_steps", step.id, texts or {})
    await session.insert(step)
    await session.update(Dispute, case.id, changed)
    await note(session, actor, case, transition.event, fields=changed_fields(Dispute, changed, case.row))
    return step.id


def _due(case: Case, state: str, day: date) -> date | None:
    stage = STAGE.get(state)
    return case.due(stage, day) if stage is not None else None


async def note(
    session: Session, actor: Actor | None, case: Case, what: str, *, fields: Mapping[str, Any] | None = None
) -> None:
    """The trail and the event of a change in a case, behind its wall: ids, codes and names of fields."""
    await record_change(
        session,
        actor,
        what,
        resource="disputes",
        subject_id=case.id,
        branch_id=case.row["branch_id"],
        wall_key=case.id,
        fields=fields,
    )


async def record_case_read(session: Session, actor: Actor, case: Case, purpose: str = "read") -> None:
    """Every read of a case is logged, behind its wall; one through an opened glass says so."""
    marked = "break_glass" if case.parts == {Part.observer} else purpose
    await record_read(
        session,
        actor,
        "disputes",
        purpose=marked,
        subject_id=case.id,
        branch_id=case.row["branch_id"],
        wall_key=case.id,
    )


def answer(case: Case, extra: Mapping[str, Any] | None = None) -> Answer:
    """The case with what its holder may do."""
    told = {"parts": sorted(case.parts), "allowed_actions": case.allowed_actions(), **(extra or {})}
    return Answer(case.id, case.row["version"], with_fields(case.row["json"], told))


async def answer_anew(session: Session, actor: Actor, dispute_id: UUID) -> Answer:
    """The case as it stands after a step."""
    return answer(await open_case(session, actor, dispute_id))
