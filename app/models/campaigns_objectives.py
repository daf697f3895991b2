"""What a campaign is to reach: objectives, which are measured, and milestones, which have their day."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Line, ShortText
from app.models.base import Input, Instant, Patch, Record, Row, Shape, Version, column, one_of, text
from app.models.members import LegalDate
from app.models.request_verbs import PastDay


class CampaignObjectiveState(StrEnum):
    pursued = "pursued"
    dropped = "dropped"


class CampaignMilestoneState(StrEnum):
    planned = "planned"
    reached = "reached"
    dropped = "dropped"


class CampaignObjective(Record, table=True):
    """Something that is measured, from where it stood towards where it is to stand; both in `unit`."""

    __tablename__ = "campaign_objectives"
    __table_args__ = (one_of("state", CampaignObjectiveState), Index(None, "campaign_id", "name", "id"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    unit: str = text(Privacy.none, nullable=False)
    baseline: float = column(Privacy.none, nullable=False)
    target_value: float = column(Privacy.none, nullable=False)
    due_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=CampaignObjectiveState.pursued)
    state_since: date = column(Privacy.none, nullable=False)


class CampaignMeasurement(Row, table=True):
    """What was measured on a day. Never changed: a correction is measured anew, and of one day the last counts."""

    __tablename__ = "campaign_measurements"
    __table_args__ = (Index(None, "objective_id", "on_day", "id"),)

    objective_id: UUID = column(Privacy.none, foreign_key="campaign_objectives.id", nullable=False)
    value: float = column(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    note: str | None = text(Privacy.none, default=None)
    measured_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)


class CampaignMilestone(Record, table=True):
    """Something that is to be reached by a day."""

    __tablename__ = "campaign_milestones"
    __table_args__ = (one_of("state", CampaignMilestoneState), Index(None, "campaign_id", "due_on", "id"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    due_on: date = column(Privacy.none, nullable=False)
    reached_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=CampaignMilestoneState.planned)
    state_since: date = column(Privacy.none, nullable=False)


#: In the unit of the objective. The bounds keep sums exact and numbers finite.
Measured = Annotated[float, Bounds(ge=-1e12, le=1e12, allow_inf_nan=False, examples=[12.5])]
MeasuredIn = Annotated[str, Line(1, 60), Bounds(examples=["homes insulated"])]
ObjectiveName = Annotated[ShortText, Bounds(examples=["Homes insulated by the council"])]
MilestoneName = Annotated[ShortText, Bounds(examples=["The council's cabinet decides"])]


class ObjectiveCreate(Input):
    """What is to be measured, in what, from where and towards where."""

    name: ObjectiveName
    name_cy: ShortText | None = None
    unit: MeasuredIn
    baseline: Measured = Bounds(default=0.0, description="Where it stood when the campaign began.")
    target_value: Measured = Bounds(description="Where it is to stand; below the baseline where less is better.")
    due_on: LegalDate | None = None


class ObjectiveUpdate(Patch):
    """Corrections of an objective."""

    name: ObjectiveName | MISSING = MISSING
    name_cy: ShortText | None | MISSING = MISSING
    unit: MeasuredIn | MISSING = MISSING
    baseline: Measured | MISSING = MISSING
    target_value: Measured | MISSING = MISSING
    due_on: LegalDate | None | MISSING = MISSING


class ObjectiveMeasure(Input):
    """What was measured, and when."""

    value: Measured
    on_day: PastDay = None
    note: ShortText | None = Bounds(default=None, description="Where the number is from. No private persons by name.")


class ObjectiveRead(Shape):
    """An objective, with what was measured last."""

    id: UUID
    branch_id: UUID
    campaign_id: UUID
    name: ObjectiveName
    name_cy: ShortText | None
    unit: MeasuredIn
    baseline: Measured
    target_value: Measured
    due_on: date | None
    state: CampaignObjectiveState
    state_since: date
    latest_value: Measured | None = Bounds(description="Of the latest day; null before anything was measured.")
    latest_on: date | None
    reached: bool = Bounds(description="Whether what was measured last is at the target, or beyond it.")
    version: Version
    created_at: Instant
    updated_at: Instant


class ObjectiveStepped(ObjectiveRead):
    """An objective with what may be done."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class MeasurementRead(Shape):
    """One measurement."""

    id: UUID
    objective_id: UUID
    value: Measured
    on_day: date
    note: ShortText | None
    measured_by: UUID
    created_at: Instant


class MilestoneCreate(Input):
    """What is to be reached, and by when."""

    name: MilestoneName
    name_cy: ShortText | None = None
    due_on: LegalDate


class MilestoneUpdate(Patch):
    """Corrections of a milestone."""

    name: MilestoneName | MISSING = MISSING
    name_cy: ShortText | None | MISSING = MISSING
    due_on: LegalDate | MISSING = MISSING


class MilestoneReach(Input):
    """That a milestone was reached, and when."""

    on_day: PastDay = None


class MilestoneRead(Shape):
    """A milestone."""

    id: UUID
    branch_id: UUID
    campaign_id: UUID
    name: MilestoneName
    name_cy: ShortText | None
    due_on: date
    reached_on: date | None
    state: CampaignMilestoneState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class MilestoneStepped(MilestoneRead):
    """A milestone with what may be done."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]
