"""Every enum that the API speaks, with what its values are called.

The words stand in `labels.json`: for each enum, value and locale a label and a sentence of help. A domain
adds its enums here and its words there; a test holds the two to the document.
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field as Bounds

from app.core.permissions import MEANING, Permission, Role
from app.core.text import ShortText
from app.core.written_dates import DateOrder
from app.models.accounts import AccountState, ClientKind, ClientState, GrantState
from app.models.base import Shape
from app.models.branches import BranchStatus, UnitKind
from app.models.exports import ExportColumn, ExportFormat, ExportState, ExportUse
from app.models.frame import MailState
from app.models.imports import ImportField, ImportPreset, ImportState, RowOutcome, RowUndo
from app.models.jobs import JobKind, JobState
from app.models.members import Channel, Language, MemberType, Relationship, Standing
from app.models.offices import HowChosen, TermStanding
from app.models.possible_duplicates import DuplicateReason, DuplicateState
from app.models.tasks import TaskKind
from app.models.transfers import TransferState

ENUMS: tuple[type[StrEnum], ...] = (
    AccountState,
    BranchStatus,
    Channel,
    ClientKind,
    ClientState,
    DateOrder,
    DuplicateReason,
    DuplicateState,
    ExportColumn,
    ExportFormat,
    ExportState,
    ExportUse,
    GrantState,
    HowChosen,
    ImportField,
    ImportPreset,
    ImportState,
    JobKind,
    JobState,
    Language,
    MailState,
    MemberType,
    Permission,
    Relationship,
    Role,
    RowOutcome,
    RowUndo,
    Standing,
    TaskKind,
    TermStanding,
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
    labels = json.loads(Path(__file__).with_name("labels.json").read_text("utf-8"))
    return ReferenceData(
        enums=[
            ReferenceEnum(
                name=kind.__name__,
                values=[_value(member, labels[kind.__name__][member.value]) for member in kind],
            )
            for kind in ENUMS
        ]
    )


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
