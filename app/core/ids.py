"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that new rows land at the end of an index."""

from secrets import randbits
from threading import Lock
from time import time_ns
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_lock = Lock()
_last = 0


def new_id() -> UUID:
    """A UUIDv7 greater than every one this process made before, even if the machine's clock steps back.

    The 48 bits of milliseconds and the 74 random bits are kept as one number. Where a fresh one would not
    be greater, the last one is advanced by a random step (RFC 9562 §6.2, method 2), carrying into the time.
    """
    global _last  # noqa: PLW0603  (a process has one sequence)
    fresh = (time_ns() // 1_000_000) << 74 | randbits(74)
    with _lock:
        _last = fresh if fresh > _last else _last + 1 + randbits(32)
        number = _last
    head, middle, tail = number >> 74, number >> 62 & 0xFFF, number & (1 << 62) - 1
    return UUID(int=head << 80 | _VERSION | middle << 64 | _VARIANT | tail)
