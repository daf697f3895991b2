"""The record of processing activities (UK GDPR art. 30): the controller, what it does with data, and its processors.

It speaks of the organisation and of kinds of people, never of one person: everybody may read it.
"""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.privacy import Privacy
from app.models.base import Record, column, json_column, text, texts, uuids


class LawfulBasis(StrEnum):
    """UK GDPR art. 6(1)(a) to (f), and (ea), inserted by the Data (Use and Access) Act 2025."""

    consent = "consent"
    contract = "contract"
    legal_obligation = "legal_obligation"
    vital_interests = "vital_interests"
    public_task = "public_task"
    recognised_legitimate_interest = "recognised_legitimate_interest"
    legitimate_interests = "legitimate_interests"


class SpecialCondition(StrEnum):
    """What lets special-category data be used: UK GDPR art. 9(2), with the paragraphs of DPA 2018 sch. 1."""

    explicit_consent = "explicit_consent"
    employment = "employment"
    vital_interests = "vital_interests"
    not_for_profit_body = "not_for_profit_body"
    made_public = "made_public"
    legal_claims = "legal_claims"
    archiving_and_research = "archiving_and_research"
    equality_monitoring = "equality_monitoring"
    preventing_unlawful_acts = "preventing_unlawful_acts"
    protecting_the_public = "protecting_the_public"
    safeguarding = "safeguarding"
    political_parties = "political_parties"


#: Conditions that are met only with an appropriate policy document: DPA 2018 sch. 1 paras. 1(1)(b) and 5(1), for paras.
#: 1, 8, 10, 11, 18 and 22. Those that art. 9 gives by itself, and research (para. 4), need none.
NEED_POLICY_DOCUMENT = frozenset(
    {
        SpecialCondition.employment,
        SpecialCondition.equality_monitoring,
        SpecialCondition.preventing_unlawful_acts,
        SpecialCondition.protecting_the_public,
        SpecialCondition.safeguarding,
        SpecialCondition.political_parties,
    }
)


class PeopleCategory(StrEnum):
    """Whose data an activity uses."""

    members = "members"
    supporters = "supporters"
    officers = "officers"
    account_holders = "account_holders"
    case_parties = "case_parties"
    requesters = "requesters"
    complainants = "complainants"
    excluded_people = "excluded_people"
    contacts_of_partners = "contacts_of_partners"


class DataCategory(StrEnum):
    """What data an activity uses."""

    names = "names"
    contact_details = "contact_details"
    date_of_birth = "date_of_birth"
    membership = "membership"
    political_opinion = "political_opinion"
    offices_and_roles = "offices_and_roles"
    allegations_and_evidence = "allegations_and_evidence"
    correspondence = "correspondence"
    use_of_the_system = "use_of_the_system"
    credentials = "credentials"


class RecipientCategory(StrEnum):
    """To whom data is given. Processors are named beside them."""

    own_branch_officers = "own_branch_officers"
    national_officers = "national_officers"
    case_panels = "case_panels"
    case_parties = "case_parties"
    members = "members"
    public_authorities = "public_authorities"
    courts_and_advisers = "courts_and_advisers"


class DataSource(StrEnum):
    """Whence data comes."""

    the_person = "the_person"
    own_officers = "own_officers"
    former_systems = "former_systems"
    other_people = "other_people"
    made_by_the_system = "made_by_the_system"


class TransferSafeguard(StrEnum):
    """What lets data leave the United Kingdom: UK GDPR arts. 45A, 46, 47 and 49."""

    adequacy = "adequacy"
    transfer_agreement = "transfer_agreement"
    addendum = "addendum"
    binding_rules = "binding_rules"
    exception = "exception"


class SecurityMeasure(StrEnum):
    """A general description of what keeps data safe (UK GDPR arts. 30(1)(g) and 32)."""

    access_by_office = "access_by_office"
    walls = "walls"
    encryption_in_transit = "encryption_in_transit"
    encryption_of_fields = "encryption_of_fields"
    audit_trail = "audit_trail"
    access_log = "access_log"
    second_person = "second_person"
    backups = "backups"


class ProcessorTerm(StrEnum):
    """What a contract with a processor must say: UK GDPR art. 28(3)(a) to (h)."""

    documented_instructions = "documented_instructions"
    confidentiality = "confidentiality"
    security = "security"
    sub_processors = "sub_processors"
    rights_requests = "rights_requests"
    breaches_and_assessments = "breaches_and_assessments"
    deletion_or_return = "deletion_or_return"
    audits = "audits"


class Controller(Record, table=True):
    """Who answers for the data, and whom to write to: one row, whose id is the organisation's."""

    __tablename__ = "controllers"

    address: str | None = text(Privacy.none, default=None)
    email: str | None = text(Privacy.none, default=None)
    data_protection_contact: str | None = text(Privacy.none, default=None)
    data_protection_email: str | None = text(Privacy.none, default=None)
    registration_number: str | None = text(Privacy.none, default=None)


class Processor(Record, table=True):
    """Somebody who uses data on the controller's behalf, and the contract with them."""

    __tablename__ = "processors"

    name: str = text(Privacy.none, nullable=False)
    service: str = text(Privacy.none, nullable=False)
    country: str = text(Privacy.none, nullable=False)
    safeguard: str | None = text(Privacy.none, default=None)
    safeguard_text: str | None = text(Privacy.none, default=None)
    contract_on: date | None = column(Privacy.none, default=None)
    review_on: date | None = column(Privacy.none, default=None)
    terms: list[str] = texts(Privacy.none, nullable=False)
    sub_processors: list[dict[str, Any]] = json_column(Privacy.none, nullable=False)
    ended_on: date | None = column(Privacy.none, default=None)


class ProcessingActivity(Record, table=True):
    """One activity: from `starts_on` until, not including, `ended_on`. Texts in two languages are JSON.

    `fields` say which columns it accounts for: `table.column`, `table.*`, or `table:class`, a privacy class within it.
    """

    __tablename__ = "processing_activities"

    key: str = text(Privacy.none, nullable=False, unique=True)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    purposes: dict[str, Any] = json_column(Privacy.none, nullable=False)
    lawful_bases: list[str] = texts(Privacy.none, nullable=False)
    special_conditions: list[str] = texts(Privacy.none, nullable=False)
    policy_document: str | None = text(Privacy.none, default=None)
    people: list[str] = texts(Privacy.none, nullable=False)
    categories: list[str] = texts(Privacy.none, nullable=False)
    recipients: list[str] = texts(Privacy.none, nullable=False)
    processor_ids: list[UUID] = uuids(Privacy.none, nullable=False)
    joint_controllers: str | None = text(Privacy.none, default=None)
    sources: list[str] = texts(Privacy.none, nullable=False)
    retention: dict[str, Any] = json_column(Privacy.none, nullable=False)
    retention_rules: list[str] = texts(Privacy.none, nullable=False)
    transfers: list[dict[str, Any]] = json_column(Privacy.none, nullable=False)
    security: list[str] = texts(Privacy.none, nullable=False)
    automated_decisions: dict[str, Any] | None = json_column(Privacy.none, default=None)
    fields: list[str] = texts(Privacy.none, nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ended_on: date | None = column(Privacy.none, default=None)
    end_reason: str | None = text(Privacy.none, default=None)
