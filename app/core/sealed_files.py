"""Files of any length, sealed in pieces: written and read in constant memory, and taken for whole only when whole.

A line of clear JSON says what the file is; then come pieces of at most a mebibyte, each with its length before it. A
piece is bound to the clear line, to its number and to whether it is the last, so that none can be changed, swapped, cut
off or taken from another file. The key is made of the application's secret for this one file.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO

from app.core.crypto import DecryptionFailed, Key, MasterKey, decrypt, encrypt
from app.core.errors import AppError

PIECE = 1024 * 1024
MAGIC = b"rollbook sealed file\n"
_LENGTH, _LONGEST_LINE, _OVERHEAD = 4, 4096, 32


class SealedFileRefused(AppError):
    """What lies there is no whole sealed file, or was sealed under another secret."""

    code = "sealed_file_refused"
    sentence = "{file} {reason}"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file whose clear line has been read, and proved by the first piece."""

    path: Path
    about: Mapping[str, Any]
    _key: Key
    _place: str
    _start: int

    def pieces(self) -> Iterator[bytes]:
        """The content, piece by piece. Raises `SealedFileRefused` at the first that is not as it was sealed."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            number, sealed = 0, _next_piece(file, self.path)
            while sealed is not None:
                following = _next_piece(file, self.path)
                place = _bound(self._place, number, last=following is None)
                try:
                    yield decrypt(self._key, sealed, place)
                except DecryptionFailed:
                    raise SealedFileRefused(
                        file=self.path.name, reason="has been changed, or its end is missing."
                    ) from None
                number, sealed = number + 1, following
        if number == 0:
            raise SealedFileRefused(file=self.path.name, reason="holds nothing: its end is missing.")


def write_sealed(
    path: Path, keys: MasterKey, purpose: str, about: Mapping[str, Any], content: Iterable[bytes]
) -> SealedFile:
    """Write a file, readable by its owner alone, beside `path`; `publish` gives it the name. Raises OSError.

    What was begun is taken away again when `content` breaks off.
    """
    draft = path.with_name(f"{path.name}.partial")
    draft.unlink(missing_ok=True)
    name = token_hex(16)
    key = keys.keys_of(f"{purpose} {name}")[0]
    line = json.dumps({**about, "file": name, "key": key.id.hex()}).encode() + b"\n"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + line)
            for number, (piece, last) in enumerate(_cut(content)):
                sealed = encrypt(key, piece, _bound(_place(purpose, line), number, last=last))
                file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
            file.flush()
            os.fsync(handle)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return open_sealed(draft, keys, purpose)


def publish(written: SealedFile, path: Path) -> None:
    """Give a written file its name, in one step that survives a loss of power."""
    written.path.replace(path)
    with suppress(OSError):  # some file systems know no such thing for a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def open_sealed(path: Path, keys: MasterKey, purpose: str) -> SealedFile:
    """Raises `SealedFileRefused` for another kind of file, another secret, a changed beginning, and no file at all."""
    try:
        with path.open("rb") as file:
            magic, line, start = file.read(len(MAGIC)), file.readline(_LONGEST_LINE), file.tell()
    except OSError as error:
        raise SealedFileRefused(file=path.name, reason=f"cannot be read: {error.strerror}.") from None
    try:
        about = json.loads(line)
        name, key_id = str(about["file"]), str(about["key"])
    except (ValueError, TypeError, KeyError):
        about, name, key_id = None, "", ""
    if magic != MAGIC or about is None:
        raise SealedFileRefused(file=path.name, reason="is not one of ours, or its beginning has been changed.")
    key = next((key for key in keys.keys_of(f"{purpose} {name}") if key.id.hex() == key_id), None)
    if key is None:
        raise SealedFileRefused(
            file=path.name, reason="was sealed with another SECRET_KEY; name that one in PREVIOUS_SECRET_KEYS."
        )
    found = SealedFile(path, about, key, _place(purpose, line), start)
    next(found.pieces())
    return found


def _next_piece(file: BinaryIO, path: Path) -> bytes | None:
    head = file.read(_LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if length > PIECE + _OVERHEAD:
        raise SealedFileRefused(file=path.name, reason="has been changed.")
    sealed = file.read(length)
    if len(head) < _LENGTH or len(sealed) < length:
        raise SealedFileRefused(file=path.name, reason="has been cut off.")
    return sealed


def _cut(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE]), False
            del held[:PIECE]
    yield bytes(held), True


def _place(purpose: str, line: bytes) -> str:
    return f"{purpose}:{hashlib.sha256(line).hexdigest()}"


def _bound(place: str, number: int, *, last: bool) -> bytes:
    return f"{place}:{number}:{'last' if last else 'more'}".encode()
