"""Cells that a spreadsheet would run as formulas, made harmless by an apostrophe before them, and back again.

A cell that begins like a formula is shown as text when an apostrophe stands first. Cells that begin with apostrophes
and then like a formula get one more, so that taking one away always gives back what was there. Telephone numbers in
E.164 and plain numbers are left alone: nothing in them can be run.
"""

import re

#: Matches a cell that needs an apostrophe. The same text is a regular expression to PostgreSQL (`cell ~ HARMFUL`).
HARMFUL = r"\A(?!\+[0-9]{6,15}\Z|-?[0-9]+(?:[.][0-9]+)?\Z)'*[=+@\t\r\n＝＋－＠-]"

_harmful = re.compile(HARMFUL)
_guarded = re.compile(r"\A''*[=+@\t\r\n＝＋－＠-]")


def harmless(cell: str) -> str:
    """The cell as it may be written into a file that a spreadsheet opens."""
    return "'" + cell if _harmful.match(cell) else cell


def plain(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and _guarded.match(cell) else cell
