"""The history of a record: who changed what and when, newest first, as far as the reader's branches go."""

from app.core.permissions import Role
from tests.world import World


async def test_every_change_is_there_with_its_author(world: World) -> None:
    account = await world.api.account()
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    secretary = await world.api.sign_in(account)
    name = await world.api.value("select name from accounts where id = $1", account)
    body = {"branch_id": str(world.dalston), "given_name": "Ann", "family_name": "Past", "email": "ann@example.org"}
    url = (await secretary.post("/v1/members", json=body)).headers["Location"]
    for version, change in enumerate(({"email": None}, {"type": "youth"}, {"objections": ["post"]}), start=1):
        done = await secretary.patch(url, json=change, headers={"If-Match": f'"{url[-36:]}-{version}"'})
        assert done.status_code == 200, done.text
    await secretary.post(f"{url}/resign", json={})
    first = (await secretary.get(f"{url}/history", params={"limit": 3, "count": "exact"})).json()
    rest = (await secretary.get(f"{url}/history", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    changes = first["data"] + rest["data"]
    assert [change["action"] for change in changes] == ["member.resigned", *["member.updated"] * 3, "member.created"]
    assert first["count"]["value"] == 5
    assert {change["account_name"] for change in changes} == {name}
    assert changes[0]["fields"]["decided_standing"] == {"old": None, "new": "resigned"}
    assert changes[1]["fields"]["objections"] == {"old": [], "new": ["post"]}
    assert changes[2]["fields"]["type"]["new"] == "youth"
    assert changes[3]["fields"] == {"email": True}
    assert "ann@" not in str(changes)


async def test_a_history_is_of_its_record_and_for_those_who_see_it(world: World) -> None:
    one, two = await world.member(), await world.member()
    secretary = await world.officer()
    for _ in range(2):
        version = (await secretary.get(f"/v1/members/{one}")).headers["ETag"]
        await secretary.patch(f"/v1/members/{one}", json={"town": "X"}, headers={"If-Match": version})
    cursor = (await secretary.get(f"/v1/members/{one}/history", params={"limit": 1})).json()["next_cursor"]
    foreign = await secretary.get(f"/v1/members/{two}/history", params={"limit": 1, "cursor": cursor})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "cursor_invalid")
    islington = await world.officer(branch_id=world.islington)
    assert (await islington.get(f"/v1/members/{one}/history")).status_code == 404


async def test_the_trail_of_a_branch_stays_with_it_when_a_member_moves(world: World) -> None:
    member = await world.member(world.dalston)
    secretary = await world.officer()
    await secretary.patch(f"/v1/members/{member}", json={"town": "X"}, headers={"If-Match": f'"{member}-1"'})
    region = await world.officer(Role.regional_officer, world.region)
    moved = {"member_id": str(member), "to_branch_id": str(world.angel), "accept": True}
    assert (await region.post("/v1/transfers", json=moved)).status_code == 201
    assert (await secretary.get(f"/v1/members/{member}/history")).status_code == 404
    islington = await world.officer(branch_id=world.islington)
    changes = (await islington.get(f"/v1/members/{member}/history")).json()["data"]
    assert {change["action"] for change in changes} == {"transfer.asked", "transfer.accepted"}
