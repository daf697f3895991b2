"""What is owed to training in a year, and what offices ask for."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.cadence import CadenceTarget
from app.models.offices import OfficeType
from app.services.cadence_time import Target
from app.services.training_days import allowance_tenths
from tests.organising import Ground, place
from tests.training.placed import place_certificate, place_course, place_session

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(("fte", "tenths"), [(80, 80), (60, 60), (100, 100), (55, 55)])
def test_ten_days_a_year_pro_rata(fte: int, tenths: int) -> None:
    """The vector: 10 × 0.8 = 8.0 days; 0.6 → 6.0."""
    assert allowance_tenths(*YEAR, [Target(date(2025, 6, 1), 30, fte)]) == tenths


def test_hours_that_change_within_the_year_count_by_day() -> None:
    # 181 days at full time, 184 at 0.6: 10 × (181 + 110.4) / 365 = 7.983…
    assert allowance_tenths(*YEAR, [Target(date(2026, 7, 1), 30, 60)]) == 80
    assert allowance_tenths(*YEAR, []) == 100


@given(st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.integers(1, 100)), max_size=4))
def test_nobody_owes_more_than_full_time_or_less_than_the_least(changes: list[tuple[date, int]]) -> None:
    hours = [fte for _, fte in changes] + [100]
    targets = [Target(day, 30, fte) for day, fte in sorted(changes)]
    assert min(hours) <= allowance_tenths(*YEAR, targets) <= max(hours)


async def test_days_given_count_against_what_is_owed(ground: Ground) -> None:
    world, year = ground.world, clock.today().year
    target = {"per_day_tenths": 30, "fte_percent": 80, "from_day": date(year - 1, 1, 1)}
    await place(world, CadenceTarget(branch_id=ground.unit, account_id=ground.organiser_id, **target))
    session = await place_session(world, world.region, starts_on=date(year, 1, 5), ends_on=date(year, 1, 6))
    earlier = date(year - 1, 12, 30)
    before = await place_session(world, world.region, starts_on=earlier, ends_on=earlier)
    path, who = f"training-sessions/{session.id}/crew", str(ground.organiser_id)
    await ground.do(path, by=ground.supervisor, account_id=who, part="delivery", days=2)
    told = await ground.do(path, by=ground.supervisor, account_id=who, part="preparation", days=0.5)
    assert sorted((one["part"], one["days"]) for one in told["crew"]) == [("delivery", 2), ("preparation", 0.5)]
    await ground.do(
        f"training-sessions/{before.id}/crew", by=ground.supervisor, account_id=who, part="delivery", days=1
    )
    await ground.refused(path, "crew_known", by=ground.supervisor, account_id=who, part="delivery", days=1)
    await ground.refused(
        path, "unknown_account", 422, by=ground.supervisor, account_id=str(ground.unit), part="delivery", days=1
    )
    await ground.refused(path, "permission_missing", 403, account_id=who, part="evaluation", days=1)
    own = await ground.get("me/training-days")
    assert (own["allowance_days"], own["given_days"], own["left_days"]) == (8.0, 2.5, 5.5)
    assert [one["days"] for one in own["given"]] == [2, 0.5]
    assert (await ground.get(f"me/training-days?year={year - 1}"))["given_days"] == 1
    seen = await ground.get(f"training-days?account_id={who}", by=ground.supervisor)
    figure = seen["organisers"][0]
    assert (figure["account_id"], figure["allowance_days"], figure["left_days"]) == (who, 8.0, 5.5)
    assert (await ground.organiser.get("/v1/training-days")).status_code == 403
    stranger = await ground.supervisor.get(f"/v1/training-days?account_id={ground.unit}")
    assert (stranger.status_code, stranger.json()["errors"][0]["code"]) == (422, "unknown_account")
    crew = next(one["id"] for one in told["crew"] if one["part"] == "delivery")
    await ground.do(f"{path}/{crew}/remove", by=ground.supervisor)
    assert (await ground.get("me/training-days"))["given_days"] == 0.5


async def test_officers_without_the_course_their_office_asks_for_are_told(ground: Ground) -> None:
    world, today = ground.world, clock.today()
    root = await world.officer(Role.national_membership_officer, world.root)
    office = OfficeType(key=f"steward_{new_id().hex[-12:]}", name="Steward", kinds=["branch"], seats=3)
    await place(world, office)
    people = [await ground.person() for _ in range(3)]
    for person in people:
        await world.api.office(person, ground.unit, office.key)
    untrained, expired, trained = people
    course = await place_course(world, world.root, name="Safe and fair")
    said = {"office_type_id": str(office.id), "course_id": str(course.id)}
    await ground.refused("office-requirements", "permission_missing", 403, **said)
    made = await ground.do("office-requirements", by=root, **said)
    await ground.refused("office-requirements", "requirement_known", by=root, **said)
    year = timedelta(days=365)
    old = {"course_id": course.id, "completed_on": today - 2 * year, "expires_on": today - year}
    await place_certificate(world, ground.unit, person_id=expired, **old)
    # Taken elsewhere it counts as well.
    await place_certificate(world, world.islington, person_id=trained, course_id=course.id)

    async def gaps(query: str = "") -> dict[UUID, str | None]:
        found = await ground.get(f"training/gaps?branch_id={ground.unit}{query}", by=ground.leader)
        return {
            UUID(one["person_id"]): one["expired_on"] for one in found["data"] if one["course_id"] == str(course.id)
        }

    assert await gaps() == {untrained: None, expired: str(today - year)}
    assert await gaps(f"&as_of={today - timedelta(days=1)}") == {}
    listed = await ground.get(f"office-requirements?course_id={course.id}&as_of={today}")
    assert [(one["office"], one["course"]) for one in listed["data"]] == [("Steward", "Safe and fair")]
    seen = await ground.get("training/gaps", by=ground.other)
    assert str(untrained) not in str(seen)
    end = f"office-requirements/{made['id']}/end"
    await ground.refused(end, "before_beginning", 422, by=root, ends_on=str(today - year))
    await ground.do(end, by=root)
    await ground.refused(end, "requirement_ended", by=root)
    assert await gaps() == {}
