"""The report: a section for each benchmark, each written by its own run."""

from __future__ import annotations

from pathlib import Path


def write_section(path: Path, section: str) -> None:
    """Put a section into the report, in the place of the one with the same heading or at the end."""
    heading = section.partition("\n")[0]
    before = path.read_text("utf-8").split("\n# ") if path.exists() else []
    kept = [part if number == 0 else f"# {part}" for number, part in enumerate(before)]
    sections = {part.partition("\n")[0]: part.strip() for part in kept if part.strip()} | {heading: section.strip()}
    path.write_text("\n\n".join(sections.values()) + "\n", "utf-8")
