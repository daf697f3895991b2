"""What an item says: sealed under the key of the person whose copy it is, so that it goes when they are erased."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app.core.crypto import Key, decrypt, encrypt
from app.core.errors import Invalid
from app.models.package_verbs import Redaction
from app.models.packages import FindingKind
from app.services.personal_data.pieces import Finding, Path, Piece
from app.services.personal_data.third_parties import REDACTED, redact


class NothingLeft(Invalid):
    code = "nothing_left"
    sentence = "Nothing of it would be left: withhold it instead."


@dataclass(frozen=True)
class Contents:
    """What an item says, what in it is of others, and what was decided to be blacked out, with the reason.

    `key` names the piece from search to search.
    """

    key: str
    values: dict[str, Any]
    findings: Sequence[Finding] = ()
    redactions: Sequence[Finding] = ()
    reason: str | None = None
    #: Of an item with a file, the copy that is given in its place.
    copy_id: str | None = None

    @classmethod
    def of(cls, piece: Piece, findings: Sequence[Finding]) -> "Contents":
        return cls(piece.key, _plain(piece.values), tuple(findings))

    def says_the_same(self, other: "Contents") -> bool:
        return self.values == other.values and list(self.findings) == list(other.findings)

    def decided(self, redactions: Sequence[Finding], reason: str | None) -> "Contents":
        return replace(self, redactions=tuple(redactions), reason=reason)

    def guesses(self) -> list[Finding]:
        """What is of others and is not replaced in any case."""
        return [finding for finding in self.findings if not finding.certain]

    def given(self) -> dict[str, Any]:
        """The values as they are given: references to others replaced, and what was decided blacked out."""
        return redact(self.values, [*(one for one in self.findings if one.certain), *self.redactions])

    def shown(self) -> dict[str, Any]:
        """For whoever decides of it."""
        return {
            "values": self.values,
            "findings": [_told(finding) for finding in self.findings],
            "redactions": [{"path": list(one.path), "start": one.start, "end": one.end} for one in self.redactions],
            "reason": self.reason,
            "has_redacted_copy": self.copy_id is not None,
        }


def seal_contents(key: Key, item_id: UUID, contents: Contents) -> bytes:
    return encrypt(key, json.dumps(asdict(contents)).encode(), _place(item_id))


def open_contents(key: Key, item_id: UUID, sealed: bytes) -> Contents:
    said = open_said(key, "request_items", item_id, sealed)
    found = {name: tuple(_finding(one) for one in said[name]) for name in ("findings", "redactions")}
    return Contents(said["key"], said["values"], reason=said["reason"], copy_id=said["copy_id"], **found)


def open_said(key: Key, table: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    """The texts of a row sealed under a person's key, where the key of many rows is at hand."""
    said: dict[str, Any] = json.loads(decrypt(key, sealed, f"{table}.sealed:{row_id}".encode()))
    return said


def chosen(contents: Contents, redactions: Sequence[Redaction] | None) -> list[Finding]:
    """What is to be blacked out of an item: what was said, or all that was found.

    Raises `Invalid` for a place that is not in it or where nothing was found, and `NothingLeft`.
    """
    if redactions is None:
        found = contents.guesses()
        if not found:
            raise Invalid.at("/redactions", "required", "Nothing of others was found in it: say what is blacked out.")
    else:
        found = [_said(contents, one, f"/redactions/{number}") for number, one in enumerate(redactions)]
    left = [str(leaf).replace(REDACTED, "").strip() for leaf in _leaves(redact(contents.values, found))]
    if not any(left):
        raise NothingLeft.at("/redactions", NothingLeft.code, NothingLeft.sentence)
    return found


def _said(contents: Contents, redaction: Redaction, pointer: str) -> Finding:
    path: Path = tuple(redaction.path)
    value: Any = contents.values
    for step in path:
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not is_there:
            raise Invalid.at(pointer, "no_such_place", "Name a place that is in the item.")
        value = value[step]
    if redaction.end is not None and (not isinstance(value, str) or len(value) < redaction.end):
        raise Invalid.at(pointer, "no_such_place", "Name characters that are in the text.")
    return Finding(path, redaction.start, redaction.end, FindingKind.name, REDACTED)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [] if value is None else [value]


def _told(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "path": list(finding.path)}


def _finding(said: dict[str, Any]) -> Finding:
    return Finding(**{**said, "path": tuple(said["path"]), "kind": FindingKind(said["kind"])})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As JSON holds them, so that what was opened compares with what is found anew."""
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain


def _place(item_id: UUID) -> bytes:
    return f"request_items.sealed:{item_id}".encode()
