"""What a file is by its content: files of every kind that is taken, files that lie, and bytes of all sorts."""

import io
import struct
import wave
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.media_types import (
    MEDIA_TYPES,
    FileEmpty,
    FileHasMacros,
    FileTypeMismatch,
    FileTypeNotAllowed,
    FileTypeRefused,
    clean_name,
    sniff,
)
from tests.turns import some_of

REST = bytes(200)
WORD = "wordprocessingml.document"
SHEET = "spreadsheetml.sheet"


def packed(parts: dict[str, str | bytes]) -> bytes:
    """An archive whose part `mimetype` lies as it is, the others compressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def content_types(main: str, extra: str = "") -> str:
    kind = f"application/vnd.openxmlformats-officedocument.{main}.main+xml"
    return f'<?xml version="1.0"?><Types><Override PartName="/main.xml" ContentType="{kind}"/>{extra}</Types>'


def office(main: str, extra: str = "", **parts: str) -> bytes:
    return packed({"[Content_Types].xml": content_types(main, extra), "_rels/.rels": "<R/>", **parts})


def open_document(kind: str, **parts: str) -> bytes:
    return packed({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<x/>", **parts})


def compound(*streams: str) -> bytes:
    names = b"".join(f"{stream}\0".encode("utf-16-le").ljust(128, b"\0") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(REST)
    return made.getvalue()


def film(brand: bytes, *others: bytes) -> bytes:
    brands = b"".join(others)
    return struct.pack(">I", 16 + len(brands)) + b"ftyp" + brand + bytes(4) + brands + REST


MAIL = (
    b"Received: by mail.example.org; Mon, 1 Jun 2026 10:00:00 +0100\r\n"
    b"From: Ann <ann@example.org>\r\nSubject: the\r\n meeting\r\nDate: Mon, 1 Jun 2026 10:00:00 +0100\r\n\r\n"
    b"<html><body>It was <b>loud</b>.</body></html>\r\n"
)
LEGACY_WORD, LEGACY_SHEET = compound("Root Entry", "WordDocument"), compound("Root Entry", "Workbook")
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04" + REST
SAMPLES: dict[str, list[bytes]] = {
    "application/pdf .pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF"],
    "image/jpeg .jpg .jpeg": [b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + REST, b"\xff\xd8\xff\xe1\x00\x10Exif\0" + REST],
    "image/png .png": [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + REST],
    "image/gif .gif": [b"GIF89a" + REST, b"GIF87a" + REST],
    "image/webp .webp": [b"RIFF\x24\0\0\0WEBPVP8 " + REST],
    "image/heic .heic .heif": [film(b"heic", b"mif1", b"heic"), film(b"mif1", b"mif1", b"heic")],
    "image/tiff .tif .tiff": [b"II*\0\x08\0\0\0" + REST, b"MM\0*\0\0\0\x08" + REST],
    "text/plain .txt": [
        b"It was said on 3 < 4 occasions.\n\tA <p>aragraph</p>.\f",
        "\ufeffRoedd ŵyl yn Nhŷ Mawr.\r\n".encode(),
        "Café, £5".encode("cp1252"),
        "Tŷ Mawr".encode("utf-16"),
        b"BM: the branch meeting. MZ was there.",
    ],
    "message/rfc822 .eml": [MAIL, MAIL.replace(b"\r\n", b"\n")],
    "application/msword .doc": [LEGACY_WORD],
    f"application/vnd.openxmlformats-officedocument.{WORD} .docx": [
        office(WORD, **{"word/document.xml": "<x/>"}),
        office(WORD, **{"word/document2.xml": "<x/>", "word/media/image1.png": "x"}),
    ],
    "application/vnd.ms-excel .xls": [LEGACY_SHEET],
    f"application/vnd.openxmlformats-officedocument.{SHEET} .xlsx": [office(SHEET, **{"xl/workbook.xml": "<x/>"})],
    "application/vnd.oasis.opendocument.text .odt": [open_document("text")],
    "application/vnd.oasis.opendocument.spreadsheet .ods": [open_document("spreadsheet")],
    "application/vnd.oasis.opendocument.presentation .odp": [open_document("presentation")],
    "audio/mpeg .mp3": [b"ID3\x03\0\0\0\0\0\x0a" + REST, b"\xff\xfb\x90\0" + REST, b"\xff\xf3\x90\0" + REST],
    "audio/mp4 .m4a": [film(b"M4A ", b"M4A ", b"mp42")],
    "audio/wav .wav": [sound()],
    "audio/ogg .ogg .opus": [b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead" + REST],
    "video/mp4 .mp4 .m4v": [film(b"isom", b"isom", b"avc1"), film(b"mp42", b"mp42")],
    "video/quicktime .mov": [film(b"qt  ", b"qt  ")],
    "video/webm .webm": [WEBM],
}
TAKEN = [
    (key.split()[0], ending, content)
    for key, contents in SAMPLES.items()
    for ending in key.split()[1:]
    for content in contents
]
#: One of each kind, with the first ending of its name.
ONE_OF_EACH = [(key.split()[0], key.split()[1], contents[0]) for key, contents in SAMPLES.items()]

REFUSED = {
    "a program of Windows": b"MZ\x90\0" + bytes(60) + b"PE\0\0" + REST,
    "a program of Linux": b"\x7fELF\x02\x01\x01" + REST,
    "a program of macOS": b"\xcf\xfa\xed\xfe" + REST,
    "a script": b"#!/bin/sh\nrm -rf ~\n",
    "a batch file": b"@echo off\r\ndel *.*\r\n",
    "a page": b"  <!DOCTYPE html><html><script>alert(1)</script></html>",
    "a page without a beginning": b"\xef\xbb\xbf<script>alert(1)</script>",
    "a page in two bytes a letter": "<html><script>alert(1)</script></html>".encode("utf-16"),
    "a page after a remark": b"<!-- mail --><html></html>",
    "a drawing that can run": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "a bare drawing": b'<svg onload="alert(1)"></svg>',
    "PHP": b"<?php system($_GET['x']); ?>",
    "an archive": packed({"minutes.txt": "x"}),
    "an archive with a program": packed({"a.exe": b"MZ"}),
    "an archive of Java": packed({"META-INF/MANIFEST.MF": "x", "A.class": b"\xca\xfe\xba\xbe"}),
    "a compressed file": b"\x1f\x8b\x08" + REST,
    "7z": b"7z\xbc\xaf\x27\x1c" + REST,
    "RAR": b"Rar!\x1a\x07\x01\0" + REST,
    "an installer of old": compound("Root Entry", "SummaryInformation"),
    "a protected workbook": compound("Root Entry", "EncryptedPackage", "EncryptionInfo"),
    "rich text": b"{\\rtf1\\ansi A letter.}",
    "PostScript": b"%!PS-Adobe-3.0\n",
    "a film of another kind": WEBM.replace(b"\x84webm", b"\x88matroska"),
    "a picture of another kind": film(b"avif", b"mif1", b"avif"),
    "zeroes": bytes(1000),
    "noise": bytes(range(256)) * 8,
}


def judge(content: bytes, name: str) -> str:
    return sniff(io.BytesIO(content), name)


@pytest.mark.parametrize(("media_type", "ending", "content"), TAKEN)
def test_a_file_that_is_what_its_name_says_is_taken(media_type: str, ending: str, content: bytes) -> None:
    file = io.BytesIO(content)
    assert sniff(file, f"Exhibit 1{ending}") == media_type
    assert file.tell() == 0
    assert judge(content, f" EXHIBIT.pdf{ending.upper()} ") == media_type


def test_every_kind_has_a_sample() -> None:
    assert {kind for kind, _, _ in TAKEN} == MEDIA_TYPES


#: A message is text as well; a film may have sound alone.
ALSO = {(".eml", ".txt"), (".mp4", ".m4a"), (".m4a", ".mp4")}


@pytest.mark.parametrize(("own", "content"), [(own, content) for _, own, content in ONE_OF_EACH])
def test_one_kind_under_the_name_of_another_is_refused(own: str, content: bytes) -> None:
    for ending in {ending for _, ending, _ in ONE_OF_EACH if ending != own and (own, ending) not in ALSO}:
        with pytest.raises(FileTypeMismatch) as refusal:
            judge(content, f"exhibit{ending}")
        assert refusal.value.params == {"ending": ending}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_of_no_such_kind_is_refused_under_every_name(content: bytes) -> None:
    for _, ending, _ in ONE_OF_EACH:
        with pytest.raises(FileTypeMismatch):
            judge(content, f"exhibit{ending}")


@pytest.mark.parametrize(
    "name",
    [
        "a.exe",
        "a.html",
        "a.svg",
        "a.zip",
        "a.docm",
        "a.xlsm",
        "a.pdf.exe",
        "a.pdf.",
        "a",
        ".pdf",
        "",
        "a.rtf",
        "a.pdf\0",
    ],
)
def test_other_endings_are_not_taken_whatever_the_file_holds(name: str) -> None:
    with pytest.raises(FileTypeNotAllowed):
        judge(SAMPLES["application/pdf .pdf"][0], name)


@pytest.mark.parametrize("name", ["a.pdf", "a.txt", "a.exe", ""])
def test_an_empty_file_is_refused(name: str) -> None:
    with pytest.raises(FileEmpty):
        judge(b"", name)


VBA = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", office("ms-word.document.macroEnabled", **{"word/document.xml": "x"})),
        ("a.docx", office(WORD, **{"word/document.xml": "x", "word/VBAProject.bin": "x"})),
        ("a.docx", office(WORD, VBA, **{"word/document.xml": "x", "word/other.bin": "x"})),
        ("a.xlsx", office(SHEET, **{"xl/macrosheets/sheet1.xml": "x"})),
        ("a.odt", open_document("text", **{"Basic/script-lc.xml": "x"})),
        ("a.ods", open_document("spreadsheet", **{"Scripts/python/a.py": "x"})),
        ("a.doc", compound("WordDocument", "Macros", "_VBA_PROJECT")),
        ("a.xls", compound("Workbook", "_VBA_PROJECT_CUR")),
    ],
)
def test_a_document_with_macros_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(FileHasMacros):
        judge(content, name)


def twice(name: str) -> bytes:
    made = io.BytesIO(office(WORD))
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, content_types(WORD))
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        office(WORD, '<Default Extension="x" ContentType="macro&#69;nabled"/>'),
        office(WORD, "<!-- looked past -->"),
        office(WORD, " " * 1024 * 1024 + "macroEnabled"),
        packed({"[Content_Types].xml": content_types(WORD).encode("utf-16"), "word/document.xml": "x"}),
        packed({"word/document.xml": "x"}),
        twice("[Content_Types].xml"),
        b"MZ" + office(WORD),
        office(WORD)[:-30],
        packed({"[Content_Types].xml": content_types(WORD), **{f"{n}": "" for n in range(10_001)}}),
    ],
    ids=["references", "remarks", "long", "other letters", "no list", "twice", "after a program", "cut", "many parts"],
)
def test_an_archive_that_hides_what_it_holds_is_refused(content: bytes) -> None:
    with pytest.raises(FileTypeMismatch):
        judge(content, "a.docx")


@pytest.mark.parametrize(
    "content",
    [
        b"Dear all,\r\n\r\nFrom: somebody\r\n",
        b"From: a@example.org\r\nSubject: x\r\n\r\nno date",
        b"From: a@example.org\r\nthis is no header\r\nDate: today\r\n\r\n",
        b"Subject: x\r\nDate: Mon, 1 Jun 2026\r\n\r\n",
        b"From: a@example.org\r\nDate: x\r\nX: \0\0\r\n\r\n",
    ],
)
def test_a_text_is_no_message(content: bytes) -> None:
    with pytest.raises(FileTypeMismatch):
        judge(content, "a.eml")


@settings(max_examples=some_of(300), deadline=None)
@given(
    start=st.sampled_from([content for _, _, content in TAKEN]) | st.just(b""),
    cut=st.integers(0, 300),
    noise=st.binary(max_size=300),
    ending=st.sampled_from([ending for _, ending, _ in ONE_OF_EACH]),
)
def test_any_bytes_are_taken_or_refused(start: bytes, cut: int, noise: bytes, ending: str) -> None:
    with suppress(FileTypeRefused):
        assert judge(start[:cut] + noise, f"x{ending}") in MEDIA_TYPES


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("minutes.pdf", "minutes.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ann\\letter.docx", "letter.docx"),
        ("a\r\nSet-Cookie: x\0.pdf", "aSet-Cookie: x.pdf"),
        ("gpj\u202e.txt", "gpj.txt"),
        ("  two   words .txt", "two words .txt"),
        ("Ty\u0302 Mawr.pdf", "Tŷ Mawr.pdf"),
        (f"{'a' * 400}.jpeg", f"{'a' * 145}.jpeg"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_names_are_given_back_without_what_could_mislead(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned
