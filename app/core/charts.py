"""Charts as SVG, for papers and screens: no script, no font and no style sheet from elsewhere, words as text."""

import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from pygal.style import Style

# The library hooks itself into every later import, for plugins, in a way that Python has given up: it warns each time.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

MEDIA_TYPE = "image/svg+xml"

#: Colours that can be told apart without seeing hue (Okabe and Ito's palette), on white, in the reader's own font.
STYLE = Style(
    background="white",
    plot_background="white",
    font_family="sans-serif",
    colors=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"),
    title_font_size=18,
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=12,
)
#: One after another in a bar: as many as a record can have states.
STACKED = ("#bbbbbb", "#f0e442", "#cc79a7", "#56b4e9", "#0072b2", "#009e73", "#b3e2a9", "#d55e00", "#333333")
#: Points on a map, then the lines between them, which are told apart by their dashes as well.
MARKS = ("#0072b2", "#d55e00", "#009e73", "#000000")
TIES = ("#56b4e9", "#e69f00", "#cc79a7", "#999999", "#8c564b", "#6a3d9a", "#b22222", "#555555")
DASHES = ("", "8, 3", "2, 3", "12, 3, 2, 3", "5, 5", "", "3, 6", "1, 4")
#: So many letters of a label have room on a map, and beside a bar.
ON_A_MAP, BESIDE_A_BAR = 30, 45
#: Labels can be read where a line passes behind them: said of a chart by its id, since its own style forbids outlines.
LEGIBLE = "#chart-{} .text-overlay text.label {{ paint-order: stroke; stroke: white !important; stroke-width: 3px }}"
_ASIDE = re.compile("<script.*?</script>|<!--.*?-->", re.DOTALL)
#: What every chart is made with: nothing in it is fetched, and it scales with its page.
OPTIONS = {
    "style": STYLE,
    "js": (),
    "disable_xml_declaration": True,
    "explicit_size": False,
    "show_minor_x_labels": True,
    "legend_at_bottom": True,
    "no_data_text": "–",
}
#: Longer labels below a chart, with room to be read.
SLANTED = {**OPTIONS, "truncate_label": 32, "x_label_rotation": 25}


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """Bars side by side: for each label one of each series; None draws none."""
    return _rendered(pygal.Bar(title=title, x_labels=list(labels), **SLANTED), series)


def lines(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """Lines over the same labels; None leaves a gap."""
    return _rendered(pygal.Line(title=title, x_labels=list(labels), **SLANTED), series)


def stacked_bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """A bar across the page for each label, the series one after another in it; the first label is on top."""
    chart = pygal.HorizontalStackedBar(
        title=title,
        x_labels=[_short(label, BESIDE_A_BAR) for label in reversed(labels)],
        height=220 + 30 * len(labels),
        **{**OPTIONS, "style": _style(STACKED)},
    )
    return _rendered(chart, {name: list(reversed(values)) for name, values in series.items()})


Place = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """What one side of a map is called, and the values written along it, the least first."""

    title: str
    values: Sequence[float]


def scatter(
    title: str,
    points: Mapping[str, Sequence[tuple[float, float, str]]],
    lines: Mapping[str, Sequence[tuple[int, int]]],
    axes: tuple[Axis, Axis],
) -> bytes:
    """A map: points with labels at (x, y), by series, and lines, by series, from one of all these points to another.

    Points at the same place are set apart: under each other, in the order in which they come.
    """
    across, up = axes
    placed = _set_apart([(x, y) for series in points.values() for x, y, _ in series])
    chart = pygal.XY(
        title=title,
        x_title=across.title,
        y_title=up.title,
        x_labels=list(across.values),
        y_labels=list(up.values),
        # Labels stand to the right of their points, and the topmost and the lowest are not to be cut off.
        xrange=(across.values[0] - 0.2, across.values[-1] + 1),
        range=(up.values[0] - 0.6, up.values[-1] + 0.6),
        width=1200,
        height=800,
        dots_size=5,
        print_values=False,
        print_labels=True,
        allow_interruptions=True,
        value_formatter=lambda value: f"{value:g}",
        **{**OPTIONS, "style": _style(tuple(MARKS[: len(points)]) + TIES)},
    )
    chart.config.css = [*chart.config.css, f"inline:{LEGIBLE.format(chart.uuid)}"]
    rest = iter(placed)
    for name, series in points.items():
        values = [{"value": next(rest), "label": _short(label, ON_A_MAP)} for _, _, label in series]
        chart.add(name, values, stroke=False)
    for number, (name, pairs) in enumerate(lines.items()):
        # A line breaks off where there is nothing: so one series draws many.
        path = [place for one, other in pairs for place in (placed[one], placed[other], (None, None))]
        dashes = {"width": 1.6, "dasharray": DASHES[number % len(DASHES)]}
        chart.add(name, path, show_dots=False, stroke_style=dashes)
    return _drawn(chart)


def _set_apart(places: Sequence[Place]) -> list[Place]:
    """Points of one place under each other around it, within the half of the way to the next place."""
    crowd, seen, apart = Counter(places), defaultdict[Place, int](int), list[Place]()
    for x, y in places:
        number, most = seen[x, y], crowd[x, y]
        seen[x, y] += 1
        step = min(0.17, 0.9 / most)
        # A little to the side as well, so that a line from one to the next is seen.
        apart.append((x + 0.06 * (number % 2), y + step * ((most - 1) / 2 - number)))
    return apart


def _short(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _style(colours: Sequence[str]) -> Style:
    told: dict[str, Any] = STYLE.to_dict() | {
        "colors": tuple(colours),
        "guide_stroke_color": "#dddddd",
        "major_guide_stroke_color": "#dddddd",
        "value_font_size": 7,
        "value_label_font_size": 12,
        "value_label_colors": ("black",) * len(colours),
        "value_colors": ("black",) * len(colours),
    }
    return Style(**told)


def _rendered(chart: pygal.Graph, series: Mapping[str, Sequence[float | None]]) -> bytes:
    for name, values in series.items():
        chart.add(name, list(values))
    return _drawn(chart)


def _drawn(chart: pygal.Graph) -> bytes:
    drawn: str = chart.render()
    # It always writes its settings into a script, and the day into a comment. What people call things ends neither: it
    # is escaped. Equal charts are equal to the letter: their id comes from what they show, where it was random.
    plain = _ASIDE.sub("", drawn)
    told = hashlib.sha256(plain.replace(chart.uuid, "").encode()).hexdigest()[:16]
    return plain.replace(chart.uuid, told).encode()
