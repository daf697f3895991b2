"""Procedures: by which bodies, in which stages and times, and with which powers a complaint is dealt with."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, UniqueConstraint

from app.core.calendars import Nation
from app.core.errors import FieldError
from app.core.privacy import Privacy
from app.core.text import Name
from app.models.base import Input, Instant, Record, Shape, Version, column, instant, json_column, text
from app.models.members import LegalDate


class DayKind(StrEnum):
    """How days are counted."""

    calendar = "calendar"
    calendar_rolled = "calendar_rolled"
    working = "working"


class Stage(StrEnum):
    """What has a time limit. `hearing_notice` alone is a least time: what lies between the papers and the hearing."""

    acknowledge = "acknowledge"
    triage = "triage"
    information = "information"
    mediate = "mediate"
    respond = "respond"
    investigate = "investigate"
    list_panel = "list_panel"
    hear = "hear"
    hearing_notice = "hearing_notice"
    decide = "decide"
    appeal = "appeal"
    list_appeal_panel = "list_appeal_panel"
    decide_appeal = "decide_appeal"
    review_measure = "review_measure"


class SanctionKind(StrEnum):
    warning = "warning"
    reprimand = "reprimand"
    suspension = "suspension"
    exclusion = "exclusion"
    office_bar = "office_bar"
    candidacy_bar = "candidacy_bar"
    expulsion = "expulsion"
    ineligibility = "ineligibility"


class Power(StrEnum):
    """What a body may do with a complaint without a panel's decision."""

    dismiss = "dismiss"
    declare_ineligible = "declare_ineligible"
    warn = "warn"
    resolve_informally = "resolve_informally"
    suspend_pending = "suspend_pending"
    refer = "refer"


Key = Annotated[str, Bounds(pattern="^[a-z][a-z0-9_]{1,49}$", max_length=50, examples=["co_operative_party"])]
Edition = Annotated[int, Bounds(ge=1, le=10_000, description="1 for the first; each later one takes the next.")]


class Limit(Input):
    days: Annotated[int, Bounds(ge=1, le=365)]
    kind: DayKind


class Body(Input):
    """Who decides at some point of a procedure: an officer, a committee, a panel."""

    key: Key
    name: Name
    name_cy: Name | None = None
    powers: Annotated[list[Power], Bounds(max_length=len(Power))] = Bounds(default_factory=list)
    sanctions: Annotated[list[SanctionKind], Bounds(max_length=len(SanctionKind))] = Bounds(default_factory=list)
    quorum: Annotated[int, Bounds(ge=1, le=50)] = 1
    appeal_to: Key | None = Bounds(default=None, description="The body that hears appeals from this one.")
    minimum_membership_years: Annotated[int, Bounds(ge=0, le=50)] = 0
    barred_offices: Annotated[list[Key], Bounds(max_length=50)] = Bounds(
        default_factory=list, description="Keys of office types whose holders may not sit."
    )
    staff_may_sit: bool = False


