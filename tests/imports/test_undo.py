"""Taking an import back: whole where nothing has happened since, and by name where something has."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.services.imports import apply as imports_apply
from app.services.imports import file as imports_file
from app.services.imports import undo as imports_undo
from tests.conftest import SetClock
from tests.imports.desk import Desk, desk, people_in, snapshot
from tests.imports.test_flow import PEOPLE
from tests.world import World

TEXT = "First,Last,Email\n" + "".join(f"P{n},Ash,p{n}@example.org\n" for n in range(6))


async def applied(at: Desk, content: str | bytes = TEXT) -> tuple[str, list[str]]:
    """An import that has been applied: its id, and the members of its rows."""
    found = await at.do((await at.bring(content))["id"], "apply")
    return found["id"], [row["member_id"] for row in await at.rows(found["id"])]


async def reasons(at: Desk, import_id: str) -> dict[int, list[dict[str, Any]]]:
    return {row["number"]: row["undo_reasons"] for row in await at.rows(import_id, undo="changed")}


async def test_what_changed_since_stays_and_is_named(world: World) -> None:
    at = await desk(world)
    import_id, members = await applied(at)
    etag = {"If-Match": (await at.client.get(f"/v1/members/{members[0]}")).headers["ETag"]}
    assert (await at.client.patch(f"/v1/members/{members[0]}", json={"town": "Hull"}, headers=etag)).status_code == 200
    assert (await at.client.post(f"/v1/members/{members[1]}/resign", json={})).status_code == 200
    person = UUID((await at.client.get(f"/v1/members/{members[2]}")).json()["person_id"])
    await world.api.office(person, world.hackney, "treasurer")
    person = UUID((await at.client.get(f"/v1/members/{members[3]}")).json()["person_id"])
    await world.api.account(person_id=person)
    back = await at.do(import_id, "undo")
    assert (back["state"], back["counts"]["undone"], back["counts"]["changed"]) == ("undone", 2, 4)
    why = await reasons(at, import_id)
    assert why[2] == [{"code": "changed_since", "action": "member.updated", "fields": ["town"], "table": None}]
    assert [reason["action"] for reason in why[3]] == ["member.resigned"]
    assert why[4] == [{"code": "referred_to", "action": None, "fields": [], "table": "office_terms"}]
    assert [reason["table"] for reason in why[5]] == ["accounts"]
    assert await people_in(world, world.hackney) == 4


async def test_the_erased_stay_erased(world: World) -> None:
    at = await desk(world)
    import_id, members = await applied(at)
    async with world.api.owner.transaction() as session:
        await session.execute(
            "update people set erased_at = now() where id = (select person_id from members where id = $1)", members[0]
        )
    back = await at.do(import_id, "undo")
    assert (back["counts"]["undone"], back["counts"]["erased"]) == (5, 1)


async def test_an_undoing_broken_off_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports_undo, "BATCH", 7)
    at = await desk(world)
    before = await snapshot(world)
    import_id, _ = await applied(at, PEOPLE)
    remove, calls = imports_undo._remove, 0

    async def breaks(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        done = await remove(*given)
        if calls == 3:
            raise ConnectionResetError
        return done

    monkeypatch.setattr(imports_undo, "_remove", breaks)
    back = await at.do(import_id, "undo")
    assert (back["counts"]["undone"], back["progress"]["done"]) == (60, 60)
    assert await snapshot(world) == before
    told = "select count(*) from events where type = 'member.removed' and branch_id = $1"
    assert await world.api.value(told, world.hackney) == 60


async def test_what_was_half_applied_is_taken_back_or_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_apply, "BATCH", 20)
    at = await desk(world)
    for action, left in (("undo", 0), ("apply", 60)):
        found = await at.bring(PEOPLE)
        assert (await at.ask(found["id"], "apply")).status_code == 202
        write, calls = imports_apply.add_people, 0

        async def breaks(*given: Any, write: Any = write, **named: Any) -> None:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise ConnectionResetError
            await write(*given, **named)

        with monkeypatch.context() as broken:
            broken.setattr(imports_apply, "add_people", breaks)
            await world.api.work()
        stopped = await at.get(found["id"])
        assert (stopped["state"], await people_in(world, world.hackney)) == ("applying", 20)
        offered = {one["action"]: one["allowed"] for one in stopped["allowed_actions"]}
        assert offered == {"apply": True, "undo": True, "discard": False}
        done = await at.do(found["id"], action)
        assert done["state"] == {"undo": "undone", "apply": "applied"}[action]
        assert await people_in(world, world.hackney) == left


async def test_nothing_is_removed_by_a_hand_that_forges_rows(world: World) -> None:
    """The database believes the trail, not what the application wrote into an import's rows."""
    at = await desk(world)
    import_id, _ = await applied(at)
    victim = await world.member()
    async with world.api.owner.transaction() as session:
        await session.execute(
            "update import_rows set member_id = $2, person_id = (select person_id from members where id = $2) "
            "where import_id = $1 and number = 2",
            import_id,
            victim,
        )
    back = await at.do(import_id, "undo")
    assert (back["counts"]["undone"], back["counts"]["changed"]) == (5, 1)
    assert await world.api.value("select count(*) from members where id = $1", victim) == 1


async def test_old_imports_are_forgotten_but_for_their_counts(world: World, set_clock: SetClock) -> None:
    at = await desk(world)
    import_id, _ = await applied(at)
    await set_clock(timedelta(days=91))
    async with world.api.app.state.database.transaction(role="rollbook_system") as session:
        await imports_file.forget_old_imports(session)
    await world.api.reset_clock()
    found = await at.get(import_id)
    assert (found["file_name"], found["counts"]["applied"]) == (None, 6)
    rows = await at.rows(import_id)
    assert [(row["proposed"], row["member_id"] is None) for row in rows] == [(None, False)] * 6
    assert await world.api.value("select count(*) from files where subject_id = $1", import_id) == 0
    refused = await at.ask(import_id, "undo")
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "rows_forgotten")
