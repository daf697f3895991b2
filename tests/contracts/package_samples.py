"""Samples of packages on their way: what was found, who was asked, and how it was given."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.ids import new_id
from app.models.packages import (
    CodeChannel,
    Delivery,
    ItemDecision,
    ItemKind,
    PackageRelease,
    ReleaseState,
    RequestItem,
    RequestSearch,
    SearchPlace,
    SearchTask,
)
from app.models.rights_requests import RequestKind, RequestState, RightsRequest
from app.services.envelopes import key_for, seal_texts
from app.services.files import store_file
from app.services.rights_requests.contents import Contents, seal_contents
from app.services.rights_requests.lifecycle import INFORMATION
from app.services.rights_requests.release import code_hash
from app.services.sign_ins import HOUSE_CLIENT, hash_token
from tests.contracts.asks import Ask, Make, Sample
from tests.contracts.matter_samples import at_the_root, place_request, request
from tests.disputes.placed import place_case
from tests.world import World

S = RequestState
BY_LINK = {"delivery": "link", "code_channel": "phone", "to_email": "asks@example.org"}
WITHHELD = {"decision": "withhold", "exemption": "rights_of_others", "reason": "It is about somebody else."}
CODE = "12345678"
ANSWERS = dict.fromkeys(INFORMATION, "As the notice says.")

#: What is put down for a request: its ids in the path, and what a list shows.
Put = Callable[[World, RightsRequest], Awaitable[dict[str, UUID]]]


def _of(put: Put, json: Any = None, state: S = S.review, kind: RequestKind = RequestKind.access) -> Make:
    """Something asked of what was put down for a request. `json` may be made of its ids."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_request(world, unit, state, kind, searched_on=clock.today(), information=ANSWERS)
        ids = await put(world, placed)
        shown = next(iter(ids.values()), placed.id)
        said = json(ids) if callable(json) else json
        return Ask(ids={"request_id": placed.id, **ids}, json=said, shown=shown)

    return make


async def _add_item(session: Session, placed: RightsRequest, **columns: Any) -> UUID:
    assert placed.person_id is not None
    item_id, key = new_id(), (await key_for(session, placed.person_id)).key
    made = {"kind": ItemKind.row, "source": "people", "proposal": ItemDecision.release, "number": 1, **columns}
    sealed = seal_contents(key, item_id, Contents(str(item_id), {"town": "Hackney", "text": "Ask Ann."}))
    await session.insert(RequestItem(id=item_id, request_id=placed.id, sealed=sealed, **made))
    return item_id


async def _pieces() -> AsyncIterator[bytes]:
    yield b"A piece."


async def _store(session: Session, world: World, placed: RightsRequest) -> UUID:
    """A file of a request, kept under the key of the person whom it concerns."""
    return await store_file(
        session,
        Actor(new_id(), None, HOUSE_CLIENT, new_id(), world.root, {}),
        resource="privacy",
        subject_id=placed.id,
        branch_id=world.root,
        name="Notes.txt",
        media_type="text/plain",
        chunks=_pieces(),
        key_of=placed.person_id,
    )


async def _outside(world: World, placed: RightsRequest) -> dict[str, UUID]:
    async with world.api.transaction() as session:
        columns = {"kind": ItemKind.outside, "source": "inbox", "file_id": await _store(session, world, placed)}
        return {"item_id": await _add_item(session, placed, **columns)}


def _item(**columns: Any) -> Put:
    async def put(world: World, placed: RightsRequest) -> dict[str, UUID]:
        async with world.api.transaction() as session:
            return {"item_id": await _add_item(session, placed, **columns)}

    return put


async def _copied(world: World, unit: UUID) -> Ask:
    ask = await _of(_outside)(world, unit)
    return replace(ask, files={"file": ("Redacted.txt", b"What somebody said.\n")})


async def _search(world: World, placed: RightsRequest) -> dict[str, UUID]:
    search = RequestSearch(
        request_id=placed.id, account_id=new_id(), on_day=clock.today(), tables={"people": 1, "grants": 0}
    )
    async with world.api.transaction() as session:
        await session.insert(search)
    return {"search_id": search.id}


async def _task(world: World, placed: RightsRequest, account_id: UUID | None = None) -> dict[str, UUID]:
    assert placed.person_id is not None
    task = SearchTask(
        request_id=placed.id,
        account_id=account_id or await world.api.account(),
        place=SearchPlace.inbox,
        due_on=clock.today() + timedelta(days=9),
        sealed=b"",
    )
    async with world.api.transaction() as session:
        said = {"text": "Letters of 2024.", "links_url": "https://people.example.org"}
        task.sealed = await seal_texts(session, placed.person_id, "search_tasks", task.id, said)
        await session.insert(task)
    return {"task_id": task.id}


async def _asked(world: World, unit: UUID) -> Ask:
    placed = await place_request(world, unit, S.searching, searched_on=clock.today())
    said = {"account_id": str(await world.api.account()), "place": "paper", "text": "Minutes of 2024."}
    return Ask(ids={"request_id": placed.id}, json=said)


def _own(json: Any = None, *, files: bool = False) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        account = await world.api.account()
        ids = await _task(world, await place_request(world, unit, S.searching), account)
        sent = {"file": ("Notes.txt", b"What they said.\n")} if files else {}
        by = await world.api.sign_in(account)
        return Ask(ids=ids, json=json, files=sent, by=by, shown=ids["task_id"])

    return make


