"""Grants over HTTP: within the ceiling, by somebody else, confirmed by a third, felt at once."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from app.core import clock
from app.core.permissions import Role
from app.models.accounts import GrantState
from tests.world import World


async def count(world: World, account_id: UUID) -> int:
    found: int = await world.api.value("select count(*) from grants where account_id = $1", account_id)
    return found


async def state(world: World, grant_id: str) -> str:
    found: str = await world.api.value("select state from grants where id = $1", grant_id)
    return found


async def give(giver: AsyncClient, account_id: UUID, role: Role, branch_id: UUID, **over: Any) -> Response:
    body = {
        "account_id": str(account_id),
        "role": role,
        "branch_id": str(branch_id),
        "reason": "Staff",
        **over,
    }
    return await giver.post("/v1/grants", json=body)


async def propose(world: World, account_id: UUID, *, proposer: AsyncClient | None = None) -> str:
    """A treasurer's role in Hackney, proposed by somebody national and waiting for a second person."""
    proposer = proposer or await world.officer(Role.national_membership_officer, world.region)
    made = await give(proposer, account_id, Role.branch_treasurer, world.hackney)
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "proposed"
    identifier: str = made.json()["id"]
    return identifier


async def actions(client: AsyncClient, grant_id: str) -> dict[str, str | None]:
    body = (await client.get(f"/v1/grants/{grant_id}")).json()
    return {item["action"]: item["reason_code"] for item in body["allowed_actions"]}


async def test_a_grant_waits_for_a_second_person_and_then_opens_the_branch(world: World) -> None:
    holder = await world.api.account()
    client = await world.api.sign_in(holder)
    grant = await propose(world, holder)
    assert (await client.get("/v1/members")).status_code == 403
    second = await world.officer(Role.regional_officer, world.region)
    assert await actions(second, grant) == {"confirm": None, "refuse": None, "end": "permission_missing"}
    confirmed = await second.post(f"/v1/grants/{grant}/confirm")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    world.api.app.state.rights.forget()
    assert (await client.get("/v1/members")).status_code == 200


