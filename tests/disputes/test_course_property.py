"""Whatever is done by whomever in whichever order, a case goes lawfully, fairly, and closed to whom it concerns."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.disputes import DisputeState as S
from tests.disputes.cast import Cast, make_cast, renew_parties
from tests.disputes.happenings import HAPPENINGS
from tests.disputes.moves import attempt, blunder, go_on
from tests.disputes.sayings import Dice
from tests.disputes.walk import Walk
from tests.world import Api, make_world

START = date(2027, 1, 11)
LARGEST = 2**40
#: Of twenty turns, how many are for what. The first of them move the case on.
ONWARD = 12
TURNS = (go_on,) * ONWARD + (attempt, attempt, blunder, "days", "happening", "happening", "happening", "look")
NUMBERS = st.lists(st.integers(0, LARGEST), min_size=20, max_size=40)
ALL = list(HealthCheck)
Casts = list[Cast]


@pytest.fixture
async def casts(api: Api) -> AsyncIterator[Casts]:
    """A cast for each kind of procedure: with hearings, and on paper, where an appeal stays the sanction."""
    world = await make_world(api)
    limits = {"exclusion": 24, "office_bar": 36}
    strict = await make_cast(world)
    await strict.desk.on(START)
    yield [
        strict,
        await make_cast(world, appeal_stays_sanction=True, hearing_required=False, longest_months=limits),
    ]
    await api.reset_clock()


async def walk_through(casts: Casts, numbers: list[int]) -> Walk:
    """One case, by as many turns as there are numbers but one: that says by which procedure and about whom."""
    dice = Dice(numbers[0])
    cast = dice.one(casts)
    await cast.desk.on(START)
    await renew_parties(cast)
    respondents = ["respondent", "second respondent"][: dice.one((1, 1, 2))]
    about = [{"person_id": str(cast.people[one].person_id)} for one in respondents]
    witness = {"person_id": str(cast.people["witness"].person_id), "role": "witness"}
    case = await cast.desk.complain(*about, witness)
    walk = Walk(cast, case, await cast.desk.complain(*about), START)
    for number in numbers[1:]:
        await take_turn(walk, Dice(number))
    for who in ("respondent", "complainant", "witness", "officer"):
        await walk.look(who)
    return walk


async def take_turn(walk: Walk, dice: Dice) -> None:
    turn = dice.one(TURNS)
    if turn == "days":
        await walk.pass_days(dice.one((1, 4, 14, 15, 29, 70)))
    elif turn == "look":
        await walk.look(dice.one(sorted(walk.cast.people)))
    elif turn == "happening":
        await dice.one(HAPPENINGS)(walk, dice, await walk.facts())
    else:
        await turn(walk, dice)


def numbers_of(seed: int, turns: int, *, straight: bool) -> list[int]:
    """The same walk each time. A straight one does nothing but go on."""
    random = Random(seed)
    rest, kinds = LARGEST // len(TURNS), ONWARD if straight else len(TURNS)
    return [
        random.randrange(LARGEST),
        *(random.randrange(rest) * len(TURNS) + random.randrange(kinds) for _ in range(turns)),
    ]


@pytest.mark.parametrize("seeds", [(0, 1, 3, 5, 7), pytest.param(range(8), marks=pytest.mark.slow)])
async def test_walks_get_everywhere(casts: Casts, seeds: Sequence[int]) -> None:
    """Walks that are the same each time: without them it would not show if the others proved nothing."""
    reached, answers = Counter[str](), Counter[str]()
    for seed in seeds:
        walk = await walk_through(casts, numbers_of(seed, 26, straight=seed % 2 == 1))
        reached.update(walk.reached.keys())
        answers += walk.answers
    formal = {S.noticed, S.investigating, S.reported, S.listed, S.decided, S.appealed, S.appeal_listed, S.final}
    assert {one for one in formal if reached[one] < 3} == set(), reached
    assert {S.acknowledged, S.responded, S.heard} <= set(reached), reached
    assert min(answers["2xx"], answers["4xx"]) > 50, answers


@settings(max_examples=2, deadline=None, suppress_health_check=ALL)
@given(numbers=NUMBERS)
async def test_the_course_of_a_case_is_lawful(casts: Casts, numbers: list[int]) -> None:
    await walk_through(casts, numbers)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=ALL)
@given(numbers=NUMBERS)
async def test_the_course_of_many_a_case_is_lawful(casts: Casts, numbers: list[int]) -> None:
    await walk_through(casts, numbers)
