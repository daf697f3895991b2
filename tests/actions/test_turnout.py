"""Turnout: promised against counted, of each institution that takes part."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import clock
from app.models.turnout import CountedHow
from app.services.actions_turnout import Figure, percent_of, reckon
from tests.actions.placed import hours_ago, placed_part
from tests.organising import Ground

PEOPLE = st.integers(0, 5_000)
FIGURES = st.lists(st.builds(Figure, PEOPLE, st.none() | PEOPLE, PEOPLE), max_size=8)


def test_the_vector_of_the_law() -> None:
    figures = [Figure(40, 30, 0), Figure(25, 28, 0), Figure(10, 0, 0)]
    total, each = reckon(figures, begun=True)
    assert (total.promised, total.counted, total.percent) == (75, 58, 77.3)
    assert [one.percent for one in each] == [75.0, 112.0, 0.0]


@settings(max_examples=60)
@given(FIGURES, st.booleans())
def test_the_sum_is_of_its_parts(figures: list[Figure], begun: bool) -> None:
    total, each = reckon(figures, begun=begun)
    assert total.promised == sum(one.promised for one in figures)
    assert len(each) == len(figures)
    if not begun:
        assert {one.counted for one in [total, *each]} == {None} == {one.percent for one in [total, *each]}
        return
    assert total.counted == sum(one.counted or 0 for one in each)
    for figure, one in zip(figures, each, strict=True):
        by_hand = figure.by_hand is not None
        assert one.how is (CountedHow.by_hand if by_hand else CountedHow.checked_in)
        assert one.counted == (figure.by_hand if by_hand else figure.checked_in)


@settings(max_examples=60)
@given(PEOPLE, PEOPLE)
def test_a_percentage_is_right_to_one_decimal(promised: int, counted: int) -> None:
    found = percent_of(promised, counted)
    if promised == 0:
        assert found is None
        return
    assert found is not None
    assert abs(Decimal(str(found)) - Decimal(100 * counted) / promised) <= Decimal("0.05")


async def test_promised_against_counted(ground: Ground) -> None:
    begins = hours_ago(1)
    action = await ground.action(state="confirmed", starts_at=begins, ends_at=clock.now())
    parts = [await placed_part(ground, action) for _ in range(3)]
    path = f"actions/{action}/turnout"
    for organisation, promised in zip(parts, (35, 25, 10), strict=True):
        await ground.do(path, organisation_id=str(organisation), promised=promised)
    told = await ground.do(path, organisation_id=str(parts[0]), promised=40)
    assert (told["promised"], told["counted"], told["percent"]) == (75, 0, 0.0)
    for organisation, counted in zip(parts, (30, 28, 0), strict=True):
        told = await ground.do(f"{path}/count", organisation_id=str(organisation), counted=counted)
    assert (told["promised"], told["counted"], told["percent"], told["others"]) == (75, 58, 77.3, 0)
    found = {UUID(one["organisation_id"]): one for one in (await ground.get(path, ground.leader))["organisations"]}
    assert [found[one]["percent"] for one in parts] == [75.0, 112.0, 0.0]
    assert [one["promised"] for one in found[parts[0]]["promises"]] == [40, 35]
    whole = await ground.get(f"actions/{action}")
    assert whole["turnout"] == {"promised": 75, "counted": 58, "percent": 77.3, "others": 0}
    drawn = await ground.organiser.get(f"/v1/{path}/chart")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert "Promised" in drawn.text


async def test_who_takes_no_part_promises_nothing(ground: Ground) -> None:
    action, outside = await ground.action(state="confirmed"), await ground.organisation()
    path = f"actions/{action}/turnout"
    await ground.refused(path, "not_taking_part", 422, organisation_id=str(outside), promised=5)
    joined = await ground.do(f"actions/{action}/organisations", organisation={"organisation_id": str(outside)})
    assert joined["organisation_id"] == str(outside)
    again = {"organisation": {"organisation_id": str(outside)}}
    await ground.refused(f"actions/{action}/organisations", "takes_part_already", **again)
    await ground.do(path, organisation_id=str(outside), promised=5)
    await ground.refused(f"{path}/count", "not_begun", organisation_id=str(outside), counted=5)
    left = await ground.do(f"actions/{action}/organisations/{outside}/leave")
    assert left["left_on"] is not None
    told = await ground.get(path)
    assert (told["promised"], told["counted"], told["organisations"]) == (0, None, [])
    await ground.refused(f"actions/{action}/organisations/{outside}/leave", "not_found", 404)
    everyone = (await ground.get(f"actions/{action}/organisations"))["data"]
    assert [one["left_on"] is None for one in everyone] == [False]


async def test_of_two_promises_at_once_both_are_kept(ground: Ground) -> None:
    action = await ground.action()
    organisation = await placed_part(ground, action)
    said = [{"organisation_id": str(organisation), "promised": number} for number in (7, 11)]
    path = f"/v1/actions/{action}/turnout"
    answers = await asyncio.gather(*[ground.organiser.post(path, json=one) for one in said])
    assert [one.status_code for one in answers] == [201, 201]
    [told] = (await ground.get(f"actions/{action}/turnout"))["organisations"]
    assert sorted(one["promised"] for one in told["promises"]) == [7, 11]
    assert told["promised"] == told["promises"][0]["promised"]


@pytest.mark.parametrize("state", ["held", "closed", "cancelled"])
async def test_what_is_over_takes_no_promise(ground: Ground, state: str) -> None:
    action = await ground.action(state=state, starts_at=hours_ago(3), ends_at=hours_ago(1))
    organisation = await placed_part(ground, action)
    path, said = f"actions/{action}/turnout", {"organisation_id": str(organisation)}
    await ground.refused(path, "wrong_state", promised=5, **said)
    if state != "held":
        await ground.refused(f"{path}/count", "wrong_state", counted=5, **said)
        await ground.refused(f"actions/{action}/organisations/{organisation}/leave", "action_ended")


async def test_only_who_runs_the_action_records_turnout(ground: Ground) -> None:
    action = await ground.action()
    said = {"organisation_id": str(await placed_part(ground, action)), "promised": 5}
    await ground.refused(f"actions/{action}/turnout", "permission_missing", 403, ground.leader, **said)
    await ground.refused(f"actions/{action}/turnout", "not_found", 404, ground.other, **said)
    assert (await ground.other.get(f"/v1/actions/{action}/turnout")).status_code == 404
    await ground.do(f"actions/{action}/turnout", ground.supervisor, **said)
