"""A breach is reported by whichever officer: they get a receipt, and the team hears of it at once."""

from datetime import datetime
from typing import Any

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.ids import new_reference
from app.models.breach_reads import BreachReceipt, RiskSuggestion
from app.models.breach_verbs import BreachFacts, BreachLog
from app.models.breaches import Breach, BreachState
from app.services.breaches.facts import FACTS, local
from app.services.breaches.risk import reveals_special, suggest_risk
from app.services.data_complaints.intake import close_to_accounts
from app.services.deadlines import breach_notification
from app.services.envelopes import seal_texts
from app.services.letters import Letter
from app.services.matters import ROLE, note, note_step
from app.services.reminders import write_to_team

#: What is said of a breach in words.
WORDS = ("summary", "description", "effects", "measures", "lessons", "processor")
_PLAIN = (*FACTS, "occurred_at", "people_count", "records_count", "counts_estimated", "cause", "contained_at")


async def suggest(session: Session, actor: Actor, data: BreachFacts) -> RiskSuggestion:  # noqa: ARG001
    """What the facts speak for, of a breach that need not be on record."""
    return suggest_risk({**data.model_dump(), "special_category": is_special(data)})


async def report_breach(session: Session, actor: Actor, data: BreachLog) -> BreachReceipt:
    """Put a breach on the register. Raises `Invalid` for moments to come or out of their order."""
    discovered_at = past_moment(data.discovered_at or data.aware_at, "/discovered_at")
    aware_at = data.aware_at or discovered_at
    columns: dict[str, Any] = data.model_dump(include=set(_PLAIN))
    check_moments({**columns, "discovered_at": discovered_at, "aware_at": aware_at})
    async with session.as_role(ROLE):
        breach = Breach(
            **{**columns, "special_category": is_special(data)},
            reference=new_reference("B"),
            state_since=clock.today(),
            discovered_at=discovered_at,
            aware_at=aware_at,
            due_at=breach_notification(aware_at),
            logged_by=actor.account_id,
            sealed=b"",
        )
        said = data.model_dump(mode="json", include=set(WORDS))
        breach.sealed = await seal_texts(session, breach.id, "breaches", breach.id, said)
        await session.insert(breach)
        await close_to_accounts(session, breach.id, data.named_account_ids, "/named_account_ids")
        await note_step(
            session, actor, breach.id, "report_breach", to_state=BreachState.open, on_day=clock.day_of(discovered_at)
        )
        await note(session, actor, breach.id, "breach.reported")
        until = breach.due_at.astimezone(clock.LONDON).strftime("%H:%M, %d.%m.%Y")
        await write_to_team(session, Letter.breach_reported, breach.id, until=until)
    # The answer is its asker's, who does not see the matter: a repeat gets it again.
    session.touched = None
    return BreachReceipt(
        id=breach.id,
        reference=breach.reference,
        due_at=breach.due_at,
        due_at_local=datetime.fromisoformat(local(breach.due_at)),
    )


def is_special(data: BreachFacts) -> bool:
    return reveals_special(data.categories) if data.special_category is None else data.special_category


def past_moment(moment: datetime | None, pointer: str) -> datetime:
    """When something happened, now where it is not said. Raises `Invalid` for a moment to come."""
    now = clock.now()
    if moment is not None and moment > now:
        raise Invalid.at(pointer, "in_future", "Enter what has happened, at its time.")
    return moment or now


def check_moments(moments: dict[str, Any]) -> None:
    """Raises `Invalid` where a breach was known before it was discovered, discovered before it was, or is to come."""
    for name in ("occurred_at", "discovered_at", "aware_at", "contained_at"):
        past_moment(moments[name], f"/{name}")
    occurred_at, contained_at = moments["occurred_at"], moments["contained_at"]
    if occurred_at is not None and moments["discovered_at"] < occurred_at:
        raise Invalid.at("/discovered_at", "before_it_occurred", "A breach is discovered once it has occurred.")
    if moments["aware_at"] < moments["discovered_at"]:
        raise Invalid.at("/aware_at", "before_discovery", "Nobody is certain of what is not yet discovered.")
    if occurred_at is not None and contained_at is not None and contained_at < occurred_at:
        raise Invalid.at("/contained_at", "before_it_occurred", "A breach is contained once it has occurred.")
