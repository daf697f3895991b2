"""/v1/actions/{action_id}/turnout: promised against counted, of each institution and of all."""

from uuid import UUID

from starlette.responses import Response

from app.core.permissions import Permission
from app.models.turnout import TurnoutCount, TurnoutPromise, TurnoutRead
from app.routers.deps import DRAWN, ActorDep, Router, SessionDep, drawn, requires, told
from app.services import turnout

router = Router("/v1/actions/{action_id}/turnout", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)


@router.get("", response_model=TurnoutRead, **READS)
async def get_turnout(session: SessionDep, actor: ActorDep, action_id: UUID) -> Response:
    """What each institution promised and who came of it: counted by hand, else as checked in."""
    return told(await turnout.get_turnout(session, actor, action_id))


@router.post("", status_code=201, response_model=TurnoutRead, **RUNS)
async def promise_turnout(session: SessionDep, actor: ActorDep, action_id: UUID, data: TurnoutPromise) -> Response:
    """What an institution promises to bring. What it promised before is kept."""
    return told(await turnout.promise_turnout(session, actor, action_id, data), 201)


@router.post("/count", status_code=201, response_model=TurnoutRead, **RUNS)
async def count_turnout(session: SessionDep, actor: ActorDep, action_id: UUID, data: TurnoutCount) -> Response:
    """How many of an institution came, counted by hand. Not before the action has begun."""
    return told(await turnout.count_turnout(session, actor, action_id, data), 201)


@router.get("/chart", **DRAWN, **READS)
async def get_turnout_chart(session: SessionDep, actor: ActorDep, action_id: UUID) -> Response:
    """Turnout as a picture: promised and counted side by side, of the thirty that promised most."""
    return drawn(await turnout.draw_turnout(session, actor, action_id))
