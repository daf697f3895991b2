"""What in a person's data is of other people: found, proposed to be blacked out, and blacked out.

References by id are certain, and stand for what somebody is: "an officer". In texts, e-mail addresses, telephone
numbers and the names of people on record are guesses, which somebody looks at. What is the person's own is none of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import phonenumbers
from sqlmodel import SQLModel

from app.core.db import Session
from app.core.privacy import Privacy
from app.core.text import email_key, fold
from app.models.packages import FindingKind, ItemDecision
from app.services.matters import ROLE
from app.services.personal_data.pieces import Finding, Path, Piece, PieceKind

REDACTED = "[redacted]"
#: How many words a name on record has.
FEWEST_WORDS, MOST_WORDS = 2, 4
#: Tables in which every text is the person's own, or the house's.
OWN = frozenset({"people", "members", "accounts"})

#: How an id is written.
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W\d_]+(?:['’‘.-][^\W\d_]+)*\.?")

_OWN = """
select p.sort_name, p.search_name, p.email_key, array[p.mobile_phone, p.home_phone] as phones,
  array(select m.id from members m where m.person_id = p.id) as members,
  array(select a.id from accounts a where a.person_id = p.id) as accounts,
  array(select a.email_key from accounts a where a.person_id = p.id) as emails,
  array(select lower(a.name) from accounts a where a.person_id = p.id) as names
from people p where p.id = $1
"""
_TEAM = "g.role = 'data_protection_officer'"
#: Whom an id stands for.
_KNOWN = f"""
select a.id, 'account' as kind, case
  when exists (select from grants g where g.account_id = a.id and {_TEAM}) then 'the data-protection team'
  when exists (select from grants g where g.account_id = a.id)
    or exists (select from office_terms t where t.person_id = a.person_id) then 'an officer'
  else 'another person' end as stands_for
from accounts a where a.id = any ($1)
union all
select p.id, 'person_id', case when exists (select from members m where m.person_id = p.id)
  then 'another member' else 'another person' end
from people p where p.id = any ($1)
union all
select m.id, 'person_id', 'another member' from members m where m.id = any ($1)
"""
#: Which of these words name somebody: as the register sorts them, with the name they go by, or as accounts have it.
_NAMES = """
select p.sort_name as name from people p where p.id <> $3 and p.sort_name = any ($1)
union
select p.search_name from people p where p.id <> $3 and p.search_name = any ($1)
union
select lower(a.name) from accounts a where a.person_id is distinct from $3 and lower(a.name) = any ($2)
"""


@dataclass(frozen=True)
class _Own:
    """What is of the person, and nobody else's."""

    ids: frozenset[UUID]
    emails: frozenset[str]
    phones: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True)
class _Text:
    """A text in a piece that may speak of others."""

    key: str
    path: Path
    text: str


@dataclass(frozen=True)
class _Words:
    """Some words of a text that may be a name, in the forms in which names are kept."""

    start: int
    end: int
    folded: tuple[str, ...]
    lower: str


async def find_third_parties(session: Session, pieces: Sequence[Piece], person_id: UUID) -> dict[str, list[Finding]]:
    """What is of others, by the `key` of the piece (a piece without findings is left out), in one query for all.

    References by id, and in texts e-mail addresses, telephone numbers and the names of people on record. Puts on the
    role `rollbook_privacy` itself.
    """
    texts = [text for piece in pieces if piece.kind is not PieceKind.disclosed for text in _texts(piece)]
    async with session.as_role(ROLE):
        own = _own(person_id, await session.fetchrow(_OWN, person_id) or {})
        known = await _known(session, texts, own)
        names = await _names(session, texts, own, person_id)
    found: dict[str, list[Finding]] = {}
    for text in texts:
        if (finding := known.get(text.text)) is not None:
            found.setdefault(text.key, []).append(Finding(text.path, None, None, *finding, certain=True))
        else:
            spans = sorted(_apart(_guesses(text.text, own, names)))
            found.setdefault(text.key, []).extend(Finding(text.path, a, b, kind, REDACTED) for a, b, kind in spans)
    return {key: findings for key, findings in found.items() if findings}


def propose(piece: Piece, findings: Sequence[Finding]) -> ItemDecision:
    """What is proposed of a piece: what its rule says, or to black out where something uncertain of others is in it.

    A piece that is proposed for release, and has no `wall_key` or is `disclosed`, may be released by rule.
    """
    if piece.proposal is ItemDecision.release and not all(finding.certain for finding in findings):
        return ItemDecision.redact
    return piece.proposal


