"""What kind of file it is, from its first bytes and, for text, from all of them: what is no table is named."""

import codecs
import hashlib
import re
from pathlib import Path

from app.core.tabular.base import UNREADABLE, FileRefused

MOST_BYTES = 512 * 1024 * 1024
#: So many first bytes tell the kind of a file.
GLANCE = 4096

_CHUNK = 1 << 20
_ARCHIVE = b"PK\x03\x04"
#: Other kinds of file by their first bytes, with what they are.
_SIGNATURES = {
    b"PK\x05\x06": "an archive without anything in it",
    b"\xd0\xcf\x11\xe0": "a workbook of an old kind (.xls), or one protected by a password",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed",
    b"BZh": "compressed",
    b"7z\xbc\xaf": "compressed",
    b"Rar!": "compressed",
    b"\x28\xb5\x2f\xfd": "compressed",
    b"\xfd7zXZ": "compressed",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a database",
    b"PGDMP": "a database",
}
_MARKUP = {
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<?xml": "XML",
    b"{\\rtf": "a text document",
    b"begin:vcard": "an address card (vCard)",
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JSON = re.compile(rb'[\[{]\s*[{\["]')
_CONTROLS = bytes({*range(1, 9), *range(14, 27), *range(28, 32), 127})
_BLANK = b"\0\r\n\t "


def glance(start: bytes) -> None:
    """Refuse what a file's first bytes (`GLANCE` of them, or all there are) show to be no table.

    Raises `FileRefused`.
    """
    if len(start) < GLANCE and not start.strip(_BLANK):
        raise FileRefused(reason="it is empty.")
    for signature, kind in _SIGNATURES.items():
        if start.startswith(signature):
            raise FileRefused(reason=f"it is {kind}; save the table as CSV or .xlsx.")
    if start.startswith(_ARCHIVE):
        return
    text = start.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK).lower()
    for opening, kind in _MARKUP.items():
        if text.startswith(opening):
            raise FileRefused(reason=f"it is {kind}; save the table as CSV or .xlsx.")
    if _JSON.match(text):
        raise FileRefused(reason="it is JSON; save the table as CSV or .xlsx.")
    if not _wide(start) and len(start) - len(start.translate(None, _CONTROLS)) > len(start) // 20 + 8:
        raise FileRefused(reason="it is not text.")


def is_archive(start: bytes) -> bool:
    return start.startswith(_ARCHIVE)


def read_start(path: Path) -> bytes:
    """The first bytes of a file that may be read further. Raises `FileRefused`."""
    try:
        if path.is_dir():
            raise FileRefused(reason="it is a directory.")
        if not path.is_file():
            raise FileRefused(reason="there is no such file.")
        if path.stat().st_size > MOST_BYTES:
            raise FileRefused(reason=f"it is larger than {MOST_BYTES >> 20} MiB.")
        with path.open("rb") as file:
            start = file.read(GLANCE)
    except OSError:
        raise FileRefused(reason="it cannot be opened.") from None
    glance(start)
    return start


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def survey(path: Path, start: bytes) -> tuple[str, str]:
    """A text's digest and encoding, in one reading. What is not UTF-8 by its own marks is read as Windows-1252."""
    known = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None) or _wide(start)
    return (digest(path), known) if known else _narrow(path)


def _wide(start: bytes) -> str | None:
    """UTF-16 and UTF-32 without a mark show by their NULs: signs and line ends have them, always in the same places."""
    if any(start.startswith(mark) for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    nul = [start[place::4].count(0) for place in range(4)]
    quarter = len(start) // 4
    if quarter >= 2 and nul[0] < quarter // 2 and min(nul[2:]) >= quarter * 0.9:
        return "utf-32-le"
    if quarter >= 2 and nul[3] < quarter // 2 and min(nul[:2]) >= quarter * 0.9:
        return "utf-32-be"
    even, odd = nul[0] + nul[2], nul[1] + nul[3]
    if odd > max(3, quarter // 8, even * 20) and b"\n\0" in start.replace(b"\r\0", b"\n\0"):
        return "utf-16-le"
    if even > max(3, quarter // 8, odd * 20) and b"\0\n" in start.replace(b"\0\r", b"\0\n"):
        return "utf-16-be"
    return None


def _narrow(path: Path) -> tuple[str, str]:
    """UTF-8 unless more of it is unreadable so than is written in letters beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    sha256 = hashlib.sha256()
    size = bad = good = nul = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            size += len(chunk)
            nul += chunk.count(0)
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            unreadable = text.count(UNREADABLE)
            bad += unreadable
            good += len(text) - len(text.encode("ascii", "ignore")) - unreadable
    bad += len(decoder.decode(b"", final=True))
    if nul > size // 10:
        raise FileRefused(reason="it is not text.")
    return sha256.hexdigest(), "cp1252" if bad > good else "utf-8"
