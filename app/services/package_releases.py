"""Collecting a package: whoever has both the link and the code gets it, once.

Nothing is spent by looking at the link. Whatever comes of a try is written down in a transaction of its own, so that
wrong codes count though they are refused.
"""

import hmac
from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.db import Database, Session
from app.core.errors import Conflict, Invalid, NotFound
from app.models.package_verbs import ReleaseOpen
from app.models.packages import PackageRelease, ReleaseState
from app.services import throttles
from app.services.files import OpenedFile, open_file_within
from app.services.matters import ROLE, note
from app.services.rights_requests.release import code_hash
from app.services.sign_ins import hash_token

#: After so many wrong codes a link is dead.
MOST_WRONG = 5
TRIES_PER_ADDRESS, TRY_WINDOW = 30, timedelta(minutes=15)

_FIND = """
select id, request_id, state, code_hash, wrong_codes, expires_on, file_id from package_releases
where token_hash = $1 for update
"""


class ReleaseLinkInvalid(NotFound):
    """Unknown, used, replaced or too old: which of them is not told."""

    code = "release_link_invalid"
    sentence = "This link does not work any more: ask for a new one."


class ReleaseLocked(Conflict):
    code = "release_locked"
    sentence = "Too many wrong codes: ask for a new link and code."


class CodeWrong(Invalid):
    code = "code_wrong"
    sentence = "This code does not open the package."


async def open_release(database: Database, data: ReleaseOpen, *, address: str) -> OpenedFile:
    """The package, for whoever has both halves of its key; the link is used up.

    Raises `Throttled` per address, `ReleaseLinkInvalid`, `CodeWrong`, `ReleaseLocked`, `KeyDestroyed`.
    """
    await throttles.count_try(
        database, "package-open", throttles.neighbourhood(address), quota=TRIES_PER_ADDRESS, window=TRY_WINDOW
    )
    async with database.fact(role=ROLE) as fact:
        file_id, refusal = await _try(fact, data)
    if refusal is not None:
        raise refusal
    assert file_id is not None
    async with database.transaction(role=ROLE) as session:
        return await open_file_within(session, file_id, ROLE)


async def _try(fact: Session, data: ReleaseOpen) -> tuple[UUID | None, Exception | None]:
    """Count a try: the file, or why it is not given."""
    row = await fact.fetchrow(_FIND, hash_token(data.token))
    if row is not None and row["state"] == ReleaseState.locked:
        return None, ReleaseLocked()
    if row is None or row["state"] != ReleaseState.ready or row["expires_on"] < clock.today():
        return None, ReleaseLinkInvalid("link")
    kept: bytes = row["code_hash"]
    if not any(hmac.compare_digest(kept, known) for known in code_hash(fact, row["id"], data.code)):
        wrong = row["wrong_codes"] + 1
        is_locked = wrong >= MOST_WRONG
        state = {"state": ReleaseState.locked} if is_locked else {}
        await fact.update(PackageRelease, row["id"], {"wrong_codes": wrong, **state})
        if is_locked:
            await note(fact, None, row["request_id"], "rights_request.package_locked")
            return None, ReleaseLocked()
        return None, CodeWrong.at("/code", CodeWrong.code, CodeWrong.sentence)
    await fact.update(PackageRelease, row["id"], {"state": ReleaseState.collected, "collected_at": clock.now()})
    await note(fact, None, row["request_id"], "rights_request.collected", fields={"release_id": str(row["id"])})
    return row["file_id"], None
