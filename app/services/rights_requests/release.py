"""Giving the package: by a link that opens once with a code told another way, on paper, or in person.

The link's token stands in a letter and the code goes by another channel, so that neither a mailbox nor a scanner of
mail opens the package. Both are kept as hashes. A release is a record of what was given, how and when.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer, with_fields
from app.models.jobs import JobKind
from app.models.members import Language
from app.models.package_verbs import ReleaseAsk
from app.models.packages import CodeChannel, Delivery, PackageRelease, ReleaseState
from app.services.disputes.letter_words import written_day
from app.services.envelopes import seal_texts, unseal_texts
from app.services.jobs import enqueue_job
from app.services.letters import Letter, write_letter
from app.services.matters import ROLE, Held, Matter, answer, begin_step, hold_matter, note, open_matter
from app.services.outbox import send_mail
from app.services.rights_requests.acts import end
from app.services.rights_requests.facts import ACCESS_REQUEST
from app.services.rights_requests.releases import NotReady, find_release, note_release
from app.services.rights_requests.search_tasks import PersonUnknown
from app.services.sign_ins import hash_token

#: For how long a link works, counted from the day on which the package is ready.
LIVES = timedelta(days=30)
_LANGUAGE = "select preferred_language from people where id = $1"


class SameChannel(Invalid):
    code = "same_channel"
    sentence = "The link goes by e-mail: tell the code another way."


class BeingPrepared(Conflict):
    code = "package_being_prepared"
    sentence = "The package is still being prepared."


@dataclass(frozen=True, slots=True)
class Start:
    """A release that has begun, and the code that opens its link, which is told once."""

    id: UUID
    code: str | None


async def release_request(
    session: Session,
    actor: Actor,
    request_id: UUID,
    data: ReleaseAsk,
    *,
    action: str,
    links_url: str,
    version: int | None = None,
) -> Answer:
    """Answer a request for access, in whole (`release`) or `release_in_part`. Raises as those it calls."""
    held = await begin_step(session, actor, ACCESS_REQUEST, request_id, action, version=version)
    begun = await start_release(session, actor, held, data, links_url=links_url)
    await end(session, actor, held, action, {}, {})
    after = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    row = await find_release(session, actor, after, begun.id)
    told = {"code": begun.code, "release": json.loads(row["json"])}
    return answer(actor, after, told)


async def start_release(session: Session, actor: Actor, held: Held, data: ReleaseAsk, *, links_url: str) -> Start:
    """Begin to give the package of a held request; the worker builds it. For access, and for portability.

    Raises `PersonUnknown`, `Invalid`, `SameChannel`.
    """
    if held.row["person_id"] is None:
        raise PersonUnknown
    release, code = await _new(session, actor, held, data, links_url)
    await session.insert(release)
    await enqueue_job(
        session,
        actor,
        JobKind.build_package,
        resource=held.row["collection"],
        subject_id=held.id,
        branch_id=actor.organisation_id,
    )
    return Start(release.id, code)


async def reissue_release(
    session: Session,
    actor: Actor,
    matter: Matter,
    request_id: UUID,
    release_id: UUID,
    data: ReleaseAsk,
    *,
    links_url: str,
) -> Answer:
    """Give the same package anew, by a new link and code or another way; the earlier release ends.

    Raises `Invalid`, `SameChannel`, `BeingPrepared`, and as `hold_matter`.
    """
    held = await hold_matter(session, actor, matter, request_id)
    before = await find_release(session, actor, held, release_id)
    if before["state"] == ReleaseState.replaced:
        raise NotReady
    if before["state"] == ReleaseState.preparing:
        raise BeingPrepared
    ended = {} if before["state"] in (ReleaseState.collected, ReleaseState.handed_over) else _ended()
    if ended:
        await session.update(PackageRelease, release_id, ended)
    if before["file_id"] is None:
        begun = await start_release(session, actor, held, data, links_url=links_url)
    else:
        release, code = await _new(session, actor, held, data, links_url)
        release.file_id, release.size, release.sha256 = before["file_id"], before["size"], before["sha256"]
        await session.insert(release)
        await make_ready(session, held, await find_release(session, actor, held, release.id), {})
        begun = Start(release.id, code)
    await note_release(session, actor, held, "reissue", clock.today(), {})
    await note(session, actor, held.id, "rights_request.package_reissued", fields={"release_id": str(begun.id)})
    row = await find_release(session, actor, held, begun.id)
    return Answer(begun.id, row["version"], with_fields(row["json"], {"code": begun.code}))


async def make_ready(session: Session, held: Held, release: Mapping[str, Any], built: Mapping[str, Any]) -> None:
    """Say that a package can be had, and write to its reader where it goes by link: there alone is the token."""
    today = clock.today()
    columns: dict[str, Any] = {**built, "state": ReleaseState.ready, "ready_on": today}
    if release["delivery"] == Delivery.link:
        token = secrets.token_urlsafe(32)
        columns |= {"token_hash": hash_token(token), "expires_on": today + LIVES}
        await _send(session, held, release, token, today + LIVES)
    await session.update(PackageRelease, release["id"], columns)


def code_hash(session: Session, release_id: UUID, code: str) -> list[bytes]:
    """What is kept of a code, under every secret in use, the current first."""
    return session.keys.blind_indexes("release code", f"{release_id}:{code}")


async def _new(
    session: Session, actor: Actor, held: Held, data: ReleaseAsk, links_url: str
) -> tuple[PackageRelease, str | None]:
    by_link = data.delivery is Delivery.link
    to_email = await _address(session, held, data) if by_link else None
    release = PackageRelease(
        request_id=held.id,
        delivery=data.delivery,
        code_channel=data.code_channel if by_link else None,
        released_by=actor.account_id,
        released_on=clock.today(),
        sealed=b"",
    )
    texts = {"to_email": to_email, "links_url": links_url if by_link else None}
    release.sealed = await seal_texts(session, held.row["person_id"], "package_releases", release.id, texts)
    code = f"{secrets.randbelow(10**8):08d}" if by_link else None
    if code is not None:
        release.code_hash = code_hash(session, release.id, code)[0]
    return release, code


async def _address(session: Session, held: Held, data: ReleaseAsk) -> str:
    if data.code_channel is None:
        raise Invalid.at("/code_channel", "required", "Say by which way you pass the code on.")
    if data.code_channel is CodeChannel.email:
        raise SameChannel.at("/code_channel", SameChannel.code, SameChannel.sentence)
    said = await unseal_texts(session, held.id, "rights_requests", held.id, held.row["sealed"])
    address: str | None = data.to_email or said.get("email")
    if address is None:
        raise Invalid.at("/to_email", "required", "No address of the requester is known: say where the link goes.")
    return address


async def _send(session: Session, held: Held, release: Mapping[str, Any], token: str, until: date) -> None:
    person_id = held.row["person_id"]
    said = await unseal_texts(session, person_id, "package_releases", release["id"], release["sealed"])
    async with session.as_role(ROLE):
        language = Language(await session.fetchval(_LANGUAGE, person_id) or Language.english)
    letter = write_letter(
        Letter.package_ready,
        language,
        to=said["to_email"],
        reference=held.row["reference"],
        expires_on=written_day(until, language),
        link=f"{said['links_url'].rstrip('/')}/packages#token={token}",
    )
    await send_mail(session, letter)


def _ended() -> dict[str, Any]:
    return {"state": ReleaseState.replaced, "token_hash": None, "code_hash": None}
