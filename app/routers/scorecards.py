"""/v1/scorecards: who was asked, who promised and who kept it."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.pledges_shapes import Scorecards
from app.routers.deps import DRAWN, ActorDep, Router, SessionDep, drawn, requires, told
from app.services import scorecards

router = Router("/v1/scorecards", "organising")
READS = requires(Permission.organising_read)
Asked = Annotated[scorecards.ScorecardsQuery, Query()]


@router.get("", response_model=Scorecards, **READS)
async def get_scorecards(session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """How many pledges stand where, by decision maker and by body, as of the end of a day."""
    return told(await scorecards.get_scorecards(session, actor, query))


@router.get("/chart", **DRAWN, **READS)
async def get_scorecards_chart(session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """The scorecards as a picture: a bar for each decision maker, or the thirty largest bodies where they are many."""
    return drawn(await scorecards.draw_scorecards(session, actor, query))
