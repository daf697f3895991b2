import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from app.core import ids
from app.core.ids import new_id, new_ids


def test_version_variant_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= made.int >> 80 <= after + 1


def test_each_is_greater_than_the_one_before() -> None:
    made = [new_id() for _ in range(20_000)]
    assert all(a < b for a, b in pairwise(made))
    assert [str(i) for i in made] == sorted(str(i) for i in made)


def test_many_are_made_as_one_is() -> None:
    before, made, after = new_id(), new_ids(5_000), new_id()
    assert all(a < b for a, b in pairwise([str(before), *made, str(after)]))
    assert {(UUID(one).version, UUID(one).variant, str(UUID(one)) == one) for one in made} == {(7, RFC_4122, True)}
    assert new_ids(0) == []


def test_a_clock_that_steps_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(ids, "time_ns", lambda: 0)
    assert all(a < b for a, b in pairwise([first, *(new_id() for _ in range(100))]))


def test_a_full_millisecond_carries_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", (5 << 74) - 1)
    monkeypatch.setattr(ids, "time_ns", lambda: 4_000_000)
    made = new_id()
    assert made.int >> 80 == 5
    assert (made.version, made.variant) == (7, RFC_4122)


def test_threads_share_no_id() -> None:
    with ThreadPoolExecutor(4) as pool:
        batches = pool.map(lambda _: [new_id() for _ in range(2_000)], range(4))
    made = [i for batch in batches for i in batch]
    assert len(set(made)) == len(made)
