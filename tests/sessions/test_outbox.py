"""The outbox: letters sealed with the work they speak of, taken by one, sent outside it, tried again."""

import asyncio
from uuid import UUID

from pydantic import SecretStr

from app.core.db import Session
from app.core.mail import DemoSender, MailNotSent, Message
from app.core.settings import Environment, Settings
from app.models.frame import MailRead
from app.routers import all_routers
from app.services.outbox import MOST_ATTEMPTS, deliver_waiting, send_mail
from tests.world import Api

LETTER = Message("zoe@example.org", "Hello", "A letter.\n")


class Postman:
    """Takes letters, or refuses them; remembers what it was handed."""

    keeps_copies = False

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.handed: list[tuple[UUID, Message]] = []

    async def send(self, message: Message, *, key: UUID) -> None:
        self.handed.append((key, message))
        await asyncio.sleep(0.01)
        if self.refuses:
            raise MailNotSent


async def write(api: Api, *, letters: int = 1) -> None:
    """So many letters in the outbox, and nothing else waiting there."""
    await api.execute("update mail_outbox set state = 'sent', sealed_message = '' where state = 'waiting'")
    for _ in range(letters):
        async with api.app.state.database.transaction(role="rollbook_auth") as session:
            await send_mail(session, LETTER)


async def test_a_letter_is_sealed_sent_once_and_not_kept(api: Api) -> None:
    await write(api)
    row = await api.row("select * from mail_outbox order by id desc limit 1")
    assert b"zoe" not in row["sealed_message"]
    postman = Postman()
    assert await deliver_waiting(api.app.state.database, postman) == 1
    assert postman.handed == [(row["id"], LETTER)]
    assert await deliver_waiting(api.app.state.database, postman) == 0
    after = await api.row("select * from mail_outbox where id = $1", row["id"])
    assert (after["state"], after["attempts"], after["sealed_message"]) == ("sent", 1, b"")
    assert after["sent_at"] is not None


async def test_what_is_rolled_back_is_not_sent(api: Api) -> None:
    await write(api, letters=0)
    session = Session(api.app.state.database)
    async with session.as_role("rollbook_auth"):
        await send_mail(session, LETTER)
    await session.rollback()
    assert await deliver_waiting(api.app.state.database, Postman()) == 0


async def test_two_workers_share_the_letters_and_send_none_twice(api: Api) -> None:
    await write(api, letters=8)
    postman = Postman()
    sent = await asyncio.gather(*(deliver_waiting(api.app.state.database, postman) for _ in range(2)))
    assert sum(sent) == 8
    assert min(sent) > 0
    assert len({key for key, _ in postman.handed}) == 8


async def test_no_connection_is_held_while_a_letter_is_handed_on(api: Api) -> None:
    await write(api)
    busy: list[int] = []

    class Watcher(Postman):
        async def send(self, message: Message, *, key: UUID) -> None:
            busy.append(api.app.state.database.pools.used)
            await super().send(message, key=key)

    await deliver_waiting(api.app.state.database, Watcher())
    assert busy == [0]


async def test_a_refused_letter_waits_longer_each_time_and_is_given_up(api: Api) -> None:
    await write(api)
    letter_id = await api.value("select id from mail_outbox order by id desc limit 1")
    postman, waits = Postman(refuses=True), []
    for _ in range(MOST_ATTEMPTS):
        assert await deliver_waiting(api.app.state.database, postman) == 0
        # Not due again yet.
        assert await deliver_waiting(api.app.state.database, postman) == 0
        waits.append(
            await api.value(
                "select round(extract(epoch from next_attempt_at - now()) / 60)::int from mail_outbox where id = $1",
                letter_id,
            )
        )
        await api.row("update mail_outbox set next_attempt_at = now() where id = $1 returning id", letter_id)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert len(postman.handed) == MOST_ATTEMPTS
    row = await api.row("select state, sealed_message from mail_outbox where id = $1", letter_id)
    assert dict(row) == {"state": "failed", "sealed_message": b""}
    assert await deliver_waiting(api.app.state.database, Postman()) == 0


async def test_the_demo_shows_its_letters_newest_first(api: Api) -> None:
    await write(api, letters=2)
    await deliver_waiting(api.app.state.database, DemoSender())
    answer = (await api.client().get("/v1/outbox")).json()
    assert answer.keys() == {"data", "next_cursor", "has_more"}
    letters = [MailRead.model_validate(row) for row in answer["data"]]
    assert answer["data"][0].keys() == MailRead.model_fields.keys()
    assert len(letters) <= 50
    assert letters == sorted(letters, key=lambda letter: letter.id, reverse=True)
    assert {(letter.to, letter.state) for letter in letters[:2]} == {(LETTER.to, "sent")}


def test_a_deployment_for_real_has_no_such_page() -> None:
    real = Settings(rollbook_env=Environment.production, secret_key=SecretStr("s" * 40))
    assert "/v1/outbox" not in {router.prefix for router in all_routers(real)}
    assert "/v1/outbox" in {router.prefix for router in all_routers(Settings(rollbook_env=Environment.demo))}
