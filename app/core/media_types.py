"""What a file is, by its content, and whether that is what its name says.

A file is taken when its name ends as one of a few kinds that people send as evidence, and its content is of that very
kind. A name alone is never believed, and a content alone neither: what opens in one program here and in another there
is refused, as is anything that runs.
"""

import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import filetype

from app.core.errors import Invalid

#: The most that is looked at of a file for the signs of its kind, of its head if it is an e-mail, of a list of parts.
_START, _HEAD, _LIST = 8192, 256 * 1024, 1024 * 1024
_MOST_PARTS = 10_000
_LONGEST_NAME = 150


class FileTypeRefused(Invalid):
    """A file that is not taken. The subclasses say why."""


class FileEmpty(FileTypeRefused):
    code = "file_empty"
    sentence = "The file is empty."


class FileTypeNotAllowed(FileTypeRefused):
    code = "file_type_not_allowed"
    sentence = "Files are taken whose names end in one of: {endings}."


class FileTypeMismatch(FileTypeRefused):
    code = "file_type_mismatch"
    sentence = "What the file holds is not what its name says, a {ending} file."


class FileHasMacros(FileTypeRefused):
    code = "file_has_macros"
    sentence = "The document carries macros: save it without them, or as a PDF."


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: what it is called, and how its content is known. `start` is its first 8 KiB."""

    media_type: str
    holds: Callable[[BinaryIO, bytes], bool]


def sniff(file: BinaryIO, name: str) -> str:
    """The media type of a whole file, which can be read from any place in it and is left at its beginning.

    The whole of it, because an archive lists its parts at its end. Raises `FileTypeRefused`: one of `FileEmpty`,
    `FileTypeNotAllowed`, `FileTypeMismatch`, `FileHasMacros`. Reads the file: call it in a thread.
    """
    ending = PurePosixPath(name.strip()).suffix.lower()
    kind = _KINDS.get(ending)
    file.seek(0)
    start = file.read(_START)
    if not start:
        raise FileEmpty
    if kind is None:
        raise FileTypeNotAllowed(endings=", ".join(_KINDS))
    held = kind.holds(file, start)
    file.seek(0)
    if not held:
        raise FileTypeMismatch(ending=ending)
    return kind.media_type


def clean_name(name: str) -> str:
    """A file's name as it may be given back: its last part, of visible characters, its ending kept when it is cut."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    path = PurePosixPath(" ".join(shown.split()).lstrip(". ") or "file")
    return f"{path.stem[: _LONGEST_NAME - len(path.suffix)]}{path.suffix}"[:_LONGEST_NAME]


def _guessed(start: bytes) -> str | None:
    """What the signs at the beginning of a file say that it is."""
    found: str | None = filetype.guess_mime(start)
    return found


def _signed(media_type: str, *also: str) -> _Kind:
    """A kind with a sign of its own at its beginning, or with one of a near kind."""
    return _Kind(media_type, lambda _, start: _guessed(start) in {media_type, *also})


# --- Text and mail

_MARKUP = re.compile(
    rb"(?i)<(!doctype|!--|\?xml|\?php|(html|head|body|script|iframe|object|embed|svg|math|style|title|meta|link|form"
    rb"|h1|div|font|table|a|br|p|img)[\s>/])"
)
#: A text that begins like this is a program, or a document of another kind.
_OTHER = re.compile(rb"#!|\{\\rtf|%!PS|@echo|Windows Registry")
_NOT_IN_TEXT = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f]")
#: Kinds whose signs are too long to begin a text by chance.
_BINARY = re.compile(r"(image|audio|video)/(?!bmp)|application/(pdf|rtf|zip|postscript)")


def _is_text(file: BinaryIO, start: bytes) -> bool:
    begins = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _MARKUP.match(begins) or _OTHER.match(begins) or _BINARY.match(_guessed(start) or ""):
        return False
    file.seek(0)
    text = _decoded(file.read())
    if text is None or _NOT_IN_TEXT.search(text):
        return False
    # What is written in two bytes a letter is judged as it reads.
    return _MARKUP.match(text[:_START].lstrip("\ufeff").lstrip().encode()) is None


def _decoded(content: bytes) -> str | None:
    two_bytes = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if two_bytes else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


_HEADER = re.compile(rb"[!-9;-~]{1,76}:|[ \t]")


