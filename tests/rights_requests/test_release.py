"""A package is given by a link and a code told another way, on paper or in person; a release is a record."""

import asyncio
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core import clock
from app.core.permissions import Role
from app.models.packages import ReleaseState
from app.services.erasures import erase_person
from tests.office import Office
from tests.rights_requests.package import ACCESS, decide_the_rest, inform, items_of, refused, reviewed, searched
from tests.rights_requests.post import letters

OPEN = "/v1/package-releases/open"
BY_LINK = {"delivery": "link", "code_channel": "phone"}
BECAUSE = {"exemption": "rights_of_others", "reason": "It is about somebody else."}


async def _letter(office: Office, reference: str) -> dict[str, Any]:
    found = (await letters(office))[::-1]
    letter: dict[str, Any] = next(letter for letter in found if reference in letter["subject"])
    return letter


async def _token(office: Office, reference: str) -> str:
    """What the newest letter holds after the # of its link."""
    found = re.search(r"/packages#token=(\S+)", (await _letter(office, reference))["text"])
    assert found is not None
    return found[1]


async def _open(office: Office, token: str, code: str) -> httpx.Response:
    async with office.world.api.client() as anybody:
        return await anybody.post(OPEN, json={"token": token, "code": code})


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


async def _release(office: Office, request: UUID) -> dict[str, Any]:
    return (await office.get(f"{ACCESS}/{request}/releases"))["data"][0]


