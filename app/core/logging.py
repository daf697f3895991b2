"""JSON log lines without personal data: events have names, and values are ids, counts and codes."""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict

#: Where the names of modules begin, ours, a library's or Python's own.
_ROOTS = re.compile(r"/(?:app|site-packages|python3\.\d+)/")


def configure() -> None:
    """Set the process's logging; a foreign library's lines are kept only from warnings up."""
    if structlog.is_configured():
        # Loggers keep what they were first given: a second application in the process logs as the first does.
        return
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(levelname)s")
    # That the database is away is said by the listener, in a line; pools would say it at each try, at length.
    for pool in ("asyncpg.pool", "psycopg.pool"):
        logging.getLogger(pool).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _line(_logger: object, level: str, event: EventDict) -> str:
    """A whole line in one step: every request writes one, and a chain of the library's steps takes twice as long."""
    return to_json({**event, "level": level, "timestamp": datetime.now(UTC)}, fallback=repr).decode()


def frames_of(error: BaseException) -> list[str]:
    """Where an unforeseen error arose: its own words, which may hold personal data, are not for the log."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{_ROOTS.split(frame.filename)[-1]}:{frame.lineno}:{frame.name}" for frame in frames]
