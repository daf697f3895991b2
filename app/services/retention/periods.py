"""The rules as everybody may read them, and their periods, which the team changes within bounds."""

from datetime import timedelta

import asyncpg
from pydantic import TypeAdapter

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Body, Page
from app.core.permissions import Permission
from app.models.retention import (
    RetentionAction,
    RetentionPeriod,
    RetentionPeriodRead,
    RetentionPeriodSet,
    RetentionRule,
    RetentionRuleRead,
)
from app.services.matters import note
from app.services.retention.rules import AUTOMATIC, RULES

_PERIODS = "select rule, months, reason, account_id, created_at from retention_periods order by id desc"
_MONTHS = "select months from retention_periods where rule = $1 order by id desc limit 1"
_PAGE = TypeAdapter(Page[RetentionRuleRead])


class PeriodFixed(Conflict):
    code = "period_fixed"
    sentence = "The house forgets this by itself: its period is fixed."


async def list_rules(session: Session, _actor: Actor) -> Body:
    """Every rule with its period, whatever it is about."""
    changes = await session.fetch(_PERIODS)
    rules = [_read(rule, changes) for rule in RetentionRule]
    return Body(_PAGE.dump_json(Page(data=rules, next_cursor=None, has_more=False), exclude={"count"}))


async def set_period(
    session: Session, actor: Actor, rule: RetentionRule, data: RetentionPeriodSet
) -> RetentionRuleRead:
    """Keep something for longer, or less long, from now on. Raises `Forbidden`, `PeriodFixed`, `Invalid`."""
    actor.must(Permission.privacy_handle, (actor.organisation_id,))
    found = RULES.get(rule)
    if found is None:
        raise PeriodFixed
    if not found.least <= data.months <= found.most:
        raise Invalid.at("/months", "out_of_bounds", "Keep it within the rule's bounds.")
    period = RetentionPeriod(rule=rule, months=data.months, reason=data.reason, account_id=actor.account_id)
    await session.insert(period)
    await note(session, actor, period.id, "retention_period.set", fields={"rule": rule, "months": data.months})
    return _read(rule, await session.fetch(_PERIODS))


async def months_of(session: Session, rule: RetentionRule) -> int:
    """For how many months something is kept under a rule that is run. Raises `NotFound` for another."""
    if rule not in RULES:
        raise NotFound("retention rule")
    changed: int | None = await session.fetchval(_MONTHS, rule)
    return changed or RULES[rule].months


def _read(rule: RetentionRule, changes: list[asyncpg.Record]) -> RetentionRuleRead:
    own = [RetentionPeriodRead(**dict(row)) for row in changes if row["rule"] == rule]
    if (automatic := AUTOMATIC.get(rule)) is not None:
        return RetentionRuleRead(
            key=rule,
            action=RetentionAction.automatic,
            basis=automatic.basis,
            months=None,
            days=automatic.kept // timedelta(days=1) if automatic.kept else None,
            least_months=None,
            most_months=None,
            periods=own,
        )
    found = RULES[rule]
    return RetentionRuleRead(
        key=rule,
        action=found.action,
        basis=found.basis,
        months=own[0].months if own else found.months,
        days=None,
        least_months=found.least,
        most_months=found.most,
        periods=own,
    )
