"""Search and suggestions: what they find, what they never find, and what they take for a letter."""

import pytest
from httpx import Response

from app.core.permissions import Role
from app.services.members_search import criteria_of
from tests.world import Client, World


async def search(client: Client, criteria: dict[str, str], **query: object) -> Response:
    return await client.post("/v1/members/search", json=criteria, params={k: str(v) for k, v in query.items()})


async def found(client: Client, **criteria: str) -> list[str]:
    answer = await search(client, criteria)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


async def suggested(client: Client, text: str) -> list[str]:
    answer = await client.post("/v1/members/suggest", json={"text": text})
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


@pytest.mark.parametrize(
    "name",
    ["zoe", "ZOË", "o'brien", "obrien", "O’Brien-Łuk", "brien luk zo", "rien", "zo", "Zoë O'Brien"],
)
async def test_a_name_is_found_by_fragments_whatever_the_case_and_accents(world: World, name: str) -> None:
    member = await world.member(given_name="Zoë", family_name="O'Brien-Łukasz")
    await world.member(given_name="Azure", family_name="Tobin")
    secretary = await world.officer()
    assert await found(secretary, name=name) == [str(member)]


@pytest.mark.parametrize(
    ("name", "status"), [("%%%", 422), ("z_e", 422), ("br_en", 200), ("z%en", 200), ("en\\%", 200)]
)
async def test_signs_of_patterns_part_words_and_match_nothing(world: World, name: str, status: int) -> None:
    await world.member(given_name="Zoë", family_name="O'Brien")
    answer = await search(await world.officer(), {"name": name})
    assert answer.status_code == status
    assert answer.json().get("data", []) == []


async def test_an_address_with_signs_of_patterns_is_found_by_itself_alone(world: World) -> None:
    one = await world.member(email="a_b%c@example.org")
    await world.member(email="aXbYc@example.org")
    secretary = await world.officer()
    assert await found(secretary, email="a_b%c") == [str(one)]
    assert await found(secretary, email="A_B") == [str(one)]
    assert await found(secretary, email="%%%") == []


@pytest.mark.parametrize(
    "phone", ["07400 123456", "+44 (0)7400 123456", "0044 7400 123", "07400", "(07400) 12", "+447400123456"]
)
async def test_a_phone_is_found_in_any_spelling_from_its_beginning(world: World, phone: str) -> None:
    mobile = await world.member(mobile_phone="+447400123456")
    home = await world.member(home_phone="+447400123456")
    await world.member(mobile_phone="+447911123456")
    secretary = await world.officer()
    assert set(await found(secretary, phone=phone)) == {str(mobile), str(home)}


@pytest.mark.parametrize("postcode", ["E8 1EA", "e81ea", "E8", "e8 1", "E81", "E81E", " e8  1ea"])
async def test_a_postcode_is_found_from_its_beginning(world: World, postcode: str) -> None:
    member = await world.member(postcode="E8 1EA")
    await world.member(postcode="N1 2UD")
    secretary = await world.officer()
    assert await found(secretary, postcode=postcode) == [str(member)]


async def test_every_criterion_given_must_match(world: World) -> None:
    member = await world.member(given_name="Ines", family_name="Quill", postcode="E8 1EA")
    await world.member(given_name="Ines", family_name="Quill", postcode="N1 2UD")
    secretary = await world.officer()
    number = (await secretary.get(f"/v1/members/{member}")).json()["number"]
    assert await found(secretary, name="quill", postcode="E8") == [str(member)]
    assert await found(secretary, name="quill", number=number) == [str(member)]
    assert await found(secretary, name="nobody", number=number) == []


@pytest.mark.parametrize(
    ("criteria", "pointer"),
    [
        ({}, ""),
        ({"name": "z"}, "/name"),
        ({"name": "'%'"}, "/name"),
        ({"email": "ab"}, "/email"),
        ({"phone": "07"}, "/phone"),
        ({"postcode": "?"}, "/postcode"),
        ({"nick": "x"}, "/nick"),
        ({"name": "a\x00b"}, "/name"),
    ],
)
async def test_what_cannot_be_searched_by_is_said(world: World, criteria: dict[str, str], pointer: str) -> None:
    answer = await search(await world.officer(), criteria)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_pages_of_a_search_are_pages_of_the_list(world: World) -> None:
    members = [await world.member(family_name=f"Quillon {n:02}") for n in range(7)]
    secretary = await world.officer()
    for sort, expected in (("name", members), ("-name", members[::-1]), ("created_at", members)):
        seen: list[str] = []
        query: dict[str, object] = {"limit": 3, "sort": sort, "count": "exact"}
        while True:
            page = (await search(secretary, {"name": "quillon"}, **query)).json()
            assert page["count"] == {"value": 7, "relation": "eq"}
            seen += [row["id"] for row in page["data"]]
            if not page["has_more"]:
                break
            query["cursor"] = page["next_cursor"]
        assert seen == [str(member) for member in expected]
    other = await search(secretary, {"name": "quill"}, **query)
    assert (other.status_code, other.json()["code"]) == (400, "cursor_invalid")


