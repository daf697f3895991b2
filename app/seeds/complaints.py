"""What a demo organisation has ready for complaints: a rule book, and people who receive them."""

import csv
from datetime import date
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.models.branches import UnitKind
from app.models.procedures import ReceiverChoice, ReceiversReplace
from app.models.rules import ClauseAmend, ClauseCreate
from app.seeds.invention import DATA
from app.services import receivers, rules
from app.services.procedures_presets import first_procedure


async def enter_rules(session: Session, officer: Actor) -> None:
    """The rule book as it grew: a number that comes again amends the clause."""
    clauses: dict[str, UUID] = {}
    with (DATA / "rules.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number, day = row.pop("number"), date.fromisoformat(row.pop("starts_on"))
            if number in clauses:
                edition = ClauseAmend.model_validate({**row, "starts_on": day})
                made = await rules.amend_clause(session, officer, clauses[number], edition)
            else:
                clause = ClauseCreate.model_validate({**row, "number": number, "starts_on": day})
                made = await rules.create_clause(session, officer, clause)
            clauses[number] = made.id


async def name_receivers(session: Session, officer: Actor, kind: UnitKind, account_ids: list[UUID]) -> None:
    """Who receives complaints, in this order; the last is from outside."""
    *insiders, outsider = account_ids
    choices = [ReceiverChoice(account_id=one) for one in insiders]
    choices.append(ReceiverChoice(account_id=outsider, external=True))
    data = ReceiversReplace(receivers=choices)
    await receivers.replace_receivers(session, officer, first_procedure(kind).key, data)
