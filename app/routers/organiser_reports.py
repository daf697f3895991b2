"""/v1/organiser-reports: what organisers report to whoever supervises them, from the records and in their words."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.organiser_reports import (
    OrganiserReportRead,
    OrganiserReportSummary,
    ReportAcknowledge,
    ReportDraft,
    ReportReturn,
    ReportSend,
    ReportWords,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, signed_in, told
from app.services import organiser_reports

router = Router("/v1/organiser-reports", "organising")
own_router = Router("/v1/me/reports", "organising")
SETTLES = requires(Permission.supervision_set, once=True)
RECORDS = requires(Permission.meetings_record, once=True)
Asked = Annotated[organiser_reports.ReportsQuery, Query()]
Time = Annotated[organiser_reports.ReportTime, Query()]


@own_router.get("/draft", response_model=ReportDraft, **requires(Permission.meetings_record))
async def draft_own_report(session: SessionDep, actor: ActorDep, query: Time) -> Response:
    """The figures of a time from the records, of the last whole month unless you say another."""
    return told(await organiser_reports.draft_report(session, actor, query))


@own_router.post("", status_code=201, response_model=OrganiserReportRead, **RECORDS)
async def send_own_report(session: SessionDep, actor: ActorDep, data: ReportSend) -> Response:
    """Report a time: its figures are fixed as they stand now, with what they do not say."""
    made = await organiser_reports.send_report(session, actor, data)
    return one(made, status=201, location=f"/v1/organiser-reports/{made.id}")


@own_router.post("/{report_id}/send-again", response_model=OrganiserReportRead, **signed_in(once=True))
async def send_own_report_again(
    session: SessionDep, actor: ActorDep, report_id: UUID, data: ReportWords, version: VersionIfSentDep
) -> Response:
    """Send a report that was returned anew, with its figures as they stand now."""
    return one(await organiser_reports.send_again(session, actor, report_id, data, version=version))


@router.get("", response_model=Page[OrganiserReportSummary], **signed_in())
async def list_organiser_reports(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Your own reports, and those of the organisers whom you supervise."""
    return page(request, await organiser_reports.list_reports(session, actor, query))


@router.get("/{report_id}", response_model=OrganiserReportRead, **signed_in())
async def get_organiser_report(session: SessionDep, actor: ActorDep, report_id: UUID) -> Response:
    """A report, with its figures as they were when it was sent."""
    return one(await organiser_reports.get_report(session, actor, report_id))


@router.post("/{report_id}/acknowledge", response_model=OrganiserReportRead, **SETTLES)
async def acknowledge_organiser_report(
    session: SessionDep, actor: ActorDep, report_id: UUID, data: ReportAcknowledge, version: VersionIfSentDep
) -> Response:
    """Take a report in, and answer it if you want to."""
    return one(await organiser_reports.acknowledge_report(session, actor, report_id, data, version=version))


@router.post("/{report_id}/return", response_model=OrganiserReportRead, **SETTLES)
async def return_organiser_report(
    session: SessionDep, actor: ActorDep, report_id: UUID, data: ReportReturn, version: VersionIfSentDep
) -> Response:
    """Give a report back, with what is missing."""
    return one(await organiser_reports.return_report(session, actor, report_id, data, version=version))
