"""The section of the report on what the server bears."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from benchmarks.endure.mix import SHARES
from benchmarks.endure.phases import BESIDE, DURING, Found, figures_of
from benchmarks.endure.tally import Tally, percentile
from benchmarks.endure.watch import Sample, Watch
from benchmarks.report import preface


def as_section(found: Found, options: argparse.Namespace) -> str:
    lines = _head(found, options)
    if "crowd" in options.phases:
        lines += _crowd(found, options)
    if "slow" in options.phases:
        lines += _slow(found)
    if "gone" in options.phases:
        lines += _gone(found)
    if "restarts" in options.phases:
        lines += _restarts(found)
    return "\n".join([*lines, *_counts(found)]) + "\n"


def as_figures(found: Found, options: argparse.Namespace) -> dict[str, Any]:
    """Everything for a machine to read."""
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "options": {name: str(value) for name, value in vars(options).items()},
        "crowd": figures_of(found.crowd) | _watched(found.crowd_watch),
        "alone": figures_of(found.alone),
        "beside_slow": figures_of(found.beside) | _watched(found.held_watch),
        "slow": {
            name: {
                "clients": held.clients,
                "told": dict(held.told),
                "cut_after_s": [round(s, 1) for s in held.cut_after],
            }
            for name, held in found.held.items()
        },
        "hung_up": {"counts": dict(found.gone.counts), "quiet_after_s": found.gone_quiet} | _watched(found.gone_watch),
        "restarts": [
            {"how": one.name, "back_s": one.back, "recovered_s": one.recovered, "ready_s": one.ready}
            | figures_of(one.tally)
            for one in found.restarts
        ],
        "connections_left": {"held": found.kept, "after_s": found.kept_seconds},
        "counts": found.counts,
        "complaints": found.complaints,
    }


def _watched(watch: Watch) -> dict[str, Any]:
    return {
        "pss_mb_first_last_most": {str(pid): watch.memory(pid) for pid in watch.pids()},
        "connections_most": watch.most_held(),
        "idle_in_transaction_longest_s": watch.longest_idle_in_transaction(),
        "open_files_most": watch.most_files(),
    }


def _head(found: Found, options: argparse.Namespace) -> list[str]:
    command = f"python -m benchmarks.endure --clients {options.clients} --workers {options.workers}"
    return [
        "# Under load",
        "",
        *preface(
            f"{options.rows:,} members in 500 units",
            f"{command} --seconds {options.seconds:g}",
            found.server,
            *("fastapi", "uvicorn", "uvloop", "asyncpg"),
        ),
        "",
        f"`rollbook serve` with {options.workers} web processes and its worker; PostgreSQL and the clients share the cores.",
        "",
    ]


def _crowd(found: Found, options: argparse.Namespace) -> list[str]:
    tally, mix = found.crowd, ", ".join(f"{name} {share} %" for name, share in SHARES.items())
    return [
        f"## {options.clients} clients for {options.seconds:g} s",
        "",
        f"Keep-alive, each asks the next thing as soon as it is answered; {mix}; a third in each scope.",
        f"{tally.count:,} requests, {tally.count / max(tally.seconds, 1):.0f} a second; {_outcome(tally)}.",
        "",
        *_times(tally),
        "",
        *_memory(found.crowd_watch),
        _connections(found.crowd_watch, found.before, found.after_crowd),
        "",
    ]


def _slow(found: Found) -> list[str]:
    rows = []
    for name, held in found.held.items():
        cut = f"{percentile(held.cut_after, 0.5):.0f} / {max(held.cut_after):.0f}" if held.cut_after else "never"
        rows.append(f"| {name} | {held.clients} | {cut} | {_listed(held.told)} |")
    return [
        "## Slow clients",
        "",
        f"{BESIDE} ordinary clients alone, then beside {sum(held.clients for held in found.held.values())} slow ones.",
        "",
        "| | p50 / p95 / p99 / most, ms | a second | outcome |",
        "|---|---|---|---|",
        *(
            f"| {name} | {_spread(tally.all_times())} | {tally.count / max(tally.seconds, 1):.0f} | {_outcome(tally)} |"
            for name, tally in (("alone", found.alone), ("beside slow ones", found.beside))
        ),
        "",
        "| slow in | clients | cut off after, s, median / most | told |",
        "|---|---|---|---|",
        *rows,
        "",
        f"Most files open in a process meanwhile {found.held_watch.most_files()}.",
        *_memory(found.held_watch),
        "",
    ]


def _gone(found: Found) -> list[str]:
    gone = found.gone
    return [
        "## Clients that hang up",
        "",
        (
            f"{gone.counts.total():,} in {gone.seconds:.0f} s ({_listed(gone.counts)}). The next request was answered after"
            f" {found.gone_first * 1000:.0f} ms, and nothing was left at work after {found.gone_quiet:.1f} s."
        ),
        (
            f"Each creation sent again twice with its key: {_outcome(found.gone_again)}; {len(found.gone_again.made)} keys,"
            f" {len(set(found.gone_again.made.values()))} records."
        ),
        *_memory(found.gone_watch),
        _connections(found.gone_watch, found.before, found.after_gone),
        "",
    ]


def _restarts(found: Found) -> list[str]:
    return [
        "## The database goes away",
        "",
        (
            f"{DURING} clients, four creations to a read, each creation repeated with its key until it is answered; refused,"
            " they come again after 0.1 s. Seconds from the signal."
        ),
        "",
        "| | PostgreSQL back | last refusal | all ready | outcome |",
        "|---|---|---|---|---|",
        *(
            f"| {one.name} | {one.back:.1f} | {one.recovered:.1f} | {one.ready:.1f} | {_outcome(one.tally)} |"
            for one in found.restarts
        ),
        "",
        f"The same web processes before and after everything: {'yes' if found.same_processes else 'no'}.",
        "",
    ]


def _counts(found: Found) -> list[str]:
    counts = found.counts
    log = [f"- {count} × {what}" for what, count in sorted(found.complaints.items(), key=lambda pair: -pair[1])[:12]]
    return [
        "## The count",
        "",
        (
            f"{counts['keys']:,} keys answered with {counts['ids']:,} members ({counts['doubled']} doubled,"
            f" {counts['unsettled']} never answered); in the database {counts['members']:,} members,"
            f" {counts['created_audited']:,} audit entries and {counts['created_events']:,} events of their making."
        ),
        (
            f"{counts['patched']:,} changes answered; {counts['updated_audited']:,} audit entries and"
            f" {counts['updated_events']:,} events of them. {counts['read']:,} records read;"
            f" {counts['reads_logged']:,} lines in the log of reads."
        ),
        "",
        (
            f"Connections of PostgreSQL {found.kept_seconds:.0f} s after the last request: {found.kept}; before the first:"
            f" {sum(found.before.held.values()) if found.before else 0}."
        ),
        "",
        "In the log beside requests:" if log else "Nothing in the log beside requests.",
        *([""] if log else []),
        *log,
    ]


def _outcome(tally: Tally) -> str:
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(tally.statuses.items()))
    refused = tally.statuses["503"] / max(tally.count, 1)
    parts = [statuses or "nothing", f"{refused:.2%} refused" if refused else ""]
    parts += [f"WRONG {_listed(tally.wrong)}" if tally.wrong else ""]
    parts += [f"broken off {_listed(tally.broken)}" if tally.broken else ""]
    return "; ".join(part for part in parts if part)


def _times(tally: Tally) -> list[str]:
    rows = {"all": tally.all_times(), **dict(sorted(tally.times.items()))}
    return [
        "| operation | requests | p50 / p95 / p99 / most, ms |",
        "|---|---|---|",
        *(f"| {name} | {len(times):,} | {_spread(times)} |" for name, times in rows.items() if times),
    ]


def _spread(times: list[float]) -> str:
    return " / ".join(f"{percentile(times, share):.0f}" for share in (0.5, 0.95, 0.99, 1.0))


def _memory(watch: Watch) -> list[str]:
    parts = [f"{first:.0f} → {last:.0f} MB (most {most:.0f})" for first, last, most in map(watch.memory, watch.pids())]
    return [f"Memory of the web processes (PSS), at the beginning → at the end: {'; '.join(parts)}."]


def _connections(watch: Watch, before: Sample | None, after: Sample | None) -> str:
    most = _listed(watch.most_held())
    idle, left = (sum(sample.held.values()) if sample else 0 for sample in (before, after))
    open_after = f"{after.busy} at work, {after.idle_in_transaction:.1f} s the oldest idle transaction" if after else ""
    return (
        f"Connections of PostgreSQL at the most: {most}; {idle} before, {left} afterwards ({open_after}). Longest that a"
        f" transaction stood idle meanwhile: {watch.longest_idle_in_transaction():.2f} s."
    )


def _listed(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
