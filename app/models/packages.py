"""The package of a subject-access request: what was found, what is decided of it, and who holds more elsewhere."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import BIGINT

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, instant, json_column, one_of, text


class ItemKind(StrEnum):
    """A row of a table, a file, or what somebody holds outside the system."""

    row = "row"
    file = "file"
    outside = "outside"


class ItemDecision(StrEnum):
    release = "release"
    redact = "redact"
    withhold = "withhold"


class Exemption(StrEnum):
    """Why something need not be disclosed (Data Protection Act 2018, schs. 2 to 4)."""

    crime_taxation = "crime_taxation"
    immigration = "immigration"
    legal_proceedings = "legal_proceedings"
    regulatory_functions = "regulatory_functions"
    rights_of_others = "rights_of_others"
    legal_privilege = "legal_privilege"
    self_incrimination = "self_incrimination"
    corporate_finance = "corporate_finance"
    management_forecasts = "management_forecasts"
    negotiations = "negotiations"
    confidential_references = "confidential_references"
    exam_scripts = "exam_scripts"
    health = "health"
    social_work = "social_work"
    education = "education"


class SearchPlace(StrEnum):
    """Where somebody may hold data outside the system."""

    inbox = "inbox"
    messages = "messages"
    paper = "paper"
    device = "device"
    other = "other"


class FindingKind(StrEnum):
    """How something of somebody else was recognised."""

    person_id = "person_id"
    account = "account"
    name = "name"
    email = "email"
    phone = "phone"


class Delivery(StrEnum):
    """How a package reaches whoever asked for it."""

    link = "link"
    paper = "paper"
    in_person = "in_person"


class CodeChannel(StrEnum):
    """By which way the code goes that opens a link. The link goes by e-mail, so that the code may not."""

    phone = "phone"
    sms = "sms"
    post = "post"
    in_person = "in_person"
    signed_in = "signed_in"
    email = "email"


class ReleaseState(StrEnum):
    """What became of a package. One whose link is past its last day is shown as expired."""

    preparing = "preparing"
    ready = "ready"
    collected = "collected"
    handed_over = "handed_over"
    locked = "locked"
    expired = "expired"
    replaced = "replaced"
    failed = "failed"


class RequestItem(Record, table=True):
    """One piece of what a search found. `wall_key` is the case behind whose wall it lies: its people decide of it.

    What it says, what in it is of others and what is blacked out is sealed. `decision` is null until somebody decided;
    what is about the person alone is released by rule. `decide_by` is by when the people of its case should decide.
    """

    __tablename__ = "request_items"
    __table_args__ = (
        one_of("kind", ItemKind),
        one_of("proposal", ItemDecision),
        one_of("decision", ItemDecision),
        one_of("exemption", Exemption),
        Index(None, "request_id", "number", unique=True),
    )

    request_id: UUID = column(Privacy.none, foreign_key="rights_requests.id", nullable=False)
    number: int = column(Privacy.none, nullable=False)
    wall_key: UUID | None = column(Privacy.none, default=None)
    kind: str = text(Privacy.sensitive, nullable=False)
    source: str = text(Privacy.sensitive, nullable=False)
    row_id: UUID | None = column(Privacy.none, default=None)
    file_id: UUID | None = column(Privacy.none, foreign_key="files.id", default=None)
    proposal: str = text(Privacy.sensitive, nullable=False)
    decision: str | None = text(Privacy.sensitive, default=None)
    exemption: str | None = text(Privacy.sensitive, default=None)
    decided_by: UUID | None = column(Privacy.none, default=None)
    decide_by: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class SearchTask(Record, table=True):
    """Somebody is asked by a day whether they hold something outside the system."""

    __tablename__ = "search_tasks"
    __table_args__ = (one_of("place", SearchPlace), Index(None, "request_id"), Index(None, "account_id"))

    request_id: UUID = column(Privacy.none, foreign_key="rights_requests.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    place: str = text(Privacy.sensitive, nullable=False)
    due_on: date = column(Privacy.sensitive, nullable=False)
    reminded_on: date | None = column(Privacy.sensitive, default=None)
    answered_on: date | None = column(Privacy.sensitive, default=None)
    found: bool | None = column(Privacy.sensitive, default=None)
    waived_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class RequestSearch(Row, table=True):
    """A line of the search log: who searched when, and how many rows of the person each table had, if none, too."""

    __tablename__ = "request_searches"
    __table_args__ = (Index(None, "request_id"),)

    request_id: UUID = column(Privacy.none, foreign_key="rights_requests.id", nullable=False)
    account_id: UUID = column(Privacy.none, nullable=False)
    on_day: date = column(Privacy.sensitive, nullable=False)
    tables: dict[str, Any] = json_column(Privacy.sensitive, nullable=False)


class PackageRelease(Record, table=True):
    """A package that was given: how, when, what (its hash), and what became of it.

    A link is opened by its token together with the code: of either only a keyed hash is kept. Where it goes is sealed.
    """

    __tablename__ = "package_releases"
    __table_args__ = (
        one_of("delivery", Delivery),
        one_of("code_channel", CodeChannel),
        one_of("state", ReleaseState),
        Index(None, "request_id"),
    )

    request_id: UUID = column(Privacy.none, foreign_key="rights_requests.id", nullable=False)
    delivery: str = text(Privacy.sensitive, nullable=False)
    code_channel: str | None = text(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=ReleaseState.preparing)
    token_hash: bytes | None = column(Privacy.none, LargeBinary, default=None, unique=True)
    code_hash: bytes | None = column(Privacy.secret, LargeBinary, default=None)
    wrong_codes: int = column(Privacy.none, nullable=False, default=0)
    file_id: UUID | None = column(Privacy.none, foreign_key="files.id", default=None)
    size: int | None = column(Privacy.none, BIGINT, default=None)
    sha256: bytes | None = column(Privacy.none, LargeBinary, default=None)
    released_by: UUID = column(Privacy.none, nullable=False)
    released_on: date = column(Privacy.sensitive, nullable=False)
    ready_on: date | None = column(Privacy.sensitive, default=None)
    expires_on: date | None = column(Privacy.sensitive, default=None)
    collected_at: datetime | None = instant(Privacy.sensitive, default=None)
    handed_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
