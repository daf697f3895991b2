"""/v1/branches: the tree of units, what they cover, and how they change."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.branches import (
    BranchCounts,
    BranchCreate,
    BranchDetail,
    BranchMove,
    BranchProposal,
    BranchPropose,
    BranchRead,
    BranchSuspend,
    BranchTree,
    BranchUpdate,
)
from app.models.members import LegalDate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires, signed_in
from app.services import branches, branches_change, branches_counts, branches_tree

router = Router("/v1/branches", "branches")


@router.get("", response_model=Page[BranchRead], **signed_in())
async def list_branches(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[branches.BranchesQuery, Query()]
) -> Response:
    """Units of the organisation. The tree speaks of nobody: whoever is signed in sees all of it."""
    return page(request, await branches.list_branches(session, actor, query))


@router.post("", status_code=201, response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def create_branch(session: SessionDep, actor: ActorDep, data: BranchCreate) -> Response:
    """Put a new unit, forming, below one that you manage."""
    made = await branches.create_branch(session, actor, data)
    return one(made, status=201, location=f"/v1/branches/{made.id}")


@router.get("/tree", response_model=BranchTree, **signed_in())
async def get_tree(
    session: SessionDep,
    actor: ActorDep,
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", max_length=500, description="The ETag of the tree that you have."),
    ] = None,
) -> Response:
    """All units but the dissolved, each before what lies below it, for whoever is signed in."""
    known = {tag.strip().removeprefix("W/").strip('"') for tag in (if_none_match or "").split(",")}
    tree = await branches_tree.get_tree(session, actor, known)
    headers = {"ETag": f'"{tree.tag}"', "Cache-Control": "private, no-cache"}
    if tree.body is None:
        return Response(None, 304, headers)
    return Response(tree.body, 200, headers, media_type="application/json")


@router.post("/propose", response_model=BranchProposal, **signed_in())
async def propose_branch(session: SessionDep, actor: ActorDep, data: BranchPropose) -> Response:
    """Where somebody belongs who lives at a postcode: the deepest open unit that covers it, and others."""
    return Response(await branches.propose(session, actor, data), media_type="application/json")


@router.get("/{branch_id}", response_model=BranchDetail, **signed_in())
async def get_branch(session: SessionDep, actor: ActorDep, branch_id: UUID) -> Response:
    """One unit, with what you may do to it. Whoever is signed in sees it."""
    return one(await branches.get_branch(session, actor, branch_id))


@router.patch("/{branch_id}", response_model=BranchDetail, **requires(Permission.branches_manage))
async def update_branch(
    session: SessionDep, actor: ActorDep, branch_id: UUID, data: BranchUpdate, version: VersionDep
) -> Response:
    """Correct names, code and coverage: a field left out stays, a field set to null is emptied."""
    return one(await branches.update_branch(session, actor, branch_id, data, version=version))


@router.get("/{branch_id}/children", response_model=Page[BranchRead], **signed_in())
async def list_children(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    branch_id: UUID,
    query: Annotated[branches.ChildrenQuery, Query()],
) -> Response:
    """The units directly below one, for whoever is signed in."""
    return page(request, await branches.list_children(session, actor, branch_id, query))


@router.get("/{branch_id}/counts", response_model=BranchCounts, **requires(Permission.members_read))
async def get_branch_counts(
    session: SessionDep, actor: ActorDep, branch_id: UUID, as_of: Annotated[LegalDate | None, Query()] = None
) -> Response:
    """Members by standing in the unit and everything below it, today or as of an earlier day."""
    tally = await branches_counts.count_members(session, actor, branch_id, as_of)
    return Response(tally, media_type="application/json")


@router.post("/{branch_id}/move", response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def move_branch(session: SessionDep, actor: ActorDep, branch_id: UUID, data: BranchMove) -> Response:
    """Put a unit and everything below it under another; you must manage both places."""
    return one(await branches_change.move_branch(session, actor, branch_id, data))


@router.post("/{branch_id}/recognise", response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def recognise_branch(session: SessionDep, actor: ActorDep, branch_id: UUID) -> Response:
    """Recognise a forming unit, from the unit above it."""
    return one(await branches_change.change_status(session, actor, branch_id, "recognise"))


@router.post("/{branch_id}/suspend", response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def suspend_branch(session: SessionDep, actor: ActorDep, branch_id: UUID, data: BranchSuspend) -> Response:
    """Suspend a unit, from the unit above it, saying why."""
    return one(await branches_change.change_status(session, actor, branch_id, "suspend", reason=data.reason))


@router.post("/{branch_id}/reinstate", response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def reinstate_branch(session: SessionDep, actor: ActorDep, branch_id: UUID) -> Response:
    """End the suspension of a unit, from the unit above it."""
    return one(await branches_change.change_status(session, actor, branch_id, "reinstate"))


@router.post("/{branch_id}/dissolve", response_model=BranchDetail, **requires(Permission.branches_manage, once=True))
async def dissolve_branch(session: SessionDep, actor: ActorDep, branch_id: UUID) -> Response:
    """Dissolve a unit that is empty: no open unit below it, no members, no running terms of office."""
    return one(await branches_change.change_status(session, actor, branch_id, "dissolve"))
