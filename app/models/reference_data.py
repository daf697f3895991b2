"""Every enum that the API speaks, with what its values are called.

The words stand in `labels.json`: for each enum, value and locale a label and a sentence of help. A domain
adds its enums here and its words there; a test holds the two to the document.
"""

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field as Bounds

from app.core.calendars import Division, Nation
from app.core.permissions import MEANING, Part, Permission, Role
from app.core.privacy import Privacy
from app.core.text import ShortText
from app.core.written_dates import DateOrder
from app.models.access_alerts import AccessAlertOutcome, AccessAlertRule, AccessAlertState
from app.models.accounts import AccountState, ClientKind, ClientState, GrantState
from app.models.base import Shape
from app.models.branches import BranchStatus, UnitKind
from app.models.breaches import (
    BreachCause,
    BreachedData,
    BreachRisk,
    BreachState,
    BreachType,
    NotTellingGround,
    ReportPhase,
)
from app.models.break_glass import BreakGlassState
from app.models.data_complaints import DataComplaintOutcome, DataComplaintState
from app.models.deadlines import DeadlineReasonCode
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_evidence import CorrespondenceChannel, Direction, LetterTemplate
from app.models.dispute_hearing_reads import SanctionStanding
from app.models.dispute_hearing_verbs import AppealOutcome
from app.models.dispute_hearings import (
    AppealAgainst,
    AppealState,
    MeetingKind,
    MeetingState,
    PanelKind,
    SanctionState,
)
from app.models.dispute_measures import MeasureKind, ReviewOutcome
from app.models.dispute_statistics import DisputeResult, DisputeStage
from app.models.disputes import (
    AllegationOutcome,
    ComplaintSource,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    PartyRole,
    StayReason,
)
from app.models.erasures import ErasureGround, ErasureObstacle, ErasureState, KeptBasis
from app.models.exports import ExportColumn, ExportFormat, ExportState, ExportUse
from app.models.frame import MailState
from app.models.imports import ImportField, ImportPreset, ImportState, RowOutcome, RowUndo
from app.models.jobs import JobKind, JobState
from app.models.legal_holds import HoldReason, HoldState
from app.models.members import Channel, Language, MemberType, Relationship, Standing
from app.models.offices import HowChosen, TermStanding
from app.models.own_disputes import OwnDisputeState, OwnRole
from app.models.own_requests import OwnRequestState
from app.models.packages import (
    CodeChannel,
    Delivery,
    Exemption,
    FindingKind,
    ItemDecision,
    ItemKind,
    ReleaseState,
    SearchPlace,
)
from app.models.possible_duplicates import DuplicateReason, DuplicateState
from app.models.procedures import DayKind, Power, SanctionKind, Stage
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
from app.models.restrictions import RestrictionKind
from app.models.retention import (
    RetentionAction,
    RetentionBasis,
    RetentionItemState,
    RetentionObstacle,
    RetentionRule,
    RetentionState,
)
from app.models.rights_requests import (
    ExtensionReason,
    FeeReason,
    MadeBy,
    RefusalGround,
    RequestChannel,
    RequestKind,
    RequestState,
)
from app.models.rules import ClauseState
from app.models.tasks import TaskKind
from app.models.transfers import TransferState

ENUMS: tuple[type[StrEnum], ...] = (
    AccessAlertOutcome,
    AccessAlertRule,
    AccessAlertState,
    AccountState,
    AllegationOutcome,
    AppealAgainst,
    AppealOutcome,
    AppealState,
    BranchStatus,
    BreachCause,
    BreachRisk,
    BreachState,
    BreachType,
    BreachedData,
    BreakGlassState,
    Channel,
    ClauseState,
    ClientKind,
    ClientState,
    CodeChannel,
    ComplaintSource,
    CorrespondenceChannel,
    DataCategory,
    DataComplaintOutcome,
    DataComplaintState,
    DataSource,
    DateOrder,
    DayKind,
    DeadlineReasonCode,
    Delivery,
    Direction,
    DisclosureKind,
    DisputeKind,
    DisputeOutcome,
    DisputeResult,
    DisputeStage,
    DisputeState,
    Division,
    DuplicateReason,
    DuplicateState,
    ErasureGround,
    ErasureObstacle,
    ErasureState,
    Exemption,
    ExportColumn,
    ExportFormat,
    ExportState,
    ExportUse,
    ExtensionReason,
    FeeReason,
    FindingKind,
    GrantState,
    HoldReason,
    HoldState,
    HowChosen,
    ImportField,
    ImportPreset,
    ImportState,
    ItemDecision,
    ItemKind,
    JobKind,
    JobState,
    KeptBasis,
    Language,
    LawfulBasis,
    LetterTemplate,
    MadeBy,
    MailState,
    MeasureKind,
    MeetingKind,
    MeetingState,
    MemberType,
    Nation,
    NotTellingGround,
    OwnDisputeState,
    OwnRequestState,
    OwnRole,
    PanelKind,
    Part,
    PartyRole,
    PeopleCategory,
    Permission,
    Power,
    Privacy,
    ProcessorTerm,
    RecipientCategory,
    RefusalGround,
    Relationship,
    ReleaseState,
    ReportPhase,
    RequestChannel,
    RequestKind,
    RequestState,
    RestrictionKind,
    RetentionAction,
    RetentionBasis,
    RetentionItemState,
    RetentionObstacle,
    RetentionRule,
    RetentionState,
    ReviewOutcome,
    Role,
    RowOutcome,
    RowUndo,
    SanctionKind,
    SanctionStanding,
    SanctionState,
    SearchPlace,
    SecurityMeasure,
    SpecialCondition,
    Stage,
    Standing,
    StayReason,
    TaskKind,
    TermStanding,
    TransferSafeguard,
    TransferState,
    UnitKind,
)


class Words(Shape):
    """The same words in each locale."""

    en: ShortText
    cy: ShortText


class ReferenceValue(Shape):
    value: Annotated[str, Bounds(max_length=60)]
    label: Words
    help: Words


class ReferenceEnum(Shape):
    name: Annotated[str, Bounds(max_length=60, description="Its name in the OpenAPI document.", examples=["Standing"])]
    values: Annotated[list[ReferenceValue], Bounds(max_length=200)]


class ReferenceData(Shape):
    enums: Annotated[list[ReferenceEnum], Bounds(max_length=200)]


def reference_data() -> ReferenceData:
    """Every enum with its words. Raises KeyError for a value without them."""
    return ReferenceData(
        enums=[
            ReferenceEnum(
                name=kind.__name__,
                values=[_value(member, _labels()[kind.__name__][member.value]) for member in kind],
            )
            for kind in ENUMS
        ]
    )


def words_of(member: StrEnum, language: Language) -> str:
    """What a value is called, for what is written by the house. Raises KeyError for a value without words."""
    return _labels()[type(member).__name__][member.value][language.value][0]


@cache
def _labels() -> dict[str, dict[str, dict[str, list[str]]]]:
    labels: dict[str, dict[str, dict[str, list[str]]]] = json.loads(
        Path(__file__).with_name("labels.json").read_text("utf-8")
    )
    return labels


def _value(member: StrEnum, words: dict[str, list[str]]) -> ReferenceValue:
    english, *said = words["en"]
    # What a permission means is said on the page of rights, and nowhere else.
    help_text = _sentence(MEANING[member]) if isinstance(member, Permission) else said[0]
    welsh, welsh_help = words["cy"]
    return ReferenceValue(
        value=member.value, label=Words(en=english, cy=welsh), help=Words(en=help_text, cy=welsh_help)
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
