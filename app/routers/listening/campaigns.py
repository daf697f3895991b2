"""/v1/listening-campaigns: their course, and the institutions that take part and decide."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.listening_shapes import (
    ListeningCampaignCreate,
    ListeningCampaignRead,
    ListeningCampaignStepped,
    ListeningCampaignSummary,
    ListeningCampaignUpdate,
    ListeningClose,
    ListeningOrganisationRead,
    ListeningResult,
    ListeningVoteCreate,
    ListeningVoteRead,
    ListeningVoteStrike,
    TakingPart,
    TakingPartEnd,
)
from app.routers.deps import (
    DRAWN,
    ActorDep,
    Router,
    SessionDep,
    VersionDep,
    VersionIfSentDep,
    drawn,
    one,
    page,
    requires,
    told,
)
from app.services.listening import closing, planning, results, voting

router = Router("/v1", "organising")
LIST = "/listening-campaigns"
ONE = f"{LIST}/{{listening_campaign_id}}"
READS = requires(Permission.organising_read)
RUNS = requires(Permission.organising_run, once=True)


@router.post(LIST, status_code=201, response_model=ListeningCampaignStepped, **RUNS)
async def create_listening_campaign(session: SessionDep, actor: ActorDep, data: ListeningCampaignCreate) -> Response:
    """Plan a listening campaign: the question, the days, the institutions, and the assembly that decides."""
    made = await planning.create_campaign(session, actor, data)
    return one(made, status=201, location=f"/v1{LIST}/{made.id}")


@router.get(LIST, response_model=Page[ListeningCampaignSummary], **READS)
async def list_listening_campaigns(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[planning.ListeningCampaignsQuery, Query()]
) -> Response:
    """Listening campaigns, the one that began last before the others."""
    return page(request, await planning.list_campaigns(session, actor, query))


@router.get(ONE, response_model=ListeningCampaignRead, **READS)
async def get_listening_campaign(session: SessionDep, actor: ActorDep, listening_campaign_id: UUID) -> Response:
    """A listening campaign, how much was heard so far, and what may be done next."""
    return one(await planning.get_campaign(session, actor, listening_campaign_id))


@router.patch(ONE, response_model=ListeningCampaignStepped, **requires(Permission.organising_run))
async def update_listening_campaign(
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    data: ListeningCampaignUpdate,
    version: VersionDep,
) -> Response:
    """Change what is planned; while institutions discern, of the assembly alone."""
    return one(await planning.change_campaign(session, actor, listening_campaign_id, data, version=version))


@router.post(f"{ONE}/start", response_model=ListeningCampaignStepped, **RUNS)
async def start_listening_campaign(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, version: VersionIfSentDep
) -> Response:
    """Begin to listen."""
    return one(await planning.start(session, actor, listening_campaign_id, version=version))


@router.post(f"{ONE}/begin-discernment", response_model=ListeningCampaignStepped, **RUNS)
async def begin_discernment(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, version: VersionIfSentDep
) -> Response:
    """End the listening: from now on institutions vote on the themes."""
    return one(await planning.begin_discernment(session, actor, listening_campaign_id, version=version))


@router.post(f"{ONE}/close", response_model=ListeningCampaignStepped, **RUNS)
async def close_listening_campaign(
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    data: ListeningClose,
    version: VersionIfSentDep,
) -> Response:
    """Keep what the assembly decided. An order that is not the vote's needs a reason."""
    return one(await closing.close(session, actor, listening_campaign_id, data, version=version))


@router.post(f"{ONE}/cancel", response_model=ListeningCampaignStepped, **RUNS)
async def cancel_listening_campaign(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, version: VersionIfSentDep
) -> Response:
    """Give up a listening campaign before institutions discern."""
    return one(await planning.cancel(session, actor, listening_campaign_id, version=version))


@router.get(f"{ONE}/organisations", response_model=Page[ListeningOrganisationRead], **READS)
async def list_listening_organisations(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    query: Annotated[planning.TakingPartQuery, Query()],
) -> Response:
    """Institutions that take part, or did, with how many of their people were heard."""
    return page(request, await planning.list_organisations(session, actor, listening_campaign_id, query))


@router.post(f"{ONE}/organisations", response_model=ListeningCampaignStepped, **RUNS)
async def add_listening_organisation(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, data: TakingPart
) -> Response:
    """Let an institution take part; one that is not on record becomes a prospect with it."""
    return one(await planning.add_organisation(session, actor, listening_campaign_id, data))


@router.post(f"{ONE}/organisations/{{organisation_id}}/leave", response_model=ListeningCampaignStepped, **RUNS)
async def remove_listening_organisation(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, organisation_id: UUID, data: TakingPartEnd
) -> Response:
    """End the part of an institution that has not voted."""
    return one(
        await planning.remove_organisation(session, actor, listening_campaign_id, organisation_id, data),
    )


@router.get(f"{ONE}/votes", response_model=Page[ListeningVoteRead], **READS)
async def list_listening_votes(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    query: Annotated[voting.ListeningVotesQuery, Query()],
) -> Response:
    """Votes as they were recorded, struck ones too."""
    return page(request, await voting.list_votes(session, actor, listening_campaign_id, query))


@router.post(f"{ONE}/votes", status_code=201, response_model=ListeningVoteRead, **RUNS)
async def create_listening_vote(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, data: ListeningVoteCreate
) -> Response:
    """Record the one voice of an institution, as its delegate gives it."""
    return one(await voting.create_vote(session, actor, listening_campaign_id, data), status=201)


@router.post(f"{ONE}/votes/{{vote_id}}/strike", response_model=ListeningVoteRead, **RUNS)
async def strike_listening_vote(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, vote_id: UUID, data: ListeningVoteStrike
) -> Response:
    """Take back a vote that was recorded wrongly, by somebody else than who recorded it."""
    return one(await voting.strike_vote(session, actor, listening_campaign_id, vote_id, data))


@router.get(f"{ONE}/result", response_model=ListeningResult, **READS)
async def get_listening_result(session: SessionDep, actor: ActorDep, listening_campaign_id: UUID) -> Response:
    """Themes by votes and by what was heard, turnout of institutions, and what was decided. Ties are shown as ties."""
    return told(await results.get_result(session, actor, listening_campaign_id))


@router.get(f"{ONE}/result/chart", **DRAWN, **READS)
async def draw_listening_result(session: SessionDep, actor: ActorDep, listening_campaign_id: UUID) -> Response:
    """The votes for each theme as SVG."""
    return drawn(await results.draw_result(session, actor, listening_campaign_id))
