"""Panels, meetings, decisions, sanctions and appeals."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page, PageQuery
from app.core.permissions import Permission
from app.models.dispute_hearing_reads import AppealRead, MeetingRead, PanelRead, SanctionRead
from app.models.dispute_hearing_verbs import (
    AppealDecision,
    AppealRecorded,
    AppealRuling,
    Hearing,
    MeetingPlan,
    MeetingRecord,
    PanelDecision,
    PanelListing,
    ReceiverDecision,
    Reopening,
    SeatReplacement,
)
from app.models.dispute_reads import DisputeRead
from app.models.dispute_verbs import Reasoned
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, takes_part
from app.services.disputes import appeals, appeals_decide, decisions, hearing_reads, meetings, panels

router = Router("/v1/disputes/{dispute_id}", "disputes")
HANDLES = takes_part(Permission.disputes_handle, once=True)
RECORDS = takes_part(Permission.disputes_record, once=True)
EXAMINES = takes_part(Permission.disputes_examine)
ON_APPEAL = takes_part(Permission.disputes_decide_appeal, once=True)

Pages = Annotated[PageQuery, Query()]


@router.get("/panels", response_model=Page[PanelRead], **takes_part(Permission.disputes_read))
async def list_panels(
    request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID, query: Pages
) -> Response:
    """The panels that have had the case before them, with their seats."""
    return page(request, await hearing_reads.list_panels(session, actor, dispute_id, query))


@router.post("/list-panel", response_model=DisputeRead, **HANDLES)
async def list_panel(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: PanelListing, version: VersionIfSentDep
) -> Response:
    """Put the case before a panel: nobody with an interest, of the parties' branches, or who worked on the case."""
    return one(await panels.list_panel(session, actor, dispute_id, data, version=version))


@router.post("/list-appeal-panel", response_model=DisputeRead, **HANDLES)
async def list_appeal_panel(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: PanelListing, version: VersionIfSentDep
) -> Response:
    """Put an appeal before people of the appeal body who had no part in the case before."""
    return one(await panels.list_appeal_panel(session, actor, dispute_id, data, version=version))


@router.post("/replace-member", response_model=DisputeRead, **HANDLES)
async def replace_member(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: SeatReplacement, version: VersionIfSentDep
) -> Response:
    """End somebody's seat on the panel, with reasons, and fill it if you name somebody."""
    return one(await panels.replace_member(session, actor, dispute_id, data, version=version))


@router.get("/meetings", response_model=Page[MeetingRead], **EXAMINES)
async def list_meetings(
    request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID, query: Pages
) -> Response:
    """The meetings of a case, planned, held and called off."""
    return page(request, await hearing_reads.list_meetings(session, actor, dispute_id, query))


@router.post("/meetings", status_code=201, response_model=MeetingRead, **RECORDS)
async def plan_meeting(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: MeetingPlan) -> Response:
    """Plan a meeting. A hearing leaves the time that the procedure gives; the parties are told of it."""
    made = await meetings.plan_meeting(session, actor, dispute_id, data)
    return one(made, status=201, location=f"/v1/disputes/{dispute_id}/meetings/{made.id}")


@router.get("/meetings/{meeting_id}", response_model=MeetingRead, **EXAMINES)
async def get_meeting(session: SessionDep, actor: ActorDep, dispute_id: UUID, meeting_id: UUID) -> Response:
    """One meeting, with its minutes."""
    return one(await meetings.get_meeting(session, actor, dispute_id, meeting_id))


@router.post("/meetings/{meeting_id}/cancel", response_model=MeetingRead, **RECORDS)
async def cancel_meeting(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, meeting_id: UUID, data: Reasoned
) -> Response:
    """Call a meeting off, with reasons."""
    return one(await meetings.cancel_meeting(session, actor, dispute_id, meeting_id, data))


@router.post("/meetings/{meeting_id}/record", response_model=MeetingRead, **RECORDS)
async def record_meeting(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, meeting_id: UUID, data: MeetingRecord
) -> Response:
    """Enter who was at a meeting and what was said. The hearing of a first panel is a step of the case: `hear`."""
    return one(await meetings.record_meeting(session, actor, dispute_id, meeting_id, data))


