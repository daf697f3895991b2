"""What is kept with a case: evidence, and letters in and out."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import BIGINT

from app.core.privacy import Privacy
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Record, Row, Shape, Version, column, one_of, text
from app.models.dispute_disclosures import DisclosureKind
from app.models.members import Language, LegalDate

MOST_BYTES = 25 * 1024 * 1024


class Direction(StrEnum):
    incoming = "incoming"
    outgoing = "outgoing"


class CorrespondenceChannel(StrEnum):
    email = "email"
    post = "post"
    phone = "phone"
    in_person = "in_person"
    own_page = "own_page"


class LetterTemplate(StrEnum):
    """Letters that are written from the case."""

    acknowledgement = "acknowledgement"
    notice = "notice"
    interim_measure = "interim_measure"
    outcome = "outcome"
    appeal_outcome = "appeal_outcome"


class DisputeEvidence(Record, table=True):
    """An item of evidence, in one of its editions, or a redacted copy of one. None is ever changed or removed.

    `number` is the item's within the case, and that of its copies; `sha256` is of the content in the clear. What is set
    aside is relied on by nobody.
    """

    __tablename__ = "dispute_evidence"
    __table_args__ = (Index(None, "dispute_id", "number"), Index(None, "replaces_id"), Index(None, "redacts_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    number: int = column(Privacy.none, nullable=False)
    edition: int = column(Privacy.none, nullable=False, default=1)
    replaces_id: UUID | None = column(Privacy.none, foreign_key="dispute_evidence.id", default=None)
    redacts_id: UUID | None = column(Privacy.none, foreign_key="dispute_evidence.id", default=None)
    file_id: UUID = column(Privacy.none, foreign_key="files.id", nullable=False)
    media_type: str = text(Privacy.none, nullable=False)
    size: int = column(Privacy.none, BIGINT, nullable=False)
    sha256: bytes = column(Privacy.special, LargeBinary, nullable=False)
    added_by: UUID = column(Privacy.none, nullable=False)
    added_by_party_id: UUID | None = column(Privacy.none, foreign_key="dispute_parties.id", default=None)
    set_aside: bool = column(Privacy.special, nullable=False, default=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeCorrespondence(Row, table=True):
    """A letter, mail or call in a case: logged by hand, or written from a template. Never changed."""

    __tablename__ = "dispute_correspondence"
    __table_args__ = (
        one_of("direction", Direction),
        one_of("channel", CorrespondenceChannel),
        one_of("template", LetterTemplate),
        Index(None, "dispute_id", "id"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    direction: str = text(Privacy.special, nullable=False)
    channel: str = text(Privacy.special, nullable=False)
    on_day: date = column(Privacy.special, nullable=False)
    party_id: UUID | None = column(Privacy.none, foreign_key="dispute_parties.id", default=None)
    file_id: UUID | None = column(Privacy.none, foreign_key="files.id", default=None)
    template: str | None = text(Privacy.special, default=None)
    account_id: UUID = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


# --- Shapes

Sha256 = Annotated[str, Bounds(pattern="^[0-9a-f]{64}$", max_length=64)]
MediaType = Annotated[str, Bounds(max_length=100, examples=["application/pdf"])]
Number = Annotated[int, Bounds(ge=1, le=10_000)]


class OwnEvidenceRead(Shape):
    """An item of evidence, as it was disclosed to a party."""

    id: UUID
    number: Number
    edition: Number
    is_redacted: bool
    media_type: MediaType
    size: Annotated[int, Bounds(ge=0, le=MOST_BYTES)]
    sha256: Sha256 = Bounds(description="Of the file's content, in hex.")
    title: ShortText | None
    name: ShortText | None = Bounds(description="What the file is called.")
    created_at: Instant


class EvidenceRead(OwnEvidenceRead):
    replaces_id: UUID | None = Bounds(description="The edition that this one replaces.")
    redacts_id: UUID | None = Bounds(description="The item of which this is a redacted copy.")
    replaced: bool = Bounds(description="Whether there is a later edition.")
    added_by: UUID = Bounds(description="The account that added it.")
    added_by_party_id: UUID | None = Bounds(description="The party from whom it comes.")
    set_aside: bool = Bounds(description="Nobody relies on it.")
    set_aside_reason: LongText | None
    note: LongText | None
    disclosed_to: Annotated[list[UUID], Bounds(max_length=200)] = Bounds(description="The parties who were shown it.")
    version: Version
    updated_at: Instant


class SetAside(Input):
    reason: LongText = Bounds(description="Why nobody will rely on it, for the case's own record.")


class Disclose(Input):
    """Show a party more of the evidence than they have been shown."""

    party_id: UUID
    evidence_ids: Annotated[list[UUID], Bounds(min_length=1, max_length=200)]


class DisclosureRead(Shape):
    id: UUID
    party_id: UUID
    kind: DisclosureKind
    subject_id: UUID
    account_id: UUID | None
    created_at: Instant


class CorrespondenceCreate(Input):
    """A letter, mail or call, entered by hand."""

    direction: Direction
    channel: CorrespondenceChannel
    on_day: LegalDate = Bounds(description="When it was sent or came; not in the future.")
    party_id: UUID | None = Bounds(default=None, description="With which party, if with one.")
    subject: ShortText
    text: LongText | None = None


class LetterCreate(Input):
    """A letter to a party, written from what stands in the case, in the party's language."""

    template: LetterTemplate
    party_id: UUID
    channel: CorrespondenceChannel = CorrespondenceChannel.post
    language: Language | None = Bounds(default=None, description="The party's own, if left out.")
    text: LongText | None = Bounds(default=None, description="What is said beside what the template says.")


class OwnLetterRead(Shape):
    """A letter to oneself."""

    id: UUID
    on_day: date
    template: LetterTemplate | None
    subject: ShortText | None
    created_at: Instant


class CorrespondenceRead(OwnLetterRead):
    direction: Direction
    channel: CorrespondenceChannel
    party_id: UUID | None
    has_file: bool
    account_id: UUID
    text: LongText | None
