"""Whatever is done by whomever in whichever order: the course of a case is lawful, fair, and closed to whom it concerns."""

from collections import Counter
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.disputes import DisputeState
from tests.conftest import Api
from tests.disputes.cast import Cast, make_cast, renew_parties
from tests.disputes.happenings import HAPPENINGS
from tests.disputes.moves import Dice, attempt, blunder, go_on
from tests.disputes.walk import Walk
from tests.world import make_world

START = date(2027, 1, 11)
LARGEST = 2**40
#: Of twenty turns, how many are for what.
TURNS = (go_on,) * 12 + (attempt, attempt, blunder, "days", "happening", "happening", "happening", "look")
STEPS = st.lists(st.integers(0, LARGEST), min_size=20, max_size=45)
NOT_ALL = list(HealthCheck)


async def prepare(api: Api) -> list[Cast]:
    """A cast for each kind of procedure."""
    world = await make_world(api)
    casts = [await make_cast(world)]
    await casts[0].desk.on(START)
    casts.append(await make_cast(world, appeal_stays_sanction=True, hearing_required=False, longest_months={"exclusion": 24}))
    return casts


async def walk_through(casts: list[Cast], numbers: list[int]) -> Walk:
    """One case, by as many turns as there are numbers; the first of them says under which procedure."""
    cast = casts[numbers[0] % len(casts)]
    await cast.desk.on(START)
    await renew_parties(cast)
    about = [{"person_id": str(cast.people["respondent"].person_id)}]
    if numbers[0] // 2 % 3 == 0:
        about.append({"person_id": str(cast.people["second respondent"].person_id)})
    about.append({"person_id": str(cast.people["witness"].person_id), "role": "witness"})
    case = await cast.desk.complain(*about)
    walk = Walk(cast, case, await cast.desk.complain(*about[:1]), START)
    for number in numbers[1:]:
        dice = Dice(number)
        turn = dice.one(TURNS)
        if turn == "days":
            await walk.pass_days(dice.one((1, 4, 14, 15, 29, 70)))
        elif turn == "look":
            await walk.look(dice.one(sorted(cast.people)))
        elif turn == "happening":
            await dice.one(HAPPENINGS)(walk, dice, await walk.facts())
        else:
            await turn(walk, dice)
    await walk.look("respondent")
    return walk


async def test_walks_get_to_the_end(api: Api) -> None:
    """Walks that are the same each time, of which it is known that they get everywhere."""
    casts, reached = await prepare(api), Counter[str]()
    for seed in range(6):
        random = Random(seed)  # noqa: S311
        walk = await walk_through(casts, [random.randrange(LARGEST) for _ in range(45)])
        reached += walk.reached
    print(reached)
    assert set(DisputeState) >= set(reached)


@settings(max_examples=4, deadline=None, suppress_health_check=NOT_ALL, derandomize=True)
@given(numbers=STEPS)
async def test_the_course_of_a_case_is_lawful(api: Api, numbers: list[int]) -> None:
    await walk_through(await prepare(api), numbers)
