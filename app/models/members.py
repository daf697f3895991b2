"""Members and supporters: a person, and that person's relationship with the organisation through one branch."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import DateTime, Index

from app.core.lifecycle import AllowedAction
from app.core.postcodes import Postcode
from app.core.privacy import Privacy
from app.core.text import Email, Name, Phone, ShortText
from app.models.base import (
    Input,
    Instant,
    Patch,
    Record,
    Shape,
    Version,
    column,
    json_column,
    one_of,
    text,
    texts,
    uuids,
)
from app.models.restrictions import RestrictionRead


class Relationship(StrEnum):
    member = "member"
    supporter = "supporter"


class MemberType(StrEnum):
    full = "full"
    youth = "youth"
    concession = "concession"
    supporter = "supporter"


class Standing(StrEnum):
    """Where a member stands on a day: computed from what is paid and what was decided, never stored for the future."""

    current = "current"
    arrears = "arrears"
    lapsed = "lapsed"
    suspended = "suspended"
    resigned = "resigned"
    expelled = "expelled"
    deceased = "deceased"


class DecidedStanding(StrEnum):
    """The standings that somebody decides or declares; the others follow from the calendar."""

    suspended = "suspended"
    resigned = "resigned"
    expelled = "expelled"
    deceased = "deceased"


class Channel(StrEnum):
    email = "email"
    phone = "phone"
    sms = "sms"
    post = "post"


class Language(StrEnum):
    english = "en"
    welsh = "cy"


class Person(Record, table=True):
    """Somebody we know of. `branch_ids` are the branches of their live relationships: who may see them.

    With `erased_at` it is a tombstone: services/erasures.py says what stays of somebody, and no trigger lets more in.
    """

    __tablename__ = "people"
    __table_args__ = (
        one_of("preferred_language", Language),
        Index("ix_people_email_key", "email_key", postgresql_using="gin", postgresql_ops={"email_key": "gin_trgm_ops"}),
        Index("ix_people_email", "email_key", postgresql_ops={"email_key": "text_pattern_ops"}),
        Index("ix_people_born", "date_of_birth", "sort_name"),
        Index("ix_people_postcode", "postcode", postgresql_ops={"postcode": "text_pattern_ops"}),
        Index("ix_people_mobile_phone", "mobile_phone", postgresql_ops={"mobile_phone": "text_pattern_ops"}),
        Index("ix_people_home_phone", "home_phone", postgresql_ops={"home_phone": "text_pattern_ops"}),
    )  # fmt: skip

    branch_ids: list[UUID] = uuids(Privacy.sensitive, nullable=False)
    given_name: str = text(Privacy.identity, nullable=False)
    family_name: str = text(Privacy.identity, nullable=False)
    preferred_name: str | None = text(Privacy.identity, default=None)
    sort_name: str = text(Privacy.identity, nullable=False)
    search_name: str = text(Privacy.identity, nullable=False)
    date_of_birth: date | None = column(Privacy.identity, default=None)
    preferred_language: str = text(Privacy.identity, nullable=False, default=Language.english)
    email: str | None = text(Privacy.contact, default=None)
    email_key: str | None = text(Privacy.contact, default=None)
    mobile_phone: str | None = text(Privacy.contact, default=None)
    home_phone: str | None = text(Privacy.contact, default=None)
    address_lines: list[str] = texts(Privacy.contact, nullable=False, default_factory=list)
    town: str | None = text(Privacy.contact, default=None)
    postcode: str | None = text(Privacy.contact, default=None)
    foreign_postal_code: str | None = text(Privacy.contact, default=None)
    country: str = text(Privacy.contact, nullable=False, default="GB")
    electoral_area: str | None = text(Privacy.sensitive, default=None)
    objections: list[str] = texts(Privacy.sensitive, nullable=False, default_factory=list)
    processing_restricted_on: date | None = column(Privacy.sensitive, default=None)
    erased_at: datetime | None = column(Privacy.none, DateTime(timezone=True), default=None)


class Member(Record, table=True):
    """A person's relationship with the organisation, and through which branch.

    `paid_until` is the last day paid for (none: nothing falls due); `lapses_on` the first day on which the member
    counts as lapsed if nothing more is paid. The `decided_…` columns are the decision in force; each decision is kept
    in `standings`. `restricted` repeats the rows of `member_restrictions` that bear on the standing and were not over
    when it was written: `{"standing", "starts_on", "ends_on"}`; of these and the rest the gravest is where the member
    stands. `sort_name` and `search_name` repeat the person's, so that a list and a search walk one index; the
    database keeps them in step, and fills them where they are left out.
    """

    __tablename__ = "members"
    __table_args__ = (
        one_of("relationship", Relationship),
        one_of("type", MemberType),
        one_of("decided_standing", DecidedStanding),
        Index("ix_members_sort_name", "sort_name", "id", "branch_id"),
        Index("ix_members_branch_sort_name", "branch_id", "sort_name", "id"),
        Index("ix_members_joined_on", "joined_on", "id", "branch_id"),
        Index("ix_members_created_at", "created_at", "id", "branch_id"),
        Index("ix_members_paid_until", "paid_until"),
        Index("ix_members_number", "number", postgresql_ops={"number": "text_pattern_ops"}),
        Index(
            "ix_members_search_name",
            "search_name",
            postgresql_using="gin",
            postgresql_ops={"search_name": "gin_trgm_ops"},
            # No reader pays for a writer's pending list.
            postgresql_with={"fastupdate": "off"},
        ),
    )

    person_id: UUID = column(Privacy.none, foreign_key="people.id", unique=True, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    relationship: str = text(Privacy.sensitive, nullable=False, default=Relationship.member)
    number: str = text(Privacy.identity, nullable=False, unique=True)
    type: str = text(Privacy.sensitive, nullable=False)
    joined_on: date = column(Privacy.sensitive, nullable=False)
    paid_until: date | None = column(Privacy.sensitive, default=None)
    lapses_on: date | None = column(Privacy.sensitive, default=None)
    decided_standing: str | None = text(Privacy.sensitive, default=None)
    decided_from: date | None = column(Privacy.sensitive, default=None)
    decided_until: date | None = column(Privacy.sensitive, default=None)
    restricted: list[dict[str, Any]] | None = json_column(Privacy.sensitive, default=None)
    sort_name: str | None = text(Privacy.identity, nullable=False, default=None)
    search_name: str | None = text(Privacy.identity, nullable=False, default=None)
    source_key: str | None = text(Privacy.identity, default=None, index=True)


DateOfBirth = Annotated[date, Bounds(ge=date(1900, 1, 1), le=date(2100, 1, 1), examples=["1984-05-17"])]
LegalDate = Annotated[date, Bounds(ge=date(1850, 1, 1), le=date(2150, 1, 1), examples=["2026-03-01"])]
AddressLines = Annotated[list[ShortText], Bounds(max_length=4, examples=[["12 Example Street"]])]
Country = Annotated[str, Bounds(pattern="^[A-Z]{2}$", max_length=2, examples=["GB"], description="ISO 3166-1 alpha-2.")]
ElectoralArea = Annotated[str, Bounds(pattern="^[EWSN][0-9]{8}$", max_length=9, description="GSS code of the ward.")]
MemberNumber = Annotated[str, Bounds(pattern="^[A-Z0-9-]{1,20}$", max_length=20, examples=["100042"])]
Objections = Annotated[
    list[Channel], Bounds(max_length=4, description="Channels by which the person will not be contacted.")
]

#: The fields that only a holder of `members:contact` sees, searches by and corrects.
CONTACT_FIELDS = (
    "date_of_birth",
    "email",
    "mobile_phone",
    "home_phone",
    "address_lines",
    "town",
    "postcode",
    "foreign_postal_code",
    "country",
)


class ContactDetails(Input):
    """How to reach a person, and the date of birth: for holders of `members:contact`."""

    date_of_birth: DateOfBirth | None = None
    email: Email | None = None
    mobile_phone: Phone | None = None
    home_phone: Phone | None = None
    address_lines: AddressLines = Bounds(default_factory=list)
    town: ShortText | None = None
    postcode: Postcode | None = Bounds(default=None, description="A UK postcode; others go to foreign_postal_code.")
    foreign_postal_code: ShortText | None = None
    country: Country = "GB"


class MemberCreate(ContactDetails):
    branch_id: UUID | None = Bounds(
        default=None, description="Left out: the branch that covers the postcode, if one does."
    )
    given_name: Name
    family_name: Name
    preferred_name: Name | None = None
    preferred_language: Language = Language.english
    electoral_area: ElectoralArea | None = None
    objections: Objections = Bounds(default_factory=list)
    relationship: Relationship = Relationship.member
    type: MemberType = MemberType.full
    joined_on: LegalDate | None = Bounds(default=None, description="Today if left out; not in the future.")


class OwnRecordUpdate(Patch):
    """What members correct of their own record."""

    given_name: Name | MISSING = MISSING
    family_name: Name | MISSING = MISSING
    preferred_name: Name | None | MISSING = MISSING
    preferred_language: Language | MISSING = MISSING
    date_of_birth: DateOfBirth | None | MISSING = MISSING
    email: Email | None | MISSING = MISSING
    mobile_phone: Phone | None | MISSING = MISSING
    home_phone: Phone | None | MISSING = MISSING
    address_lines: AddressLines | MISSING = MISSING
    town: ShortText | None | MISSING = MISSING
    postcode: Postcode | None | MISSING = MISSING
    foreign_postal_code: ShortText | None | MISSING = MISSING
    country: Country | MISSING = MISSING
    objections: Objections | MISSING = MISSING


class MemberUpdate(OwnRecordUpdate):
    electoral_area: ElectoralArea | None | MISSING = MISSING
    type: MemberType | MISSING = MISSING


class MemberSummary(Shape):
    """A member in a list. Contact fields are left out for those without `members:contact`."""

    id: UUID
    person_id: UUID
    branch_id: UUID
    number: MemberNumber
    relationship: Relationship
    type: MemberType
    standing: Standing | None = Bounds(description="Today; null for a supporter.")
    given_name: Name
    family_name: Name
    preferred_name: Name | None
    joined_on: date
    paid_until: date | None
    email: Email | None | MISSING = MISSING
    mobile_phone: Phone | None | MISSING = MISSING
    postcode: Postcode | None | MISSING = MISSING
    version: Version


class OwnRecordRead(MemberSummary):
    """A member's record, as much as the caller may see."""

    lapses_on: date | None
    preferred_language: Language
    electoral_area: ElectoralArea | None
    objections: Objections
    reachable_by: Objections = Bounds(
        description="Channels by which to reach the person: none for whoever resigned, was expelled or died, or whose "
        "data is not to be used."
    )
    date_of_birth: DateOfBirth | None | MISSING = MISSING
    home_phone: Phone | None | MISSING = MISSING
    address_lines: AddressLines | MISSING = MISSING
    town: ShortText | None | MISSING = MISSING
    foreign_postal_code: ShortText | None | MISSING = MISSING
    country: Country | MISSING = MISSING
    restrictions: Annotated[list[RestrictionRead], Bounds(max_length=50)] = Bounds(
        description="What a decision has taken from the member; what is over is not told."
    )
    processing_restricted: bool = Bounds(
        description="Their data is kept and not otherwise used, as they asked (UK GDPR art. 18): nobody contacts them."
    )
    created_at: Instant
    updated_at: Instant


class MemberRead(OwnRecordRead):
    """A member, with what the caller may do."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