def _is_mail(file: BinaryIO, start: bytes) -> bool:
    """A message as it travels (RFC 5322): lines of headers, who wrote it and when among them, then an empty line."""
    if not _HEADER.match(start) or b"\0" in start:
        return False
    file.seek(0)
    head, empty, _ = file.read(_HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = head.split(b"\n")
    named = {line.partition(b":")[0].lower() for line in lines if line[:1] not in (b" ", b"\t")}
    whole = bool(empty) or len(head) < _HEAD
    return whole and all(map(_HEADER.match, lines)) and b"from" in named and bool(named & {b"date", b"received"})


# --- Documents that are archives

_DAMAGED = (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError, OSError, KeyError)


def _packed(holds: Callable[[zipfile.ZipFile, list[zipfile.ZipInfo]], bool]) -> Callable[[BinaryIO, bytes], bool]:
    """Judged by the parts of an archive; nothing is unpacked but a list of them, up to a mebibyte."""

    def judge(file: BinaryIO, start: bytes) -> bool:
        if not start.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(file) as archive:
                parts = archive.infolist()
                if len(parts) > _MOST_PARTS or any(part.flag_bits & 1 for part in parts):
                    return False
                return holds(archive, parts)
        except _DAMAGED:
            return False

    return judge


#: Ways in XML of writing a word so that it is not found; no program that writes documents needs them in its list.
_HIDES = re.compile(rb"&#|<!")


def _office(part: str) -> Callable[[BinaryIO, bytes], bool]:
    """Office Open XML, by the kind of its main part."""
    main = f"{part}.main+xml".encode()

    def judge(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bool:
        kinds = _read(archive, "[Content_Types].xml").lower()
        names = [entry.filename.lower().replace("\\", "/") for entry in parts]
        if _HIDES.search(kinds) or len(kinds) == _LIST or len(set(names)) < len(names):
            return False
        if any(sign in kinds for sign in (b"macroenabled", b"vbaproject")) or any(
            name.endswith("vbaproject.bin") or "macrosheets/" in name for name in names
        ):
            raise FileHasMacros
        return main in kinds

    return _packed(judge)


def _open_document(media_type: str) -> _Kind:
    """OpenDocument, whose first part says what it is, as it stands."""

    def judge(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bool:
        first = parts[0]
        if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
            return False
        if any(part.filename.startswith(("Basic/", "Scripts/")) for part in parts):
            raise FileHasMacros
        return _read(archive, "mimetype").strip() == media_type.encode()

    return _Kind(media_type, _packed(judge))


def _read(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as opened:
        return opened.read(_LIST)


# --- Documents of old, which are small file systems (MS-CFB); the names in them are written in two bytes a letter

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _compound(*streams: str) -> Callable[[BinaryIO, bytes], bool]:
    wanted = [f"{stream}\0".encode("utf-16-le") for stream in streams]

    def judge(file: BinaryIO, start: bytes) -> bool:
        if not start.startswith(_COMPOUND):
            return False
        file.seek(0)
        content = file.read()
        if "_VBA_PROJECT".encode("utf-16-le") in content:
            raise FileHasMacros
        return any(name in content for name in wanted)

    return judge


_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_JPEG, _HEIC, _TIFF = _signed("image/jpeg"), _signed("image/heic"), _signed("image/tiff")
_OGG, _MP4 = _signed("audio/ogg"), _signed("video/mp4", "video/x-m4v")

#: What is taken, by the ending of the name.
_KINDS: Mapping[str, _Kind] = {
    ".pdf": _signed("application/pdf"),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": _signed("image/png"),
    ".gif": _signed("image/gif"),
    ".webp": _signed("image/webp"),
    ".heic": _HEIC,
    ".heif": _HEIC,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".txt": _Kind("text/plain", _is_text),
    ".eml": _Kind("message/rfc822", _is_mail),
    ".doc": _Kind("application/msword", _compound("WordDocument")),
    ".docx": _Kind(f"{_OFFICE}wordprocessingml.document", _office("wordprocessingml.document")),
    ".xls": _Kind("application/vnd.ms-excel", _compound("Workbook", "Book")),
    ".xlsx": _Kind(f"{_OFFICE}spreadsheetml.sheet", _office("spreadsheetml.sheet")),
    ".odt": _open_document(f"{_ODF}text"),
    ".ods": _open_document(f"{_ODF}spreadsheet"),
    ".odp": _open_document(f"{_ODF}presentation"),
    ".mp3": _signed("audio/mpeg"),
    # Some telephones write a sound as a film without pictures.
    ".m4a": _signed("audio/mp4", "video/mp4"),
    ".wav": _Kind("audio/wav", lambda _, start: _guessed(start) == "audio/x-wav"),
    ".ogg": _OGG,
    ".oga": _OGG,
    ".opus": _OGG,
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": _signed("video/quicktime"),
    ".webm": _signed("video/webm"),
}
#: Every media type that a file can turn out to be.
MEDIA_TYPES = frozenset(kind.media_type for kind in _KINDS.values())
