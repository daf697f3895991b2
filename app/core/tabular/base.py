"""What a table is to who reads one: how it is written, its rows, and the one refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from app.core.errors import Invalid

UNREADABLE = "\ufffd"
MOST_COLUMNS = 500

Recognise = Callable[[Sequence[str]], int]


class FileRefused(Invalid):
    """The file cannot be read as a table of text."""

    code = "file_refused"
    sentence = "The file cannot be read: {reason}"


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the file; `number` counts from 1 at the top, as a spreadsheet shows it."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written. `header` is the number of the last row of headings, or above the first of data.

    `encoding` (a codec of Python) and `delimiter` are those of a text, `sheet` that of a workbook.
    """

    format: Literal["csv", "xlsx"]
    header: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


def is_filled(cells: Sequence[str]) -> bool:
    """Whether a row holds anything but blanks."""
    return bool("".join(cells).strip())
