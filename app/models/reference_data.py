"""Every enum that the API speaks, with what its values are called.

The words stand in `labels.json`: for each enum, value and locale a label and a sentence of help. An enum of ours that
has its words there is told; a test holds that to the document.
"""

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field as Bounds

from app.core.permissions import MEANING, Permission
from app.core.text import ShortText
from app.models.base import Shape
from app.models.members import Language

#: Where the enums that the API speaks are defined.
_OURS = ("app.core.", "app.models.")


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
    enums: Annotated[list[ReferenceEnum], Bounds(max_length=500)]


@cache
def enums() -> tuple[type[StrEnum], ...]:
    """Every enum that has words, by name: to be asked once the house is whole. Raises KeyError for words of none."""
    known = {kind.__name__: kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith(_OURS)}
    return tuple(known[name] for name in sorted(_labels()))


def reference_data() -> ReferenceData:
    """Every enum with its words. Raises KeyError for a value without them."""
    return ReferenceData(
        enums=[
            ReferenceEnum(
                name=kind.__name__,
                values=[_value(member, _labels()[kind.__name__][member.value]) for member in kind],
            )
            for kind in enums()
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
