"""What an erasure reaches beside the rows about a person: letters, kept answers, workbooks, rows of files, files."""

from collections.abc import AsyncIterator
from uuid import UUID

from app.core.db import Database
from app.core.ids import new_id
from app.core.mail import Message
from app.core.permissions import Role
from app.models.imports import Import
from app.services.files import store_file
from app.services.outbox import send_mail
from tests.erasures.conftest import LEFT
from tests.erasures.test_course import propose
from tests.exports.asking import asked, fetch, state
from tests.office import Office, Someone
from tests.world import Client


async def erased(office: Office, someone: Someone) -> dict[str, int]:
    erasure = await propose(office, someone)
    certificate: dict[str, int] = (await office.do(f"erasures/{erasure}/approve", office.deputy))["certificate"]
    return certificate


async def letter(office: Office, to: str, text: str) -> None:
    database: Database = office.world.api.app.state.database
    async with database.transaction(role="rollbook_auth") as session:
        await send_mail(session, Message(to, "About your membership", text))


async def waiting(office: Office) -> list[bool]:
    """Of the newest letters, the oldest first, whether their words are there still."""
    async with office.world.api.owner.transaction() as session:
        rows = await session.fetch("select sealed_message <> '' as whole from mail_outbox order by id desc limit 4")
    return [row["whole"] for row in reversed(rows)]


async def test_letters_to_an_erased_person_go_and_others_stay(office: Office) -> None:
    address = f"{new_id().hex}@example.org"
    leaver = await office.member(given_name="Gwen", family_name="Quill", email=address.upper(), **LEFT)
    await letter(office, address, "Hello.")
    await letter(office, "somebody@example.org", f"Please write to {address}.")
    await letter(office, "somebody@example.org", "Hello Gwen Quill.")
    await letter(office, "else@example.org", "Hello.")
    assert (await erased(office, leaver))["letters"] == 2
    assert await waiting(office) == [False, False, True, True]


async def test_at_an_address_that_is_shared_only_their_own_letters_go(office: Office) -> None:
    address = f"{new_id().hex}@example.org"
    leaver = await office.member(given_name="Gwen", family_name="Quill", email=address, **LEFT)
    await office.member(given_name="Huw", family_name="Quill", email=address)
    for name in ("Gwen Quill", "Huw Quill", "Gwen Quill", "Huw Quill"):
        await letter(office, address, f"Hello {name}.")
    assert (await erased(office, leaver))["letters"] == 2
    assert await waiting(office) == [False, True, False, True]


async def test_an_answer_kept_for_a_repeat_goes(office: Office, leaver: Someone) -> None:
    async def ask(client: Client, key: str) -> str:
        body = {"person_id": str(leaver.person_id), "reason": "audit", "text": "For the auditors."}
        answer = await client.post("/v1/legal-holds", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    hold = await ask(office.officer, "one")
    await office.do(f"legal-holds/{hold}/lift", text="They are done.")
    kept = "select count(*) from idempotency_keys where subject_id = $1"
    assert await office.world.api.value(kept, UUID(hold)) == 1
    assert (await erased(office, leaver))["answers"] == 1
    assert await office.world.api.value(kept, UUID(hold)) == 0


async def test_workbooks_that_could_hold_them_are_ended(office: Office, leaver: Someone) -> None:
    near = await office.world.officer()
    far = await office.world.officer(branch_id=office.world.islington)
    books = [await asked(who, format="xlsx", columns=["number"]) for who in (near, far)]
    await office.world.api.work()
    unbuilt = await asked(near, format="xlsx", columns=["number"])
    assert (await erased(office, leaver))["exports"] == 2
    assert (await fetch(near, books[0])).json()["params"]["state"] == "expired"
    assert (await fetch(far, books[1])).status_code == 200
    await office.world.api.work()
    assert await state(office.world, unbuilt) == "cancelled"


async def test_rows_of_files_with_their_address_are_emptied(office: Office) -> None:
    address = f"{new_id().hex}@example.org"
    leaver = await office.member(email=address, **LEFT)
    staged = Import(
        branch_id=office.world.hackney,
        account_id=office.subject.account_id,
        file_sha256="x",
        headings=["E"],
        mapping={},
    )
    async with office.world.api.transaction() as session:
        await session.insert(staged)
        for number, cell in enumerate((f" {address.upper()}", "somebody@example.org"), start=1):
            await session.execute(
                "insert into import_rows (import_id, number, cells, outcome) values ($1, $2, $3, 'refused')",
                staged.id, number, [cell],
            )  # fmt: skip
    await erased(office, leaver)
    async with office.world.api.transaction() as session:
        rows = await session.fetch("select cells from import_rows where import_id = $1 order by number", staged.id)
    assert [row["cells"] for row in rows] == [[""], ["somebody@example.org"]]


async def test_files_that_lie_under_their_key_go_piece_by_piece(office: Office, leaver: Someone) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"A copy of what is held."

    api = office.world.api
    actor = await api.actor(Role.data_protection_officer, office.world.root)
    database: Database = api.app.state.database
    async with database.transaction(actor) as session:
        file_id = await store_file(
            session, actor, resource="privacy", subject_id=new_id(), branch_id=office.world.root,
            key_of=leaver.person_id, name="package.zip", media_type="application/zip", chunks=content(),
        )  # fmt: skip
    pieces = "select count(*) from file_pieces where file_id = $1"
    assert await api.value(pieces, file_id) == 1
    assert (await erased(office, leaver))["files"] == 1
    assert await api.value(pieces, file_id) == 0
