"""/v1/organisations: the institutions of an alliance, the societies and unions that a party works with."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.affiliations import AffiliationCreate, AffiliationRead, BelongingEnd
from app.models.members import LegalDate
from app.models.organisations_shapes import (
    OrganisationCreate,
    OrganisationDecided,
    OrganisationJoin,
    OrganisationMove,
    OrganisationRead,
    OrganisationRenew,
    OrganisationSteps,
    OrganisationStepTake,
    OrganisationSummary,
    OrganisationUpdate,
    Retention,
)
from app.models.representatives import RepresentativeCreate, RepresentativeRead
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
from app.services import affiliations, organisation_figures, organisations, organisations_steps, representatives

router = Router("/v1/organisations", "organising")
belonging_router = Router("/v1/affiliations", "organising")
speaking_router = Router("/v1/representatives", "organising")
routers = (router, belonging_router, speaking_router)
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[organisations.OrganisationsQuery, Query()]
Between = Annotated[organisation_figures.RetentionQuery, Query()]
AsOf = Annotated[LegalDate | None, Query(description="The day on which it is told; today if left out.")]
AffiliationsAsked = Annotated[affiliations.AffiliationsQuery, Query()]
RepresentativesAsked = Annotated[representatives.RepresentativesQuery, Query()]


@router.post("", status_code=201, response_model=OrganisationDecided, **RUNS)
async def create_organisation(session: SessionDep, actor: ActorDep, data: OrganisationCreate) -> Response:
    """Put an organisation on record, as a prospect."""
    made = await organisations.create_organisation(session, actor, data)
    return one(made, status=201, location=f"/v1/organisations/{made.id}")


@router.get("", response_model=Page[OrganisationSummary], **READS)
async def list_organisations(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Organisations in your reach; `quiet_since` finds those that go cold."""
    return page(request, await organisations.list_organisations(session, actor, query))


@router.get("/retention", response_model=Retention, **READS)
async def get_retention(session: SessionDep, actor: ActorDep, query: Between) -> Response:
    """Of the members of one day those who are members on another, and what the same ones pay."""
    return told(await organisation_figures.get_retention(session, actor, query))


@router.get("/retention/chart", **DRAWN, **READS)
async def draw_retention(session: SessionDep, actor: ActorDep, query: Between) -> Response:
    """The same as a chart."""
    return drawn(await organisation_figures.draw_retention(session, actor, query))


@router.get("/{organisation_id}", response_model=OrganisationRead, **READS)
async def get_organisation(session: SessionDep, actor: ActorDep, organisation_id: UUID, as_of: AsOf = None) -> Response:
    """An organisation, with its state and who speaks for it, today or on another day."""
    return one(await organisations.get_organisation(session, actor, organisation_id, as_of))


@router.patch("/{organisation_id}", response_model=OrganisationDecided, **CHANGES)
async def update_organisation(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: OrganisationUpdate, version: VersionDep
) -> Response:
    """Correct an organisation's record."""
    return one(await organisations.update_organisation(session, actor, organisation_id, data, version=version))


@router.get("/{organisation_id}/steps", response_model=OrganisationSteps, **READS)
async def list_organisation_steps(session: SessionDep, actor: ActorDep, organisation_id: UUID) -> Response:
    """How it came to stand where it does, and its years of membership."""
    return told(await organisation_figures.get_steps(session, actor, organisation_id))


@router.post("/{organisation_id}/move", response_model=OrganisationDecided, **RUNS)
async def move_organisation(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: OrganisationMove, version: VersionIfSentDep
) -> Response:
    """Give it into the care of another unit of yours, with all that hangs from it."""
    moved = await organisations.move_organisation(session, actor, organisation_id, data.branch_id, version=version)
    return one(moved)


@router.post("/{organisation_id}/join", response_model=OrganisationDecided, **RUNS)
async def join_organisation(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: OrganisationJoin, version: VersionIfSentDep
) -> Response:
    """It is a member: its first year begins."""
    return one(await organisations_steps.join_organisation(session, actor, organisation_id, data, version=version))


@router.post("/{organisation_id}/renew", response_model=OrganisationDecided, **RUNS)
async def renew_organisation(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: OrganisationRenew, version: VersionIfSentDep
) -> Response:
    """Another year of membership."""
    return one(await organisations_steps.renew_organisation(session, actor, organisation_id, data, version=version))


