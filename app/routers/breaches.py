"""/v1/breaches: the register of breaches of personal data, and their clock of 72 hours."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.breach_reads import (
    BreachRead,
    BreachReceipt,
    BreachStepped,
    BreachSummary,
    ReportDraft,
    RiskSuggestion,
)
from app.models.breach_verbs import (
    Assessing,
    BreachFacts,
    BreachLog,
    BreachPatch,
    Closing,
    Containing,
    NotNotifying,
    NotTellingPeople,
    Reopening,
    Reporting,
    TellingPeople,
)
from app.models.data_complaint_shapes import Noting
from app.models.request_verbs import SteppingAside
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires, told
from app.services.breaches import acts, intake, reading, reporting

router = Router("/v1/breaches", "data protection")
READS = requires(Permission.privacy_read)
HANDLES = requires(Permission.privacy_handle, once=True)


@router.post("", status_code=201, response_model=BreachReceipt, **requires(Permission.privacy_log, once=True))
async def report_breach(session: SessionDep, actor: ActorDep, data: BreachLog) -> Response:
    """Report a breach, or what may be one, at once. The data-protection team hears of it and takes it from there."""
    return told(await intake.report_breach(session, actor, data), 201)


@router.post("/suggest-risk", response_model=RiskSuggestion, **requires(Permission.privacy_log, reads=True))
async def suggest_breach_risk(session: SessionDep, actor: ActorDep, data: BreachFacts) -> Response:
    """What the facts of a breach speak for, and why. Nothing is kept, and nothing decided."""
    return told(await intake.suggest(session, actor, data))


@router.get("", response_model=Page[BreachSummary], response_model_exclude_unset=True, **READS)
async def list_breaches(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[reading.BreachesQuery, Query()]
) -> Response:
    """The register of all breaches, notified or not. Those that you are named to have caused are not shown."""
    return page(request, await reading.list_breaches(session, actor, query))


@router.get("/{breach_id}", response_model=BreachRead, **READS)
async def get_breach(session: SessionDep, actor: ActorDep, breach_id: UUID) -> Response:
    """A breach with its clock, its course, and what may be done next. The read is logged."""
    return one(await reading.get_breach(session, actor, breach_id))


@router.patch("/{breach_id}", response_model=BreachStepped, **requires(Permission.privacy_handle))
async def change_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: BreachPatch, version: VersionDep
) -> Response:
    """Put down what has become known since."""
    return one(await acts.change_breach(session, actor, breach_id, data, version=version))


@router.get("/{breach_id}/report", response_model=ReportDraft, **READS)
async def draft_breach_report(session: SessionDep, actor: ActorDep, breach_id: UUID) -> Response:
    """What the next report to the Commissioner has to say, under the headings of their form. The read is logged."""
    return told(await reporting.draft_report(session, actor, breach_id))


@router.post("/{breach_id}/reports", response_model=BreachStepped, **HANDLES)
async def record_breach_report(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Reporting, version: VersionIfSentDep
) -> Response:
    """Put down a report that was sent. The first one after 72 hours needs the reason of the delay."""
    return one(await reporting.record_report(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/contain", response_model=BreachStepped, **HANDLES)
async def contain_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Containing, version: VersionIfSentDep
) -> Response:
    """Say that the breach does not go on, and what was done."""
    return one(await acts.contain(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/assess", response_model=BreachStepped, **HANDLES)
async def assess_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Assessing, version: VersionIfSentDep
) -> Response:
    """Say how likely a risk to people is, and why: it decides who must be told."""
    return one(await acts.assess(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/reassess", response_model=BreachStepped, **HANDLES)
async def reassess_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Assessing, version: VersionIfSentDep
) -> Response:
    """Assess anew what was reported already."""
    return one(await acts.reassess(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/not-notify", response_model=BreachStepped, **HANDLES)
async def decide_not_to_notify(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: NotNotifying, version: VersionIfSentDep
) -> Response:
    """Decide not to tell the Commissioner, where a risk is unlikely. The reasons are kept."""
    return one(await acts.not_notify(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/people-told", response_model=BreachStepped, **HANDLES)
async def record_people_told(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: TellingPeople, version: VersionIfSentDep
) -> Response:
    """Put down that the people concerned were told. They must be where the risk is high."""
    return one(await acts.tell_people(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/not-tell-people", response_model=BreachStepped, **HANDLES)
async def decide_not_to_tell_people(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: NotTellingPeople, version: VersionIfSentDep
) -> Response:
    """Decide that people need not be told one by one of a high risk, and on which ground."""
    return one(await acts.not_tell_people(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/add-note", response_model=BreachStepped, **HANDLES)
async def add_breach_note(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Noting, version: VersionIfSentDep
) -> Response:
    """Keep what was found out."""
    return one(await acts.add_note(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/close", response_model=BreachStepped, **HANDLES)
async def close_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Closing, version: VersionIfSentDep
) -> Response:
    """Nothing is left to do: it is contained and assessed, and whoever must be told has been."""
    return one(await acts.close(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/reopen", response_model=BreachStepped, **HANDLES)
async def reopen_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: Reopening, version: VersionIfSentDep
) -> Response:
    """Something has come up since."""
    return one(await acts.reopen(session, actor, breach_id, data, version=version))


@router.post("/{breach_id}/step-aside", response_model=BreachStepped, **HANDLES)
async def step_aside_from_breach(
    session: SessionDep, actor: ActorDep, breach_id: UUID, data: SteppingAside, version: VersionIfSentDep
) -> Response:
    """Close a breach to somebody of the team who caused it; a deputy acts."""
    return one(await acts.step_aside(session, actor, breach_id, data, version=version))
