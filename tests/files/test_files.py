"""Files: sealed in pieces that open only whole, in order, under a living key and in the sight of who asks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Permission
from app.services import files
from app.services.envelopes import KeyDestroyed, destroy_key, key_for
from app.services.files import PIECE, FileDamaged
from tests.disputes.placed import give_part, place_case
from tests.world import Api, World

CONTENT = bytes(range(256)) * (PIECE // 256 * 2) + b"the end"


@dataclass
class Desk:
    """Somebody with members:read at a unit, keeping and reading files of one member."""

    database: Database
    actor: Actor
    branch_id: UUID
    subject_id: UUID

    async def store(self, content: bytes = CONTENT, *, wall_key: UUID | None = None, chunk: int = 300_000) -> UUID:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(content), chunk):
                yield content[start : start + chunk]

        async with self.database.transaction(self.actor) as session:
            return await files.store_file(
                session,
                self.actor,
                resource="members",
                subject_id=self.subject_id,
                branch_id=self.branch_id,
                name="Letter to O'Brien.pdf",
                media_type="application/pdf",
                chunks=chunks(),
                wall_key=wall_key,
            )

    async def read(self, file_id: UUID) -> bytes:
        async with self.database.transaction(self.actor) as session:
            opened = await files.read_file(session, self.actor, file_id)
        content = b"".join([piece async for piece in opened.pieces])
        assert (opened.name, opened.media_type) == ("Letter to O'Brien.pdf", "application/pdf")
        assert opened.size == len(content)
        return content


async def actor_at(api: Api, branch_id: UUID, person_id: UUID | None = None) -> Actor:
    return Actor(
        account_id=await api.account(person_id=person_id),
        person_id=person_id,
        client_id=new_id(),
        sign_in_id=new_id(),
        organisation_id=await api.root(),
        reach={Permission.members_read: frozenset({branch_id})},
    )


@pytest.fixture
async def desk(api: Api, world: World) -> Desk:
    member = await world.member(world.hackney)
    return Desk(api.app.state.database, await actor_at(api, world.hackney), world.hackney, member)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
async def test_what_was_stored_is_read_back(desk: Desk, api: Api, size: int) -> None:
    content = (b"0123456789abcdef" * (PIECE // 8 + 1))[:size]
    file_id = await desk.store(content)
    assert await desk.read(file_id) == content
    pieces = await api.value("select count(*) from file_pieces where file_id = $1", file_id)
    assert pieces == max(1, -(-size // PIECE))


async def test_neither_content_nor_name_lies_open(desk: Desk, api: Api) -> None:
    file_id = await desk.store(b"a testimony" * 10)
    sealed = await api.value("select sealed from file_pieces where file_id = $1", file_id)
    name = await api.value("select sealed_name from files where id = $1", file_id)
    assert b"testimony" not in sealed
    assert b"Brien" not in name


@pytest.mark.parametrize(
    "tampering",
    [
        (
            "update file_pieces a set number = -1 - b.number from file_pieces b "
            "where a.file_id = $1 and b.file_id = $1 and a.number + b.number = 1"
        ),
        "delete from file_pieces where file_id = $1 and number = 1",
        "update files set size = 1048576 where id = $1",
        "update files set size = 1 where id = $1",
        (
            "update file_pieces set sealed = set_byte(sealed, 100, 255 - get_byte(sealed, 100)) "
            "where file_id = $1 and number = 1"
        ),
    ],
    ids=["swapped", "left out", "cut off", "cut shorter", "changed"],
)
async def test_pieces_swapped_cut_off_or_changed_do_not_open(desk: Desk, api: Api, tampering: str) -> None:
    file_id = await desk.store()
    await api.row(tampering, file_id)
    await api.row("update file_pieces set number = -1 - number where file_id = $1 and number < 0", file_id)
    with pytest.raises(FileDamaged):
        await desk.read(file_id)


async def test_a_piece_of_another_file_does_not_open(desk: Desk, api: Api) -> None:
    first, second = await desk.store(), await desk.store()
    await api.row(
        "update file_pieces a set sealed = b.sealed from file_pieces b "
        "where a.file_id = $1 and b.file_id = $2 and a.number = b.number",
        first,
        second,
    )
    with pytest.raises(FileDamaged):
        await desk.read(first)


async def test_another_branch_sees_no_file_and_no_piece(desk: Desk, api: Api, world: World) -> None:
    file_id = await desk.store()
    stranger = await actor_at(api, world.islington)
    with pytest.raises(NotFound):
        await Desk(desk.database, stranger, desk.branch_id, desk.subject_id).read(file_id)
    async with desk.database.transaction(stranger) as session:
        for table in ("files", "file_pieces"):
            assert await session.fetchval(f"select count(*) from {table} where branch_id = $1", desk.branch_id) == 0


async def test_a_wall_closes_a_file_also_while_it_is_being_read(desk: Desk, api: Api, world: World) -> None:
    _, person = await api.member(world.hackney)
    wall_key = (await place_case(world, world.hackney)).id
    file_id = await desk.store(wall_key=wall_key)
    with pytest.raises(NotFound):
        await desk.read(file_id)
    named = Desk(desk.database, await actor_at(api, world.hackney, person), desk.branch_id, desk.subject_id)
    for actor in (desk.actor, named.actor):
        await give_part(api, wall_key, actor.account_id)
    async with named.database.transaction(named.actor) as session:
        opened = await files.read_file(session, named.actor, file_id)
    await anext(opened.pieces)
    async with api.owner.transaction() as session:
        await session.execute(
            "insert into walls (id, created_at, wall_key, person_id, reason) "
            "values ($1, $2, $3, $4, 'named in it')",
            new_id(), clock.now(), wall_key, person,
        )  # fmt: skip
    with pytest.raises(FileDamaged):
        await anext(opened.pieces)
    with pytest.raises(NotFound):
        await named.read(file_id)
    assert await desk.read(file_id) == CONTENT


async def test_a_destroyed_key_takes_everything_with_it(desk: Desk, api: Api) -> None:
    file_id = await desk.store()
    async with desk.database.transaction(desk.actor) as session:
        await destroy_key(session, desk.subject_id)
    with pytest.raises(KeyDestroyed):
        await desk.read(file_id)
    with pytest.raises(KeyDestroyed):
        await desk.store()
    row = await api.row("select * from envelope_keys where subject_id = $1", desk.subject_id)
    assert row["wrapped_key"] is None
    assert row["destroyed_at"] is not None


async def test_who_was_erased_before_anything_was_sealed_stays_erased(desk: Desk) -> None:
    async with desk.database.transaction(desk.actor) as session:
        await destroy_key(session, desk.subject_id)
        with pytest.raises(KeyDestroyed):
            await key_for(session, desk.subject_id)


async def test_a_subject_has_one_key_and_keeps_it(desk: Desk) -> None:
    async with desk.database.transaction(desk.actor) as session:
        first = await key_for(session, desk.subject_id)
        other = await key_for(session, new_id())
    async with desk.database.transaction(desk.actor) as session:
        assert await key_for(session, desk.subject_id) == first
    assert other.key != first.key


async def test_keeping_and_reading_are_on_the_record(desk: Desk, api: Api) -> None:
    file_id = await desk.store(b"x")
    await desk.read(file_id)
    kept = await api.row(
        "select * from audit_entries where action = 'file.stored' and subject_id = $1", desk.subject_id
    )
    assert kept["fields"] == {"file_id": str(file_id)}
    read = await api.row("select * from access_log where purpose = 'file' and subject_id = $1", desk.subject_id)
    assert read["account_id"] == desk.actor.account_id
