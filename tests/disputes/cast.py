"""Everybody who may turn up in a case: fit and unfit to work on it, and its parties, who are new for each case."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from app.core import clock
from app.core.permissions import Role
from tests.disputes.desk import Desk, Someone, make_desk
from tests.world import World

#: What somebody of the highest rank holds, all at once.
RANKS = (
    Role.national_membership_officer,
    Role.disputes_officer,
    Role.supervisor,
    Role.auditor,
    Role.system_administrator,
)
WORKERS = ("clerk", "mediator", "investigator")
PANEL = tuple(f"panellist {number}" for number in range(1, 6))
APPEAL_PANEL = tuple(f"appeal panellist {number}" for number in range(1, 8))
#: Who may not sit on a panel of any case, or not on one of these parties.
UNFIT = ("neighbour", "friend", "newcomer", "committee member", "member of staff")


@dataclass
class Cast:
    """A procedure with its desk, and everybody by name. The parties of a case come and go with it."""

    desk: Desk
    hearing_required: bool
    people: dict[str, Someone] = field(default_factory=dict)

    def whose(self, account_id: object) -> str | None:
        return next((name for name, one in self.people.items() if str(one.account_id) == str(account_id)), None)


async def make_cast(world: World, **definition: object) -> Cast:
    """The people of a walk, but for the parties."""
    desk = await make_desk(world, **definition)
    api = world.api
    elsewhere = await api.unit(world.region)
    people = {"secretary": desk.secretary, "alternate": desk.alternate, "external": desk.external}
    for name in (
        "clerk",
        "mediator",
        "investigator",
        "stranger",
        *PANEL,
        *APPEAL_PANEL,
        "committee member",
        "member of staff",
    ):
        people[name] = await desk.member(elsewhere)
    people["neighbour"] = await desk.member(world.hackney)
    people["friend"] = await desk.member(world.islington)
    people["newcomer"] = await desk.member(elsewhere, joined_on=clock.today() - timedelta(days=100))
    committee = people["committee member"].person_id
    assert committee is not None
    await api.office(committee, world.root, "nec_member", starts_on=date(2020, 1, 1))
    await api.grant(people["member of staff"].account_id, Role.auditor, world.root)
    people["officer"] = await desk.outsider()
    await raise_to_the_top(world, people["officer"])
    people["anonymous"] = Someone(people["officer"].account_id, api.client())
    return Cast(desk, bool(definition.get("hearing_required", True)), people)


async def raise_to_the_top(world: World, somebody: Someone) -> None:
    """Give somebody every rank there is. What they are named in stays closed to them."""
    for role in RANKS:
        await world.api.grant(somebody.account_id, role, world.root)


async def renew_parties(cast: Cast) -> None:
    """Parties of whom nothing has been decided yet."""
    world = cast.desk.world
    for name, unit in (
        ("complainant", world.islington),
        ("respondent", world.hackney),
        ("second respondent", world.dalston),
        ("witness", world.angel),
    ):
        cast.people[name] = await cast.desk.member(unit)
    cast.desk.complainant, cast.desk.respondent = cast.people["complainant"], cast.people["respondent"]
