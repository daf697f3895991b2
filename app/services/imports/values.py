"""Values of a row's cells, judged by the very types of a member added by hand, and remembered.

A file says the same few towns, days and names over and over: what came of a value is kept, within bounds.
"""

from collections.abc import Callable, Hashable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app.core.tabular import UNREADABLE
from app.core.text import fold
from app.core.written_dates import DateOrder, read_date
from app.models.members import LegalDate, MemberCreate

#: Values that are remembered of each field, and how long they may be: a file decides what they are. Of days there is
#: room for a lifetime's.
_KEPT = 4_096
_DAYS = 32_768
_SHORT = 200
_LONGEST_DATE = 64
#: What programs leave at the ends of a cell and nobody sees: joiners, marks of order, half a character.
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

#: Two digits of a year are read up to here where only the form of a date matters.
_ANY_DAY = date(2099, 12, 31)


class Fault(NamedTuple):
    """What is wrong with a value."""

    code: str
    message: str


class Judged(NamedTuple):
    """What a field makes of a value: as JSON would have it, or what is wrong with it."""

    spoken: Any
    fault: Fault | None


class _Judge(dict[Hashable, Judged]):
    """What a type makes of values; those it has met lately are found as fast as in any dictionary."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def __missing__(self, value: Hashable) -> Judged:
        judged = self._judge(value)
        length = len(value) if isinstance(value, str) else sum(map(len, value)) if isinstance(value, tuple) else 0
        if len(self) >= (_DAYS if isinstance(value, date) else _KEPT):
            self.clear()
        if length <= _SHORT:
            self[value] = judged
        return judged

    def _judge(self, value: Hashable) -> Judged:
        try:
            made = self._adapter.validate_python(list(value) if isinstance(value, tuple) else value)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            return Judged(None, Fault(first["type"], str(first["msg"]).removeprefix("Value error, ")))
        return Judged(made if type(made) is str else self._adapter.dump_python(made, mode="json"), None)


def _judge(kind: Any) -> Callable[[Hashable], Judged]:
    return _Judge(kind).__getitem__


#: A judge for every field of a member added by hand, and for the last day paid for, which by hand is never sent.
JUDGES = {name: _judge(info.rebuild_annotation()) for name, info in MemberCreate.model_fields.items()}
JUDGES["paid_until"] = _judge(LegalDate)
#: What a member has where nothing is said, as JSON would have it.
DEFAULTS = {
    name: info.get_default(call_default_factory=True)
    for name, info in MemberCreate.model_fields.items()
    if not info.is_required()
}
NEEDED = tuple(name for name, info in MemberCreate.model_fields.items() if info.is_required())


def read_day(text: str, order: DateOrder | None, latest: date) -> date:
    """`read_date`, remembered."""
    if len(text) > _LONGEST_DATE:
        raise PydanticCustomError("date_not_valid", "This is not a date.")
    return _read_day(text, order, latest)


@lru_cache(maxsize=_DAYS)
def _read_day(text: str, order: DateOrder | None, latest: date) -> date:
    return read_date(text, order, latest=latest)


#: `fold`, of words that come again in every row.
fold_again = lru_cache(maxsize=_KEPT)(fold)


def check_date(text: str) -> None:
    """Raises ValueError unless a text is a date in one order or the other."""
    try:
        read_day(text, DateOrder.day_first, _ANY_DAY)
    except PydanticCustomError:
        read_day(text, DateOrder.month_first, _ANY_DAY)


def trim(cell: str) -> tuple[str, bool]:
    """A cell without what is at its ends and cannot be seen; whether an unreadable character went with it."""
    bare = cell.strip()
    if bare.isascii():
        return bare, False
    lost = False
    while True:
        shorter = bare.strip().strip(_UNSEEN)
        # The rest of a wide blank that was cut, or padding; within a word it is somebody's letter.
        while shorter.endswith(UNREADABLE):
            shorter, lost = shorter[:-1], True
        if shorter == bare:
            return bare, lost
        bare = shorter
