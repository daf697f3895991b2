"""What our answers hold beside the rows: taken from them, given to the bare handler, and the two compared."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from benchmarks.requests.plan import Answer

#: What may differ between two answers to one request: a cursor is sealed anew each time.
_CURSOR = (re.compile(r'("next_cursor": ?)"[^"]*"'), r'\1"…"')
_MORE = re.compile(r'"has_more": ?true')
#: And what differs between two records made alike, or one changed twice.
_MADE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), "…"),
    (re.compile(r'("number" : )"[0-9]+"'), r'\1"…"'),
    (re.compile(r'("version" : )[0-9]+'), r"\1…"),
    (re.compile(r"[0-9-]{10}T[0-9:.]{15}Z"), "…"),
)


def page_around(bodies: Sequence[str], limit: int = 50) -> Answer:
    """How pages stand around their rows. The cursor becomes a constant."""
    head, between, more, end = "", ", ", "", ""
    for body in bodies:
        head, behind, gaps = _taken_apart(body)
        between = gaps or between
        if _MORE.search(behind):
            more = behind
        else:
            end = behind
    return Answer("page", head, between, more, end, limit)


def record_around(body: str, row_id: str, key: str, status: int = 200) -> Answer:
    """A record's JSON ends before `key`, the first of what ours adds to what PostgreSQL makes."""
    begins = body.rindex(",", 0, body.index(f'"{key}"'))
    return Answer("record", end=body[begins:].replace(row_id, "{id}"), status=status)


def tasks_around(body: str) -> Answer:
    head, behind, _ = _taken_apart(body)
    return Answer("tasks", head, end=behind)


def _taken_apart(body: str) -> tuple[str, str, str]:
    """What stands before the first row, behind the last, and between two."""
    decoder, at, between = json.JSONDecoder(), body.index("[") + 1, ""
    head = body[:at]
    while body[at] != "]":
        _, at = decoder.raw_decode(body, at)
        if body[at] != "]":
            following = body.index("{", at)
            between, at = body[at:following], following
    return head, body[at:], between


def difference(ours: bytes, bare: bytes, *, made: bool) -> str | None:
    """Where two answers part that should be the same; `made`: of records made or changed by the request."""
    one, other = (_comparable(body.decode(), made=made) for body in (ours, bare))
    if one == other:
        return None
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"ours …{one[max(0, at - 60) : at + 60]}… bare …{other[max(0, at - 60) : at + 60]}…"


def _comparable(body: str, *, made: bool) -> str:
    for pattern, instead in (_CURSOR, *(_MADE if made else ())):
        body = pattern.sub(instead, body)
    return body
