"""The clocks that a procedure sets, and what is wrong with one that does not fit together."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendars import Nation, is_working_day
from app.models.procedures import DayKind, Definition, Limit, Power, SanctionKind, Stage
from app.services.procedures import limit_ends
from app.services.procedures_presets import CO_OPERATIVE_PARTY, PRESETS, THREE_ADJUDICATORS

NOTICE = date(2026, 12, 18)
CO_OP, THREE = CO_OPERATIVE_PARTY.definition, THREE_ADJUDICATORS.definition


def test_a_response_is_due_fourteen_days_after_the_notice() -> None:
    assert limit_ends(CO_OP, Stage.respond, NOTICE) == date(2027, 1, 1)


def test_where_the_procedure_says_so_it_is_due_on_a_working_day() -> None:
    assert limit_ends(THREE, Stage.respond, NOTICE) == date(2027, 1, 4)
    assert limit_ends(THREE, Stage.respond, NOTICE, Nation.wales) == date(2027, 1, 4)
    assert limit_ends(THREE, Stage.respond, NOTICE, Nation.scotland) == date(2027, 1, 5)


@pytest.mark.parametrize("definition", [CO_OP, THREE])
def test_an_interim_measure_is_reviewed_within_28_days(definition: Definition) -> None:
    assert limit_ends(definition, Stage.review_measure, date(2026, 11, 22)) == date(2026, 12, 20)


def test_the_fifteenth_day_of_fourteen_is_too_late() -> None:
    last = limit_ends(CO_OP, Stage.appeal, date(2026, 11, 2))
    assert last == date(2026, 11, 16)
    assert last < date(2026, 11, 2) + timedelta(days=15)


def test_working_days_leave_out_holidays_of_the_nation() -> None:
    assert limit_ends(CO_OP, Stage.acknowledge, date(2026, 12, 24)) == date(2027, 1, 5)
    assert limit_ends(CO_OP, Stage.acknowledge, date(2026, 12, 24), Nation.scotland) == date(2027, 1, 6)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 90), st.sampled_from(Nation))
def test_each_kind_of_day_gives_at_least_as_much_time_as_the_one_before(start: date, days: int, nation: Nation) -> None:
    ends = []
    for kind in (DayKind.calendar, DayKind.calendar_rolled, DayKind.working):
        limits = {**CO_OP.limits, Stage.respond: Limit(days=days, kind=kind)}
        ends.append(limit_ends(CO_OP.model_copy(update={"limits": limits}), Stage.respond, start, nation))
    assert ends[0] == start + timedelta(days=days)
    assert ends == sorted(ends)
    assert all(is_working_day(day, nation) for day in ends[1:])


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_the_presets_fit_together(preset: object) -> None:
    assert isinstance(preset, type(CO_OPERATIVE_PARTY))
    assert list(preset.definition.flaws()) == []


def test_only_a_panel_expels_and_those_who_hear_appeals_are_others() -> None:
    secretary, first = CO_OP.body(CO_OP.receiver), CO_OP.body(CO_OP.first)
    assert SanctionKind.expulsion not in secretary.sanctions
    assert SanctionKind.expulsion in first.sanctions
    assert Power.refer in secretary.powers
    assert (first.appeal_to, secretary.appeal_to) == ("disciplinary_committee", "disciplinary_committee")
    committee = CO_OP.body("disciplinary_committee")
    assert (committee.minimum_membership_years, committee.staff_may_sit) == (5, False)
    assert "nec_member" in committee.barred_offices
    with pytest.raises(KeyError):
        CO_OP.body("nobody")


def _appeal_to_itself(one: Definition) -> None:
    one.bodies[1].appeal_to = one.bodies[1].key


def _appeals_in_a_circle(one: Definition) -> None:
    one.bodies[2].appeal_to = one.bodies[1].key


def _no_appeal(one: Definition) -> None:
    one.bodies[1].appeal_to = None


def _unknown_appeal(one: Definition) -> None:
    one.bodies[1].appeal_to = "nobody"


def _no_receiver(one: Definition) -> None:
    one.receiver = "nobody"


def _no_referral(one: Definition) -> None:
    one.bodies[0].powers.remove(Power.refer)


def _same_key(one: Definition) -> None:
    one.bodies.append(one.bodies[2])


def _said_twice(one: Definition) -> None:
    one.bodies[0].powers.append(Power.dismiss)


def _no_time_to_respond(one: Definition) -> None:
    del one.limits[Stage.respond]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_appeal_to_itself, {("/bodies/1/appeal_to", "appeal_to_itself")}),
        (
            _appeals_in_a_circle,
            {("/bodies/1/appeal_to", "appeal_to_itself"), ("/bodies/2/appeal_to", "appeal_to_itself")},
        ),
        (_no_appeal, {("/bodies/1/appeal_to", "appeal_missing")}),
        (_unknown_appeal, {("/bodies/1/appeal_to", "unknown_body")}),
        (_no_receiver, {("/receiver", "unknown_body")}),
        (_no_referral, {("/bodies/0/powers", "cannot_refer")}),
        (_same_key, {("/bodies/3/key", "duplicate")}),
        (_said_twice, {("/bodies/0/powers", "duplicate")}),
        (_no_time_to_respond, {("/limits/respond", "limit_missing")}),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    spoil: Callable[[Definition], None], found: set[tuple[str, str]]
) -> None:
    one = CO_OP.model_copy(deep=True)
    spoil(one)
    assert {(flaw.pointer, flaw.code) for flaw in one.flaws()} == found