async def test_the_proposer_does_not_confirm_with_either_of_their_accounts(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    proposer = await world.api.as_role(Role.national_membership_officer, world.region, person_id=person)
    other_account = await world.api.as_role(Role.regional_officer, world.region, person_id=person)
    holder = await world.api.account()
    grant = await propose(world, holder, proposer=proposer)
    for client in (proposer, other_account):
        refused = await client.post(f"/v1/grants/{grant}/confirm")
        assert (refused.status_code, refused.json()["code"]) == (409, "action_not_allowed")
        assert refused.json()["params"]["reason_code"] == "own_proposal"
    assert await state(world, grant) == "proposed"


async def test_the_holder_decides_nothing_about_their_own_grant(world: World) -> None:
    holder = await world.api.account()
    await world.api.grant(holder, Role.national_membership_officer, world.region)
    client = await world.api.sign_in(holder)
    grant = await propose(world, holder)
    for verb, body in (("confirm", None), ("refuse", {"reason": "no"}), ("end", {"reason": "no"})):
        refused = await client.post(f"/v1/grants/{grant}/{verb}", json=body)
        assert refused.json()["params"]["reason_code"] == "own_grant", refused.text
    assert await state(world, grant) == "proposed"


async def test_nobody_gives_to_themselves(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    own = await world.api.account(person_id=person)
    await world.api.grant(own, Role.national_membership_officer, world.region)
    second_account = await world.api.account(person_id=person)
    client = await world.api.sign_in(own)
    for account in (own, second_account):
        before = await count(world, account)
        refused = await give(client, account, Role.branch_treasurer, world.hackney)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_grant")
        assert await count(world, account) == before


async def test_nothing_is_given_beyond_the_ceiling_or_outside_the_subtree(world: World) -> None:
    holder = await world.api.account()
    officer = await world.officer(Role.national_membership_officer, world.hackney)
    above = await give(officer, holder, Role.disputes_officer, world.hackney)
    assert (above.status_code, above.json()["code"]) == (403, "beyond_ceiling")
    outside = await give(officer, holder, Role.branch_treasurer, world.islington)
    assert (outside.status_code, outside.json()["code"]) == (403, "permission_missing")
    parent = await give(officer, holder, Role.branch_treasurer, world.region)
    assert (parent.status_code, parent.json()["code"]) == (403, "permission_missing")
    secretary = await world.officer()
    ungated = await give(secretary, holder, Role.branch_treasurer, world.hackney)
    assert (ungated.status_code, ungated.json()["params"]["permission"]) == (403, "grants:give")
    assert await count(world, holder) == 0


async def test_nobody_makes_administrators(world: World) -> None:
    holder = await world.api.account()
    administrator = await world.officer(Role.system_administrator, world.root)
    refused = await give(administrator, holder, Role.system_administrator, world.hackney)
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_ceiling")
    assert await count(world, holder) == 0


async def test_a_proposal_dies_with_its_proposers_own_power(world: World) -> None:
    proposer = await world.api.account()
    power = await world.api.grant(proposer, Role.national_membership_officer, world.region)
    grant = await propose(world, await world.api.account(), proposer=await world.api.sign_in(proposer))
    await world.api.row("update grants set state = 'ended' where id = $1 returning id", power)
    second = await world.officer(Role.regional_officer, world.region)
    assert (await actions(second, grant))["confirm"] == "proposer_may_not_give"
    refused = await second.post(f"/v1/grants/{grant}/confirm")
    assert refused.json()["params"]["reason_code"] == "proposer_may_not_give"
    assert await state(world, grant) == "proposed"
    turned_down = await second.post(f"/v1/grants/{grant}/refuse", json={"reason": "Proposer left"})
    assert (turned_down.json()["state"], turned_down.json()["end_reason"]) == ("refused", "Proposer left")


async def test_confirming_takes_the_right_at_that_unit(world: World) -> None:
    grant = await propose(world, await world.api.account())
    elsewhere = await world.officer(Role.regional_officer, world.islington)
    hidden = await elsewhere.post(f"/v1/grants/{grant}/confirm")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    administrator = await world.officer(Role.system_administrator, world.root)
    gated = await administrator.post(f"/v1/grants/{grant}/confirm")
    assert (gated.status_code, gated.json()["params"]["permission"]) == (403, "grants:confirm")
    auditor = await world.officer(Role.auditor, world.region)
    assert (await auditor.get(f"/v1/grants/{grant}")).status_code == 200
    assert await state(world, grant) == "proposed"


async def test_grants_are_seen_in_reach_only(world: World) -> None:
    holder = await world.api.account()
    here = await world.api.grant(holder, Role.branch_treasurer, world.dalston)
    there = await world.api.grant(holder, Role.branch_treasurer, world.angel)
    reader = await world.officer(Role.auditor, world.hackney)
    page = (await reader.get("/v1/grants", params={"account_id": str(holder), "count": "exact"})).json()
    assert [row["id"] for row in page["data"]] == [str(here)]
    assert page["count"]["value"] == 1
    assert (await reader.get(f"/v1/grants/{there}")).status_code == 404
    below = (
        await reader.get("/v1/grants", params={"branch_id": str(world.hackney), "role": "branch_treasurer"})
    ).json()
    assert [row["id"] for row in below["data"]] == [str(here)]
    treasurer = await world.officer(Role.branch_treasurer)
    assert (await treasurer.get("/v1/grants")).status_code == 403


async def test_ending_takes_the_power_away_and_dates_it(world: World) -> None:
    holder = await world.api.account()
    grant = await world.api.grant(holder, Role.branch_treasurer, world.hackney, starts_on=date(2024, 1, 1))
    client = await world.api.sign_in(holder)
    assert (await client.get("/v1/members")).status_code == 200
    giver = await world.officer(Role.national_membership_officer, world.region)
    ended = await giver.post(f"/v1/grants/{grant}/end", json={"reason": "Left the staff"})
    assert (ended.json()["state"], ended.json()["ends_on"]) == ("ended", clock.today().isoformat())
    world.api.app.state.rights.forget()
    assert (await client.get("/v1/members")).status_code == 403
    again = await giver.post(f"/v1/grants/{grant}/end", json={"reason": "Left the staff"})
    assert again.json()["params"]["reason_code"] == "wrong_state"
    trail = await world.api.row(
        "select fields from audit_entries where subject_id = $1 and action = 'grant.ended'", grant
    )
    assert trail["fields"]["state"] == {"old": "confirmed", "new": "ended"}


async def test_days_are_half_open(world: World) -> None:
    today = clock.today()
    for starts, ends, status in (
        (today, today + timedelta(days=1), 200),
        (today - timedelta(days=9), today, 403),
        (today + timedelta(days=1), None, 403),
        (today, None, 200),
    ):
        holder = await world.api.account()
        await world.api.grant(holder, Role.branch_treasurer, world.hackney, starts_on=starts, ends_on=ends)
        client = await world.api.sign_in(holder)
        assert (await client.get("/v1/members")).status_code == status, (starts, ends)


async def test_days_past_or_turned_round_are_refused(world: World) -> None:
    holder = await world.api.account()
    giver = await world.officer(Role.national_membership_officer, world.region)
    today = clock.today()
    for days, pointer in (
        ({"starts_on": (today - timedelta(days=1)).isoformat()}, "/starts_on"),
        ({"ends_on": today.isoformat()}, "/ends_on"),
    ):
        refused = await give(giver, holder, Role.branch_treasurer, world.hackney, **days)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await count(world, holder) == 0


async def test_a_role_is_not_given_twice_for_the_same_days(world: World) -> None:
    holder = await world.api.account()
    await world.api.grant(holder, Role.branch_treasurer, world.hackney, ends_on=clock.today() + timedelta(days=5))
    giver = await world.officer(Role.national_membership_officer, world.region)
    refused = await give(giver, holder, Role.branch_treasurer, world.hackney)
    assert (refused.status_code, refused.json()["code"]) == (409, "grant_exists")
    starts_on = (clock.today() + timedelta(days=5)).isoformat()
    assert (await give(giver, holder, Role.branch_treasurer, world.hackney, starts_on=starts_on)).status_code == 201


async def test_a_disabled_account_is_given_nothing(world: World) -> None:
    holder = await world.api.account()
    await world.api.row("update accounts set state = 'disabled' where id = $1 returning id", holder)
    giver = await world.officer(Role.national_membership_officer, world.region)
    refused = await give(giver, holder, Role.branch_treasurer, world.hackney)
    assert (refused.status_code, refused.json()["code"]) == (409, "account_disabled")
    absent = await give(giver, world.root, Role.branch_treasurer, world.hackney)
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")
    assert await count(world, holder) == 0


async def test_a_refused_or_proposed_grant_opens_nothing(world: World) -> None:
    for phase in (GrantState.proposed, GrantState.refused, GrantState.ended):
        holder = await world.api.account()
        await world.api.grant(holder, Role.branch_treasurer, world.hackney, state=phase)
        client = await world.api.sign_in(holder)
        assert (await client.get("/v1/members")).status_code == 403


async def test_what_happens_to_a_grant_is_told_to_whoever_may_read_grants_there(world: World) -> None:
    grant = await propose(world, await world.api.account())
    await world.api.others_finished()
    seen = {}
    for name, role, branch in (
        ("reads grants", Role.regional_officer, world.region),
        ("reads none", Role.branch_secretary, world.hackney),
        ("elsewhere", Role.regional_officer, world.islington),
    ):
        client = await world.officer(role, branch)
        feed = (await client.get("/v1/events", params={"type": "grant.proposed", "limit": 200})).json()["data"]
        seen[name] = [event["type"] for event in feed if event["subject_id"] == grant]
    assert seen == {"reads grants": ["grant.proposed"], "reads none": [], "elsewhere": []}
