"""/v1/members: finding, reading, adding and correcting members and supporters of your branches."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.audit import ChangeRead
from app.models.member_verbs import (
    Death,
    MemberSearch,
    MembershipTermRead,
    MemberSuggest,
    MemberSuggestions,
    Reinstatement,
    Resignation,
    Suspension,
)
from app.models.members import MemberCreate, MemberRead, MemberSummary, MemberUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import members, members_ends, members_history, members_search, membership_terms

router = Router("/v1/members", "members")
ENDS = requires(Permission.members_end, once=True)
DECIDES = requires(Permission.members_decide, once=True)


@router.get("", response_model=Page[MemberSummary], **requires(Permission.members_read))
async def list_members(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[members.MembersQuery, Query()]
) -> Response:
    """Members and supporters in your branches, by name unless you ask otherwise."""
    return page(request, await members.list_members(session, actor, query))


@router.post("", status_code=201, response_model=MemberRead, **requires(Permission.members_create, once=True))
async def create_member(session: SessionDep, actor: ActorDep, data: MemberCreate) -> Response:
    """Add a member or a supporter to a branch; left out, the branch follows from the postcode."""
    made = await members.create_member(session, actor, data)
    return one(made, status=201, location=f"/v1/members/{made.id}")


@router.post("/search", response_model=Page[MemberSummary], **requires(Permission.members_read, reads=True))
async def search_members(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    data: MemberSearch,
    query: Annotated[members_search.MembersSearchQuery, Query()],
) -> Response:
    """Members in your branches who meet every criterion in the body; paged and sorted by the query, as the list is.

    For the next page send the same body with `cursor`. E-mail, phone and postcode need members:contact.
    """
    return page(request, await members_search.search_members(session, actor, data, query))


@router.post("/suggest", response_model=MemberSuggestions, **requires(Permission.members_read, reads=True))
async def suggest_members(session: SessionDep, actor: ActorDep, data: MemberSuggest) -> Response:
    """At most ten members whom the text typed so far may mean, family names that begin with it first."""
    found = await members_search.suggest_members(session, actor, data)
    return Response(found, media_type="application/json")


@router.get("/{member_id}", response_model=MemberRead, **requires(Permission.members_read))
async def get_member(session: SessionDep, actor: ActorDep, member_id: UUID) -> Response:
    """One member, with what you may do. Contact details are left out for those without members:contact."""
    return one(await members.get_member(session, actor, member_id))


@router.patch("/{member_id}", response_model=MemberRead, **requires(Permission.members_update))
async def update_member(
    session: SessionDep, actor: ActorDep, member_id: UUID, data: MemberUpdate, version: VersionDep
) -> Response:
    """Correct a record: a field left out stays, a field set to null is emptied."""
    return one(await members.update_member(session, actor, member_id, data, version=version))


@router.get("/{member_id}/history", response_model=Page[ChangeRead], **requires(Permission.members_read))
async def list_member_changes(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    member_id: UUID,
    query: Annotated[members_history.HistoryQuery, Query()],
) -> Response:
    """Every change of a record made while it was in your branches: who, when and what, the newest first."""
    return page(request, await members_history.list_changes(session, actor, member_id, query))


@router.get("/{member_id}/terms", response_model=Page[MembershipTermRead], **requires(Permission.members_read))
async def list_membership_terms(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    member_id: UUID,
    query: Annotated[membership_terms.TermsQuery, Query()],
) -> Response:
    """What a member has paid for, period by period, the latest first."""
    return page(request, await membership_terms.list_terms(session, actor, member_id, query))


@router.post("/{member_id}/resign", response_model=MemberRead, **ENDS)
async def resign_member(
    session: SessionDep, actor: ActorDep, member_id: UUID, data: Resignation, version: VersionIfSentDep
) -> Response:
    """Record a resignation. Mail stops and offices end at once, in this one call."""
    return one(await members_ends.resign_member(session, actor, member_id, data, version=version))


@router.post("/{member_id}/record-death", response_model=MemberRead, **ENDS)
async def record_death(
    session: SessionDep, actor: ActorDep, member_id: UUID, data: Death, version: VersionIfSentDep
) -> Response:
    """Record a death. Mail stops, offices end and the person's account is closed at once, in this one call."""
    return one(await members_ends.record_death(session, actor, member_id, data, version=version))


@router.post("/{member_id}/suspend", response_model=MemberRead, **DECIDES)
async def suspend_member(
    session: SessionDep, actor: ActorDep, member_id: UUID, data: Suspension, version: VersionIfSentDep
) -> Response:
    """Suspend a member from today, until a day or until further notice."""
    return one(await members_ends.suspend_member(session, actor, member_id, data, version=version))


@router.post("/{member_id}/reinstate", response_model=MemberRead, **DECIDES)
async def reinstate_member(
    session: SessionDep, actor: ActorDep, member_id: UUID, data: Reinstatement, version: VersionIfSentDep
) -> Response:
    """End a suspension or take back a resignation. Ended offices do not come back."""
    return one(await members_ends.reinstate_member(session, actor, member_id, data, version=version))
