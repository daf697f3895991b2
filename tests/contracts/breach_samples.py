"""Samples of complaints about data and of breaches, put down in any state without walking there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.calendars import Division
from app.core.ids import new_reference
from app.core.permissions import Role
from app.models.audit import Wall
from app.models.breaches import Breach, BreachCause, BreachedData, BreachRisk, BreachState, BreachType
from app.models.data_complaints import DataComplaint, DataComplaintState
from app.models.matters import MatterStep
from app.models.rights_requests import RequestChannel
from app.services.deadlines import breach_notification
from tests.contracts.asks import Ask, Held, Make, Sample
from tests.contracts.matter_samples import at_the_root
from tests.world import World, fake

B, C = BreachState, DataComplaintState
WORDS = {"text": "What was found out so far."}
NAMED = {"name": "A. Complainant", "text": "You still write to me.", "email": "complainant@example.org"}
FACTS = {"types": ["confidentiality"], "categories": ["membership"]}


async def place_complaint(world: World, unit: UUID, state: DataComplaintState = C.received) -> DataComplaint:
    """A complaint of a member of a unit, in a state."""
    today = clock.today()
    _, person = await world.api.member(unit)
    complaint = DataComplaint(
        reference=new_reference("C"),
        channel=RequestChannel.letter,
        person_id=person,
        division=Division.england_and_wales,
        state=state,
        state_since=today,
        received_on=today,
        acknowledge_by=today + timedelta(days=30),
        acknowledged_on=None if state is C.received else today,
        sealed=b"",
    )
    step = MatterStep(subject_id=complaint.id, action="receive", to_state=C.received, on_day=today, sealed=b"")
    async with world.api.transaction() as session:
        await session.insert(complaint)
        await session.insert(step)
        await session.insert(Wall(wall_key=complaint.id, person_id=person, reason="concerned"))
    return complaint


async def place_breach(world: World, state: BreachState = B.open, **columns: Any) -> Breach:
    """A breach in a state."""
    now = clock.now()
    breach = Breach(
        **{
            "reference": new_reference("B"),
            "state": state,
            "state_since": clock.today(),
            "discovered_at": now,
            "aware_at": now,
            "due_at": breach_notification(now),
            "types": [BreachType.confidentiality],
            "categories": [BreachedData.membership],
            "special_category": True,
            "counts_estimated": True,
            "cause": BreachCause.other,
            "sealed": b"",
            **columns,
        }
    )
    step = MatterStep(subject_id=breach.id, action="report_breach", to_state=B.open, on_day=clock.today(), sealed=b"")
    async with world.api.transaction() as session:
        await session.insert(breach)
        await session.insert(step)
    return breach


def _complaint(json: Any = None, state: DataComplaintState = C.received) -> Sample:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_complaint(world, unit, state)
        return Ask(ids={"complaint_id": placed.id}, json=json, shown=placed.id)

    return at_the_root(make)


def _breach(json: Any = None, state: BreachState = B.open, *, versioned: bool = False, **columns: Any) -> Sample:
    async def make(world: World, _unit: UUID) -> Ask:
        placed = await place_breach(world, state, **columns)
        headers = {"If-Match": f'"{placed.id}-1"'} if versioned else {}
        return Ask(ids={"breach_id": placed.id}, json=json, shown=placed.id, headers=headers)

    return at_the_root(make)


def _said(json: Any) -> Make:
    async def make(_world: World, _unit: UUID) -> Ask:
        return Ask(json=json)

    return make


def _aside(noun: str) -> Sample:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_complaint(world, unit) if noun == "complaint" else await place_breach(world)
        deputy = await world.api.account()
        await world.api.grant(deputy, Role.data_protection_officer, world.root)
        return Ask(ids={f"{noun}_id": placed.id}, json={"account_id": str(await world.api.account())})

    return at_the_root(make)


async def _matched(world: World, unit: UUID) -> Ask:
    placed = await place_complaint(world, unit)
    _, person = await world.api.member(unit)
    return Ask(ids={"complaint_id": placed.id}, json={"person_id": str(person)})


async def _own(world: World, unit: UUID) -> Ask:
    placed = await place_complaint(world, unit)
    return Ask(shown=placed.id, by=await world.api.sign_in(await world.api.account(person_id=placed.person_id)))


LIST, ONE = "/v1/data-complaints", "/v1/data-complaints/{complaint_id}"
BREACHES, BREACH = "/v1/breaches", "/v1/breaches/{breach_id}"

COMPLAINTS_AND_BREACHES: dict[str, Sample] = {
    f"POST {LIST}": Sample(_said(NAMED)),
    "POST /v1/me/data-complaints": Sample(_said({"text": "You still write to me."})),
    "GET /v1/me/data-complaints": Sample(_own),
    f"POST {LIST}/log": Sample(_said({**NAMED, "channel": "phone"}), Held.unplaced),
    f"GET {LIST}": _complaint(),
    f"GET {ONE}": _complaint(),
    f"POST {ONE}/acknowledge": _complaint({}),
    f"POST {ONE}/investigate": _complaint(WORDS, C.acknowledged),
    f"POST {ONE}/inform": _complaint(WORDS),
    f"POST {ONE}/add-note": _complaint(WORDS),
    f"POST {ONE}/match-person": at_the_root(_matched),
    f"POST {ONE}/answer": _complaint({"outcome": "upheld", **WORDS}),
    f"POST {ONE}/withdraw": _complaint({}),
    f"POST {ONE}/step-aside": _aside("complaint"),
    f"POST {BREACHES}": Sample(_said({"summary": "A list went astray", "description": "…", **FACTS}), Held.unplaced),
    f"POST {BREACHES}/suggest-risk": Sample(_said(FACTS), Held.unplaced),
    f"GET {BREACHES}": _breach(),
    f"GET {BREACH}": _breach(),
    f"PATCH {BREACH}": _breach({"people_count": 12, "effects": "Embarrassment."}, versioned=True),
    f"GET {BREACH}/report": _breach(),
    f"POST {BREACH}/reports": _breach({"phase": "initial", **WORDS}),
    f"POST {BREACH}/contain": _breach(WORDS),
    f"POST {BREACH}/assess": _breach({"risk": "risk", **WORDS}),
    f"POST {BREACH}/reassess": _breach({"risk": "high", **WORDS}, B.notified),
    f"POST {BREACH}/not-notify": _breach(WORDS, B.assessed, risk=BreachRisk.unlikely),
    f"POST {BREACH}/people-told": _breach(WORDS),
    f"POST {BREACH}/not-tell-people": _breach({"ground": "risk_averted", **WORDS}, B.assessed, risk=BreachRisk.high),
    f"POST {BREACH}/add-note": _breach(WORDS),
    f"POST {BREACH}/close": _breach(
        {"lessons": fake.sentence()}, B.not_notifiable, risk=BreachRisk.unlikely, contained_at=clock.now()
    ),
    f"POST {BREACH}/reopen": _breach(WORDS, B.closed),
    f"POST {BREACH}/step-aside": _aside("breach"),
}
