"""Decision makers: public people of a unit, and who held which office on which day."""

from tests.organising import Ground
from tests.world import fake


async def _made(ground: Ground, **said: object) -> dict[str, object]:
    told = {"branch_id": str(ground.unit), "name": fake.name(), "body": "Example Borough Council", **said}
    return await ground.do("decision-makers", **told)


async def test_a_name_that_is_known_in_the_unit_is_told_and_not_refused(ground: Ground) -> None:
    name = fake.name()
    first = await _made(ground, name=name)
    second = await _made(ground, name=name.upper())
    assert (first["same_name_ids"], second["same_name_ids"]) == ([], [first["id"]])


async def test_who_held_which_office_on_a_day(ground: Ground) -> None:
    maker = await _made(ground)
    path = f"decision-makers/{maker['id']}"
    member = await ground.do(f"{path}/offices", office="Councillor", starts_on="2022-05-05")
    leader = await ground.do(f"{path}/offices", office="Leader", starts_on="2024-05-02", body="Example Assembly")
    await ground.do(f"{path}/offices/{member['id']}/end", ends_on="2026-05-07")
    assert (leader["body"], member["body"]) == ("Example Assembly", "Example Borough Council")
    on_the_last_day = await ground.get(f"{path}/offices?on=2026-05-06")
    on_the_day_after = await ground.get(f"{path}/offices?on=2026-05-07")
    assert [o["office"] for o in on_the_last_day["data"]] == ["Leader", "Councillor"]
    assert [o["office"] for o in on_the_day_after["data"]] == ["Leader"]
    told = await ground.get(path)
    assert (told["offices"], len(told["offices_held"])) == (["Leader"], 2)
    assert (await ground.get("decision-makers?office=Councillor"))["data"] == []
    then = await ground.get("decision-makers?office=Councillor&on=2023-01-01&body=Example+Borough+Council")
    assert [d["id"] for d in then["data"]] == [maker["id"]]


async def test_an_office_ends_after_it_began(ground: Ground) -> None:
    maker = await _made(ground)
    path = f"decision-makers/{maker['id']}/offices"
    await ground.refused(path, "value_error", 422, office="Mayor", starts_on="2024-05-02", ends_on="2024-05-02")
    office = await ground.do(path, office="Mayor", starts_on="2024-05-02")
    await ground.refused(f"{path}/{office['id']}/end", "ends_before_start", 422, ends_on="2024-05-02")
    await ground.refused(f"{path}/{maker['id']}/end", "not_found", 404, ends_on="2025-05-02")


async def test_another_unit_sees_none_and_a_leader_changes_none(ground: Ground) -> None:
    maker = await _made(ground)
    path = f"/v1/decision-makers/{maker['id']}"
    assert (await ground.other.get(path)).status_code == 404
    assert (await ground.leader.get(path)).status_code == 200
    assert (await ground.supervisor.get(path)).status_code == 200
    said = {"branch_id": str(ground.unit), "name": "Ann Lee", "body": "A council"}
    await ground.refused("decision-makers", "permission_missing", 403, by=ground.leader, **said)


async def test_what_is_on_record_is_corrected_by_who_has_read_it(ground: Ground) -> None:
    person = await ground.person()
    maker = await _made(ground, person_id=str(person))
    etag = (await ground.organiser.get(f"/v1/decision-makers/{maker['id']}")).headers["ETag"]
    changed = await ground.organiser.patch(
        f"/v1/decision-makers/{maker['id']}", json={"public_email": "mayor@example.org"}, headers={"If-Match": etag}
    )
    assert changed.json()["public_email"] == "mayor@example.org"
    stale = await ground.organiser.patch(
        f"/v1/decision-makers/{maker['id']}", json={"website": None}, headers={"If-Match": etag}
    )
    assert stale.status_code == 412
    elsewhere = await ground.person(ground.world.islington)
    await ground.refused(
        "decision-makers",
        "unknown_person",
        422,
        branch_id=str(ground.unit),
        name="A",
        body="B",
        person_id=str(elsewhere),
    )
