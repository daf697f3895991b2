"""Links to files: once, for minutes, and only while their asker may have the file."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from app.core.ids import new_id
from app.core.permissions import Permission
from app.models.accounts import Client as Software
from app.models.accounts import ClientKind
from app.services.file_links import drop_old_links
from tests.disputes.desk import Desk, Someone
from tests.disputes.test_evidence import PDF, add


async def link_for(desk: Desk, who: Someone | None = None) -> tuple[UUID, str]:
    """A case with an item of evidence that its respondent has been shown, and a link to it for somebody."""
    who = who or desk.secretary
    case = await desk.acknowledged()
    made = await add(desk.secretary.client, case)
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    mine = "me/disputes" if who is desk.respondent else "disputes"
    link = await who.client.post(f"/v1/{mine}/{case}/evidence/{made['id']}/link")
    assert link.status_code == 201, link.text
    assert datetime.fromisoformat(link.json()["expires_at"]) <= datetime.now(UTC) + timedelta(minutes=5)
    url: str = link.json()["url"]
    return case, url


async def use(desk: Desk, url: str) -> httpx.Response:
    """As a browser does, without saying who."""
    return await desk.world.api.client().get(url)


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (404, "file_link_invalid")


async def test_a_link_works_once(desk: Desk) -> None:
    _, url = await link_for(desk)
    assert (await use(desk, url)).content == PDF
    assert refused(await use(desk, url))


async def test_of_many_at_once_one_gets_the_file(desk: Desk) -> None:
    _, url = await link_for(desk)
    answers = await asyncio.gather(*(use(desk, url) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 11


async def test_only_the_hash_of_the_token_is_kept(desk: Desk) -> None:
    _, url = await link_for(desk)
    token = url.removeprefix("/v1/file-links/")
    row = await desk.world.api.row(
        "select * from file_links where token_hash = $1", hashlib.sha256(token.encode()).digest()
    )
    assert row is not None
    assert token not in str(dict(row))


async def test_a_link_ends_by_itself_and_is_swept_away(desk: Desk) -> None:
    case, url = await link_for(desk)
    api = desk.world.api
    await api.execute("update file_links set expires_at = now() - interval '1 second' where subject_id = $1", case)
    assert refused(await use(desk, url))
    async with api.app.state.database.transaction(role="rollbook_system") as session:
        await drop_old_links(session)
    assert await api.value("select count(*) from file_links where subject_id = $1", case) == 0


@pytest.mark.parametrize("token", ["x" * 43, "x" * 20, "x" * 100])
async def test_a_guess_opens_nothing(desk: Desk, token: str) -> None:
    assert refused(await use(desk, f"/v1/file-links/{token}"))


async def test_a_head_uses_a_link_up(desk: Desk) -> None:
    _, url = await link_for(desk)
    seen = await desk.world.api.client().head(url)
    assert (seen.status_code, seen.content) == (200, b"")
    assert refused(await use(desk, url))


Deed = Callable[[Desk, UUID], Awaitable[object]]


async def _part_ends(desk: Desk, case: UUID) -> None:
    await desk.world.api.execute("update dispute_parts set ended_at = now() where dispute_id = $1", case)


async def _part_changes(desk: Desk, case: UUID) -> None:
    await desk.world.api.execute("update dispute_parts set part = 'mediator' where dispute_id = $1", case)


async def _wall_rises(desk: Desk, case: UUID) -> None:
    await desk.world.api.execute(
        "insert into walls (id, created_at, wall_key, person_id, reason) values ($1, now(), $2, $3, 'interest')",
        new_id(),
        case,
        desk.secretary.person_id,
    )


async def _signs_out(desk: Desk, _case: UUID) -> None:
    assert (await desk.secretary.client.delete("/v1/sessions/current")).status_code == 204


async def _account_closes(desk: Desk, _case: UUID) -> None:
    await desk.world.api.execute("update accounts set state = 'disabled' where id = $1", desk.secretary.account_id)


async def _key_goes(desk: Desk, case: UUID) -> None:
    await desk.world.api.execute(
        "update envelope_keys set wrapped_key = null, destroyed_at = now() where subject_id = $1", case
    )


@pytest.mark.parametrize("deed", [_part_ends, _part_changes, _wall_rises, _signs_out, _account_closes, _key_goes])
async def test_a_right_that_ended_meanwhile_opens_nothing(desk: Desk, deed: Deed) -> None:
    case, url = await link_for(desk)
    await deed(desk, case)
    before = await desk.world.api.value("select count(*) from access_log where subject_id = $1", case)
    assert refused(await use(desk, url))
    assert await desk.world.api.value("select count(*) from access_log where subject_id = $1", case) == before


async def test_a_party_who_is_struck_out_gets_no_more(desk: Desk) -> None:
    case, url = await link_for(desk, desk.respondent)
    assert (await use(desk, url)).status_code == 200
    case, url = await link_for(desk, desk.respondent)
    await desk.world.api.execute(
        "update dispute_parties set struck_at = now() where dispute_id = $1 and role = 'respondent'", case
    )
    assert refused(await use(desk, url))


async def test_a_link_of_ones_own_page_opens_no_more_than_that_page(desk: Desk) -> None:
    """The scope in which a link was asked for is the scope in which it is used."""
    case, url = await link_for(desk, desk.respondent)
    hidden = await add(desk.secretary.client, case)
    await desk.world.api.execute(
        "update file_links set file_id = (select file_id from dispute_evidence where id = $2) where subject_id = $1",
        case,
        UUID(hidden["id"]),
    )
    assert refused(await use(desk, url))


async def test_software_without_the_scope_gets_no_link_and_no_file(desk: Desk) -> None:
    api = desk.world.api
    scopes = [Permission.disputes_read, Permission.disputes_examine]
    software = Software(name="Panel papers", kind=ClientKind.third_party, scopes=scopes)
    async with api.owner.transaction() as session:
        await session.insert(software)
    case = await desk.received()
    made = await add(desk.secretary.client, case)
    through = await api.sign_in(desk.secretary.account_id, client_id=software.id)
    link = await through.post(f"/v1/disputes/{case}/evidence/{made['id']}/link")
    assert link.status_code == 201
    await api.execute("update clients set scopes = array['disputes:read'] where id = $1", software.id)
    assert refused(await use(desk, link.json()["url"]))
    api.app.state.rights.forget()
    again = await through.post(f"/v1/disputes/{case}/evidence/{made['id']}/link")
    assert (again.status_code, again.json()["code"]) == (403, "permission_missing")
