"""Documents set in type: a template and values in, a tagged PDF out (PDF/UA-1), the same for the same day and values.

Values reach a template as data and are never read as markup. Nothing is fetched, and no font of the machine is used:
the fonts come with the typesetter. What they cannot show, such as an emoji, is written out by its name in Unicode.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

#: How the typesetter says that no font has a character: as it is, or as an escape of Rust.
_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class TypesettingFailed(Exception):
    """A template is wrong, or lacks a value. The typesetter's own words may hold values, and stay here."""


def typeset(folder: Path, template: str, values: Mapping[str, Any], *, day: date) -> bytes:
    """A PDF of `template` in `folder`, which finds `values` under `sys.inputs.values` as JSON. Blocks: use a thread.

    `day` is when the document says that it was made. Raises `TypesettingFailed`.
    """
    said = json.dumps(values, ensure_ascii=False)
    replaced: set[str] = set()
    while True:
        try:
            return _compile(folder, template, said, day)
        except typst.TypstError as error:
            missing = _missing(f"{error.message}\n{error.diagnostic}") - replaced
        if not missing:
            raise TypesettingFailed(template)
        replaced |= missing
        said = said.translate({ord(char): _name(char) for char in missing})


def _compile(folder: Path, template: str, values: str, day: date) -> bytes:
    return typst.compile(
        folder / template,
        root=folder,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"values": values},
        pdf_standards=["ua-1"],
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _missing(words: str) -> set[str]:
    found = "".join(_NOT_SHOWN.findall(words))
    return set(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found)) - set(map(chr, range(128)))


def _name(char: str) -> str:
    """The name of a character, in brackets; nothing for one that only shapes its neighbours."""
    if unicodedata.category(char) in {"Cf", "Mn", "Sk"}:
        return ""
    return f"[{unicodedata.name(char, f'U+{ord(char):04X}').lower()}]"