class Definition(Input):
    """A procedure as data. Each field stands by itself; what must hold between them is in `flaws`."""

    receiver: Key = Bounds(description="The body that receives complaints and decides what becomes of them.")
    first: Key = Bounds(description="The body whose panel decides first.")
    bodies: Annotated[list[Body], Bounds(min_length=1, max_length=20)]
    limits: Annotated[dict[Stage, Limit], Bounds(max_length=len(Stage))]
    nation: Nation = Bounds(description="Whose bank holidays count.")
    anonymous_complaints: bool = False
    hearing_required: bool = True
    branch_members_may_sit: bool = Bounds(
        default=False, description="Whether members of the complainant's or the respondent's branch may sit."
    )
    appeal_stays_sanction: bool = False
    longest_months: Annotated[
        dict[SanctionKind, Annotated[int, Bounds(ge=1, le=1200)]], Bounds(max_length=len(SanctionKind))
    ] = Bounds(default_factory=dict, description="The longest that a sanction may last; as long as it says otherwise.")

    def body(self, key: str) -> Body:
        """Raises KeyError for a body that the procedure lacks."""
        for body in self.bodies:
            if body.key == key:
                return body
        raise KeyError(key)

    def flaws(self) -> Iterator[FieldError]:
        """What does not fit together, each with the pointer of where in the definition."""
        yield from self._flaws_of_bodies()
        yield from self._flaws_of_roles()
        for stage in Stage:
            if stage not in self.limits:
                yield FieldError(f"/limits/{stage.value}", "limit_missing", "Every stage has a time limit.")

    def _flaws_of_bodies(self) -> Iterator[FieldError]:
        keys = {body.key for body in self.bodies}
        seen: set[str] = set()
        for place, body in enumerate(self.bodies):
            at = f"/bodies/{place}"
            if body.key in seen:
                yield FieldError(f"{at}/key", "duplicate", "Each body has a key of its own.")
            seen.add(body.key)
            for name in ("powers", "sanctions", "barred_offices"):
                if any(times > 1 for times in Counter(getattr(body, name)).values()):
                    yield FieldError(f"{at}/{name}", "duplicate", "Name each once.")
            if body.appeal_to is not None and body.appeal_to not in keys:
                yield FieldError(f"{at}/appeal_to", "unknown_body", "Name a body of this procedure.")
            elif self._leads_back(body):
                yield FieldError(f"{at}/appeal_to", "appeal_to_itself", "An appeal goes to another body, and not back.")

    def _leads_back(self, body: Body) -> bool:
        onward = {one.key: one.appeal_to for one in self.bodies}
        above, passed = onward[body.key], set[str]()
        while above is not None and above not in passed:
            if above == body.key:
                return True
            passed.add(above)
            above = onward.get(above)
        return False

    def _flaws_of_roles(self) -> Iterator[FieldError]:
        by_key = {body.key: (place, body) for place, body in enumerate(self.bodies)}
        for name in ("receiver", "first"):
            if (found := by_key.get(getattr(self, name))) is None:
                yield FieldError(f"/{name}", "unknown_body", "Name a body of this procedure.")
                continue
            place, body = found
            if body.appeal_to is None:
                yield FieldError(
                    f"/bodies/{place}/appeal_to", "appeal_missing", "What this body decides needs an appeal."
                )
            if name == "receiver" and Power.refer not in body.powers:
                yield FieldError(
                    f"/bodies/{place}/powers", "cannot_refer", "Whoever receives complaints must be able to refer them."
                )


class Procedure(Record, table=True):
    """An edition of a procedure. Whatever begins under it keeps it, so that it never changes.

    The editions of a key share `is_default`: complaints for which nobody names a procedure go by that one.
    """

    __tablename__ = "procedures"
    __table_args__ = (UniqueConstraint("key", "edition"),)

    key: str = text(Privacy.none, nullable=False)
    edition: int = column(Privacy.none, nullable=False, default=1)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    starts_on: date = column(Privacy.none, nullable=False)
    is_default: bool = column(Privacy.none, nullable=False, default=False)
    definition: dict[str, Any] = json_column(Privacy.none, nullable=False)


class EditionCreate(Input):
    name: Name
    name_cy: Name | None = None
    starts_on: LegalDate = Bounds(description="The first day on which complaints are received under it.")
    definition: Definition


class ProcedureCreate(EditionCreate):
    key: Key


class ProcedureRead(Shape):
    id: UUID
    key: Key
    edition: Edition
    name: Name
    name_cy: Name | None
    starts_on: date
    is_default: bool
    definition: Definition
    version: Version
    created_at: Instant
    updated_at: Instant


class Presets(Shape):
    """Procedures ready to be laid down as they are, or changed first."""

    data: Annotated[list[ProcedureCreate], Bounds(max_length=10)]


class Receiver(Record, table=True):
    """Who receives complaints under a procedure, whatever its edition: the first whom the complaint leaves free."""

    __tablename__ = "receivers"
    __table_args__ = (Index(None, "procedure_key", "position"), Index(None, "account_id"))

    procedure_key: str = text(Privacy.none, nullable=False)
    position: int = column(Privacy.none, nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    external: bool = column(Privacy.none, nullable=False)
    ended_at: datetime | None = instant(default=None)


class ReceiverChoice(Input):
    account_id: UUID
    external: bool = Bounds(default=False, description="Nobody of the organisation: not a member of it.")


class ReceiversReplace(Input):
    """Everybody who receives complaints, in the order in which they are asked. The last is external."""

    receivers: Annotated[list[ReceiverChoice], Bounds(min_length=2, max_length=20)]


class ReceiverRead(Shape):
    position: Annotated[int, Bounds(ge=1, le=20)]
    account_id: UUID
    name: Name
    external: bool
    is_active: bool = Bounds(description="Whether the account can sign in.")


class Receivers(Shape):
    procedure_key: Key
    data: Annotated[list[ReceiverRead], Bounds(max_length=20)]
