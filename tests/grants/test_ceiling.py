"""The ceiling, as a pure matter: what somebody may give follows from what they hold, and where."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.actor import Actor
from app.core.permissions import GRANTABLE, GRANTS, NEEDS_SECOND_PERSON, Permission, Role, within_ceiling
from app.models.accounts import GrantState
from app.services.grant_lifecycle import first_state
from tests.turns import some_of

UNITS = [UUID(int=number) for number in range(1, 7)]
units = st.sampled_from(UNITS)
roles = st.sampled_from(Role)
held = st.frozensets(st.tuples(roles, units), max_size=6)
paths = st.lists(units, unique=True, min_size=1, max_size=4)


@settings(deadline=None, max_examples=some_of(50))
@given(held, roles, paths)
def test_whatever_may_be_given_is_in_the_gift_of_a_role_held_there_or_above(
    held: frozenset[tuple[Role, UUID]], role: Role, path: list[UUID]
) -> None:
    givers = [own for own, unit in held if unit in path and own in GRANTABLE and role in GRANTABLE[own]]
    assert within_ceiling(held, role, path) == bool(givers)
    actor = Actor(UNITS[0], None, UNITS[0], UNITS[0], UNITS[0], reach={}, roles=held)
    assert actor.may_give(role, path) == bool(givers)


@settings(deadline=None, max_examples=some_of(50))
@given(held, roles, paths, st.tuples(roles, units))
def test_more_roles_never_lower_the_ceiling(
    held: frozenset[tuple[Role, UUID]], role: Role, path: list[UUID], more: tuple[Role, UUID]
) -> None:
    if within_ceiling(held, role, path):
        assert within_ceiling(held | {more}, role, path)


@settings(deadline=None, max_examples=some_of(50))
@given(held, roles, paths, units)
def test_what_may_be_given_at_a_unit_may_be_given_below_it(
    held: frozenset[tuple[Role, UUID]], role: Role, path: list[UUID], below: UUID
) -> None:
    if within_ceiling(held, role, path):
        assert within_ceiling(held, role, [*path, below])


@settings(deadline=None, max_examples=some_of(50))
@given(held, roles, paths)
def test_nothing_is_given_outside_the_own_subtree(
    held: frozenset[tuple[Role, UUID]], role: Role, path: list[UUID]
) -> None:
    elsewhere = frozenset((own, unit) for own, unit in held if unit not in path)
    assert not within_ceiling(elsewhere, role, path)


def test_whoever_decides_about_grants_can_see_them() -> None:
    for role, permissions in GRANTS.items():
        if permissions & {Permission.grants_give, Permission.grants_confirm}:
            assert Permission.grants_read in permissions, role


def test_only_roles_without_members_data_or_trail_begin_confirmed() -> None:
    for role in Role:
        waits = role in NEEDS_SECOND_PERSON
        assert first_state(role) is (GrantState.proposed if waits else GrantState.confirmed)
    assert Role.system_administrator not in NEEDS_SECOND_PERSON
    assert {role for role in Role if Permission.members_read in GRANTS[role]} <= NEEDS_SECOND_PERSON


def test_administrators_hold_no_permission_on_members() -> None:
    assert not {p for p in GRANTS[Role.system_administrator] if p.resource in ("members", "events", "audit")}
