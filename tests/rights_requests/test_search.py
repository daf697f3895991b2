"""A search finds what every table holds, keeps what was decided, and leaves a line in the log."""

from tests.office import Office
from tests.rights_requests.package import ACCESS, inform, items_of, refused, searched


async def test_a_search_makes_items_and_a_line_of_the_log(office: Office) -> None:
    request = await searched(office)
    items = await items_of(office, request)
    assert [item["number"] for item in items] == list(range(1, len(items) + 1))
    own = [item for item in items if item["source"] in ("people", "members")]
    assert {item["source"] for item in own} == {"people", "members"}
    told = await office.get(f"{ACCESS}/{request}/items/{own[0]['id']}")
    assert told["values"]
    [line] = (await office.get(f"{ACCESS}/{request}/searches"))["data"]
    rows = {table["table"]: table["rows"] for table in line["tables"]}
    assert rows["people"] == 1
    assert 0 in rows.values(), "also where nothing was"
    read = await office.get(f"{ACCESS}/{request}")
    assert (read["state"], read["searched_on"]) == ("searching", line["on_day"])
    assert read["found"]["items"] == len(items)


async def test_another_search_keeps_what_was_decided_of_what_is_unchanged(office: Office) -> None:
    request = await searched(office)
    person, *others = sorted(await items_of(office, request), key=lambda item: item["source"] != "people")
    for item in (person, others[0]):
        await office.do(
            f"{ACCESS}/{request}/items/{item['id']}/decide",
            decision="withhold",
            exemption="legal_proceedings",
            reason="It would harm a claim.",
        )
    await office.world.api.execute("update people set town = 'Elsewhere' where id = $1", office.subject.person_id)
    await office.do(f"{ACCESS}/{request}/search")
    after = {item["id"]: item for item in await items_of(office, request)}
    assert after[others[0]["id"]]["decision"] == "withhold"
    assert after[person["id"]]["exemption"] is None, "it says something else now"
    told = await office.get(f"{ACCESS}/{request}/items/{person['id']}")
    assert told["values"]["town"] == "Elsewhere"
    assert told["number"] == person["number"]


async def test_of_somebody_who_is_not_on_record_nothing_is_held(office: Office) -> None:
    request = await office.request(person_id=None)
    await refused(office, f"{ACCESS}/{request}/search", "required", 422)
    await office.do(f"{ACCESS}/{request}/search", text="Looked for the name, the address and the telephone.")
    [line] = (await office.get(f"{ACCESS}/{request}/searches"))["data"]
    assert line["tables"] == [{"table": "people", "rows": 0}]
    holder = {"account_id": str((await office.member()).account_id), "place": "paper", "text": "All."}
    await refused(office, f"{ACCESS}/{request}/search-tasks", "person_unknown", **holder)
    await office.do(f"{ACCESS}/{request}/review")
    await inform(office, request)
    await refused(office, f"{ACCESS}/{request}/release", "nothing_found", delivery="paper")
    done = await office.do(f"{ACCESS}/{request}/close-nothing-held", text="We hold nothing of you.")
    assert done["state"] == "nothing_held"


async def test_who_it_is_may_come_out_after_a_search_for_nobody_on_record(office: Office) -> None:
    request = await office.request(person_id=None)
    await office.do(f"{ACCESS}/{request}/search", text="Looked for the name.")
    await office.do(f"{ACCESS}/{request}/match-person", person_id=str(office.subject.person_id))
    await office.do(f"{ACCESS}/{request}/search")
    assert await items_of(office, request)
    other = str((await office.member()).person_id)
    await refused(office, f"{ACCESS}/{request}/match-person", "searched_already", person_id=other)
    assert (await office.secretary.post(f"/v1/{ACCESS}/{request}/search", json={})).status_code == 403


async def test_others_are_asked_once_the_system_itself_was_searched(office: Office) -> None:
    request = await office.request()
    holder = {"account_id": str((await office.member()).account_id), "place": "paper", "text": "All."}
    await refused(office, f"{ACCESS}/{request}/search-tasks", "not_searched", **holder)
