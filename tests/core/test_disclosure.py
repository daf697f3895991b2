"""Suppression: the worked examples, and that whoever subtracts learns nothing small."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.disclosure import Breakdown, suppress, suppress_within
from tests.turns import some_of

COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 60))


@pytest.mark.parametrize(
    ("parts", "total", "told"),
    [
        ({"a": 40, "b": 12, "c": 3}, 55, {"a": 40, "b": None, "c": None}),
        ({"a": 40, "b": 3, "c": 4}, 47, {"a": 40, "b": None, "c": None}),
        ({"a": 50, "b": 0}, 50, {"a": 50, "b": 0}),
        ({"a": 4}, None, {"a": None}),
        ({"a": 0, "b": 0}, 0, {"a": 0, "b": 0}),
        ({"a": 5, "b": 5}, 10, {"a": 5, "b": 5}),
        # Two of one each: their sum would say so.
        ({"a": 40, "b": 1, "c": 1}, 42, {"a": None, "b": None, "c": None}),
        # Nothing but one small count beside noughts.
        ({"a": 40, "b": 3, "c": 0}, 43, {"a": None, "b": None, "c": 0}),
        # Each could only be one, were it known that none is nought.
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 0}, 5, dict.fromkeys("abcdef")),
    ],
)
def test_worked_examples(parts: dict[str, int], total: int | None, told: dict[str, int | None]) -> None:
    assert suppress(parts, 5) == Breakdown(total, told)


@given(st.dictionaries(st.sampled_from("abcdef"), COUNTS, min_size=1), st.sampled_from([5, 10]))
def test_what_is_hidden_cannot_be_had_from_the_total(parts: dict[str, int], threshold: int) -> None:
    found = suppress(parts, threshold)
    hidden = [name for name, value in found.parts.items() if value is None]
    assert all(found.parts[name] in (None, count) for name, count in parts.items())
    assert all(count == 0 or count >= threshold for count in found.parts.values() if count is not None)
    if found.total is None:
        assert 0 < sum(parts.values()) < threshold
        assert len(hidden) == len(parts)
    elif hidden:
        left = sum(parts[name] for name in hidden)
        # Told noughts say that what is hidden is none, unless everything is.
        least = 0 if len(hidden) == len(parts) else 1
        assert (
            all(
                left - least * (sum(parts[one] > 0 for one in hidden) - 1) >= threshold
                for name in hidden
                if parts[name]
            )
            or len(parts) == 1
        )


ROW = st.fixed_dictionaries(dict.fromkeys("abc", st.one_of(st.just(0), st.integers(0, 14), st.integers(0, 40))))


def sums(rows: list[dict[str, int]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in "abc"}


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=5), ROW)
def test_no_small_count_is_told_or_left_alone_in_a_line(rows: list[dict[str, int]], rest: dict[str, int]) -> None:
    whole = suppress(sums([*rows, rest]), 5)
    found = suppress_within(whole, dict(enumerate(rows)), rest, 10)
    told = {key: one for key, one in found.items() if one.total is not None}
    for key, one in told.items():
        assert one.total == sum(rows[key].values()) >= 10
        assert all(count is None or count == 0 or count >= 10 for count in one.parts.values())
        untold = [name for name, count in one.parts.items() if count is None]
        assert all(one.parts[name] in (None, rows[key][name]) for name in one.parts)
        if any(0 < rows[key][name] < 10 for name in untold):
            assert len(untold) > 1
    if not told:
        return
    apart = sums([rest, *[row for key, row in enumerate(rows) if key not in told]])
    assert not 0 < sum(apart.values()) < 10
    for name in "abc":
        if whole.parts[name] is None:
            assert all(one.parts[name] is None for one in told.values())
        elif all(one.parts[name] is not None for one in told.values()):
            # What lies apart can be had by subtraction.
            assert apart[name] == 0 or apart[name] >= min(10, whole.parts[name])


@settings(deadline=None, max_examples=some_of(40))
@given(st.lists(st.fixed_dictionaries(dict.fromkeys("ab", st.integers(0, 9))), min_size=2, max_size=2))
def test_another_table_would_look_the_same(rows: list[dict[str, int]]) -> None:
    """Of each small count that is not told, other values agree with all that is.

    The tables tried reach further than the ones given: what is added to one cell may have to come out of another.
    """
    none = dict.fromkeys("ab", 0)
    all_of = {name: sum(row[name] for row in rows) for name in "ab"}
    whole = suppress(all_of, 3)
    found = suppress_within(whole, dict(enumerate(rows)), none, 3)
    cells = [(key, name) for key in (0, 1) for name in "ab"]
    if any(found[key].total is None for key in (0, 1)):
        return
    same = [
        dict(zip(cells, counts, strict=True))
        for counts in product(range(13), repeat=4)
        if _agrees(dict(zip(cells, counts, strict=True)), found, whole)
    ]
    for key, name in cells:
        if 0 < rows[key][name] < 3 and found[key].parts[name] is None:
            assert len({table[key, name] for table in same}) > 1


def _agrees(table: dict[tuple[int, str], int], found: dict[int, Breakdown], whole: Breakdown) -> bool:
    return (
        all(table[key, "a"] + table[key, "b"] == found[key].total for key in (0, 1))
        and all(found[key].parts[name] in (None, count) for (key, name), count in table.items())
        and all(whole.parts[name] in (None, table[0, name] + table[1, name]) for name in "ab")
    )
