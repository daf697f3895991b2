"""Tasks: what waits for somebody to act."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.models.base import Shape


class TaskKind(StrEnum):
    transfers_to_decide = "transfers_to_decide"
    terms_to_confirm = "terms_to_confirm"
    grants_to_confirm = "grants_to_confirm"
    offices_to_fill = "offices_to_fill"
    disputes_to_handle = "disputes_to_handle"
    disputes_overdue = "disputes_overdue"
    measures_to_review = "measures_to_review"
    appeals_to_decide = "appeals_to_decide"
    data_complaints_to_answer = "data_complaints_to_answer"
    breaches_to_handle = "breaches_to_handle"
    access_requests_to_answer = "access_requests_to_answer"
    rights_requests_to_answer = "rights_requests_to_answer"
    disclosures_to_decide = "disclosures_to_decide"
    search_tasks_to_answer = "search_tasks_to_answer"
    access_alerts_to_look_into = "access_alerts_to_look_into"
    erasures_to_approve = "erasures_to_approve"
    retention_runs_to_approve = "retention_runs_to_approve"
    one_to_ones_to_hold = "one_to_ones_to_hold"
    next_steps_to_settle = "next_steps_to_settle"
    institutions_gone_cold = "institutions_gone_cold"
    memberships_to_renew = "memberships_to_renew"
    pledges_to_settle = "pledges_to_settle"
    actions_to_evaluate = "actions_to_evaluate"
    leader_steps_to_take = "leader_steps_to_take"
    reports_to_read = "reports_to_read"
    reports_to_send_again = "reports_to_send_again"
    reports_to_write = "reports_to_write"


class Task(Shape):
    """So many things of one kind wait for you at one of your units or below it.

    What each kind is called, in every language, is in the reference data.
    """

    kind: TaskKind
    branch_id: UUID = Bounds(
        description="The unit at which you hold the right to act; the organisation, in cases of yours."
    )
    count: Annotated[int, Bounds(ge=1, le=2_147_483_647)]
    due_on: date | None = Bounds(description="The earliest day on which one of them falls due.")
    href: Annotated[str, Bounds(max_length=200, description="Where to read them.")]