def redact(values: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """The values with each finding replaced: a reference by what it stands for, the rest by a visible mark."""
    told = deepcopy(values)
    # What lies deeper goes first, as what holds it may itself be replaced whole.
    by_path = sorted(findings, key=lambda finding: (-len(finding.path), str(finding.path)))
    for path, here in groupby(by_path, lambda finding: finding.path):
        place: Any = told
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = _blacked_out(place[path[-1]], list(here))
    return told


def _blacked_out(value: Any, findings: Sequence[Finding]) -> Any:
    for finding in findings:
        if finding.start is None:
            return finding.replacement
    left: list[str] = []
    begins = len(value)
    # From the end, so that what was found before stays where it was found; of two that overlap, both go.
    for finding in sorted(findings, key=lambda finding: finding.end or 0, reverse=True):
        end = min(finding.end or 0, begins)
        start = min(finding.start or 0, end)
        if end < begins or not left:
            left += [value[end:begins], finding.replacement]
        begins = min(begins, start)
    return value[:begins] + "".join(reversed(left))


def _texts(piece: Piece) -> Iterator[_Text]:
    for path, text in strings(piece.values):
        # Of a column that says nothing of anybody, only references count.
        if IDS.fullmatch(text) or (piece.table not in OWN and _is_said(piece.table, path)):
            yield _Text(piece.key, path, text)


def strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in a value, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from strings(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from strings(one, (*path, place))


def _is_said(table: str, path: Path) -> bool:
    """Whether the column at the path is classed: of a trail it stands below the row."""
    if table not in SQLModel.metadata.tables:
        # What came from outside is somebody's words.
        return True
    columns = SQLModel.metadata.tables[table].columns
    name = next((step for step in path if isinstance(step, str) and step in columns), None)
    return name is not None and columns[name].info["privacy"] is not Privacy.none


def _own(person_id: UUID, row: Mapping[str, Any]) -> _Own:
    if not row:
        return _Own(frozenset({person_id}), frozenset(), frozenset(), frozenset())
    return _Own(
        frozenset({person_id, *row["members"], *row["accounts"]}),
        frozenset({row["email_key"] or "", *row["emails"]}),
        frozenset(filter(None, row["phones"])),
        frozenset({row["sort_name"], row["search_name"], *row["names"]}),
    )


async def _known(session: Session, texts: Iterable[_Text], own: _Own) -> dict[str, tuple[FindingKind, str]]:
    """The ids of others, as the texts write them, with what each stands for."""
    written = {text.text: UUID(text.text) for text in texts if IDS.fullmatch(text.text)}
    rows = await session.fetch(_KNOWN, list(set(written.values()) - own.ids))
    stands = {row["id"]: (FindingKind(row["kind"]), row["stands_for"]) for row in rows}
    return {word: stands[one] for word, one in written.items() if one in stands}


async def _names(session: Session, texts: Iterable[_Text], own: _Own, person_id: UUID) -> frozenset[str]:
    words = [words for text in texts for words in _phrases(text.text)]
    folded = {form for phrase in words for form in phrase.folded} - own.names
    lower = {phrase.lower for phrase in words} - own.names
    rows = await session.fetch(_NAMES, list(folded), list(lower), person_id)
    return frozenset(row["name"] for row in rows)


def _phrases(text: str) -> Iterator[_Words]:
    """Every run of two to four words, read as a name in each way in which it could be kept."""
    words = list(_WORD.finditer(text))
    for first in range(len(words)):
        for last in range(first + FEWEST_WORDS - 1, min(first + MOST_WORDS, len(words))):
            start, end = words[first].start(), words[last].end()
            said = text[start:end].rstrip(".")
            if any(gap.strip(" \t\n,") for gap in _gaps(words[first : last + 1], text)):
                break
            parts = [word[0] for word in words[first : last + 1]]
            turned = (fold(" ".join(parts[n:] + parts[:n])) for n in range(len(parts)))
            yield _Words(start, start + len(said), tuple(dict.fromkeys(turned)), said.lower())


def _gaps(words: Sequence[re.Match[str]], text: str) -> Iterator[str]:
    for word, after in pairwise(words):
        yield text[word.end() : after.start()]


def _guesses(text: str, own: _Own, names: frozenset[str]) -> Iterator[tuple[int, int, FindingKind]]:
    for found in _EMAIL.finditer(text):
        if email_key(found[0]) not in own.emails:
            yield found.start(), found.end(), FindingKind.email
    for number in phonenumbers.PhoneNumberMatcher(text, "GB"):
        if phonenumbers.format_number(number.number, phonenumbers.PhoneNumberFormat.E164) not in own.phones:
            yield number.start, number.end, FindingKind.phone
    for words in _phrases(text):
        if words.lower in names or not names.isdisjoint(words.folded):
            yield words.start, words.end, FindingKind.name


def _apart(spans: Iterable[tuple[int, int, FindingKind]]) -> Iterator[tuple[int, int, FindingKind]]:
    """Of spans that overlap, the longer."""
    kept: list[tuple[int, int, FindingKind]] = []
    for span in sorted(spans, key=lambda span: span[0] - span[1]):
        if all(span[1] <= start or end <= span[0] for start, end, _ in kept):
            kept.append(span)
            yield span
