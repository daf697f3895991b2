"""Long answers, sent as they are made at the pace of whoever reads, in constant memory.

Each holds a connection of the pool, so there are few at a time. Who takes nothing for a while is cut off, and the
connection of who goes away is given back at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.core.errors import Unavailable

#: How many run at a time in one process.
MOST = 3
#: For how many seconds a reader may take nothing.
PATIENCE = 60.0

Sink = Callable[[bytes], Awaitable[None]]
#: Hands all its pieces to the sink, one after the other.
Source = Callable[[Sink], Awaitable[None]]


class _ReaderGone(Exception):
    """Nobody takes what is sent any more."""


class _Places:
    """How many long answers are under way."""

    def __init__(self) -> None:
        self.taken = 0

    def check(self) -> None:
        """Raises `Unavailable` where no place is free."""
        if self.taken >= MOST:
            raise Unavailable


PLACES = _Places()


class Stream(Response):
    """An answer whose body comes from a source. Raises `Unavailable` before its beginning where none has a place."""

    def __init__(
        self, source: Source, *, media_type: str, headers: Mapping[str, str], patience: float = PATIENCE
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._source, self._patience, self._is_over = source, patience, False

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        PLACES.check()
        PLACES.taken += 1
        try:
            # Tasks of their own: cancelled once, the work still ends its transaction in order.
            work = asyncio.create_task(self._send_all(send))
            gone = asyncio.create_task(_until_gone(receive))
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # A cancellation that comes as a piece is taken may get lost: then the next piece ends it.
                self._is_over = True
                work.cancel()
                gone.cancel()
                ended = (await asyncio.gather(work, gone, return_exceptions=True))[0]
        finally:
            PLACES.taken -= 1
        # Who is no longer there is told nothing: an answer that breaks off is the server's to close.
        if isinstance(ended, Exception) and not isinstance(ended, _ReaderGone):
            raise ended

    async def _send_all(self, send: Send) -> None:
        begun = False

        async def say(piece: bytes, *, more: bool) -> None:
            nonlocal begun
            if self._is_over:
                raise _ReaderGone
            # Not before there is something to say: what goes wrong until then is answered as usual.
            first, begun = not begun, True
            try:
                async with asyncio.timeout(self._patience):
                    if first:
                        await send(
                            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                        )
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
            except (TimeoutError, OSError):
                raise _ReaderGone from None

        await self._source(partial(say, more=True))
        await say(b"", more=False)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
