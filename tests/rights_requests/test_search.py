"""A search finds what every table holds, keeps what was decided, and leaves a line in the log."""

from tests.office import Office
from tests.rights_requests.package import ACCESS, items_of, refused, searched


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


async def test_nobody_is_searched_for_before_it_is_known_who(office: Office) -> None:
    request = await office.request(person_id=None)
    await refused(office, f"{ACCESS}/{request}/search", "person_unknown")
    assert (await office.secretary.post(f"/v1/{ACCESS}/{request}/search", json={})).status_code == 403
