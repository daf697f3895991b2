"""Evaluations of actions: rounds of what was felt, who came and how it was taken; and lessons, to be found again."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.core.text import Lines, ShortText
from app.models.actions import ActionKind
from app.models.base import Input, Instant, Patch, Record, Shape, Version, column, text, texts
from app.models.members import LegalDate


class LessonTopic(StrEnum):
    """What a lesson is about."""

    turnout = "turnout"
    venue = "venue"
    programme = "programme"
    roles = "roles"
    ask = "ask"
    target = "target"
    press = "press"
    access = "access"
    follow_up = "follow_up"
    other = "other"


class Likeness(StrEnum):
    """In what an action is like another, the most telling first."""

    target = "target"
    issue = "issue"
    campaign = "campaign"
    kind = "kind"


class ActionEvaluation(Record, table=True):
    """The evaluation of an action, whose id it has. `sealed` holds the rounds, under the action's own key."""

    __tablename__ = "action_evaluations"
    __table_args__ = (Index(None, "branch_id"),)

    id: UUID = column(Privacy.none, primary_key=True, foreign_key="actions.id")
    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    recorded_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class ActionLesson(Record, table=True):
    """Something learned of an action for the next one: about the work, and about nobody."""

    __tablename__ = "action_lessons"
    __table_args__ = (
        Index(None, "branch_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "action_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    action_id: UUID = column(Privacy.none, foreign_key="actions.id", nullable=False)
    text: str = text(Privacy.none, nullable=False)
    topics: list[str] = texts(Privacy.none, nullable=False)


Said = Annotated[str, Lines(1, 500)]
Round = Annotated[list[Said], Bounds(max_length=100)]
LessonText = Annotated[
    str,
    Lines(1, 1_000),
    Bounds(
        description="About the work. No private persons by name.",
        examples=["Ask each institution for a number, not for a promise to do its best."],
    ),
]
Topics = Annotated[list[LessonTopic], Bounds(max_length=10)]


class LessonSay(Input):
    text: LessonText
    topics: Topics = Bounds(default_factory=list)


Lessons = Annotated[list[LessonSay], Bounds(max_length=50)]
Feelings = Annotated[Round, Bounds(description="How people felt about it, each in a few words.")]
OnTurnout = Annotated[Round, Bounds(description="What is said of who came and who did not.")]
Reaction = Annotated[Round, Bounds(description="How the target took it.")]


class EvaluationRecord(Input):
    """The rounds of an evaluation. What people say of people is sealed; lessons are about the work."""

    on_day: LegalDate | None = Bounds(
        default=None, description="Today if left out; not to come, and not before the action."
    )
    feelings: Feelings = Bounds(default_factory=list)
    turnout: OnTurnout = Bounds(default_factory=list)
    reaction: Reaction = Bounds(default_factory=list)
    lessons: Lessons = Bounds(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> "EvaluationRecord":
        if not (self.feelings or self.turnout or self.reaction or self.lessons):
            raise ValueError("say something in one of the rounds, or what was learned")
        return self


class EvaluationUpdate(Patch):
    """A round that is given is replaced whole, and so are the lessons."""

    feelings: Feelings | MISSING = MISSING
    turnout: OnTurnout | MISSING = MISSING
    reaction: Reaction | MISSING = MISSING
    lessons: Lessons | MISSING = MISSING


class EvaluationLesson(Shape):
    id: UUID
    text: LessonText
    topics: Topics


class EvaluationRead(Shape):
    """An evaluation. Its id is that of the action."""

    id: UUID
    branch_id: UUID
    on_day: date
    recorded_by: UUID
    feelings: Round
    turnout: Round
    reaction: Round
    lessons: Annotated[list[EvaluationLesson], Bounds(max_length=50)]
    version: Version
    created_at: Instant
    updated_at: Instant


class LessonRead(EvaluationLesson):
    """A lesson, and the action of which it was learned."""

    branch_id: UUID
    action_id: UUID
    action_name: ShortText
    kind: ActionKind
    campaign_id: UUID | None
    starts_at: Instant
    version: Version
    created_at: Instant
    updated_at: Instant


class LessonAlike(EvaluationLesson):
    """A lesson of an action that was like this one."""

    action_id: UUID
    action_name: ShortText
    starts_at: Instant
    alike: Annotated[list[Likeness], Bounds(max_length=4, description="In what the actions are alike.")]


LessonsAlike = Annotated[
    list[LessonAlike],
    Bounds(
        max_length=10,
        description="Learned of actions like this one, in reach: of the same target before those of the same issue, "
        "then of the same campaign, then of the same kind; of those equally alike the latest action first.",
    ),
]
