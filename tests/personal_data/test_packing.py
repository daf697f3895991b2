"""The package: for people and for computers, with files, in constant memory."""

import json
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.models.members import Language
from app.models.packages import Exemption
from app.services.person_links import rows_held
from app.services.personal_data.naming import names_of
from app.services.personal_data.packing import Heading, PackedFile, PackedItem, file_name, write_package
from app.services.personal_data.wording import said, said_of
from tests.world import World

MEBIBYTE = 1024 * 1024
INFORMATION = {"purposes": "To keep the register.\nTo send *notices*.", "source": "From you."}


async def pack(
    path: Path, items: Sequence[PackedItem], *files: PackedFile, language: Language = Language.english
) -> Any:
    async def handed() -> AsyncIterator[PackedFile]:
        for file in files:
            yield file

    heading = Heading("R-7KQ2M9XF", "The Test Party", "Ann Example", date(2026, 3, 1), date(2026, 3, 20), language)
    await write_package(path, heading=heading, information=INFORMATION, items=items, files=handed(), names={})
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return json.loads(package.read("package.json")), package.read("package.pdf"), package.namelist()


async def chunks(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


ITEMS = [
    PackedItem(
        2, "standings", {"reason": "Shouted at [redacted]"}, redacted=True, exemption=Exemption.rights_of_others
    ),
    PackedItem(1, "members", {"relationship": "member", "joined_on": "2024-05-01", "paid_until": None}),
    PackedItem(3, "dispute_steps", {}, exemption=Exemption.legal_proceedings),
    PackedItem(4, "access_log", {"rows": [{"created_at": "2026-01-01T10:00:00+00:00", "account_id": "an officer"}]}),
    PackedItem(5, "imports", {"rows": 3, "first_on": "2026-01-01", "last_on": "2026-02-01"}),
    PackedItem(6, "files", {"sealed_name": "form.pdf"}, file_name="form.pdf"),
    PackedItem(7, "outside", {"text": "Two e-mails \U0001f642 about a stall."}),
]


@pytest.mark.parametrize("language", Language)
async def test_a_package_has_all_that_is_given_and_no_more(tmp_path: Path, language: Language) -> None:
    file = PackedFile(6, "form.pdf", chunks(b"a scan", b" of a form"))
    told, pdf, names = await pack(tmp_path / "package.zip", ITEMS, file, language=language)
    assert names == ["package.json", "package.pdf", "files/0006-form.pdf"]
    assert [item["number"] for item in told["items"]] == [1, 2, 3, 4, 5, 6, 7]
    assert told["items"][2] == {
        "number": 3,
        "source": "dispute_steps",
        "values": {},
        "redacted": False,
        "exemption": "legal_proceedings",
        "file_name": None,
    }
    assert told["items"][5]["file_name"] == "0006-form.pdf"
    assert len(told["information"]) == 9
    assert pdf.startswith(b"%PDF")
    assert b"pdfuaid" in pdf
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert package.read("files/0006-form.pdf") == b"a scan of a form"


async def test_the_same_content_is_the_same_package(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        await pack(tmp_path / name, ITEMS)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


async def test_large_files_pass_through_in_constant_memory(tmp_path: Path) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield bytes(MEBIBYTE)

    tracemalloc.start()
    await pack(tmp_path / "package.zip", [], PackedFile(1, "large.bin", large()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * MEBIBYTE


@pytest.mark.parametrize(
    ("stored", "packed"),
    [
        ("form.pdf", "0001-form.pdf"),
        ("../../etc/passwd", "0001-_.._etc_passwd"),
        ("C:\\letters\\Ffôn.txt", "0001-C__letters_Ffôn.txt"),
        ("...", "0001-file"),
        ("x" * 300 + ".pdf", f"0001-{'x' * 116}.pdf"),
    ],
)
def test_no_name_leads_out_of_the_package(stored: str, packed: str) -> None:
    assert file_name(1, stored) == packed


@pytest.mark.parametrize(
    ("value", "english", "welsh"),
    [
        (True, "Yes", "Ie"),
        (None, "", ""),
        ("2026-03-01", "1 March 2026", "1 Mawrth 2026"),
        ("2026-07-01T10:00:00+00:00", "1 July 2026, 11:00", "1 Gorffennaf 2026, 11:00"),
        ("an officer", "an officer", "swyddog"),
        ("Shouted at [redacted]", "Shouted at [redacted]", "Shouted at [cuddiwyd]"),
        (["email", "post"], "email\npost", "email\npost"),
        ({"reason": "Late", "empty": None}, "Reason: Late", "Rheswm: Late"),
        ("01939f0e-7b1c-7a30-9d42-5c1f7e0b8a64", "Hackney", "Hackney"),
        ("01939f0e-7b1c-7a30-9d42-5c1f7e0b8a65", "", ""),
    ],
)
def test_values_are_said_in_words(value: Any, english: str, welsh: str) -> None:
    names = {"01939f0e-7b1c-7a30-9d42-5c1f7e0b8a64": "Hackney"}
    assert (said(value, names, Language.english), said(value, names, Language.welsh)) == (english, welsh)


def test_codes_are_said_as_the_reference_data_has_them() -> None:
    assert list(said_of("members", {"relationship": "supporter"}, {}, Language.welsh)) == [["Perthynas", "Cefnogwr"]]


async def test_ids_are_told_by_what_they_stand_for(world: World) -> None:
    values = [{"branch_id": str(world.hackney), "path": [str(world.root)], "person_id": "no id"}]
    async with world.api.app.state.database.transaction() as session:
        names = await names_of(session, values, Language.english)
    assert names.keys() == {str(world.hackney), str(world.root)}


def test_every_table_of_a_search_has_a_name_in_both_languages() -> None:
    words = json.loads(Path("app/services/personal_data/words.json").read_text("utf-8"))["tables"]
    assert rows_held().keys() - words.keys() == set()
    assert all(len(said) == 2 and all(said) for said in words.values())