async def test_nothing_of_another_branch_is_found_counted_or_eats_the_page(world: World) -> None:
    mine = [await world.member(world.dalston, family_name=f"Yarrow Z{n}") for n in range(3)]
    for n in range(12):
        await world.member(world.angel, family_name=f"Yarrow A{n}", mobile_phone="+447400999888")
    secretary = await world.officer()
    page = (await search(secretary, {"name": "yarrow"}, limit=3, count="exact")).json()
    assert [row["id"] for row in page["data"]] == [str(member) for member in mine]
    assert (page["has_more"], page["count"]["value"]) == (False, 3)
    assert await suggested(secretary, "yarrow") == [str(member) for member in mine]
    assert await found(secretary, phone="07400 999888") == []
    assert await suggested(secretary, "07400 999888") == []
    elsewhere = await search(secretary, {"name": "yarrow"}, branch_id=world.angel)
    assert elsewhere.json()["data"] == []
    region = await world.officer(Role.regional_officer, world.region)
    assert (await search(region, {"name": "yarrow"}, count="exact")).json()["count"]["value"] == 15
    assert len((await search(region, {"name": "yarrow"}, branch_id=world.islington)).json()["data"]) == 12


async def test_the_whole_organisation_is_searched_by_its_own_function(world: World) -> None:
    marks = [
        await world.member(unit, given_name="Xystus", family_name=world.hackney.hex)
        for unit in (world.dalston, world.angel)
    ]
    national = await world.officer(Role.national_membership_officer, world.root)
    assert set(await found(national, name=world.hackney.hex)) == {str(member) for member in marks}
    assert (await search(national, {"name": world.hackney.hex}, branch_id=world.angel)).json()["data"][0]["id"] == str(
        marks[1]
    )


async def test_who_may_not_read_contact_details_may_not_search_by_them(world: World) -> None:
    await world.member(email="findme@example.org", mobile_phone="+447400123456", postcode="E8 1EA", family_name="Oak")
    treasurer = await world.officer(Role.branch_treasurer)
    for criteria in ({"email": "findme"}, {"phone": "07400 123456"}, {"postcode": "E8 1EA"}):
        answer = await search(treasurer, {"name": "oak", **criteria})
        assert (answer.status_code, answer.json()["params"]) == (403, {"permission": "members:contact"})
    for text in ("findme", "07400 123456", "E8 1EA"):
        assert await suggested(treasurer, text) == []
    assert "email" not in (await search(treasurer, {"name": "oak"})).json()["data"][0]
    sorted_by = await treasurer.get("/v1/members", params={"sort": "postcode"})
    assert sorted_by.status_code == 422


async def test_contact_details_are_seen_and_searched_only_where_the_right_is_held(world: World) -> None:
    account = await world.api.account()
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    await world.api.grant(account, Role.branch_treasurer, world.islington)
    both = await world.api.sign_in(account)
    here = await world.member(world.dalston, email="teasel@example.org", family_name="Teasel")
    there = await world.member(world.angel, email="teasel2@example.org", family_name="Teasel")
    assert set(await found(both, name="teasel")) == {str(here), str(there)}
    assert await found(both, email="teasel") == [str(here)]
    assert "email" in (await both.get(f"/v1/members/{here}")).json()
    assert "email" not in (await both.get(f"/v1/members/{there}")).json()
    shown = {row["id"]: "email" in row for row in (await both.get("/v1/members")).json()["data"]}
    assert shown == {str(here): True, str(there): False}


async def test_suggestions_put_the_beginning_of_the_family_name_first_and_stop_at_ten(world: World) -> None:
    middle = await world.member(given_name="Berty", family_name="Zed")
    inside = await world.member(given_name="Ann", family_name="Gilbertyson")
    first = await world.member(given_name="Zac", family_name="Bertyn")
    secretary = await world.officer()
    assert await suggested(secretary, "berty") == [str(first), str(inside), str(middle)]
    assert await suggested(secretary, "b") == [str(first)]
    number = (await secretary.get(f"/v1/members/{first}")).json()["number"]
    assert (await suggested(secretary, number))[0] == str(first)
    for n in range(12):
        await world.member(family_name=f"Bertyll{n}")
    assert len(await suggested(secretary, "berty")) == 10


async def test_a_search_leaves_one_line_with_the_names_of_its_fields(world: World) -> None:
    secretary = await world.officer()
    await search(secretary, {"name": "nobody at all", "postcode": "E8"}, branch_id=world.hackney)
    rows = await world.api.row(
        "select count(*) as n, max(purpose) as purpose from access_log where branch_id = $1 and purpose like 'search%'",
        world.hackney,
    )
    assert dict(rows) == {"n": 1, "purpose": "search:name,postcode"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("SW1A1", ["SW1A1", "SW 1A1", "SW1A 1"]),
        ("E8", ["E8"]),
        ("sw1a 1a", ["SW1A 1A"]),
        ("M11AE", ["M1 1AE"]),
        ("E12", ["E12", "E1 2"]),
    ],
)
def test_a_postcode_without_its_space_may_part_in_several_places(text: str, parts: list[str]) -> None:
    assert criteria_of({"postcode": text}) == {"postcodes": parts}
