"""The limits that follow from a type: how long a date is, what a text may hold, how wide an integer is.

All other limits are the models': a text without `maxLength`, an array without `maxItems` and an integer
without bounds are left as they are, for the linters and the contract test to find.
"""

from __future__ import annotations

from typing import Any, Final

FORMAT_LENGTHS: Final = {"uuid": 36, "date": 10, "date-time": 35, "time": 21, "email": 254}
"""Characters at most, by format. The longest instant is `2026-11-22T06:20:00.123456789+00:00`; an address
of RFC 5321 has 254."""

TEXT_PATTERN: Final = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028-\u202E\u2066-\u2069]*$"
"""No control characters but tab and line ends, no bidirectional overrides (see `app.core.text`)."""

_LITERALS: Final = frozenset({"example", "examples", "default", "enum", "const"})


def fill(node: Any, *, named: bool = False) -> None:
    """Complete, in place, every schema below `node`; `named`: its keys are names, not words of OpenAPI."""
    if isinstance(node, list):
        for item in node:
            fill(item)
    elif isinstance(node, dict):
        if node.get("type") == "string":
            _fill_string(node)
        elif node.get("type") == "integer":
            _fill_integer(node)
        for key, value in node.items():
            if named or key not in _LITERALS:
                fill(value, named=key == "properties" and not named)


def _fill_string(schema: dict[str, Any]) -> None:
    if "enum" in schema or "const" in schema:
        return
    if schema.get("format") in FORMAT_LENGTHS:
        schema.setdefault("maxLength", FORMAT_LENGTHS[schema["format"]])
    elif "format" not in schema:
        schema.setdefault("pattern", TEXT_PATTERN)


def _fill_integer(schema: dict[str, Any]) -> None:
    if "const" in schema:
        schema |= {"minimum": schema["const"], "maximum": schema["const"]}
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        narrow = low >= -(2**31) and high < 2**31
        schema.setdefault("format", "int32" if narrow else "int64")
