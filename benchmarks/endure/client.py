"""One HTTP client of many: a keep-alive connection of loopback that is opened anew when the server has ended it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

#: Seconds in which an answer has to come: longer than anything that the server allows itself.
PATIENCE = 90.0


class Broken(ConnectionError):
    """The connection ended without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """A header by its name in lower case."""
        _, found, rest = self.head.lower().partition(f"\r\n{name}: ".encode())
        return rest.partition(b"\r\n")[0].decode() if found else None

    @property
    def etag(self) -> str:
        return self.header("etag") or ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_refusal(self) -> bool:
        """Whether it is the 503 of the house: a problem document that says when to come again."""
        retry = self.header("retry-after")
        return (
            self.status == 503
            and retry is not None
            and retry.isdigit()
            and self.header("content-type") == "application/problem+json"
            and "code" in self.json
        )


class Connection:
    """Asks one thing after the other. Raises Broken; whoever asks decides whether to ask again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await self._opened()
                writer.write(request)
                answer = await read_answer(reader)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise Broken(type(error).__name__) from None
        if answer.header("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # A server may end a connection on which nothing happens: that is seen here, and is no fault.
        if self._streams is not None and (self._streams[0].at_eof() or self._streams[1].is_closing()):
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Raises EOFError when the connection ends before the answer does."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0] or 0)
    return Answer(int(head[9:12]), head, await reader.readexactly(length))
