"""JSON log lines without personal data: events have names, and values are ids, counts and codes."""

import logging
import sys

import structlog
from pydantic_core import to_json


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
