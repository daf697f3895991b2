"""/v1/data-complaints: complaints about how data is handled, and their clock."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.data_complaint_shapes import (
    Acknowledging,
    ComplaintAnswer,
    DataComplaintLog,
    DataComplaintOwn,
    DataComplaintRead,
    DataComplaintReceipt,
    DataComplaintStepped,
    DataComplaintSubmit,
    DataComplaintSummary,
    Informing,
    Noting,
    OwnDataComplaint,
)
from app.models.request_verbs import Ending, MatchPerson, SteppingAside
from app.routers.deps import (
    ActorDep,
    Router,
    SessionDep,
    VersionIfSentDep,
    address_of,
    one,
    page,
    public,
    requires,
    signed_in,
    told,
)
from app.services.data_complaints import acts, intake, reading

router = Router("/v1", "data protection")
LIST = "/data-complaints"
ONE = f"{LIST}/{{complaint_id}}"
READS = requires(Permission.privacy_read)
HANDLES = requires(Permission.privacy_handle, once=True)


@router.post(LIST, status_code=201, response_model=DataComplaintReceipt, **public())
async def submit_data_complaint(request: Request, session: SessionDep, data: DataComplaintSubmit) -> Response:
    """The open form: complain of how your data is handled, without signing in. Throttled by address."""
    return told(await intake.submit_openly(session, data, address=address_of(request)), 201)


@router.post("/me/data-complaints", status_code=201, response_model=DataComplaintReceipt, **signed_in(once=True))
async def submit_own_data_complaint(session: SessionDep, actor: ActorDep, data: DataComplaintOwn) -> Response:
    """Complain of how your data is handled. You are written to at the address of your account."""
    return told(await intake.submit_own(session, actor, data), 201)


@router.get("/me/data-complaints", response_model=Page[OwnDataComplaint], **signed_in(own_record=True))
async def list_own_data_complaints(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[reading.OwnDataComplaintsQuery, Query()]
) -> Response:
    """Your complaints about data, and how far each is. What was found is in the letter to you."""
    return page(request, await reading.list_own_complaints(session, actor, query))


@router.post(
    f"{LIST}/log", status_code=201, response_model=DataComplaintReceipt, **requires(Permission.privacy_log, once=True)
)
async def log_data_complaint(session: SessionDep, actor: ActorDep, data: DataComplaintLog) -> Response:
    """Log a complaint that reached you. The data-protection team takes it from there."""
    return told(await intake.log_complaint(session, actor, data), 201)


@router.get(LIST, response_model=Page[DataComplaintSummary], response_model_exclude_unset=True, **READS)
async def list_data_complaints(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[reading.DataComplaintsQuery, Query()]
) -> Response:
    """Complaints about data, the one received first before the others. Those that concern yourself are not shown."""
    return page(request, await reading.list_complaints(session, actor, query))


@router.get(ONE, response_model=DataComplaintRead, **READS)
async def get_data_complaint(session: SessionDep, actor: ActorDep, complaint_id: UUID) -> Response:
    """A complaint with its clock, its course, and what may be done next. The read is logged."""
    return one(await reading.get_complaint(session, actor, complaint_id))


@router.post(f"{ONE}/acknowledge", response_model=DataComplaintStepped, **HANDLES)
async def acknowledge_data_complaint(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: Acknowledging, version: VersionIfSentDep
) -> Response:
    """Tell the complainant that their complaint has come, within thirty days. Later it is recorded as late."""
    return one(await acts.acknowledge(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/investigate", response_model=DataComplaintStepped, **HANDLES)
async def investigate_data_complaint(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: Noting, version: VersionIfSentDep
) -> Response:
    """Begin to look into a complaint."""
    return one(await acts.investigate(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/inform", response_model=DataComplaintStepped, **HANDLES)
async def inform_data_complainant(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: Informing, version: VersionIfSentDep
) -> Response:
    """Tell the complainant how far it is. The text is sent as it is."""
    return one(await acts.inform(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/add-note", response_model=DataComplaintStepped, **HANDLES)
async def add_data_complaint_note(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: Noting, version: VersionIfSentDep
) -> Response:
    """Keep what was found out, for the team alone."""
    return one(await acts.add_note(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/match-person", response_model=DataComplaintStepped, **HANDLES)
async def match_data_complainant(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: MatchPerson, version: VersionIfSentDep
) -> Response:
    """Say who complains, where they are on record. The complaint is closed to them."""
    return one(await acts.match_person(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/answer", response_model=DataComplaintStepped, **HANDLES)
async def answer_data_complaint(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: ComplaintAnswer, version: VersionIfSentDep
) -> Response:
    """Tell the outcome, and the right to go to the Commissioner. Within thirty days no acknowledgement is needed."""
    return one(await acts.answer_complaint(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/withdraw", response_model=DataComplaintStepped, **HANDLES)
async def withdraw_data_complaint(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: Ending, version: VersionIfSentDep
) -> Response:
    """The complainant has taken the complaint back."""
    return one(await acts.withdraw(session, actor, complaint_id, data, version=version))


@router.post(f"{ONE}/step-aside", response_model=DataComplaintStepped, **HANDLES)
async def step_aside_from_data_complaint(
    session: SessionDep, actor: ActorDep, complaint_id: UUID, data: SteppingAside, version: VersionIfSentDep
) -> Response:
    """Close a complaint to somebody of the team whom it concerns; a deputy acts."""
    return one(await acts.step_aside(session, actor, complaint_id, data, version=version))
