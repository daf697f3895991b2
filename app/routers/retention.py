"""/v1/retention-rules and /v1/retention-runs: what is kept for how long, and ending it by two people."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.retention import (
    RetentionPeriodSet,
    RetentionRule,
    RetentionRuleRead,
    RetentionRunDecided,
    RetentionRunPropose,
    RetentionRunRead,
    RetentionRunSummary,
    RetentionSaid,
    RetentionWithdrawal,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, signed_in, told
from app.services.retention import periods
from app.services.retention import runs as service

rules = Router("/v1/retention-rules", "data protection")
runs = Router("/v1/retention-runs", "data protection")
READS, HANDLES = requires(Permission.privacy_read), requires(Permission.privacy_handle, once=True)
APPROVES = requires(Permission.privacy_approve, once=True)
Rule = Annotated[RetentionRule, Path(description="The rule's key.")]
Asked = Annotated[service.RetentionRunsQuery, Query()]


@rules.get("", response_model=Page[RetentionRuleRead], **signed_in())
async def list_retention_rules(request: Request, session: SessionDep, actor: ActorDep) -> Response:
    """Every rule: what is kept for how long, why, and what is done then. Everybody may know."""
    return page(request, await periods.list_rules(session, actor))


@rules.post("/{rule}/periods", status_code=201, response_model=RetentionRuleRead, **HANDLES)
async def set_retention_period(session: SessionDep, actor: ActorDep, rule: Rule, data: RetentionPeriodSet) -> Response:
    """Keep something for longer or less long from now on, within the rule's bounds. Earlier periods stay on record."""
    return told(await periods.set_period(session, actor, rule, data), 201)


@runs.post("", status_code=201, response_model=RetentionRunDecided, **HANDLES)
async def propose_retention_run(session: SessionDep, actor: ActorDep, data: RetentionRunPropose) -> Response:
    """Make a dry run of a rule: it counts and lists whom or what it is about, and changes nothing."""
    made = await service.propose_run(session, actor, data)
    return one(made, status=201, location=f"/v1/retention-runs/{made.id}")


@runs.get("", response_model=Page[RetentionRunSummary], response_model_exclude_unset=True, **READS)
async def list_retention_runs(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Runs, the newest first."""
    return page(request, await service.list_runs(session, actor, query))


@runs.get("/{run_id}", response_model=RetentionRunRead, **READS)
async def get_retention_run(session: SessionDep, actor: ActorDep, run_id: UUID) -> Response:
    """A run with its numbers, samples of whom it takes and leaves out, and its course. The read is logged."""
    return one(await service.get_run(session, actor, run_id))


@runs.post("/{run_id}/approve", response_model=RetentionRunDecided, **APPROVES)
async def approve_retention_run(
    session: SessionDep, actor: ActorDep, run_id: UUID, version: VersionIfSentDep
) -> Response:
    """Have a run applied, as a second person, in batches. A dry run that no longer fits is refused."""
    return one(await service.approve_run(session, actor, run_id, version=version))


@runs.post("/{run_id}/refuse", response_model=RetentionRunDecided, **APPROVES)
async def refuse_retention_run(
    session: SessionDep, actor: ActorDep, run_id: UUID, data: RetentionSaid, version: VersionIfSentDep
) -> Response:
    """Do not have a run applied, as a second person, and say why."""
    return one(await service.refuse_run(session, actor, run_id, data, version=version))


@runs.post("/{run_id}/withdraw", response_model=RetentionRunDecided, **HANDLES)
async def withdraw_retention_run(
    session: SessionDep, actor: ActorDep, run_id: UUID, data: RetentionWithdrawal, version: VersionIfSentDep
) -> Response:
    """Drop a dry run."""
    return one(await service.withdraw_run(session, actor, run_id, data, version=version))


@runs.post("/{run_id}/stop", response_model=RetentionRunDecided, **HANDLES)
async def stop_retention_run(
    session: SessionDep, actor: ActorDep, run_id: UUID, data: RetentionSaid, version: VersionIfSentDep
) -> Response:
    """Apply no more of a run. What was taken away already is held, and can be had back."""
    return one(await service.stop_run(session, actor, run_id, data, version=version))


@runs.post("/{run_id}/undo", response_model=RetentionRunDecided, **HANDLES)
async def undo_retention_run(
    session: SessionDep, actor: ActorDep, run_id: UUID, data: RetentionSaid, version: VersionIfSentDep
) -> Response:
    """Have everything back that a run took away, exactly as it was, while its holding lasts."""
    return one(await service.undo_run(session, actor, run_id, data, version=version))


routers = [rules, runs]
