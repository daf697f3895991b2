"""Those who hold something outside the system are asked by a day, reminded, and answer for themselves."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.services.rights_requests.search_letters import remind_searchers
from tests.office import Office, Someone
from tests.rights_requests.package import ACCESS, decide_the_rest, inform, items_of, refused, searched
from tests.rights_requests.post import letters

NOTES = {"file": ("Notes.txt", b"What they said at the meeting.\n")}


async def _ask(office: Office, request: UUID, asked: Someone, **said: Any) -> dict[str, Any]:
    body = {"account_id": str(asked.account_id), "place": "inbox", "text": "Letters of 2024.", **said}
    return await office.do(f"{ACCESS}/{request}/search-tasks", **body)


async def _letters(office: Office, reference: str) -> list[dict[str, Any]]:
    return [letter for letter in await letters(office) if reference in letter["subject"]]


async def test_whoever_is_asked_sees_whom_to_look_for_and_answers(office: Office) -> None:
    request = await searched(office)
    holder = await office.member()
    task = await _ask(office, request, holder)
    read = await office.get(f"{ACCESS}/{request}")
    assert task["due_on"] == str(date.fromisoformat(read["internal_due_on"]) - timedelta(days=10))
    own = (await office.get("search-tasks", holder.client))["data"]
    assert [one["id"] for one in own] == [task["id"]]
    name = await office.world.api.value(
        "select given_name || ' ' || family_name from people where id = $1", office.subject.person_id
    )
    assert (own[0]["name"], own[0]["reference"], own[0]["text"]) == (name, read["reference"], "Letters of 2024.")
    assert (await holder.client.get(f"/v1/{ACCESS}/{request}")).status_code == 403
    tasks = (await holder.client.get("/v1/me/tasks")).json()
    assert "search_tasks_to_answer" in str(tasks)
    await refused(office, f"{ACCESS}/{request}/review", "search_tasks_open")
    stranger = await office.member()
    assert (await stranger.client.get(f"/v1/search-tasks/{task['id']}")).status_code == 404

    sent = await holder.client.post(f"/v1/search-tasks/{task['id']}/files", files=NOTES)
    assert sent.status_code == 201, sent.text
    await office.do(f"search-tasks/{task['id']}/answer", holder.client, found=True, text="Two letters.")
    again = await holder.client.post(f"/v1/search-tasks/{task['id']}/answer", json={"found": False})
    assert again.json()["code"] == "search_task_over"
    file, words = await items_of(office, request, kind="outside")
    assert (file["source"], file["decision"], words["decision"]) == ("inbox", None, None)
    assert file["file_id"] is not None
    told = await office.get(f"{ACCESS}/{request}/items/{words['id']}")
    assert told["values"] == {"text": "Two letters."}
    await decide_the_rest(office, request)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")


async def test_an_answer_says_something_or_nothing(office: Office) -> None:
    request = await searched(office)
    holder = await office.member()
    path = f"/v1/search-tasks/{(await _ask(office, request, holder))['id']}/answer"
    assert (await holder.client.post(path, json={"found": True})).status_code == 422
    assert (await holder.client.post(path, json={"found": False, "text": "But."})).status_code == 422
    told = (await holder.client.post(path, json={"found": False})).json()
    assert (told["found"], told["answered_on"]) == (False, str(clock.today()))
    assert await items_of(office, request, kind="outside") == []


async def test_those_whom_it_concerns_are_not_asked(office: Office) -> None:
    request = await searched(office)
    body = {"place": "paper", "text": "All."}
    path = f"{ACCESS}/{request}/search-tasks"
    await refused(office, path, "cannot_be_asked", 422, account_id=str(office.subject.account_id), **body)
    yesterday = str(clock.today() - timedelta(days=1))
    holder = str((await office.member()).account_id)
    await refused(office, path, "in_past", 422, account_id=holder, due_on=yesterday, **body)


async def test_a_task_is_waived_and_one_of_an_ended_request_is_called_off(office: Office) -> None:
    request = await searched(office)
    first, second = await office.member(), await office.member()
    one, other = await _ask(office, request, first), await _ask(office, request, second)
    await office.do(f"{ACCESS}/{request}/search-tasks/{one['id']}/waive", text="They have left.")
    await refused(office, f"{ACCESS}/{request}/search-tasks/{one['id']}/waive", "search_task_over", text="Again.")
    assert (await first.client.get(f"/v1/search-tasks/{one['id']}")).status_code == 404
    await office.do(f"{ACCESS}/{request}/withdraw")
    assert (await second.client.get(f"/v1/search-tasks/{other['id']}")).status_code == 404
    listed = (await office.get(f"{ACCESS}/{request}/search-tasks"))["data"]
    assert all(task["waived_on"] for task in listed)
    assert {task["text"] for task in listed} == {"Letters of 2024."}


async def test_they_are_reminded_as_the_day_comes_near_and_once_it_is_past(office: Office) -> None:
    request = await searched(office)
    holder, database = await office.member(), office.world.api.app.state.database
    today = clock.today()
    due = today + timedelta(days=9)
    await _ask(office, request, holder, due_on=str(due))
    reference = (await office.get(f"{ACCESS}/{request}"))["reference"]
    written = []
    for days in (1, 2, 2, 3, 6, 8, 10, 11, 17):
        await office.on(today + timedelta(days=days))
        before = len(await _letters(office, reference))
        await remind_searchers(database)
        written.append(len(await _letters(office, reference)) - before)
    # Seven, three and one days before; the day after the last one, and a week later.
    assert written == [0, 1, 0, 0, 1, 1, 1, 0, 1]
    letters = await _letters(office, reference)
    family = await office.world.api.value("select family_name from people where id = $1", office.subject.person_id)
    holders = await office.world.api.value("select name from accounts where id = $1", holder.account_id)
    assert all(family not in letter["text"].replace(holders, "") for letter in letters)
