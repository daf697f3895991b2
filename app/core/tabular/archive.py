"""Looking into a workbook before anything loads it.

A file of kilobytes can unpack to gigabytes, or span billions of empty cells. Everything in the archive is unpacked
once, in pieces that are counted and dropped. Sizes are counted and not believed; the parser
that loads the workbook afterwards meets only what went through here.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from app.core.tabular.base import FileRefused
from app.core.tabular.sheet import SheetScan, StringScan, cut

MOST_PACKED = 64 * 1024 * 1024
MOST_UNPACKED = 512 * 1024 * 1024
MOST_ENTRIES = 2_000
#: Cells between the outermost filled ones of all sheets: they are held in memory, some 100 bytes each.
MOST_CELLS = 6_000_000
#: Characters that the cells of all sheets come to, the text they share counted wherever it is used.
MOST_TEXT = 512 * 1024 * 1024

_CHUNK = 1 << 20
_LOCAL = struct.Struct("<26xHH")
_SHEET = b"sheetData"
#: So much of what went before is looked at again, for a word may lie across two pieces.
_KEPT = 32
_OTHER_KINDS = {
    "word/document.xml": "a text document (.docx)",
    "ppt/presentation.xml": "a presentation (.pptx)",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "content.xml": "an OpenDocument file (.ods, .odt)",
}


def inspect(data: bytes) -> int:
    """Refuse an archive that is no workbook, carries macros, or is too large unpacked. Raises `FileRefused`.

    Returns the number of cells that hold an error, such as #N/A.
    """
    if len(data) > MOST_PACKED:
        raise FileRefused(reason=f"as a workbook it is larger than {MOST_PACKED >> 20} MiB; save the table as CSV.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
        _judge_names(entries)
        strings, sheets = _unpack(data, entries)
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError, EOFError):
        raise FileRefused(reason="it is a damaged workbook or archive.") from None
    if sum(sheet.box for sheet in sheets.values()) > MOST_CELLS:
        raise FileRefused(reason=f"its sheets span more than {MOST_CELLS} cells; save the table as CSV.")
    # The longest text in every cell would be the worst; only where that is too much are the real ones added up.
    worst = sum(sheet.shared for sheet in sheets.values()) * strings.longest
    if worst > MOST_TEXT and _text(data, entries, strings, sheets) > MOST_TEXT:
        raise FileRefused(reason="its cells hold too much text; save the table as CSV.")
    return sum(sheet.faulty for sheet in sheets.values())


def _judge_names(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename.lower().replace("\\", "/").lstrip("/") for entry in entries}
    if len(entries) > MOST_ENTRIES or len(names) < len(entries):
        raise FileRefused(reason="it is an archive of more, or of other things than a workbook.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused(reason="it is protected by a password; save it without.")
    for name, kind in _OTHER_KINDS.items():
        if name in names:
            raise FileRefused(reason=f"it is {kind}; save the table as CSV or .xlsx.")
    if "xl/workbook.xml" not in names:
        raise FileRefused(reason="it is an archive and no workbook; send the table by itself.")
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise _macros()


def _macros() -> FileRefused:
    return FileRefused(reason="it carries macros; save it as .xlsx, without them.")


def _unpack(data: bytes, entries: list[zipfile.ZipInfo]) -> tuple[StringScan, dict[str, SheetScan]]:
    """Everything unpacked once: the shared texts, and the sheets by what they are called in the archive."""
    left = MOST_UNPACKED
    strings, sheets = StringScan(), dict[str, SheetScan]()
    for entry in entries:
        name, before = entry.filename.lower(), b""
        for piece in _inflate(data, entry, left):
            left -= len(piece)
            if name in sheets or _SHEET in before + piece:
                sheets.setdefault(name, SheetScan()).feed(piece)
            elif "sharedstrings" in name:
                strings.feed(piece)
            elif name.endswith("[content_types].xml") and b"macroenabled" in (before + piece).lower():
                raise _macros()
            before = (before + piece)[-_KEPT:]
        if name in sheets:
            sheets[name].close()
            if sheets[name].lost:
                sheets[name] = _walk(data, entry)
    return strings, sheets


def _walk(data: bytes, entry: zipfile.ZipInfo) -> SheetScan:
    sheet = SheetScan(walk=True)
    for piece in _inflate(data, entry, MOST_UNPACKED):
        sheet.feed(piece)
    sheet.close()
    return sheet


def _inflate(data: bytes, entry: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """An entry's content in pieces, by what is really in it. Raises `FileRefused` beyond `most` bytes."""
    names = _LOCAL.unpack_from(data, entry.header_offset)
    begin = entry.header_offset + 30 + sum(names)
    packed = memoryview(data)[begin : begin + entry.compress_size]
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused(reason="it is packed in an unusual way; save it as .xlsx once more.")
    size, crc = 0, 0
    for piece in _pieces(packed) if entry.compress_type == zipfile.ZIP_STORED else _deflated(packed):
        size += len(piece)
        if size > most:
            raise FileRefused(reason=f"unpacked it is larger than {MOST_UNPACKED >> 20} MiB.")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != entry.file_size or crc != entry.CRC:
        raise zipfile.BadZipFile


def _pieces(packed: memoryview) -> Iterator[bytes]:
    for place in range(0, len(packed), _CHUNK):
        yield bytes(packed[place : place + _CHUNK])


def _deflated(packed: memoryview) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for part in _pieces(packed):
        waiting = part
        while waiting and not inflater.eof:
            yield inflater.decompress(waiting, _CHUNK)
            waiting = inflater.unconsumed_tail
    while not inflater.eof:
        piece = inflater.decompress(b"", _CHUNK)
        if not piece:
            raise zipfile.BadZipFile
        yield piece


def _text(data: bytes, entries: list[zipfile.ZipInfo], strings: StringScan, sheets: dict[str, SheetScan]) -> int:
    """The length of all shared texts that cells refer to, over and over."""
    total = 0
    for entry in entries:
        sheet = sheets.get(entry.filename.lower())
        if sheet is None:
            continue
        rest, unknown = b"", sheet.shared
        for piece in _inflate(data, entry, MOST_UNPACKED):
            block, rest = cut(rest + piece)
            known, length = strings.used(block)
            unknown, total = unknown - known, total + length
        total += unknown * strings.longest
    return total
