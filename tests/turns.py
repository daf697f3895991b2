"""What the short run does in part, by turns or by number, and the long run whole."""

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

#: Stands in the environment of a long run, that of `-m slow` or of everything.
LONG = "ROLLBOOK_TEST_LONG"


def is_long() -> bool:
    return LONG in os.environ


def some_of(examples: int) -> int:
    """Of so many invented examples a fifth in the short run, and all in the long run, which repeats every such test."""
    return examples if is_long() else max(2, examples // 5)


def by_turns(values: Iterable[Any], share: int, *, first: int = 0, name: Callable[[Any], str] = str) -> list[Any]:
    """As parameters of a test: one of `share` values, from `first` on, is for the short run, the rest for the long."""
    return [
        pytest.param(value, id=name(value), marks=() if number % share == first else pytest.mark.slow)
        for number, value in enumerate(values)
    ]


def share_of(values: Iterable[Any], share: int, *, first: int = 0) -> list[Any]:
    """One of `share` values, from `first` on; in the long run, for a test marked `in_part`, all."""
    return list(values) if is_long() else list(values)[first::share]


def joined(groups: Mapping[str, Sequence[Any]]) -> Callable[[Any], Any]:
    """Make of an async test of one value a test of each group, whose failure says with which value.

    Each test costs a millisecond or two by itself, and there are thousands of values.
    """

    def join(test: Any) -> Any:
        async def of_each(group: str, **fixtures: Any) -> None:
            for value in groups[group]:
                try:
                    await test(value, **fixtures)
                except BaseException as error:
                    error.add_note(f"with {value}")
                    raise

        first, *others = inspect.signature(test).parameters.values()
        of_each.__name__, of_each.__doc__ = test.__name__, test.__doc__
        of_each.__signature__ = inspect.Signature([first.replace(name="group", annotation=str), *others])  # type: ignore[attr-defined]
        return pytest.mark.parametrize("group", list(groups))(of_each)

    return join


def in_turn(values: Sequence[Any], number: int, *, most: int = 1) -> list[Any]:
    """So many of the values, other ones for the next number; in the long run, for a test marked `in_part`, all."""
    if is_long() or most >= len(values):
        return list(values)
    return [values[(number * most + place) % len(values)] for place in range(most)]
