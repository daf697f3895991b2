"""/v1/file-links: a file, for whoever was given a link to it, once."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import Path
from starlette.responses import Response, StreamingResponse

from app.core.media_types import MEDIA_TYPES
from app.routers.deps import DatabaseDep, Router, public
from app.services import file_links
from app.services.disputes import downloads
from app.services.files import OpenedFile

router = Router("/v1/file-links", "file links")
FILES: dict[str, dict[str, str]] = {media_type: {} for media_type in sorted(MEDIA_TYPES)}
Link = Annotated[str, Path(min_length=20, max_length=100, description="What the link holds.")]


@router.get(
    "/{link}",
    response_class=Response,
    responses={200: {"description": "The file.", "content": FILES}},
    **public(),
)
async def download_file(database: DatabaseDep, link: Link) -> Response:
    """The file, if whoever asked for the link may still have it. The link is used up, also by a HEAD."""
    taken = await file_links.take_link(database, link)
    return await send_file(await downloads.open_linked_file(database, taken.actor, taken))


async def send_file(file: OpenedFile) -> Response:
    """A file as it is read. What goes wrong before its first piece is answered as usual."""
    first = await anext(file.pieces)
    return StreamingResponse(_all(first, file.pieces), headers=_headers(file))


async def _all(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


def _headers(file: OpenedFile) -> dict[str, str]:
    """To be saved, whatever it is: no browser shows or runs it as a page of ours."""
    plain = "".join(char if char.isascii() and char not in '"\\' else "_" for char in file.name)
    return {
        "Content-Type": file.media_type,
        "Content-Length": str(file.size),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
