"""/v1/access-alerts: what is unusual in the log of reads."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.access_alerts import AccessAlertRead, AccessAlertSummary, LookedInto
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import access_alerts

router = Router("/v1/access-alerts", "data protection")
READS = requires(Permission.privacy_read)
Asked = Annotated[access_alerts.AccessAlertsQuery, Query()]


@router.get("", response_model=Page[AccessAlertSummary], response_model_exclude_unset=True, **READS)
async def list_access_alerts(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Exports at night, far more reads than usual, a record that many read. The newest first, none about yourself."""
    return page(request, await access_alerts.list_alerts(session, actor, query))


@router.get("/{alert_id}", response_model=AccessAlertRead, **READS)
async def get_access_alert(session: SessionDep, actor: ActorDep, alert_id: UUID) -> Response:
    """An alert with what was done about it. The read is logged."""
    return one(await access_alerts.get_alert(session, actor, alert_id))


@router.post("/{alert_id}/look-into", response_model=AccessAlertRead, **requires(Permission.privacy_handle, once=True))
async def look_into_access_alert(
    session: SessionDep, actor: ActorDep, alert_id: UUID, data: LookedInto, version: VersionIfSentDep
) -> Response:
    """Say what was behind an alert, and name the breach where it was one."""
    return one(await access_alerts.look_into(session, actor, alert_id, data, version=version))
