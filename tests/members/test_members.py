"""Members over HTTP: found, read, added and corrected by the officers of their branch, and by nobody else."""

from app.core.permissions import Role
from tests.world import World


async def test_a_secretary_adds_a_member_and_reads_them_back(world: World) -> None:
    secretary = await world.officer()
    made = await secretary.post(
        "/v1/members",
        json={"branch_id": str(world.dalston), "given_name": "Zoë", "family_name": "O'Brien", "postcode": "e81ea"},
    )
    assert made.status_code == 201, made.text
    assert made.json()["postcode"] == "E8 1EA"
    read = await secretary.get(made.headers["Location"])
    assert read.json() == made.json()
    assert read.headers["ETag"] == f'"{made.json()["id"]}-1"'


async def test_another_branch_is_absent_not_forbidden(world: World) -> None:
    member = await world.member(world.hackney)
    islington = await world.officer(branch_id=world.islington)
    seen = await islington.get(f"/v1/members/{member}")
    assert (seen.status_code, seen.json()["code"]) == (404, "not_found")
    listed = await islington.get("/v1/members", params={"count": "exact"})
    assert listed.json()["data"] == []
    assert listed.json()["count"] == {"value": 0, "relation": "eq"}


async def test_contact_details_are_left_out_without_the_right(world: World) -> None:
    member = await world.member(world.hackney)
    treasurer = await world.officer(Role.branch_treasurer)
    body = (await treasurer.get(f"/v1/members/{member}")).json()
    assert "email" not in body
    assert "postcode" not in body
    assert body["given_name"]
