"""Clients that hold on to the server without asking for much, and clients that hang up."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.endure.mix import Desk

#: Seconds between two bytes of those who send or read them singly.
PAUSE = 0.3
#: A list of the longest page, asked for so often in one go that the answers fill every buffer on the way.
LONG_PAGE, PAGES = 200, 60
#: The state in the kernel's TCP_INFO.
ESTABLISHED = 1
#: How many hang up at the same time.
AT_ONCE = 50


@dataclass
class Held:
    """What became of the slow clients of one kind: seconds until each was cut off, and what it was told."""

    clients: int
    cut_after: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)


Slow = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Desk], Awaitable[None]]


def _body(desk: Desk) -> bytes:
    return desk.request("POST", "/v1/members/suggest", {"text": "smi" + " " * 900})


async def _trickle(writer: asyncio.StreamWriter, content: bytes) -> None:
    for place in range(len(content)):
        writer.write(content[place : place + 1])
        await asyncio.sleep(PAUSE)


async def _head_by_bytes(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    await _trickle(writer, desk.request("GET", "/v1/me"))


async def _head_never_ends(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _desk: Desk) -> None:
    writer.write(b"GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ")


async def _says_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _desk: Desk) -> None:
    return


async def _body_by_bytes(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    head, _, content = _body(desk).partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await _trickle(writer, content)


async def _body_never_ends(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    writer.write(_body(desk)[:-400])


async def _reads_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    writer.write(desk.request("GET", f"/v1/members?limit={LONG_PAGE}") * PAGES)
    await asyncio.sleep(3600)


async def _reads_by_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    writer.write(desk.request("GET", f"/v1/members?limit={LONG_PAGE}") * PAGES)
    while True:
        await asyncio.sleep(PAUSE)
        if not await reader.read(16):
            return


#: Each kind with its share of a hundred.
KINDS: dict[str, tuple[int, Slow]] = {
    "header, a byte at a time": (30, _head_by_bytes),
    "header, never finished": (10, _head_never_ends),
    "nothing sent": (10, _says_nothing),
    "body, a byte at a time": (20, _body_by_bytes),
    "body, never finished": (10, _body_never_ends),
    "answer, never read": (10, _reads_nothing),
    "answer, read by bytes": (10, _reads_by_bytes),
}


async def hold_on(port: int, desk: Desk, clients: int, seconds: float) -> dict[str, Held]:
    """Keep so many slow connections for at most some seconds; gives what became of them by kind."""
    held = {name: Held(max(1, clients * share // 100)) for name, (share, _) in KINDS.items()}
    await asyncio.gather(
        *(_one(port, KINDS[name][1], desk, kind, seconds) for name, kind in held.items() for _ in range(kind.clients))
    )
    return held


async def _one(port: int, slow: Slow, desk: Desk, held: Held, seconds: float) -> None:
    door = socket.socket()
    # So small that the kernel cannot take the answers in the client's place.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    door.setblocking(False)
    await asyncio.get_running_loop().sock_connect(door, ("127.0.0.1", port))
    reads_slowly = slow in (_reads_nothing, _reads_by_bytes)
    reader, writer = await asyncio.open_connection(sock=door, limit=1024 if reads_slowly else 65536)
    began = time.perf_counter()
    doing = asyncio.ensure_future(slow(reader, writer, desk))
    try:
        async with asyncio.timeout(seconds):
            told = await (_until_closed(writer) if reads_slowly else _until_told(reader))
            held.cut_after.append(time.perf_counter() - began)
            held.told[told] += 1
    except TimeoutError:
        held.told["still there"] += 1
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        writer.transport.abort()


async def _until_told(reader: asyncio.StreamReader) -> str:
    said = b""
    with suppress(OSError):
        while piece := await reader.read(65536):
            said += piece
    return said.partition(b"\r\n")[0].decode(errors="replace") or "closed without a word"


async def _until_closed(writer: asyncio.StreamWriter) -> str:
    """Of one who does not read, and so is not told: by what the kernel thinks of the connection."""
    door = writer.get_extra_info("socket")
    while True:
        await asyncio.sleep(PAUSE)
        if door.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED:
            return "closed"


@dataclass
class HungUp:
    """Those who went away: how many of what, and the creations among them, by key."""

    counts: Counter[str] = field(default_factory=Counter)
    creations: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0


async def hang_up(port: int, desks: list[Desk], mark: str, times: int) -> HungUp:
    """Send a request and go away before the answer, or in the middle of the body, again and again."""
    gone, began = HungUp(), time.perf_counter()
    numbers = iter(range(times))

    async def go_on(chance: random.Random) -> None:
        for number in numbers:
            name, request = _something(desks[number % len(desks)], chance, f"{mark}.gone.{number}", gone)
            gone.counts[name] += 1
            with suppress(OSError):
                await _send_and_go(port, request, chance)

    await asyncio.gather(*(go_on(random.Random(number)) for number in range(AT_ONCE)))
    gone.seconds = time.perf_counter() - began
    return gone


def _something(desk: Desk, chance: random.Random, key: str, gone: HungUp) -> tuple[str, bytes]:
    name = chance.choice(["read", "list", "search", "create", "half a body"])
    member = chance.choice(desk.members)
    if name == "create":
        gone.creations[key] = desk.creation(f"{key}@example.org", key)
        return name, gone.creations[key]
    return name, {
        "read": desk.request("GET", f"/v1/members/{member['id']}"),
        "list": desk.request("GET", f"/v1/members?limit={LONG_PAGE}"),
        "search": desk.request("POST", "/v1/members/search", {"name": member["family"]}),
        "half a body": _body(desk)[:-300],
    }[name]


async def _send_and_go(port: int, request: bytes, chance: random.Random) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await asyncio.sleep(chance.random() * 0.05)
    finally:
        if chance.random() < 0.5:  # half of them like a machine that breaks down, which says good-bye to nobody
            reset = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.transport.abort()
        writer.close()
