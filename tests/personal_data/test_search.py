"""What a search yields of somebody's own life in the organisation, and of their cases."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.packages import ItemDecision
from app.services.erasures import erase_person
from app.services.files import store_file
from app.services.personal_data.pieces import PersonData, Piece, PieceKind
from app.services.personal_data.portability import as_csv, provided_by_person
from app.services.personal_data.search import find_person_data
from tests.disputes.desk import Desk, Someone, make_desk
from tests.world import Api, World


async def search(api: Api, person_id: UUID | None) -> PersonData:
    assert person_id is not None
    async with api.app.state.database.transaction() as session:
        return await find_person_data(session, person_id)


def of(data: PersonData, table: str, kind: PieceKind = PieceKind.row) -> list[Piece]:
    return [piece for piece in data.pieces if piece.table == table and piece.kind is kind]


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    yield await make_desk(world)
    await world.api.reset_clock()


async def test_nobody_is_found_for_nobody_or_somebody_erased(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    async with world.api.app.state.database.transaction(role="rollbook_auth") as session:
        await erase_person(session, None, person)
    for who in (new_id(), person):
        with pytest.raises(NotFound):
            await search(world.api, who)


async def test_who_read_the_record_is_given_together(world: World) -> None:
    member, person = await world.api.member(world.hackney)
    secretary = await world.officer()
    for _ in range(3):
        assert (await secretary.get(f"/v1/members/{member}")).status_code == 200
    reads = of(await search(world.api, person), "access_log", PieceKind.trail)
    assert [len(piece.values["rows"]) for piece in reads] == [3]


async def test_files_of_the_person_are_named_and_can_be_packed(world: World) -> None:
    member, person = await world.api.member(world.hackney)
    actor = await world.api.actor(Role.branch_secretary, world.hackney)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"scan"

    async with world.api.app.state.database.transaction(actor) as session:
        file_id = await store_file(
            session, actor, resource="members", subject_id=member, branch_id=world.hackney, name="form.pdf",
            media_type="application/pdf", chunks=chunks(),
        )  # fmt: skip
    (found,) = of(await search(world.api, person), "files")
    assert (found.file_id, found.values["sealed_name"]) == (file_id, "form.pdf")


async def test_a_letter_is_told_without_its_words(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    account = await world.api.account(person_id=person)
    email = await world.api.value("select email from accounts where id = $1", account)
    asked = await world.api.client().post("/v1/password-resets", json={"email": email})
    assert asked.status_code < 300
    (letter,) = of(await search(world.api, person), "mail_outbox")
    assert letter.values["sealed_message"].keys() == {"to", "subject"}


async def _respondent(desk: Desk) -> tuple[Someone, dict[str, Any], PersonData]:
    case = await desk.noticed()
    (allegation,) = (await desk.file(desk.secretary.client, case))["allegations"]
    return desk.respondent, allegation, await search(desk.world.api, desk.respondent.person_id)


async def test_of_a_case_only_what_was_disclosed_goes_in_by_rule(desk: Desk) -> None:
    """A respondent gets the allegations they were given notice of; what was complained of stays behind the wall."""
    _, allegation, data = await _respondent(desk)
    disclosed = [piece for piece in data.pieces if piece.kind is PieceKind.disclosed]
    assert allegation["text"] in str(disclosed)
    (case,) = of(data, "disputes")
    assert case.values["sealed"]["text"] not in str(disclosed)
    behind = [piece for piece in data.pieces if piece.kind is PieceKind.row and piece.table.startswith("dispute")]
    assert {piece.wall_key for piece in behind} == {case.row_id}
    assert {piece.proposal for piece in behind} == {ItemDecision.withhold}
    # Nobody else's part in it is theirs to have.
    assert [piece.values["person_id"] for piece in of(data, "dispute_parties")] == [str(desk.respondent.person_id)]


async def test_a_complainant_gets_what_they_gave(desk: Desk) -> None:
    summary, text = "Marzipan", "He took the marzipan."
    await desk.complain(summary=summary, text=text)
    data = await search(desk.world.api, desk.complainant.person_id)
    (own,) = of(data, "disputes", PieceKind.disclosed)
    assert own.values["complaint"] == {"summary": summary, "text": text}


async def test_a_search_leaves_no_scope_of_anybody_behind(desk: Desk) -> None:
    await desk.received()
    assert desk.complainant.person_id is not None
    async with desk.world.api.app.state.database.transaction() as session:
        await find_person_data(session, desk.complainant.person_id)
        assert await session.fetchval("select acting_person()") is None
        assert await session.fetchval("select count(*) from people") == 0


async def test_only_what_they_provided_is_theirs_to_carry(world: World) -> None:
    member, person = await world.api.member(
        world.hackney, given_name="=Ada", address_lines=["1 High Street", "Flat 2"], mobile_phone="+447700900111"
    )
    await world.api.execute("update members set paid_until = '2026-12-31' where id = $1", member)
    provided = provided_by_person((await search(world.api, person)).pieces)
    assert provided.keys() == {"people", "members"}
    assert provided["people"][0]["given_name"] == "=Ada"
    assert "paid_until" not in provided["members"][0]
    table = as_csv(provided)["people"]
    # A spreadsheet must not run what somebody is called.
    assert "'=Ada" in table
    assert "+447700900111" in table
    assert '"1 High Street\nFlat 2"' in table
