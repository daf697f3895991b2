"""Retention: rules by which data is kept and no longer, and runs of them that two people decide."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import CheckConstraint, Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Count, Input, Instant, Record, Row, Shape, Version, column, json_column, one_of, text
from app.models.matters import MatterStepRead


class RetentionRule(StrEnum):
    """What is kept for a time, and from when that time counts."""

    former_members = "former_members"
    deceased_members = "deceased_members"
    inactive_supporters = "inactive_supporters"
    rights_requests_ended = "rights_requests_ended"
    data_complaints_ended = "data_complaints_ended"
    breaches_closed = "breaches_closed"
    disputes_without_sanction = "disputes_without_sanction"
    disputes_with_sanction = "disputes_with_sanction"
    disputes_with_expulsion = "disputes_with_expulsion"
    import_files = "import_files"
    ended_jobs = "ended_jobs"
    workbooks = "workbooks"
    kept_answers = "kept_answers"
    letters = "letters"
    exclusion_marks = "exclusion_marks"


class RetentionAction(StrEnum):
    """What is done when the time is over."""

    minimise_person = "minimise_person"
    erase_case = "erase_case"
    automatic = "automatic"


class RetentionBasis(StrEnum):
    """Why it is kept for that long."""

    legal_claims = "legal_claims"
    accountability = "accountability"
    necessity = "necessity"
    ban = "ban"


class RetentionState(StrEnum):
    dry_run = "dry_run"
    applying = "applying"
    holding = "holding"
    undoing = "undoing"
    undone = "undone"
    final = "final"
    refused = "refused"
    withdrawn = "withdrawn"


class RetentionItemState(StrEnum):
    """Where one person or case of a run stands."""

    found = "found"
    left_out = "left_out"
    put_aside = "put_aside"
    restored = "restored"
    gone = "gone"


class RetentionObstacle(StrEnum):
    """Why somebody, or a case, is left out of a run."""

    legal_hold = "legal_hold"
    open_dispute = "open_dispute"
    open_request = "open_request"
    serving_officer = "serving_officer"
    live_membership = "live_membership"
    holds_rights = "holds_rights"
    barred = "barred"
    put_aside_already = "put_aside_already"
    still_open = "still_open"
    not_due = "not_due"
    gone_already = "gone_already"


class RetentionPeriod(Row, table=True):
    """An edition of a rule's period, in months; the latest is in force. Never changed."""

    __tablename__ = "retention_periods"
    __table_args__ = (Index("ix_retention_periods_rule_id", "rule", "id"),)

    rule: str = text(Privacy.none, nullable=False)
    months: int = column(Privacy.none, nullable=False)
    reason: str = text(Privacy.none, nullable=False)
    account_id: UUID = column(Privacy.none, nullable=False)


