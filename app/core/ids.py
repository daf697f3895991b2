"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that new rows land at the end of an index; and references for people."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from os import urandom
from threading import Lock
from time import time_ns
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_TAIL = (1 << 62) - 1
#: Without letters and digits that are taken for one another.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_lock = Lock()
_last = 0


def new_id() -> UUID:
    """A UUIDv7 greater than every one this process made before, even if the machine's clock steps back."""
    return UUID(int=next(_numbers(1)))


def first_id_of(instant: datetime) -> UUID:
    """The least UUIDv7 that could be made at an instant of the machine's clock: where in an index its rows begin."""
    return UUID(int=int(instant.timestamp() * 1000) << 80 | _VERSION | _VARIANT)


def new_ids(count: int) -> list[str]:
    """As many as `new_id` would make, in their order, as text: what is written by the thousand is written as text."""
    texts = (f"{number:032x}" for number in _numbers(count))
    return [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in texts]


def new_reference(letter: str) -> str:
    """A random reference such as `D-7KQ2M9XF`: a number that counts would tell of records that one may not see."""
    return f"{letter}-{''.join(secrets.choice(_ALPHABET) for _ in range(8))}"


def _numbers(count: int) -> Iterator[int]:
    """The 48 bits of milliseconds and the 74 random bits are kept as one number.

    Where a fresh one would not be greater, the last one is advanced by a random step (RFC 9562 §6.2, method 2),
    carrying into the time.
    """
    global _last  # noqa: PLW0603  (a process has one sequence)
    if not count:
        return
    fresh = (time_ns() // 1_000_000) << 74 | int.from_bytes(urandom(10)) >> 6
    steps = memoryview(urandom(4 * count)).cast("I")
    with _lock:
        first = fresh if fresh > _last else _last + 1 + steps[0]
        numbers = list(accumulate(steps[1:], lambda last, step: last + 1 + step, initial=first))
        _last = numbers[-1]
    for number in numbers:
        yield (number >> 74) << 80 | _VERSION | (number >> 62 & 0xFFF) << 64 | _VARIANT | number & _TAIL
