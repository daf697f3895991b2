"""Notice: what is alleged, under which clause, on what evidence, and by when to answer."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Invalid
from app.core.paging import Answer
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_verbs import AllegationMade, Notice
from app.models.disputes import DisputeAllegation, PartyRole
from app.models.procedures import Stage
from app.services import rules
from app.services.disputes.case import Case, answer_anew, begin_step, seal, take_step, unseal
from app.services.disputes.disclosing import disclose, relied_upon
from app.services.disputes.triage import parties_of

#: The same conduct of the same person under the same clause, in a case that has been decided. $1 the person, $2 the
#: unit, $3 the clause's number, $4 and $5 the days, $6 this case.
_DECIDED_BEFORE = """
select max(d.decided_on) from dispute_allegations a
join disputes d on d.id = a.dispute_id join dispute_parties p on p.id = a.respondent_id
join rule_clauses c on c.id = a.clause_id
where d.id <> $6 and d.decided_on is not null and a.outcome is not null
  and (p.person_id = $1 or p.unit_id = $2) and c.number = $3
  and a.conduct_from <= $5 and $4 <= a.conduct_until
"""


_ALLEGED = """
select id, sealed from dispute_allegations
where respondent_id = $1 and clause_id = $2 and conduct_from = $3 and conduct_until = $4
"""
_NEXT_NUMBER = "select coalesce(max(number), 0) + 1 from dispute_allegations where dispute_id = $1"


class AlreadyDecided(Conflict):
    """Nobody answers twice for the same conduct, unless there is new evidence."""

    code = "already_decided"
    sentence = "This conduct was decided under this clause before: only new evidence, with reasons, opens it again."


async def give_notice(
    session: Session, actor: Actor, dispute_id: UUID, data: Notice, *, version: int | None = None
) -> Answer:
    """Tell each respondent what is alleged, under which clause, on what evidence, and by when to answer.

    A further notice, for what or whom the first left out, gives everybody the time to answer anew, and the facts are
    gone into again. All evidence is disclosed with it, but for what is set aside. Raises as `begin_step`,
    `AlreadyDecided`, and `Invalid` for a clause that was not in force on the days, or who is no respondent.
    """
    case = await begin_step(session, actor, dispute_id, "give_notice", version=version)
    respondents = {row["id"]: row for row in await parties_of(session, case, PartyRole.respondent)}
    await _set_aside(session, case, data.withheld_evidence_ids)
    for place, made in enumerate(data.allegations):
        await _allege(session, case, respondents, made, place)
    columns: dict[str, Any] = {"notice_on": case.today, "response_due_on": case.due(Stage.respond, case.today)}
    columns |= {"responded_on": None, "reported_on": None}
    step_id = await take_step(session, actor, case, "give_notice", columns=columns, texts={"text": data.text})
    evidence = await relied_upon(session, case)
    for party_id in respondents:
        await disclose(session, actor, case, party_id, DisclosureKind.notice, [step_id])
        await disclose(session, actor, case, party_id, DisclosureKind.evidence, evidence)
    return await answer_anew(session, actor, dispute_id)


async def _set_aside(session: Session, case: Case, evidence_ids: list[UUID]) -> None:
    for place, evidence_id in enumerate(evidence_ids):
        done = await session.fetchval(
            "update dispute_evidence set set_aside = true, version = version + 1, updated_at = $3 "
            "where id = $1 and dispute_id = $2 returning true",
            evidence_id,
            case.id,
            clock.now(),
        )
        if done is None:
            raise Invalid.at(f"/withheld_evidence_ids/{place}", "no_evidence", "Name evidence of this case.")


async def _allege(session: Session, case: Case, respondents: dict[UUID, Any], made: AllegationMade, place: int) -> None:
    at = f"/allegations/{place}"
    if (respondent := respondents.get(made.respondent_id)) is None:
        raise Invalid.at(f"{at}/respondent_id", "no_respondent", "Name a respondent of this case.")
    until = made.conduct_until or made.conduct_from
    if until > case.today:
        raise Invalid.at(f"{at}/conduct_until", "in_future", "Only what has happened can be alleged.")
    clause = await rules.clause_in_force(session, made.clause_id, made.conduct_from)
    if clause is None or await rules.clause_in_force(session, made.clause_id, until) is None:
        raise Invalid.at(
            f"{at}/clause_id", "clause_not_in_force", "Cite the edition of the clause that was in force on those days."
        )
    for row in await session.fetch(_ALLEGED, made.respondent_id, clause["id"], made.conduct_from, until):
        said = await unseal(session, case.id, "dispute_allegations", row["id"], row["sealed"])
        if said.get("text") == made.text:
            raise Invalid.at(at, "alleged_already", "This is alleged in the case already.")
    await _refuse_twice(session, case, respondent, made, (clause["number"], made.conduct_from, until), at)
    allegation = DisputeAllegation(
        dispute_id=case.id,
        respondent_id=made.respondent_id,
        number=await session.fetchval(_NEXT_NUMBER, case.id),
        clause_id=made.clause_id,
        conduct_from=made.conduct_from,
        conduct_until=until,
        new_evidence_ids=made.new_evidence_ids,
        sealed=b"",
    )
    texts = {"text": made.text, "new_evidence_reasons": made.new_evidence_reasons}
    allegation.sealed = await seal(session, case.id, "dispute_allegations", allegation.id, texts)
    await session.insert(allegation)


async def _refuse_twice(
    session: Session,
    case: Case,
    respondent: Any,
    made: AllegationMade,
    conduct: tuple[str, date, date],
    at: str,
) -> None:
    async with session.as_role("rollbook_case"):
        decided_on = await session.fetchval(
            _DECIDED_BEFORE, respondent["person_id"], respondent["unit_id"], *conduct, case.id
        )
    if decided_on is None:
        return
    # What lay in a decided case is not new: evidence counts that came into this one after the decision.
    new = await session.fetchval(
        "select count(*) from dispute_evidence where dispute_id = $1 and id = any ($2) and created_at::date >= $3",
        case.id,
        made.new_evidence_ids,
        decided_on,
    )
    if not new or new < len(set(made.new_evidence_ids)) or made.new_evidence_reasons is None:
        raise AlreadyDecided(
            errors=(FieldError(f"{at}/new_evidence_ids", "already_decided", "Name what is new, and say why."),)
        )