class RetentionRun(Record, table=True):
    """A run of a rule, from its dry run on. `found` and `left_out` (by reason) are what the dry run counted."""

    __tablename__ = "retention_runs"
    __table_args__ = (
        one_of("state", RetentionState),
        CheckConstraint(
            "state in ('dry_run', 'refused', 'withdrawn') or coalesce(decided_by <> proposed_by, false)",
            name="second_person",
        ),
        Index(None, "rule"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    rule: str = text(Privacy.none, nullable=False)
    months: int = column(Privacy.none, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=RetentionState.dry_run)
    state_since: date = column(Privacy.none, nullable=False)
    counted_on: date = column(Privacy.none, nullable=False)
    found: int = column(Privacy.none, nullable=False)
    left_out: dict[str, Any] = json_column(Privacy.none, nullable=False)
    taken: int = column(Privacy.none, nullable=False)
    proposed_by: UUID = column(Privacy.none, nullable=False)
    decided_by: UUID | None = column(Privacy.none, default=None)
    holding_until: date | None = column(Privacy.none, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class RetentionItem(Row, table=True):
    """One person or case of a run. `since` is the day from which its time counts.

    What was put aside of a person lies sealed under the person's own key; the key of a case under the run's.
    """

    __tablename__ = "retention_items"
    __table_args__ = (
        one_of("state", RetentionItemState),
        one_of("reason", RetentionObstacle),
        CheckConstraint("num_nonnulls(person_id, case_id) >= 1", name="has_subject"),
        Index("ix_retention_items_run_id", "run_id", "state"),
        Index(None, "person_id"),
        Index(None, "case_id"),
        Index("ix_retention_items_person_aside", "person_id", unique=True, postgresql_where="state = 'put_aside'"),
        Index("ix_retention_items_case_aside", "case_id", unique=True, postgresql_where="state = 'put_aside'"),
    )

    run_id: UUID = column(Privacy.none, foreign_key="retention_runs.id", nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    case_id: UUID | None = column(Privacy.none, default=None)
    since: date = column(Privacy.sensitive, nullable=False)
    state: str = text(Privacy.sensitive, nullable=False)
    reason: str | None = text(Privacy.sensitive, default=None)
    done_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


Months = Annotated[int, Bounds(ge=1, le=1200)]
Reference = Annotated[str, Bounds(max_length=20, examples=["T-7KQ2M9XF"])]


class RetentionPeriodSet(Input):
    """A new period of a rule, within its bounds."""

    months: Months
    reason: LongText = Bounds(description="Why. Everybody may read it: name nobody.")


class RetentionPeriodRead(Shape):
    months: Months
    reason: LongText
    account_id: UUID
    created_at: Instant


class RetentionRuleRead(Shape):
    """A rule: what it is about, what is done when its time is over, and the time."""

    key: RetentionRule
    action: RetentionAction
    basis: RetentionBasis
    months: Months | None = Bounds(description="For how long it is kept; null where that is counted in days.")
    days: Count | None = Bounds(description="The same in days, of what the house forgets by itself.")
    least_months: Months | None = Bounds(description="No shorter may the period be made; null where it is fixed.")
    most_months: Months | None
    periods: Annotated[list[RetentionPeriodRead], Bounds(max_length=200)] = Bounds(
        description="Every change of the period, the latest first."
    )


class RetentionRunPropose(Input):
    """Which rule to run. Nothing is changed before somebody else approves."""

    rule: RetentionRule
    text: LongText | None = Bounds(default=None, description="What the second person should know.")


class RetentionSaid(Input):
    text: LongText


class RetentionWithdrawal(Input):
    text: LongText | None = None


class RetentionRunSummary(Shape):
    """A run of a rule. What it takes away can be had back until `holding_until`."""

    id: UUID
    reference: Reference
    rule: RetentionRule
    months: Months = Bounds(description="The rule's period when the dry run was made.")
    state: RetentionState
    state_since: date
    counted_on: date = Bounds(description="The day of the dry run.")
    found: Count = Bounds(
        description="How many people or cases the dry run found that nothing forbids, of 10 000 at most."
    )
    left_out: Annotated[dict[RetentionObstacle, Count], Bounds(max_length=20)] = Bounds(
        description="How many it left out, by the gravest reason."
    )
    taken: Count = Bounds(description="How many of those found are in this run; the rest is for a further one.")
    proposed_by: UUID
    decided_by: UUID | None = Bounds(description="Who approved or refused it: somebody else than who proposed it.")
    holding_until: date | None = Bounds(description="From this day on nothing can be had back.")
    version: Version
    created_at: Instant
    updated_at: Instant


class RetentionRunDecided(RetentionRunSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class RetentionSample(Shape):
    """One of those whom a run is about. Who that is shows the record, to whoever may read it."""

    person_id: UUID | None
    case_id: UUID | None
    since: date = Bounds(description="The day from which its time counts.")
    state: RetentionItemState
    reason: RetentionObstacle | None


class RetentionRunRead(RetentionRunDecided):
    """The whole of a run, with samples of whom it is about."""

    text: LongText | None
    items: Annotated[dict[RetentionItemState, Count], Bounds(max_length=10)] = Bounds(
        description="How many of the run stand where."
    )
    samples: Annotated[list[RetentionSample], Bounds(max_length=40)]
    steps: Annotated[list[MatterStepRead], Bounds(max_length=100)]
