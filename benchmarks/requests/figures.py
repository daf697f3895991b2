"""What the rounds gave, as Markdown and for a machine to read."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.load import CONNECTIONS
from benchmarks.requests.growth import verdict
from benchmarks.requests.operations import TARGETS
from benchmarks.requests.rounds import SHARES, Cell, Tally

HEADING = "# Ours against a bare handler"
_TABLE = (
    "| operation | ours: best, median | bare: best, median | median ratio | best ratio | target | "
    "| spread ours, bare | ours p50 / p95 / p99 ms | bare p50 / p95 / p99 ms | a second, ours / bare |"
)
_SAID = """
CPU ms a request, server + PostgreSQL, by the operating system's accounting: of the best round and, summed, of the median
one. Ours and bare in turn, {rounds} rounds of {seconds:g} s each after a warm-up of half that; {connections} connections
from a process of its own, one process of either server (production runs several, which share nothing but the database).
`spread` is the dearest round over the cheapest. Times and rates are of all rounds together; they say as much of this
machine, where client, server and PostgreSQL share the cores, as of the server.

The bare handler is Starlette and asyncpg in one process of uvicorn with uvloop and httptools. It runs our statements
with the scope as a filter, every value bound, and answers with the same bytes, which was checked before the rounds.
What it cannot know is a constant of its template: `allowed_actions`, the sealed `next_cursor`, `permissions` of
`/v1/me`. It has no sign-in, rights, policies, access log, validation, log line or metrics. It searches in one
statement where ours calls a function, and has a region's planned for each request, for a kept plan would cost it
more; it corrects the town alone, where ours writes the columns that follow from a name as well; where fewer than ten
members suggest themselves by family name, ours looks on for what else the letters may mean. Neither is sent an
Idempotency-Key. `events` is the poll of an integration that finds the last twenty changes; `list-deep` is page 1,000,
or the last full one. Requests go round 200 members, some twenty fragments, addresses and postcodes, sixteen
beginnings of names, forty new members.
"""


def requests_section(cells: Sequence[Cell], preface: Sequence[str], *, rounds: int, seconds: float) -> str:
    said = _SAID.format(rounds=rounds, seconds=seconds, connections=CONNECTIONS)
    head = [HEADING, "", *preface, said, _TABLE, "|---|---|---|---|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *map(_row, cells)]) + "\n"


def _row(cell: Cell) -> str:
    parts = (
        cell.operation.label,
        _cpu(cell.ours),
        _cpu(cell.bare),
        f"{cell.median_ratio:.2f}",
        verdict(cell.ratio, TARGETS.get(cell.operation.name)),
        f"{cell.ours.spread:.2f}, {cell.bare.spread:.2f}",
        _times(cell.ours),
        _times(cell.bare),
        f"{cell.ours.rate:.0f} / {cell.bare.rate:.0f}",
    )
    return f"| {' | '.join(parts)} |"


def _cpu(tally: Tally) -> str:
    return f"{' + '.join(f'{part:.2f}' for part in tally.best)}, {tally.median:.2f}"


def _times(tally: Tally) -> str:
    return " / ".join(f"{tally.percentile(share):.1f}" for share in SHARES)


def requests_figures(cells: Sequence[Cell]) -> dict[str, object]:
    return {
        cell.operation.label: {
            "ours": cell.ours.told(),
            "bare": cell.bare.told(),
            "ratio_of_best": cell.ratio,
            "ratio_of_medians": cell.median_ratio,
            "target": TARGETS.get(cell.operation.name),
        }
        for cell in cells
    }
