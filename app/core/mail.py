"""Sending mail: the port, and what stands behind it."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from app.core import clock
from app.core.settings import Environment, Settings, SettingsError

#: Seconds for the whole of one delivery.
TIMEOUT = 20
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Message:
    """A letter to one person, in plain text."""

    to: str
    subject: str
    text: str


class MailNotSent(Exception):
    """The mail server did not take the letter; tells nothing of it, because errors are logged."""


class Sender(Protocol):
    """Hands a letter on. `key` is the letter's own, so that a letter handed on twice can be known as one.

    `keeps_copies` says that nothing else keeps what was sent, so that it stays readable in the outbox.
    """

    keeps_copies: bool

    async def send(self, message: Message, *, key: UUID) -> None:
        """Raises `MailNotSent`."""


class DemoSender:
    """Sends nothing anywhere: in the demo the outbox is where letters are read."""

    keeps_copies = True

    async def send(self, message: Message, *, key: UUID) -> None:
        """Nothing to do."""


class NoMailServer:
    """Refuses every letter until SMTP_URL is set."""

    keeps_copies = False

    async def send(self, message: Message, *, key: UUID) -> None:  # noqa: ARG002  (the port's)
        raise MailNotSent


class SmtpSender:
    """Through the server of `smtp_url`: `smtps://` is TLS at once, `smtp://` STARTTLS unless it is local."""

    keeps_copies = False

    def __init__(self, smtp_url: str, mail_from: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(smtp_url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise SettingsError("SMTP_URL looks like smtp://user:password@host:587 or smtps://user:password@host:465")
        self._mail_from = mail_from
        self._domain = mail_from.rpartition("@")[2]
        self._host, self._port = parts.hostname, parts.port
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls_at_once = parts.scheme == "smtps"
        self._start_tls = None if self._tls_at_once or parts.hostname in _HERE else True
        self._tls = tls

    async def send(self, message: Message, *, key: UUID) -> None:
        try:
            await aiosmtplib.send(
                self._letter(message, key),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls_at_once,
                start_tls=self._start_tls,
                tls_context=self._tls,
                timeout=TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError):
            # The server's own words may repeat the address.
            raise MailNotSent from None

    def _letter(self, message: Message, key: UUID) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._mail_from
        letter["To"] = message.to
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(clock.now())
        letter["Message-ID"] = f"<{key}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter


def sender_for(settings: Settings) -> Sender:
    """What sends mail in this deployment. Raises SettingsError for an SMTP_URL that is none."""
    if settings.smtp_url:
        return SmtpSender(settings.smtp_url.get_secret_value(), settings.mail_from)
    return NoMailServer() if settings.rollbook_env is Environment.production else DemoSender()
