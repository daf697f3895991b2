"""Power analyses: who can give a campaign what it asks for, who stands where, and who has a hold on whom."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, column, one_of, text


class PowerAnalysisState(StrEnum):
    """Where an edition stands. It is superseded by the agreement on a later one."""

    draft = "draft"
    agreed = "agreed"
    superseded = "superseded"


class PowerActorKind(StrEnum):
    person = "person"
    body = "body"
    organisation = "organisation"
    us = "us"


class PowerTieKind(StrEnum):
    """What binds two actors. The first three have a direction, `opposed` is no way to anybody."""

    influences = "influences"
    employs = "employs"
    funds = "funds"
    member_of = "member_of"
    family_or_friend = "family_or_friend"
    allied = "allied"
    opposed = "opposed"
    knows = "knows"


class PowerAnalysis(Record, table=True):
    """An edition of a campaign's power analysis. Once it is agreed nothing in it changes."""

    __tablename__ = "power_analyses"
    __table_args__ = (one_of("state", PowerAnalysisState), Index(None, "campaign_id", "edition"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    edition: int = column(Privacy.none, nullable=False)
    title: str = text(Privacy.none, nullable=False)
    review_on: date | None = column(Privacy.none, default=None)
    agreed_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=PowerAnalysisState.draft)
    state_since: date = column(Privacy.none, nullable=False)


class PowerActor(Record, table=True):
    """Somebody or something on the map: a public name, or what is on record.

    `sealed` holds their interests: under the key of a person on record, else under the actor's own.
    """

    __tablename__ = "power_actors"
    __table_args__ = (
        one_of("kind", PowerActorKind),
        Index(None, "analysis_id"),
        Index(None, "decision_maker_id"),
        Index(None, "organisation_id"),
        Index(None, "person_id"),
    )

    analysis_id: UUID = column(Privacy.none, foreign_key="power_analyses.id", nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    name: str | None = text(Privacy.identity, default=None)
    decision_maker_id: UUID | None = column(Privacy.none, foreign_key="decision_makers.id", default=None)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    influence: int = column(Privacy.sensitive, nullable=False)
    position: int = column(Privacy.sensitive, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class PowerTie(Record, table=True):
    """What binds one actor to another of the same analysis. The people on record at its ends are repeated here.

    `sealed` holds the evidence: under the key of a person at an end, else under the tie's own. An erasure takes the
    actor and its ties in one transaction, in whichever order: hence the deferred keys.
    """

    __tablename__ = "power_ties"
    __table_args__ = (
        one_of("kind", PowerTieKind),
        ForeignKeyConstraint(["from_actor_id"], ["power_actors.id"], deferrable=True, initially="DEFERRED"),
        ForeignKeyConstraint(["to_actor_id"], ["power_actors.id"], deferrable=True, initially="DEFERRED"),
        Index(None, "analysis_id"),
        Index(None, "from_actor_id"),
        Index(None, "to_actor_id"),
        Index(None, "from_person_id"),
        Index(None, "to_person_id"),
    )

    analysis_id: UUID = column(Privacy.none, foreign_key="power_analyses.id", nullable=False)
    from_actor_id: UUID = column(Privacy.none, nullable=False)
    to_actor_id: UUID = column(Privacy.none, nullable=False)
    from_person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    to_person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    kind: str = text(Privacy.sensitive, nullable=False)
    strength: int = column(Privacy.sensitive, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