async def _add_release(
    world: World, placed: RightsRequest, delivery: Delivery, state: ReleaseState = ReleaseState.ready, token: str = ""
) -> UUID:
    """A package that is ready: a link's code is always the same."""
    by_link = delivery is Delivery.link
    async with world.api.transaction() as session:
        release = PackageRelease(
            request_id=placed.id,
            delivery=delivery,
            code_channel=CodeChannel.phone if by_link else None,
            state=state,
            token_hash=hash_token(token) if token else None,
            file_id=await _store(session, world, placed),
            size=10,
            sha256=b"\0" * 32,
            released_by=new_id(),
            released_on=clock.today(),
            ready_on=clock.today(),
            expires_on=clock.today() + timedelta(days=30) if by_link else None,
            sealed=b"",
        )
        release.code_hash = code_hash(session, release.id, CODE)[0] if by_link else None
        await session.insert(release)
    return release.id


def _release(delivery: Delivery = Delivery.link) -> Put:
    async def put(world: World, placed: RightsRequest) -> dict[str, UUID]:
        return {"release_id": await _add_release(world, placed, delivery)}

    return put


async def _opened(world: World, unit: UUID) -> Ask:
    placed = await place_request(world, unit, S.released)
    token = f"{new_id().hex}{new_id().hex}"
    await _add_release(world, placed, Delivery.link, token=token)
    return Ask(json={"token": token, "code": CODE})


def _behind(json: Any = None) -> Make:
    """A piece of a case that somebody asked for who has a right to their data."""

    async def make(world: World, unit: UUID) -> Ask:
        case = await place_case(world, unit)
        request_placed = await place_request(world, unit, S.searching)
        async with world.api.transaction() as session:
            item = await _add_item(session, request_placed, wall_key=case.id, source="dispute_steps")
        return Ask(ids={"dispute_id": case.id, "item_id": item}, json=json, by=case.by, shown=item)

    return make


def _releases(path: str, kind: RequestKind, ended: S) -> dict[str, Sample]:
    own, room = f"{path}/releases/{{release_id}}", f"{path}/releases"
    paper = _release(Delivery.paper)
    return {
        f"GET {room}": at_the_root(_of(_release(), state=ended, kind=kind)),
        f"GET {own}": at_the_root(_of(_release(), state=ended, kind=kind)),
        f"GET {own}/content": at_the_root(_of(paper, state=ended, kind=kind)),
        f"POST {own}/reissue": at_the_root(_of(_release(), BY_LINK, ended, kind)),
        f"POST {own}/hand-over": at_the_root(_of(paper, {"text": "Posted."}, ended, kind)),
    }


_GIVEN, _HELD = _item(decision=ItemDecision.release), _item(decision=ItemDecision.redact)
ACCESS = "/v1/subject-access-requests/{request_id}"
BEHIND = "/v1/disputes/{dispute_id}/disclosure-items"
PACKAGES: dict[str, Sample] = {
    f"POST {ACCESS}/search": at_the_root(request(json={})),
    f"GET {ACCESS}/searches": at_the_root(_of(_search)),
    f"GET {ACCESS}/items": at_the_root(_of(_item())),
    f"GET {ACCESS}/items/{{item_id}}": at_the_root(_of(_item())),
    f"POST {ACCESS}/items/{{item_id}}/decide": at_the_root(_of(_item(), WITHHELD)),
    f"POST {ACCESS}/items/decide-many": at_the_root(
        _of(_item(), lambda ids: {**WITHHELD, "item_ids": [str(ids["item_id"])]})
    ),
    f"GET {ACCESS}/items/{{item_id}}/file": at_the_root(_of(_outside)),
    f"POST {ACCESS}/items/{{item_id}}/redacted-copy": at_the_root(_copied),
    f"POST {ACCESS}/review": at_the_root(request(S.searching, {})),
    f"POST {ACCESS}/close-nothing-held": at_the_root(
        request(S.review, {"text": "We hold nothing."}, information=ANSWERS)
    ),
    f"POST {ACCESS}/release": at_the_root(_of(_GIVEN, BY_LINK)),
    f"POST {ACCESS}/release-in-part": at_the_root(_of(_HELD, BY_LINK)),
    f"GET {ACCESS}/search-tasks": at_the_root(_of(_task)),
    f"POST {ACCESS}/search-tasks": at_the_root(_asked),
    f"POST {ACCESS}/search-tasks/{{task_id}}/waive": at_the_root(_of(_task, {"text": "They have left."})),
    "GET /v1/search-tasks": Sample(_own()),
    "GET /v1/search-tasks/{task_id}": Sample(_own()),
    "POST /v1/search-tasks/{task_id}/files": Sample(_own(files=True)),
    "POST /v1/search-tasks/{task_id}/answer": Sample(_own({"found": True, "text": "Two letters."})),
    "POST /v1/package-releases/open": Sample(_opened),
    f"GET {BEHIND}": Sample(_behind()),
    f"GET {BEHIND}/{{item_id}}": Sample(_behind()),
    f"POST {BEHIND}/{{item_id}}/decide": Sample(_behind(WITHHELD)),
    **_releases(ACCESS, RequestKind.access, S.released),
    **_releases("/v1/rights-requests/{request_id}", RequestKind.portability, S.granted),
}
