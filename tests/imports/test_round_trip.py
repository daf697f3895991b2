"""What is taken out comes in again as it was: every field of every member, whatever stands in it, in either format."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core import clock
from app.core.ids import new_id
from app.core.text import Email, Name, ShortText
from app.models.branches import UnitKind
from app.models.imports import ImportPreset
from app.models.members import Channel, Language, MemberType, Relationship
from app.services.membership_terms import lapse_day
from tests.exports.asking import asked, fetch
from tests.imports.desk import Desk, national
from tests.turns import some_of
from tests.world import World

TODAY = clock.today()
#: What spreadsheets run, quote, part, trim and round.
NASTY = (
    "=1+1", "+44 20", "-5", "@sum", "'=1", "''+1", "'quoted", '"', '"",""', "a,b;c\td", "Siân Ŵyn Llŷr-ap-Iŵan", "Ŷ",
    "00042", "1e5", "TRUE", "N/A", "null", "０", "＝1", "'＝1", "O\u2019Neill", "李", "🌹", "\\N", "\\", "#REF!", "{}",
)  # fmt: skip

#: An example is some ten requests and three jobs: one that fails is told as it was found.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def _fits(kind: Any, text: str) -> bool:
    """Whether a text is what would be on record, had somebody typed it."""
    try:
        return bool(TypeAdapter(kind).validate_python(text) == text)
    except ValidationError:
        return False


def texts(kind: Any, most: int = 12) -> st.SearchStrategy[str]:
    signs = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@',;\"\\ ŵŷâ"), max_size=most)
    mixed = st.builds("".join, st.lists(st.sampled_from(NASTY) | signs, min_size=1, max_size=2))
    return mixed.filter(lambda text: _fits(kind, text))


days = st.dates(date(1901, 1, 1), TODAY)
phones = st.sampled_from(["+447400123456", "+442079460123", "+353861234567", "+15005550006"])
emails = st.sampled_from(
    ["=cmd@example.org", "-x@example.org", "+tag@example.org", "o'brien@example.org", "Ann.Lee+x@example.org"]
).filter(lambda text: _fits(Email, text))


@st.composite
def addresses(draw: st.DrawFn) -> dict[str, Any]:
    lines = draw(st.lists(texts(ShortText), max_size=4))
    town = draw(st.none() | texts(ShortText))
    if draw(st.booleans()):
        return {"address_lines": lines, "town": town, "postcode": draw(st.sampled_from([None, "E8 1EA", "SA1 1AA"]))}
    foreign = draw(st.none() | texts(ShortText))
    return {"address_lines": lines, "town": town, "postcode": None, "foreign_postal_code": foreign, "country": "IE"}


@st.composite
def memberships(draw: st.DrawFn) -> dict[str, Any]:
    joined = draw(st.dates(date(1990, 1, 1), TODAY))
    if draw(st.booleans()):
        columns: dict[str, Any] = {"relationship": Relationship.supporter, "type": MemberType.supporter}
        paid = None
    else:
        columns = {"type": draw(st.sampled_from(["full", "youth", "concession"]))}
        paid = draw(st.none() | st.dates(joined, date(2030, 1, 1)))
    decided = draw(st.sampled_from([None, None, "resigned", "deceased"]))
    if decided is not None:
        columns |= {"decided_standing": decided, "decided_from": draw(st.dates(joined, TODAY))}
    return columns | {"joined_on": joined, "paid_until": paid, "lapses_on": lapse_day(paid) if paid else None}


@st.composite
def members(draw: st.DrawFn) -> dict[str, Any]:
    """The columns of a member, as they could stand on record. Nobody is contacted who has died."""
    membership = draw(memberships())
    gone = membership.get("decided_standing") == "deceased"
    objections = set(Channel) if gone else draw(st.sets(st.sampled_from(list(Channel))))
    return {
        "given_name": draw(texts(Name)),
        "family_name": draw(texts(Name)),
        "preferred_name": draw(st.none() | texts(Name)),
        "preferred_language": draw(st.sampled_from(list(Language))),
        "date_of_birth": draw(st.none() | days),
        "email": draw(st.none() | emails),
        "mobile_phone": draw(st.none() | phones),
        "home_phone": draw(st.none() | phones),
        "electoral_area": draw(st.sampled_from([None, "E05009371", "W05000986"])),
        "objections": sorted(objections),
        "source_key": draw(st.none() | texts(ShortText)),
        "below": draw(st.booleans()),
        **draw(addresses()),
        **membership,
    }


UNLIKE = ("id", "person_id", "branch_ids", "created_at", "updated_at", "version")


async def record(world: World, units: list[UUID]) -> dict[str, dict[str, Any]]:
    """Everything on record of the members of units, by number: but for ids, and when it was written."""
    rows = (
        "select m.number, (to_jsonb(p) || to_jsonb(m)) - $2::text[] as row "
        "from members m join people p on p.id = m.person_id where m.branch_id = any ($1)"
    )
    async with world.api.owner.transaction() as session:
        found = await session.fetch(rows, units, list(UNLIKE))
    return {row["number"]: row["row"] | {"objections": sorted(row["row"]["objections"])} for row in found}


async def move_away(world: World, units: list[UUID]) -> None:
    """Nobody of these units has a number or a key any more by which they could be known again, nor is in them."""
    elsewhere = await world.api.unit(world.root, UnitKind.region)
    async with world.api.owner.transaction() as session:
        await session.execute(
            "update members set branch_id = $2, number = 'GONE' || nextval('member_numbers'), source_key = null "
            "where branch_id = any ($1)",
            units,
            elsewhere,
        )


async def taken_out(at: Desk, unit: UUID, format: str) -> bytes:
    made = await asked(at.client, branch_id=str(unit), format=format)
    if format == "xlsx":
        await at.world.api.work()
    answer = await fetch(at.client, made)
    assert answer.status_code == 200, answer.text
    return answer.content


async def changed(at: Desk, found: dict[str, Any]) -> list[Any]:
    """What each row would change, or what is wrong with it: for a failure to tell."""
    return [(row["outcome"], row["changes"], row["errors"]) for row in await at.rows(found["id"])]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@settings(max_examples=some_of(6), phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=st.lists(members(), min_size=1, max_size=6))
async def test_what_is_taken_out_comes_in_again_as_it_was(
    world: World, format: str, people: list[dict[str, Any]]
) -> None:
    upper = await world.api.unit(world.region, UnitKind.local_party)
    lower = await world.api.unit(upper, name=f"=Lower {new_id().hex}")
    for person in people:
        # A key names one person, and the organisation remembers those of examples before this one.
        key = person["source_key"] and f"{person['source_key']}{new_id().hex}"
        await world.api.member(lower if person["below"] else upper, **person | {"source_key": key})
    at, units = await national(world), [upper, lower]
    before = await record(world, units)
    content = await taken_out(at, upper, format)

    known = await at.bring(content, upper)
    assert (known["mapping"]["preset"], known["counts"]["known"]) == (ImportPreset.rollbook, len(people)), (
        await changed(at, known)
    )
    assert (await at.do(known["id"], "apply"))["counts"]["applied"] == 0
    assert await record(world, units) == before

    await move_away(world, units)
    fresh = await at.bring(content, upper)
    assert fresh["counts"]["create"] == len(people), await changed(at, fresh)
    done = await at.do(fresh["id"], "apply")
    assert done["counts"]["applied"] == len(people)
    assert await record(world, units) == before


async def test_days_still_to_come_are_taken_out_as_they_stand(world: World) -> None:
    """Somebody suspended until a day, and paid for beyond it."""
    until = TODAY + timedelta(days=30)
    unit = await world.api.unit(world.region, UnitKind.local_party)
    await world.api.member(
        unit, decided_standing="suspended", decided_from=TODAY - timedelta(days=3), decided_until=until,
        paid_until=until, lapses_on=lapse_day(until), number="007",
    )  # fmt: skip
    at = await national(world)
    before = await record(world, [unit])
    content = await taken_out(at, unit, "csv")
    await move_away(world, [unit])
    done = await at.do((await at.bring(content, unit))["id"], "apply")
    assert done["counts"]["applied"] == 1
    assert await record(world, [unit]) == before
