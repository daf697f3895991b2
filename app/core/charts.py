"""Charts as SVG, for papers and screens: no script, no font and no style sheet from elsewhere, words as text."""

import sys
from collections.abc import Mapping, Sequence

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


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """Bars side by side: for each label one of each series; None draws none."""
    return _rendered(pygal.Bar(title=title, x_labels=list(labels), **OPTIONS), series)


def lines(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """Lines over the same labels; None leaves a gap."""
    return _rendered(pygal.Line(title=title, x_labels=list(labels), **OPTIONS), series)


def _rendered(chart: pygal.Graph, series: Mapping[str, Sequence[float | None]]) -> bytes:
    for name, values in series.items():
        chart.add(name, list(values))
    drawn: str = chart.render()
    return drawn.encode()