def _add_step(action: str, told_of: str) -> None:
    """The route of a step that takes nothing but a note, or its reason."""

    async def step(
        session: SessionDep,
        actor: ActorDep,
        organisation_id: UUID,
        data: OrganisationStepTake,
        version: VersionIfSentDep,
    ) -> Response:
        moved = organisations_steps.step_organisation(
            session, actor, organisation_id, action, data.note, version=version
        )
        return one(await moved)

    step.__name__, step.__doc__ = f"{action}_organisation", told_of
    path = f"/{{organisation_id}}/{action.replace('_', '-')}"
    router.post(path, response_model=OrganisationDecided, **RUNS)(step)


_add_step("approach", "Talks about membership have begun.")
_add_step("agree", "It will join.")
_add_step("flag_risk", "It may leave, and why.")
_add_step("recover", "It is no longer at risk.")
_add_step("lapse", "Its year was not renewed.")
_add_step("leave", "It has left, and why. The rest of its year falls away.")
_add_step("return", "Talks about its return have begun.")


@router.post("/{organisation_id}/affiliations", status_code=201, response_model=AffiliationRead, **RUNS)
async def add_affiliation(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: AffiliationCreate
) -> Response:
    """Note that somebody belongs to it: somebody on record, or somebody new, who becomes a supporter."""
    made = await affiliations.add_affiliation(session, actor, organisation_id, data)
    return one(made, status=201)


@router.get("/{organisation_id}/affiliations", response_model=Page[AffiliationRead], **READS)
async def list_organisation_affiliations(
    request: Request, session: SessionDep, actor: ActorDep, organisation_id: UUID, query: AffiliationsAsked
) -> Response:
    """Who belongs to it. That it was read is logged."""
    found = await affiliations.list_affiliations(session, actor, query, organisation_id=organisation_id)
    return page(request, found)


@router.post("/{organisation_id}/representatives", status_code=201, response_model=RepresentativeRead, **RUNS)
async def add_representative(
    session: SessionDep, actor: ActorDep, organisation_id: UUID, data: RepresentativeCreate
) -> Response:
    """Note who speaks for it: as its lead, its voice, for its dues, or as a deputy."""
    made = await representatives.add_representative(session, actor, organisation_id, data)
    return one(made, status=201)


@router.get("/{organisation_id}/representatives", response_model=Page[RepresentativeRead], **READS)
async def list_organisation_representatives(
    request: Request, session: SessionDep, actor: ActorDep, organisation_id: UUID, query: RepresentativesAsked
) -> Response:
    """Who speaks and spoke for it."""
    found = await representatives.list_representatives(session, actor, query, organisation_id=organisation_id)
    return page(request, found)


@belonging_router.get("", response_model=Page[AffiliationRead], **READS)
async def list_affiliations(
    request: Request, session: SessionDep, actor: ActorDep, query: AffiliationsAsked
) -> Response:
    """Affiliations with the organisations in your reach, of one person for example."""
    return page(request, await affiliations.list_affiliations(session, actor, query))


@belonging_router.post("/{affiliation_id}/end", response_model=AffiliationRead, **RUNS)
async def end_affiliation(session: SessionDep, actor: ActorDep, affiliation_id: UUID, data: BelongingEnd) -> Response:
    """They belong to it no longer."""
    return one(await affiliations.end_affiliation(session, actor, affiliation_id, data))


@speaking_router.get("", response_model=Page[RepresentativeRead], **READS)
async def list_representatives(
    request: Request, session: SessionDep, actor: ActorDep, query: RepresentativesAsked
) -> Response:
    """Who speaks for the organisations in your reach: with `role` voting, the delegates to an assembly on a day."""
    return page(request, await representatives.list_representatives(session, actor, query))


@speaking_router.post("/{representative_id}/end", response_model=RepresentativeRead, **RUNS)
async def end_representative(
    session: SessionDep, actor: ActorDep, representative_id: UUID, data: BelongingEnd
) -> Response:
    """They speak for it no longer."""
    return one(await representatives.end_representative(session, actor, representative_id, data))
