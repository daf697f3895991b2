"""Charts: pictures that fetch nothing, run nothing, and are equal where what they show is."""

import re
from xml.etree import ElementTree as ET

import pytest

from app.core.charts import Axis, bars, lines, scatter, stacked_bars

NASTY = "<script>alert('x')</script> & \"more\" -->"
DRAWINGS = {
    "bars": lambda: bars(NASTY, ["A", NASTY], {NASTY: [1, None], "B": [2, 3]}),
    "lines": lambda: lines(NASTY, ["A", "B"], {NASTY: [1, 2]}),
    "stacked": lambda: stacked_bars(NASTY, ["A", NASTY], {NASTY: [1, 2]}),
    "map": lambda: scatter(
        NASTY, {"ours": [(0, 1, NASTY), (0, 1, "B")]}, {"knows": [(0, 1)]}, (Axis("x", [-2, 2]), Axis("y", [1, 5]))
    ),
    "empty": lambda: bars("Nothing", [], {}),
}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_drawing_is_well_formed_and_fetches_and_runs_nothing(kind: str) -> None:
    drawn = DRAWINGS[kind]().decode()
    tree = ET.fromstring(drawn)  # noqa: S314  (made here)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert not tags & {"script", "image", "foreignObject", "link", "a"}
    assert not re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?(?!#)\w+:""", drawn)
    assert "<!--" not in drawn


@pytest.mark.parametrize("kind", DRAWINGS)
def test_what_shows_the_same_is_the_same(kind: str) -> None:
    assert DRAWINGS[kind]() == DRAWINGS[kind]()


def test_what_shows_something_else_can_stand_on_one_page_with_it() -> None:
    ids = [re.search(r'id="(chart-\w+)"', bars("Of a year", ["A"], {"B": [n]}).decode()) for n in (1, 2)]
    assert all(ids)
    assert len({found[1] for found in ids if found}) == 2