async def test_a_package_is_collected_once_with_link_and_code(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", **BY_LINK)
    assert (given["state"], given["ended_on"], given["ended_late"]) == ("released", str(clock.today()), False)
    assert given["release"]["state"] == "preparing"
    assert "code" not in await office.get(f"{ACCESS}/{request}/releases/{given['release']['id']}")
    await office.world.api.work()
    ready = await _release(office, request)
    assert (ready["state"], ready["expires_on"]) == ("ready", str(clock.today() + timedelta(days=30)))
    letter = await _letter(office, given["reference"])
    assert letter["to"] == "asks@example.org"
    assert given["code"] not in letter["text"]

    token = await _token(office, given["reference"])
    for method in ("GET", "HEAD"):
        assert (await office.officer.request(method, OPEN)).status_code == 405
    wrong = await _open(office, token, _wrong(given["code"]))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code_wrong")
    answer = await _open(office, token, given["code"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    collected = await _release(office, request)
    assert collected["state"] == "collected"
    assert collected["collected_at"] is not None
    assert collected["sha256"] == hashlib.sha256(answer.content).hexdigest()
    again = await _open(office, token, given["code"])
    assert (again.status_code, again.json()["code"]) == (404, "release_link_invalid")

    package = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"package.json", "package.pdf"} <= set(package.namelist())
    family = await office.world.api.value("select family_name from people where id = $1", office.subject.person_id)
    assert family in json.dumps(json.loads(package.read("package.json")), ensure_ascii=False)


async def test_a_package_holds_no_package_given_before(office: Office) -> None:
    first = await reviewed(office)
    await office.do(f"{ACCESS}/{first}/release", delivery="paper")
    await office.world.api.work()
    again = await searched(office)
    files = [item for item in await items_of(office, again) if item["kind"] == "file"]
    assert files == []


async def test_what_is_withheld_or_blacked_out_is_not_in_the_package(office: Office) -> None:
    request = await searched(office)
    person = (await items_of(office, request, source="people"))[0]
    town = await office.get(f"{ACCESS}/{request}/items/{person['id']}")
    family = town["values"]["family_name"]
    for item in await items_of(office, request):
        said = {"decision": "withhold", **BECAUSE}
        if item["id"] == person["id"]:
            blacked = [
                {"path": [name]} for name in ("family_name", "search_name", "sort_name") if name in town["values"]
            ]
            said = {"decision": "redact", "redactions": blacked, **BECAUSE}
        await office.do(f"{ACCESS}/{request}/items/{item['id']}/decide", **said)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")
    await refused(office, f"{ACCESS}/{request}/release", "something_held_back", **BY_LINK)
    done = await office.do(f"{ACCESS}/{request}/release-in-part", delivery="in_person")
    assert (done["state"], done["code"]) == ("partly_released", None)
    await office.world.api.work()
    release = await _release(office, request)
    content = await office.officer.get(f"/v1/{ACCESS}/{request}/releases/{release['id']}/content")
    told = json.loads(zipfile.ZipFile(io.BytesIO(content.content)).read("package.json"))
    items = json.dumps(told["items"], ensure_ascii=False)
    assert family not in items
    assert "[redacted]" in items
    assert town["values"]["given_name"] in items


async def test_files_go_with_the_package(office: Office) -> None:
    request = await searched(office)
    holder = await office.member()
    said = {"account_id": str(holder.account_id), "place": "inbox", "text": "Letters."}
    task = await office.do(f"{ACCESS}/{request}/search-tasks", **said)
    content = b"What they wrote.\n"
    for name in ("One.txt", "Two.txt"):
        await holder.client.post(f"/v1/search-tasks/{task['id']}/files", files={"file": (name, content)})
    await office.do(f"search-tasks/{task['id']}/answer", holder.client, found=True)
    given, held = await items_of(office, request, kind="outside")
    path = f"{ACCESS}/{request}/items/{held['id']}"
    assert (await office.officer.get(f"/v1/{path}/file")).content == content
    await office.do(f"{ACCESS}/{request}/items/{given['id']}/decide", decision="release")
    await office.do(f"{ACCESS}/{request}/items/{held['id']}/decide", decision="withhold", **BECAUSE)
    await inform(office, request)
    for item in await items_of(office, request, undecided="true"):
        await office.do(f"{ACCESS}/{request}/items/{item['id']}/decide", decision="release")
    await office.do(f"{ACCESS}/{request}/review")
    await office.do(f"{ACCESS}/{request}/release-in-part", delivery="paper")
    await office.world.api.work()
    release = await _release(office, request)
    package = await office.officer.get(f"/v1/{ACCESS}/{request}/releases/{release['id']}/content")
    archive = zipfile.ZipFile(io.BytesIO(package.content))
    files = [name for name in archive.namelist() if name.startswith("files/")]
    assert len(files) == 1
    assert archive.read(files[0]) == content
    # It lies under the person's own key, and goes when they are erased.
    owner = await office.world.api.value(
        "select k.subject_id from package_releases r join files f on f.id = r.file_id "
        "join envelope_keys k on k.id = f.envelope_key_id where r.request_id = $1",
        request,
    )
    assert owner == office.subject.person_id


async def test_a_redacted_copy_is_given_in_place_of_a_file(office: Office) -> None:
    request = await searched(office)
    holder = await office.member()
    said = {"account_id": str(holder.account_id), "place": "paper", "text": "Minutes."}
    task = await office.do(f"{ACCESS}/{request}/search-tasks", **said)
    whole, black = b"Ann said so.\n", b"[redacted] said so.\n"
    await holder.client.post(f"/v1/search-tasks/{task['id']}/files", files={"file": ("Minutes.txt", whole)})
    await office.do(f"search-tasks/{task['id']}/answer", holder.client, found=True)
    [item] = await items_of(office, request, kind="outside")
    path = f"{ACCESS}/{request}/items/{item['id']}"
    assert (await office.officer.get(f"/v1/{path}/file", params={"redacted": "true"})).status_code == 404
    await refused(office, f"{path}/decide", "redacted_copy_missing", 422, decision="redact", **BECAUSE)
    sent = await office.officer.post(f"/v1/{path}/redacted-copy", files={"file": ("Minutes.txt", black)})
    assert sent.status_code == 201, sent.text
    assert sent.json()["has_redacted_copy"] is True
    await office.do(f"{path}/decide", decision="redact", **BECAUSE)
    await decide_the_rest(office, request)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")
    await office.do(f"{ACCESS}/{request}/release-in-part", delivery="paper")
    await office.world.api.work()
    release = await _release(office, request)
    package = await office.officer.get(f"/v1/{ACCESS}/{request}/releases/{release['id']}/content")
    archive = zipfile.ZipFile(io.BytesIO(package.content))
    assert [archive.read(name) for name in archive.namelist() if name.startswith("files/")] == [black]


async def test_a_release_comes_after_review_with_all_the_answers(office: Office) -> None:
    request = await searched(office)
    await refused(office, f"{ACCESS}/{request}/release", "wrong_state", **BY_LINK)
    await office.do(f"{ACCESS}/{request}/review")
    await refused(office, f"{ACCESS}/{request}/release", "information_missing", **BY_LINK)
    await inform(office, request)
    ended = await refused(office, f"{ACCESS}/{request}/release-in-part", "nothing_held_back", **BY_LINK)
    assert ended["code"] == "action_not_allowed"


async def test_the_code_goes_another_way_than_the_link(office: Office) -> None:
    request = await reviewed(office)
    path = f"{ACCESS}/{request}/release"
    await refused(office, path, "same_channel", 422, delivery="link", code_channel="email")
    await refused(office, path, "required", 422, delivery="link")
    assert (await office.get(f"{ACCESS}/{request}"))["state"] == "review"


async def test_five_wrong_codes_end_a_link_and_it_is_given_anew(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", **BY_LINK)
    early = await office.officer.post(f"/v1/{ACCESS}/{request}/releases/{given['release']['id']}/reissue", json=BY_LINK)
    assert early.json()["code"] == "package_being_prepared"
    await office.world.api.work()
    token = await _token(office, given["reference"])
    codes = [(await _open(office, token, _wrong(given["code"]))).json()["code"] for _ in range(5)]
    assert codes == ["code_wrong"] * 4 + ["release_locked"]
    assert (await _open(office, token, given["code"])).json()["code"] == "release_locked"
    assert (await _release(office, request))["state"] == "locked"

    anew = await office.do(f"{ACCESS}/{request}/releases/{given['release']['id']}/reissue", **BY_LINK)
    assert anew["state"] == "ready"
    assert anew["sha256"] is not None
    fresh = await _token(office, given["reference"])
    assert fresh != token
    assert (await _open(office, token, given["code"])).status_code == 404
    assert (await _open(office, fresh, anew["code"])).status_code == 200
    states = [one["state"] for one in (await office.get(f"{ACCESS}/{request}/releases"))["data"]]
    assert states == [ReleaseState.collected, ReleaseState.replaced]


async def test_a_link_works_for_thirty_days(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", **BY_LINK)
    await office.world.api.work()
    token = await _token(office, given["reference"])
    await office.on(clock.today() + timedelta(days=31))
    assert (await _open(office, token, given["code"])).json()["code"] == "release_link_invalid"
    assert (await _release(office, request))["state"] == "expired"


async def test_what_is_on_paper_is_printed_and_handed_over(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", delivery="paper")
    path = f"{ACCESS}/{request}/releases/{given['release']['id']}"
    await refused(office, f"{path}/hand-over", "package_not_ready")
    await office.world.api.work()
    tomorrow = str(clock.today() + timedelta(days=1))
    await refused(office, f"{path}/hand-over", "in_future", 422, handed_on=tomorrow)
    done = await office.do(f"{path}/hand-over", text="Posted.")
    assert (done["state"], done["handed_on"]) == ("handed_over", str(clock.today()))
    assert (await office.secretary.get(f"/v1/{path}/content")).status_code == 403
    assert (await office.subject.client.get(f"/v1/{path}/content")).status_code == 403
    steps = [step["action"] for step in (await office.get(f"{ACCESS}/{request}"))["steps"]]
    assert steps[-2:] == ["release", "hand_over"]


async def test_a_package_whose_maker_lost_the_right_is_not_made(office: Office) -> None:
    request = await reviewed(office)
    await office.do(f"{ACCESS}/{request}/release", **BY_LINK)
    await office.world.api.execute(
        "update grants set state = 'ended', ends_on = starts_on where role = 'data_protection_officer' "
        "and account_id = (select released_by from package_releases where request_id = $1)",
        request,
    )
    office.world.api.app.state.rights.forget()
    await office.world.api.work()
    listed = (await office.get(f"{ACCESS}/{request}/releases", office.deputy))["data"]
    assert listed[0]["state"] == "failed"
    anew = await office.do(f"{ACCESS}/{request}/releases/{listed[0]['id']}/reissue", office.deputy, **BY_LINK)
    assert anew["state"] == "preparing"
    await office.world.api.work()
    assert (await office.get(f"{ACCESS}/{request}/releases", office.deputy))["data"][0]["state"] == "ready"


async def test_of_two_who_open_a_link_at_once_one_gets_the_package(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", **BY_LINK)
    await office.world.api.work()
    token = await _token(office, given["reference"])
    answers = await asyncio.gather(*(_open(office, token, given["code"]) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]


async def test_with_the_person_the_package_is_gone(office: Office) -> None:
    request = await reviewed(office)
    given = await office.do(f"{ACCESS}/{request}/release", delivery="paper")
    await office.world.api.work()
    path = f"/v1/{ACCESS}/{request}/releases/{given['release']['id']}/content"
    assert (await office.officer.get(path)).status_code == 200
    [item, *_] = await items_of(office, request)
    async with office.world.api.app.state.database.transaction() as session:
        await erase_person(session, None, office.subject.person_id)
    for gone in (path, f"/v1/{ACCESS}/{request}/items/{item['id']}"):
        answer = await office.officer.get(gone)
        assert (answer.status_code, answer.json()["code"]) == (409, "key_destroyed")


async def test_what_somebody_gave_is_packed_to_be_taken_elsewhere(office: Office) -> None:
    request = await office.request(kind="portability", email="asks@example.org")
    await office.do(f"rights-requests/{request}/assess")
    given = await office.do(f"rights-requests/{request}/grant", text="Here it is.", release=BY_LINK)
    await office.world.api.work()
    answer = await _open(office, await _token(office, given["reference"]), given["code"])
    assert answer.status_code == 200, answer.text
    package = zipfile.ZipFile(io.BytesIO(answer.content))
    family = await office.world.api.value("select family_name from people where id = $1", office.subject.person_id)
    assert json.loads(package.read("data.json"))["people"][0]["family_name"] == family
    assert family in package.read("people.csv").decode()


async def test_whom_a_request_concerns_sees_nothing_of_its_package(office: Office) -> None:
    """Though they are of the team themselves."""
    world = office.world
    _, person = await world.api.member(world.hackney)
    account = await world.api.account(person_id=person)
    await world.api.grant(account, Role.data_protection_officer, world.root)
    concerned = await world.api.sign_in(account)
    request = await reviewed(office, person_id=str(person))
    await office.do(f"{ACCESS}/{request}/release", delivery="paper")
    [item, *_] = await items_of(office, request)
    release = await _release(office, request)
    rooms = ("items", f"items/{item['id']}", "searches", "search-tasks", "releases", f"releases/{release['id']}")
    for room in (*rooms, f"releases/{release['id']}/content"):
        assert (await concerned.get(f"/v1/{ACCESS}/{request}/{room}")).status_code == 404
