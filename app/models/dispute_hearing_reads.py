"""Panels, meetings, sanctions and appeals as the people of a case read them."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.permissions import Part
from app.core.text import LongText, ShortText
from app.models.base import Instant, Shape, Version
from app.models.dispute_hearings import AppealAgainst, AppealState, MeetingKind, MeetingState, PanelKind
from app.models.procedures import Key, SanctionKind

Ids = Annotated[list[UUID], Bounds(max_length=200)]


class SanctionStanding(StrEnum):
    """Where a sanction stands today."""

    pending = "pending"
    in_force = "in_force"
    spent = "spent"
    quashed = "quashed"


class SeatRead(Shape):
    part_id: UUID
    part: Part
    account_id: UUID
    since: Instant
    ended_at: Instant | None
    recused: bool


class PanelRead(Shape):
    id: UUID
    kind: PanelKind
    body_key: Key
    listed_on: date
    dissolved_at: Instant | None
    seats: Annotated[list[SeatRead], Bounds(max_length=200)]
    version: Version


class MeetingRead(Shape):
    id: UUID
    panel_id: UUID | None
    kind: MeetingKind
    state: MeetingState
    starts_at: Instant
    held_on: date | None
    agreed_shorter: bool = Bounds(description="The respondents agreed in writing to a shorter notice.")
    present_part_ids: Ids
    present_party_ids: Ids
    absent_party_ids: Ids = Bounds(description="Respondents who were not at a hearing that was held.")
    place: ShortText | None
    adjustments: LongText | None
    companions: LongText | None
    shorter_notice_agreement: LongText | None
    minutes: LongText | None
    reasons: LongText | None = Bounds(description="Why it was cancelled.")
    version: Version
    created_at: Instant
    updated_at: Instant


class SanctionRead(Shape):
    id: UUID
    party_id: UUID
    kind: SanctionKind
    months: Annotated[int, Bounds(ge=1, le=1200)] | None
    starts_on: date | None
    ends_on: date | None = Bounds(description="The first day on which it no longer holds; null if it has no end.")
    standing: SanctionStanding
    version: Version


class AppealRead(Shape):
    id: UUID
    party_id: UUID
    against: AppealAgainst
    state: AppealState
    lodged_on: date
    due_on: date = Bounds(description="The last day in time.")
    late: bool
    admitted: bool = Bounds(description="In time, or admitted with reasons.")
    decided_on: date | None
    text: LongText | None = Bounds(description="The grounds.")
    discretion: LongText | None = Bounds(description="Why a late appeal was admitted or not.")
    reasons: LongText | None
    version: Version
