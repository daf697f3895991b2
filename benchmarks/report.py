"""The report: a section for each benchmark, each written by its own run; and its figures, for a machine to read."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def write_section(path: Path, section: str) -> None:
    """Put a section into the report, in the place of the one with the same heading or at the end."""
    heading = section.partition("\n")[0]
    before = path.read_text("utf-8").split("\n# ") if path.exists() else []
    kept = [part if number == 0 else f"# {part}" for number, part in enumerate(before)]
    sections = {part.partition("\n")[0]: part.strip() for part in kept if part.strip()} | {heading: section.strip()}
    path.write_text("\n\n".join(sections.values()) + "\n", "utf-8")


def write_figures(path: Path, benchmark: str, figures: Mapping[str, object]) -> None:
    """Put the figures of a benchmark into the JSON beside the report, in the place of its last ones."""
    beside = path.with_suffix(".json")
    before = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    beside.write_text(json.dumps(before | {benchmark: figures}, indent=1) + "\n", "utf-8")


def preface(what: str, command: str, server: str, *packages: str) -> list[str]:
    """The lines under a heading: when, what and how; on which machine; with which versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return [
        f"{datetime.now(UTC):%d %B %Y}, {what}. `{command}`.",
        f"{machine()}; Python {platform.python_version()},",
        f"{server}, {versions}.",
    ]


def machine() -> str:
    """The machine, and how busy it is: one minute's load, which counts the benchmark itself."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (line.partition(": ")[2] for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    cores, system = os.cpu_count(), f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    return f"{cores} cores of {model}, {memory:.0f} GiB, {system}, load {os.getloadavg()[0]:.1f}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []
