"""Several restrictions at once, lifted, moved and run out in any order: each day is as those in force that day say."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.permissions import Role
from app.models.restrictions import RestrictionKind
from tests.restrictions.bench import K, in_days, make_bench
from tests.turns import some_of
from tests.world import Api, make_world

DAYS = st.integers(0, 6)
END = st.none() | DAYS
STEPS = st.lists(
    st.tuples(st.just("restrict"), st.sampled_from(K), DAYS, END)
    | st.tuples(st.just("lift"), st.integers(0, 9), st.integers(-2, 3), st.none())
    | st.tuples(st.just("prolong"), st.integers(0, 9), END, st.none())
    | st.tuples(st.just("pass"), DAYS, st.none(), st.none())
    | st.tuples(st.just("resign"), st.none(), st.none(), st.none()),
    min_size=2,
    max_size=8,
)
STANDS = {K.suspended: "suspended", K.excluded: "expelled", K.expelled: "expelled"}
GRAVEST = ("expelled", "resigned", "suspended")


@dataclass
class Held:
    """A restriction as it should be."""

    source_id: UUID
    kind: RestrictionKind
    starts_on: date
    ends_on: date | None
    lifted: bool = False

    def open(self, day: date) -> bool:
        return not self.lifted and (self.ends_on is None or day < self.ends_on)

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass
class Model:
    """What is held against a member, and whether they have left."""

    held: list[Held] = field(default_factory=list)
    resigned: bool = False

    @property
    def live(self) -> list[Held]:
        return [one for one in self.held if one.holds(clock.today())]

    @property
    def standing(self) -> str:
        found = {STANDS[one.kind] for one in self.live if one.kind in STANDS}
        found |= {"resigned"} if self.resigned else set()
        return next((standing for standing in GRAVEST if standing in found), "current")

    def chosen(self, place: int) -> Iterator[Held]:
        if self.held:
            yield self.held[place % len(self.held)]


@settings(max_examples=some_of(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_each_day_is_as_those_in_force_say(api: Api, steps: list[tuple[str, object, object, object]]) -> None:
    bench, model = await make_bench(await make_world(api)), Model()
    member, person = await api.member(bench.world.dalston)
    account = await api.account(person_id=person)
    await api.grant(account, Role.branch_treasurer, bench.world.hackney)
    for verb, *said in steps:
        match verb, said:
            case "restrict", [RestrictionKind() as kind, int() as start, end]:
                starts_on = in_days(start)
                ends_on = starts_on + timedelta(days=end) if isinstance(end, int) else None
                source = await bench.restrict(person, kind, starts_on=starts_on, ends_on=ends_on)
                model.held.append(Held(source, kind, starts_on, ends_on))
            case "lift", [int() as place, int() as days, _]:
                for one in model.chosen(place):
                    day = in_days(days)
                    await bench.lift(one.source_id, day)
                    if one.open(day):
                        one.ends_on, one.lifted = max(one.starts_on, day), True
            case "prolong", [int() as place, end, _]:
                for one in model.chosen(place):
                    ends_on = in_days(end) if isinstance(end, int) else None
                    await bench.prolong(one.source_id, ends_on)
                    if one.open(clock.today()):
                        one.ends_on = max(one.starts_on, ends_on) if ends_on else None
            case "pass", [int() as days, _, _]:
                await bench.turn(in_days(days))
            case _:
                done = await bench.secretary.post(f"/v1/members/{member}/resign", json={})
                assert (done.status_code == 200) == (model.standing in ("current", "suspended"))
                model.resigned = model.resigned or done.status_code == 200
        found = await bench.read(member)
        assert found["standing"] == model.standing
        assert sorted(r["kind"] for r in found["restrictions"]) == sorted(one.kind for one in model.live)
        api.app.state.rights.forget()
        own = await api.sign_in(account)
        barred = model.standing in ("suspended", "expelled")
        assert (await own.get("/v1/members")).status_code == (403 if barred else 200)
