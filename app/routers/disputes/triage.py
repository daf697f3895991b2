"""From receipt to the investigator's report. Each verb answers with the case and what may be done next."""

from uuid import UUID

from starlette.responses import Response

from app.core.permissions import Permission
from app.models.dispute_reads import DisputeRead
from app.models.dispute_verbs import (
    Acknowledgement,
    InvestigationReport,
    InvestigatorNamed,
    Notice,
    Reasoned,
    ResponseRecorded,
    Said,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, takes_part
from app.services.disputes import notices, triage

router = Router("/v1/disputes/{dispute_id}", "disputes")
HANDLES = takes_part(Permission.disputes_handle, once=True)


@router.post("/acknowledge", response_model=DisputeRead, **HANDLES)
async def acknowledge_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Acknowledgement, version: VersionIfSentDep
) -> Response:
    """Tell the complainant that the complaint has come in."""
    return one(await triage.acknowledge_dispute(session, actor, dispute_id, data, version=version))


@router.post("/ask-information", response_model=DisputeRead, **HANDLES)
async def ask_information(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """Ask for more before anything is decided."""
    return one(await triage.ask_information(session, actor, dispute_id, data, version=version))


@router.post("/take-up", response_model=DisputeRead, **HANDLES)
async def take_up_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """Back to triage: the information has come, or the informal way led nowhere."""
    return one(await triage.take_up_dispute(session, actor, dispute_id, data, version=version))


@router.post("/resolve-informally", response_model=DisputeRead, **HANDLES)
async def resolve_informally(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """Try conversation or mediation."""
    return one(await triage.resolve_informally(session, actor, dispute_id, data, version=version))


@router.post("/settle", response_model=DisputeRead, **takes_part(Permission.disputes_mediate, once=True))
async def settle_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """The informal way has led to an agreement: the case closes with no finding."""
    return one(await triage.settle_dispute(session, actor, dispute_id, data, version=version))


@router.post("/dismiss", response_model=DisputeRead, **HANDLES)
async def dismiss_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Reasoned, version: VersionIfSentDep
) -> Response:
    """Dismiss the complaint, with reasons. The complainant may appeal."""
    return one(await triage.dismiss_dispute(session, actor, dispute_id, data, version=version))


@router.post("/give-notice", response_model=DisputeRead, **HANDLES)
async def give_notice(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Notice, version: VersionIfSentDep
) -> Response:
    """Tell the respondents what is alleged, under which clause and on what evidence; the time to answer begins."""
    return one(await notices.give_notice(session, actor, dispute_id, data, version=version))


@router.post("/record-response", response_model=DisputeRead, **HANDLES)
async def record_response(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: ResponseRecorded, version: VersionIfSentDep
) -> Response:
    """Enter a response that came by letter or mail."""
    return one(await triage.record_response(session, actor, dispute_id, data, version=version))


@router.post("/investigate", response_model=DisputeRead, **HANDLES)
async def investigate_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: InvestigatorNamed, version: VersionIfSentDep
) -> Response:
    """Appoint who investigates. Investigators do not decide."""
    return one(await triage.investigate_dispute(session, actor, dispute_id, data, version=version))


@router.post("/report", response_model=DisputeRead, **takes_part(Permission.disputes_investigate, once=True))
async def report_investigation(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: InvestigationReport, version: VersionIfSentDep
) -> Response:
    """The investigator's findings of fact on each allegation, which the respondents are shown."""
    return one(await triage.report_investigation(session, actor, dispute_id, data, version=version))
