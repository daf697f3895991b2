"""JSON log lines without personal data: events have names, and values are ids, counts and codes."""

import logging
import re
import sys
import traceback

import structlog
from pydantic_core import to_json

#: Where the names of modules begin, ours, a library's or Python's own.
_ROOTS = re.compile(r"/(?:app|site-packages|python3\.\d+)/")


def configure(*, json_lines: bool = True) -> None:
    """Set the process's logging; a foreign library's lines are kept only from warnings up."""
    if structlog.is_configured():
        # Loggers keep what they were first given: a second application in the process logs as the first does.
        return
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(levelname)s")
    renderer = structlog.processors.JSONRenderer(_as_json) if json_lines else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _as_json(event: object, **_how: object) -> str:
    return to_json(event, fallback=repr).decode()


def frames_of(error: BaseException) -> list[str]:
    """Where an unforeseen error arose: its own words, which may hold personal data, are not for the log."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{_ROOTS.split(frame.filename)[-1]}:{frame.lineno}:{frame.name}" for frame in frames]
