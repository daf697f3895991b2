"""Mail: written in the transaction of what it speaks of, sent later by the worker, outside any other."""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.core.crypto import DecryptionFailed, MasterKey
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.mail import MailNotSent, Message, Sender
from app.core.paging import Body
from app.core.text import email_key
from app.models.frame import Mail, MailState

#: A letter that could not be handed on is tried again after a minute, two, four … and given up in the end.
FIRST_WAIT, MOST_ATTEMPTS = timedelta(minutes=1), 8
#: Letters in one round of the worker, which has other duties too.
MOST_AT_ONCE = 100
MOST_SHOWN = 50

# Taking a letter puts off its next try: nobody else sends it meanwhile, and nothing is lost with a process.
_TAKE = """
update mail_outbox
set attempts = attempts + 1, next_attempt_at = $1::timestamptz + $2::interval * power(2, attempts)
where id = (
  select id from mail_outbox where state = 'waiting' and next_attempt_at <= $1
  order by id limit 1 for update skip locked)
returning id, sealed_message, attempts
"""

log = structlog.get_logger("rollbook.outbox")


async def send_mail(session: Session, message: Message) -> None:
    """Put a letter into the outbox, sealed; it leaves once this transaction has been committed."""
    now, letter_id = datetime.now(UTC), new_id()
    sealed = session.keys.seal_bytes(_purpose(letter_id), json.dumps(asdict(message)).encode())
    await session.insert(Mail(id=letter_id, created_at=now, sealed_message=sealed, next_attempt_at=now))


async def deliver_waiting(database: Database, sender: Sender) -> int:
    """Send what is due; how many letters were sent. No connection is held while one is being handed on.

    A letter is sent at least once: twice only if the process dies between handing it on and noting so.
    """
    sent = 0
    for _ in range(MOST_AT_ONCE):
        async with database.transaction(role="rollbook_system") as session:
            taken = await session.fetchrow(_TAKE, datetime.now(UTC), FIRST_WAIT)
        if taken is None:
            break
        try:
            await sender.send(open_letter(database.keys, taken["id"], taken["sealed_message"]), key=taken["id"])
        except MailNotSent:
            log.warning("mail_not_sent", mail_id=str(taken["id"]), attempts=taken["attempts"])
            if taken["attempts"] >= MOST_ATTEMPTS:
                await _close(database, taken["id"], MailState.failed, keep=False)
        else:
            await _close(database, taken["id"], MailState.sent, keep=sender.keeps_copies)
            sent += 1
    return sent


async def list_outbox(session: Session) -> Body:
    """The newest letters, opened: for the demo alone, where no mailbox receives them."""
    async with session.as_role("rollbook_system"):
        rows = await session.fetch(
            "select id, utc(created_at) as created_at, state, sealed_message from mail_outbox "
            "where sealed_message <> '' order by id desc limit $1",
            MOST_SHOWN,
        )
    letters = [
        {
            "id": str(row["id"]),
            "created_at": row["created_at"],
            "state": row["state"],
            **asdict(open_letter(session.keys, row["id"], row["sealed_message"])),
        }
        for row in rows
    ]
    return Body(json.dumps({"data": letters, "next_cursor": None, "has_more": False}).encode())


async def letters_to(session: Session, addresses: Collection[str]) -> list[dict[str, Any]]:
    """The letters kept here that go to one of these addresses, by their `email_key`.

    Their words stay out: they may be a link that works. Nor is one told that no secret in use opens.
    """
    rows = await session.fetch(
        "select id, created_at, state, sent_at, sealed_message from mail_outbox where sealed_message <> '' order by id"
    )
    found = []
    for row in rows:
        with suppress(DecryptionFailed):
            letter = open_letter(session.keys, row["id"], row["sealed_message"])
            if email_key(letter.to) not in addresses:
                continue
            told = {"to": letter.to, "subject": letter.subject}
            found.append({**row, "sealed_message": told})
    return found


async def _close(database: Database, letter_id: UUID, state: MailState, *, keep: bool) -> None:
    # What has been sent is in somebody's mailbox: here neither the address nor the words are needed any more.
    async with database.transaction(role="rollbook_system") as session:
        await session.execute(
            "update mail_outbox set state = $2, sent_at = $3, "
            "sealed_message = case when $4 then sealed_message else ''::bytea end where id = $1",
            letter_id,
            state,
            datetime.now(UTC) if state is MailState.sent else None,
            keep,
        )


def open_letter(keys: MasterKey, letter_id: UUID, sealed: bytes) -> Message:
    """A letter as it was written. Raises DecryptionFailed."""
    return Message(**json.loads(keys.open_bytes(_purpose(letter_id), sealed)))


def _purpose(letter_id: UUID) -> str:
    return f"mail {letter_id}"
