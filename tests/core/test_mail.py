"""Mail leaves through a server as a letter, and a server's refusal says nothing of whom it was for."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from pydantic import SecretStr

from app.core.mail import DemoSender, MailNotSent, Message, NoMailServer, SmtpSender, sender_for
from app.core.settings import Environment, Settings

KEY = UUID(int=7)
LETTER = Message("zoe@example.org", "Croeso i'r tŷ", "Helo Zoë,\n\nhttps://rollbook.example/a#token=abc\n")


class Server:
    """The little of SMTP that a client needs, on loopback; `refusal` is what it answers to the recipient."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.letters: list[EmailMessage] = []
        self.talks: list[asyncio.Task[None]] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks.append(asyncio.create_task(self.talk(reader, writer)))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip().upper():
            if line.startswith("RCPT") and self.refusal:
                writer.write(f"{self.refusal}\r\n".encode())
            elif line == "DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.letters.append(email.message_from_bytes(raw[:-3], policy=default))  # type: ignore[arg-type]
                writer.write(b"250 taken\r\n")
            elif line == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 8BITMIME\r\n")
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening(server: Server, host: str = "127.0.0.1") -> AsyncIterator[SmtpSender]:
    async with await asyncio.start_server(server.accept, host, 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        yield SmtpSender(f"smtp://{host}:{port}", "post@rollbook.example")
        async with asyncio.timeout(10):
            await asyncio.gather(*server.talks)


async def test_a_letter_arrives_as_it_was_written() -> None:
    server = Server()
    async with listening(server) as sender:
        await sender.send(LETTER, key=KEY)
    [letter] = server.letters
    assert (letter["To"], letter["From"]) == ("zoe@example.org", "post@rollbook.example")
    assert letter["Subject"] == LETTER.subject
    assert letter["Message-ID"] == f"<{KEY}@rollbook.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text


async def test_a_refusal_names_nobody() -> None:
    async with listening(Server("550 no zoe@example.org here")) as sender:
        with pytest.raises(MailNotSent) as caught:
            await sender.send(LETTER, key=KEY)
    assert "zoe" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_no_server_is_a_letter_not_sent() -> None:
    async with listening(Server()) as sender:
        pass
    with pytest.raises(MailNotSent):
        await sender.send(LETTER, key=KEY)


async def test_elsewhere_a_server_without_encryption_is_refused() -> None:
    server = Server()
    # Loopback too, but not one of the names by which a server counts as being on this machine.
    async with listening(server, "127.0.0.2") as sender:
        with pytest.raises(MailNotSent):
            await sender.send(LETTER, key=KEY)
    assert server.letters == []


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_an_address_that_is_no_mail_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpSender(url, "post@rollbook.example")


async def test_which_sender_follows_from_the_settings() -> None:
    real = {"rollbook_env": Environment.production, "secret_key": SecretStr("s" * 40)}
    assert isinstance(sender_for(Settings(rollbook_env=Environment.demo)), DemoSender)
    assert isinstance(sender_for(Settings(**real, smtp_url=SecretStr("smtps://u:p@mail.example.org"))), SmtpSender)
    none = sender_for(Settings(**real))
    assert isinstance(none, NoMailServer)
    with pytest.raises(MailNotSent):
        await none.send(LETTER, key=KEY)