@router.post("/hear", response_model=DisputeRead, **RECORDS)
async def hear_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Hearing, version: VersionIfSentDep
) -> Response:
    """Record that the panel has heard the case, who was there, and who was not."""
    return one(await meetings.hear_dispute(session, actor, dispute_id, data, version=version))


@router.post("/decide", response_model=DisputeRead, **takes_part(Permission.disputes_decide, once=True))
async def decide_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: PanelDecision, version: VersionIfSentDep
) -> Response:
    """The panel's decision on every allegation, with reasons, and its sanctions."""
    return one(await decisions.decide_dispute(session, actor, dispute_id, data, version=version))


@router.post("/warn", response_model=DisputeRead, **HANDLES)
async def warn_respondent(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: ReceiverDecision, version: VersionIfSentDep
) -> Response:
    """Warn by the receiver's own power, after notice and answer. An appeal lies against it."""
    return one(await decisions.warn_respondent(session, actor, dispute_id, data, version=version))


@router.post("/declare-ineligible", response_model=DisputeRead, **HANDLES)
async def declare_ineligible(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: ReceiverDecision, version: VersionIfSentDep
) -> Response:
    """Declare by the receiver's own power that somebody cannot be a member. An appeal lies against it."""
    return one(await decisions.declare_ineligible(session, actor, dispute_id, data, version=version))


@router.get("/sanctions", response_model=Page[SanctionRead], **EXAMINES)
async def list_sanctions(
    request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID, query: Pages
) -> Response:
    """The sanctions of a case, the spent and the quashed too."""
    return page(request, await hearing_reads.list_sanctions(session, actor, dispute_id, query))


@router.get("/appeals", response_model=Page[AppealRead], **EXAMINES)
async def list_appeals(
    request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID, query: Pages
) -> Response:
    """The appeals of a case, in time and late."""
    return page(request, await hearing_reads.list_appeals(session, actor, dispute_id, query))


@router.post("/record-appeal", response_model=DisputeRead, **HANDLES)
async def record_appeal(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: AppealRecorded, version: VersionIfSentDep
) -> Response:
    """Enter an appeal that came by letter or mail; one out of time is kept, and waits for discretion."""
    return one(await appeals.record_appeal(session, actor, dispute_id, data, version=version))


@router.post("/admit-appeal", response_model=DisputeRead, **ON_APPEAL)
async def admit_appeal(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: AppealRuling, version: VersionIfSentDep
) -> Response:
    """Have a late appeal heard all the same, with reasons."""
    return one(await appeals.admit_appeal(session, actor, dispute_id, data, version=version))


@router.post("/refuse-appeal", response_model=DisputeRead, **ON_APPEAL)
async def refuse_appeal(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: AppealRuling, version: VersionIfSentDep
) -> Response:
    """Leave a late appeal unheard, with reasons."""
    return one(await appeals.refuse_appeal(session, actor, dispute_id, data, version=version))


@router.post("/decide-appeal", response_model=DisputeRead, **ON_APPEAL)
async def decide_appeal(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: AppealDecision, version: VersionIfSentDep
) -> Response:
    """The appeal panel's decision: what was decided stands, is varied, or falls. It is final."""
    return one(await appeals_decide.decide_appeal(session, actor, dispute_id, data, version=version))


@router.post("/reopen", response_model=DisputeRead, **ON_APPEAL)
async def reopen_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Reopening, version: VersionIfSentDep
) -> Response:
    """Uphold an appeal against a dismissal: the complaint is taken up again from the beginning."""
    return one(await appeals_decide.reopen_dispute(session, actor, dispute_id, data, version=version))


@router.post("/finalise", response_model=DisputeRead, **HANDLES)
async def finalise_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, version: VersionIfSentDep
) -> Response:
    """Make final what nobody has appealed against in time. It also happens by itself."""
    return one(await appeals.finalise_dispute(session, actor, dispute_id, version=version))
