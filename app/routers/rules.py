"""/v1/rules: the rule book."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.rules import ClauseAmend, ClauseCreate, ClauseDetail, ClauseRead, ClauseRepeal
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, signed_in
from app.services import rules

router = Router("/v1/rules", "rules")


@router.get("", response_model=Page[ClauseRead], **signed_in())
async def list_clauses(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[rules.ClausesQuery, Query()],
) -> Response:
    """The rule book as it stands, or stood on a day, for whoever is signed in; by number, F.3.2 before F.3.10."""
    return page(request, await rules.list_clauses(session, actor, query))


@router.post("", status_code=201, response_model=ClauseDetail, **requires(Permission.rules_manage, once=True))
async def create_clause(session: SessionDep, actor: ActorDep, data: ClauseCreate) -> Response:
    """Enter a clause, nationally, from a day past or to come. No two editions of a number overlap."""
    made = await rules.create_clause(session, actor, data)
    return one(made, status=201, location=f"/v1/rules/{made.id}")


@router.get("/{clause_id}", response_model=ClauseDetail, **signed_in())
async def get_clause(session: SessionDep, actor: ActorDep, clause_id: UUID) -> Response:
    """One edition of a clause, for whoever is signed in."""
    return one(await rules.get_clause(session, actor, clause_id))


@router.post(
    "/{clause_id}/amend",
    status_code=201,
    response_model=ClauseDetail,
    **requires(Permission.rules_manage, once=True),
)
async def amend_clause(
    session: SessionDep, actor: ActorDep, clause_id: UUID, data: ClauseAmend, version: VersionIfSentDep
) -> Response:
    """Put the next edition in a clause's place from a day, on which the present one ends."""
    made = await rules.amend_clause(session, actor, clause_id, data, version=version)
    return one(made, status=201, location=f"/v1/rules/{made.id}")


@router.post("/{clause_id}/repeal", response_model=ClauseDetail, **requires(Permission.rules_manage, once=True))
async def repeal_clause(
    session: SessionDep, actor: ActorDep, clause_id: UUID, data: ClauseRepeal, version: VersionIfSentDep
) -> Response:
    """End a clause, today unless you name a day; one that has not begun is withdrawn."""
    return one(await rules.repeal_clause(session, actor, clause_id, data, version=version))
