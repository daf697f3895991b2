"""What is of others in somebody's data: found, marked, and gone from what is given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.permissions import Role
from app.models.packages import FindingKind, ItemDecision
from app.services.personal_data.pieces import Finding, Piece, PieceKind
from app.services.personal_data.search import find_person_data
from app.services.personal_data.third_parties import REDACTED, find_third_parties, propose, redact
from tests.world import World


def piece(text: str, **columns: Any) -> Piece:
    """A standing with a reason that somebody wrote."""
    return Piece("one", "standings", PieceKind.row, None, {"reason": text, **columns})


async def look(world: World, person: Any, found: Piece) -> list[Finding]:
    async with world.api.app.state.database.transaction() as session:
        return (await find_third_parties(session, [found], person)).get(found.key, [])


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("Quarrelled with Zoë O'Brien-Jones at the door.", "Quarrelled with [redacted] at the door."),
        ("OBRIEN JONES, Zoe complained", "[redacted] complained"),
        ("zoe obrien jones rang", "[redacted] rang"),
        ("Write to zoe.ob@example.org, or ring 020 7946 0958.", "Write to [redacted], or ring [redacted]."),
        ("Zoe was there; nobody else.", "Zoe was there; nobody else."),
    ],
)
async def test_names_addresses_and_numbers_of_others_are_blacked_out(world: World, written: str, marked: str) -> None:
    _, subject = await world.api.member(world.hackney)
    await world.api.member(world.hackney, given_name="Zoë", family_name="O'Brien-Jones")
    found = piece(written)
    findings = await look(world, subject, found)
    assert redact(found.values, findings) == {"reason": marked}
    assert propose(found, findings) is (ItemDecision.redact if marked != written else ItemDecision.release)


async def test_what_is_the_persons_own_stays(world: World) -> None:
    _, subject = await world.api.member(
        world.hackney,
        given_name="Amal",
        family_name="Quillfeather",
        preferred_name="Ali",
        email="Amal.Q@example.org",
        mobile_phone="+447700900457",
    )
    words = "Amal Quillfeather, amal.q@Example.org, 07700 900457, Quillfeather Amal, Amal Ali Quillfeather"
    assert await look(world, subject, piece(words)) == []


async def test_a_reference_becomes_what_it_stands_for(world: World) -> None:
    api = world.api
    member, subject = await api.member(world.hackney)
    _, other = await api.member(world.hackney)
    account = await api.account(person_id=subject)
    officer, keeper = await api.account(), await api.account()
    await api.grant(officer, Role.branch_secretary, world.hackney)
    await api.grant(keeper, Role.data_protection_officer, world.root)
    ids = [str(one) for one in (member, subject, account, other, officer, keeper, world.hackney)]
    found = piece("in_arrears", decided_by=str(officer), nested={"ids": ids})
    findings = await look(world, subject, found)
    assert {finding.kind for finding in findings} == {FindingKind.person_id, FindingKind.account}
    told = redact(found.values, findings)
    assert told["decided_by"] == "an officer"
    assert told["nested"]["ids"][:3] == ids[:3]
    assert told["nested"]["ids"][3:6] == ["another member", "an officer", "the data-protection team"]
    assert told["nested"]["ids"][6] == ids[6]
    # Nobody need decide of what stands for itself.
    assert propose(found, findings) is ItemDecision.release


async def test_others_in_what_was_found_do_not_come_through(world: World) -> None:
    api = world.api
    member, subject = await api.member(world.hackney)
    _, other = await api.member(world.hackney, given_name="Ophelia", family_name="Tanglewood")
    actor = await api.actor(Role.branch_secretary, world.hackney)
    await api.execute(
        "insert into standings (id, created_at, member_id, branch_id, standing, starts_on, reason, decided_by) "
        "values (gen_random_uuid(), now(), $1, $2, 'suspended', current_date, 'Shouted at Ophelia Tanglewood', $3)",
        member, world.hackney, actor.account_id,
    )  # fmt: skip
    await api.execute(
        "insert into possible_duplicates (id, created_at, updated_at, version, person_id, other_person_id, why, state) "
        "values (gen_random_uuid(), now(), now(), 1, least($1::uuid, $2), greatest($1, $2), '{name}', 'open')",
        subject, other,
    )  # fmt: skip
    async with api.app.state.database.transaction() as session:
        data = await find_person_data(session, subject)
        others = await find_third_parties(session, data.pieces, subject)
    said = [redact(one.values, others.get(one.key, [])) for one in data.pieces]
    assert "Tanglewood" in str(data.pieces)
    assert not any(word in str(said) for word in ("Tanglewood", str(other), str(actor.account_id)))
    assert "Shouted at [redacted]" in str(said)


TEXT = st.text("ab ", min_size=1, max_size=12)
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=5)


@given(text=TEXT, spans=SPANS)
def test_nothing_of_a_marked_span_is_left(text: str, spans: list[tuple[int, int]]) -> None:
    """Wherever spans lie and overlap, what lies in one is gone and what lies in none stays."""
    cut = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]
    findings = [Finding(("reason",), a, b, FindingKind.name, REDACTED) for a, b in cut if a < b]
    told = redact({"reason": text}, findings)["reason"]
    stays = "".join(c for n, c in enumerate(text) if not any(f.start <= n < f.end for f in findings))  # type: ignore[operator]
    assert told.replace(REDACTED, "") == stays
    assert (REDACTED in told) == bool(findings)


def test_what_is_replaced_whole_takes_what_was_found_in_it_along() -> None:
    inner = Finding(("said", "text"), 0, 3, FindingKind.name, REDACTED)
    outer = Finding(("said",), None, None, FindingKind.name, REDACTED)
    assert redact({"said": {"text": "Ann was here"}}, [outer, inner]) == {"said": REDACTED}
