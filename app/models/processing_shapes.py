"""The record of processing activities as it is spoken of."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.privacy import Privacy
from app.core.text import Email, LongText, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.members import Country, Language, LegalDate
from app.models.processing import (
    DataCategory,
    DataSource,
    LawfulBasis,
    PeopleCategory,
    ProcessorTerm,
    RecipientCategory,
    SecurityMeasure,
    SpecialCondition,
    TransferSafeguard,
)
from app.models.retention import RetentionRule

Key = Annotated[str, Bounds(pattern="^[a-z][a-z0-9_]{1,59}$", max_length=60, examples=["membership"])]
FieldPattern = Annotated[
    str,
    Bounds(
        pattern=r"^[a-z][a-z0-9_]*(\.(\*|[a-z][a-z0-9_]*)|:[a-z]+)$",
        max_length=130,
        description="`table.column`, `table.*`, or `table:class` for a privacy class within a table.",
        examples=["people:contact"],
    ),
]
ColumnName = Annotated[str, Bounds(max_length=130, examples=["people.email"])]


class InBothLanguages(Input):
    """A text in English, and in Welsh where it has been translated."""

    en: LongText
    cy: LongText | None = None


class CountryTransfer(Input):
    """That data goes to another country, to whom, and what lets it."""

    recipient: ShortText
    country: Country
    safeguard: TransferSafeguard
    text: LongText | None = None


Bases = Annotated[list[LawfulBasis], Bounds(min_length=1, max_length=7)]
Conditions = Annotated[list[SpecialCondition], Bounds(max_length=12)]
People = Annotated[list[PeopleCategory], Bounds(min_length=1, max_length=9)]
Categories = Annotated[list[DataCategory], Bounds(min_length=1, max_length=10)]
Recipients = Annotated[list[RecipientCategory], Bounds(max_length=7)]
Sources = Annotated[list[DataSource], Bounds(min_length=1, max_length=5)]
Measures = Annotated[list[SecurityMeasure], Bounds(max_length=8)]
Terms = Annotated[list[ProcessorTerm], Bounds(max_length=8)]
Transfers = Annotated[list[CountryTransfer], Bounds(max_length=50)]
ProcessorIds = Annotated[list[UUID], Bounds(max_length=50)]
Rules = Annotated[list[RetentionRule], Bounds(max_length=50, description="The retention rules that carry it out.")]
Fields = Annotated[list[FieldPattern], Bounds(max_length=500, description="The columns for which it accounts.")]


class ActivityCreate(Input):
    key: Key
    name: Name
    name_cy: Name | None = None
    purposes: InBothLanguages
    lawful_bases: Bases
    special_conditions: Conditions = Bounds(default=[], description="Where the data reveals special categories.")
    policy_document: LongText | None = Bounds(
        default=None, description="The appropriate policy document, where a condition of DPA 2018 sch. 1 needs one."
    )
    people: People
    categories: Categories
    recipients: Recipients = Bounds(default=[])
    processor_ids: ProcessorIds = Bounds(default=[])
    joint_controllers: LongText | None = None
    sources: Sources
    retention: InBothLanguages
    retention_rules: Rules = Bounds(default=[])
    transfers: Transfers = Bounds(default=[])
    security: Measures = Bounds(default=[])
    automated_decisions: InBothLanguages | None = Bounds(
        default=None, description="Decisions taken without a person, with their logic and consequences; null for none."
    )
    fields: Fields = Bounds(default=[])
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")


class ActivityUpdate(Patch):
    name: Name | MISSING = MISSING
    name_cy: Name | None | MISSING = MISSING
    purposes: InBothLanguages | MISSING = MISSING
    lawful_bases: Bases | MISSING = MISSING
    special_conditions: Conditions | MISSING = MISSING
    policy_document: LongText | None | MISSING = MISSING
    people: People | MISSING = MISSING
    categories: Categories | MISSING = MISSING
    recipients: Recipients | MISSING = MISSING
    processor_ids: ProcessorIds | MISSING = MISSING
    joint_controllers: LongText | None | MISSING = MISSING
    sources: Sources | MISSING = MISSING
    retention: InBothLanguages | MISSING = MISSING
    retention_rules: Rules | MISSING = MISSING
    transfers: Transfers | MISSING = MISSING
    security: Measures | MISSING = MISSING
    automated_decisions: InBothLanguages | None | MISSING = MISSING
    fields: Fields | MISSING = MISSING


class RegisterEnding(Input):
    """That an activity, or a contract with a processor, is over."""

    ended_on: LegalDate | None = Bounds(default=None, description="The first day on which it no longer is; today.")
    reason: LongText


class ProcessorNamed(Shape):
    """A processor of an activity."""

    id: UUID
    name: Name
    service: ShortText
    country: Country
    safeguard: TransferSafeguard | None


class ActivityRead(Shape):
    """One processing activity, as UK GDPR art. 30(1) wants it recorded."""

    id: UUID
    key: Key
    name: Name
    name_cy: Name | None
    purposes: InBothLanguages
    lawful_bases: Bases
    special_conditions: Conditions
    policy_document: LongText | None
    people: People
    categories: Categories
    recipients: Recipients
    processors: Annotated[list[ProcessorNamed], Bounds(max_length=50)]
    joint_controllers: LongText | None
    sources: Sources
    retention: InBothLanguages
    retention_rules: Rules
    transfers: Transfers
    security: Measures
    automated_decisions: InBothLanguages | None
    fields: Fields
    starts_on: date
    ended_on: date | None
    end_reason: LongText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class SubProcessor(Input):
    name: Name
    service: ShortText
    country: Country
    safeguard: TransferSafeguard | None = None


SubProcessors = Annotated[list[SubProcessor], Bounds(max_length=100)]


class ProcessorCreate(Input):
    name: Name
    service: ShortText = Bounds(description="What it does for the controller.")
    country: Country
    safeguard: TransferSafeguard | None = Bounds(default=None, description="Needed outside the United Kingdom.")
    safeguard_text: LongText | None = None
    contract_on: LegalDate | None = Bounds(default=None, description="When the contract was made.")
    review_on: LegalDate | None = Bounds(default=None, description="When it is to be looked at again.")
    terms: Terms = Bounds(default=[], description="What the contract was found to say, of what art. 28(3) wants.")
    sub_processors: SubProcessors = Bounds(default=[])


class ProcessorUpdate(Patch):
    name: Name | MISSING = MISSING
    service: ShortText | MISSING = MISSING
    country: Country | MISSING = MISSING
    safeguard: TransferSafeguard | None | MISSING = MISSING
    safeguard_text: LongText | None | MISSING = MISSING
    contract_on: LegalDate | None | MISSING = MISSING
    review_on: LegalDate | None | MISSING = MISSING
    terms: Terms | MISSING = MISSING
    sub_processors: SubProcessors | MISSING = MISSING


class ProcessorRead(Shape):
    """A processor, its contract, and what is amiss with it."""

    id: UUID
    name: Name
    service: ShortText
    country: Country
    safeguard: TransferSafeguard | None
    safeguard_text: LongText | None
    contract_on: date | None
    review_on: date | None
    review_overdue: bool
    terms: Terms
    missing_terms: Terms = Bounds(description="What art. 28(3) wants and the contract was not found to say.")
    sub_processors: SubProcessors
    activities: Annotated[list[Key], Bounds(max_length=500, description="The live activities that it serves.")]
    ended_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ControllerUpdate(Patch):
    address: LongText | None | MISSING = MISSING
    email: Email | None | MISSING = MISSING
    data_protection_contact: ShortText | None | MISSING = Bounds(
        default=MISSING, description="A function, not a person: the record is everybody's to read."
    )
    data_protection_email: Email | None | MISSING = MISSING
    registration_number: ShortText | None | MISSING = Bounds(
        default=MISSING, description="In the Commissioner's register of fee payers."
    )


class ControllerRead(Shape):
    """Who answers for the data. The name is that of the organisation."""

    id: UUID
    name: Name
    name_cy: Name | None
    address: LongText | None
    email: Email | None
    data_protection_contact: ShortText | None
    data_protection_email: Email | None
    registration_number: ShortText | None
    version: Version
    updated_at: Instant


class UnaccountedColumn(Shape):
    """A column that holds personal data."""

    column: ColumnName
    privacy: Privacy


class UnknownField(Shape):
    """A field of an activity that names no column of today."""

    activity: Key
    field: FieldPattern


Unaccounted = Annotated[list[UnaccountedColumn], Bounds(max_length=5000)]


class Gaps(Shape):
    """What the record of processing does not account for, today."""

    checked: Count = Bounds(description="How many columns hold personal data.")
    without_purpose: Unaccounted = Bounds(description="Columns for which no live activity accounts.")
    without_condition: Unaccounted = Bounds(
        description="Columns that reveal special categories, and no live activity with a condition of art. 9 accounts."
    )
    unknown_fields: Annotated[list[UnknownField], Bounds(max_length=5000)]


class Completion(Shape):
    """What was taken over from the house's own register, and the gaps that remain."""

    added: Annotated[list[Key], Bounds(max_length=500, description="Activities that were not in the record.")]
    extended: Annotated[list[Key], Bounds(max_length=500, description="Activities that account for more now.")]
    gaps: Gaps


class RegisterRead(Shape):
    """The whole record, as the Commissioner may ask for it (UK GDPR art. 30(4))."""

    as_of: date
    controller: ControllerRead
    activities: Annotated[list[ActivityRead], Bounds(max_length=500)]
    processors: Annotated[list[ProcessorRead], Bounds(max_length=500)]


class InformationFill(Input):
    """Have the nine answers of article 15 made of the record of processing activities, where they are empty."""

    language: Language | None = Bounds(default=None, description="The person's preferred one if left out.")
