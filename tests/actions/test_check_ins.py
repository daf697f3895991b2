"""Check-in by code: in batches, offline, each once, and what is right is kept."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.models.check_ins import MOST_PEOPLE
from app.services.check_ins import TRIES
from tests.actions.placed import code_of, hours_ago, placed_part
from tests.organising import Ground
from tests.world import Client


async def open_action(ground: Ground, **columns: Any) -> UUID:
    return await ground.action(**{"state": "confirmed", "starts_at": hours_ago(1), "ends_at": clock.now(), **columns})


def one(at: datetime | None = None, **said: Any) -> dict[str, Any]:
    return {"client_ref": str(new_id()), "at": (at or clock.now()).isoformat(), **said}


async def sent(client: Client, code: str, *check_ins: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await client.post("/v1/check-ins", json={"code": code, "check_ins": check_ins})
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def counts(told: dict[str, Any]) -> tuple[int, int, int]:
    return told["accepted"], told["already"], told["refused"]


async def test_a_device_checks_in_whoever_comes_each_once(ground: Ground) -> None:
    action = await open_action(ground)
    organisation = await placed_part(ground, action)
    code, door = await code_of(ground, action), ground.world.api.client()
    sheet = (await door.post("/v1/check-ins/open", json={"code": f"{code[:4].lower()}-{code[4:]}"})).json()
    assert [told["organisation_id"] for told in sheet["organisations"]] == [str(organisation)]
    batch = [one(organisation_id=str(organisation), people=3), one(organisation_id=str(organisation)), one(people=2)]
    assert counts(await sent(door, code, *batch)) == (3, 0, 0)
    assert counts(await sent(door, code, *batch, one())) == (1, 3, 0)
    told = await ground.get(f"actions/{action}/turnout")
    [part] = told["organisations"]
    assert (part["checked_in"], part["counted"], part["counted_how"], told["others"]) == (4, 4, "checked_in", 3)
    await ground.do(f"actions/{action}/turnout/count", organisation_id=str(organisation), counted=6)
    [part] = (await ground.get(f"actions/{action}/turnout"))["organisations"]
    assert (part["checked_in"], part["counted"], part["counted_how"]) == (4, 6, "by_hand")


async def test_what_is_right_is_kept_whatever_else_is_sent(ground: Ground) -> None:
    action = await open_action(ground)
    code, door = await code_of(ground, action), ground.world.api.client()
    elsewhere = str(await ground.organisation())
    batch = [
        one(),
        one(clock.now() - timedelta(days=2)),
        one(clock.now() + timedelta(minutes=11)),
        one(organisation_id=elsewhere),
        one(organisation_id=str(new_id())),
        one(person_id=str(await ground.person())),
        one(clock.now() + timedelta(minutes=9)),
    ]
    told = await sent(door, code, *batch)
    assert counts(told) == (2, 0, 5)
    refused = [(row["code"], row["pointer"]) for row in told["check_ins"] if row["outcome"] == "refused"]
    assert refused == [
        ("before_the_day", "/check_ins/1/at"),
        ("in_future", "/check_ins/2/at"),
        ("not_taking_part", "/check_ins/3/organisation_id"),
        ("not_taking_part", "/check_ins/4/organisation_id"),
        ("sign_in_to_name", "/check_ins/5/person_id"),
    ]
    assert [row["client_ref"] for row in told["check_ins"]] == [row["client_ref"] for row in batch]


async def test_what_a_device_sends_days_later_counts_unless_it_came_later(ground: Ground) -> None:
    began = clock.now() - timedelta(days=3)
    action = await open_action(ground, starts_at=began, ends_at=began + timedelta(minutes=1), state="held")
    code, door = await code_of(ground, action), ground.world.api.client()
    told = await sent(door, code, one(began), one(began + timedelta(days=1)))
    assert [row["code"] for row in told["check_ins"]] == [None, "after_the_day"]


async def test_only_who_runs_the_action_names_people(ground: Ground) -> None:
    action = await open_action(ground)
    code, person = await code_of(ground, action), str(await ground.person())
    stranger = str(await ground.person(ground.world.islington))
    for client in (ground.leader, ground.other):
        [row] = (await sent(client, code, one(person_id=person)))["check_ins"]
        assert row["code"] == "sign_in_to_name"
    named = one(person_id=person)
    batch = (named, one(person_id=stranger), one(person_id=person, people=2), one(person_id=person))
    told = await sent(ground.organiser, code, *batch)
    assert [row["code"] or row["outcome"] for row in told["check_ins"]] == [
        "accepted",
        "unknown_person",
        "one_person_is_one",
        "already",
    ]
    assert (await ground.get(f"actions/{action}/turnout"))["others"] == 1


async def test_of_two_batches_at_once_each_check_in_is_kept_once(ground: Ground) -> None:
    action = await open_action(ground)
    organisation = await placed_part(ground, action)
    code, door = await code_of(ground, action), ground.world.api.client()
    batch = [one(organisation_id=str(organisation)) for _ in range(100)]
    told = await asyncio.gather(*[sent(door, code, *order) for order in (batch, batch[::-1], batch[50:])])
    assert sum(answer["accepted"] for answer in told) == 100
    assert sum(answer["already"] for answer in told) == 150
    assert (await ground.get(f"actions/{action}/turnout"))["counted"] == 100


async def test_a_new_code_ends_the_one_before(ground: Ground) -> None:
    action, door = await open_action(ground), ground.world.api.client()
    first = await code_of(ground, action)
    second = await code_of(ground, action)
    assert (await sent(door, first, one(), status=404))["code"] == "check_in_code_invalid"
    assert (await sent(door, "AAAAAAAA", one(), status=404))["code"] == "check_in_code_invalid"
    assert counts(await sent(door, second, one())) == (1, 0, 0)
    assert second not in (await ground.organiser.get(f"/v1/actions/{action}")).text


@pytest.mark.parametrize(("state", "code"), [("closed", "check_in_over"), ("cancelled", "action_cancelled")])
async def test_nobody_is_checked_in_once_it_is_over(ground: Ground, state: str, code: str) -> None:
    action, door = await open_action(ground), ground.world.api.client()
    opens = await code_of(ground, action)
    await ground.world.api.execute("update actions set state = $2 where id = $1", action, state)
    assert (await sent(door, opens, one(), status=409))["code"] == code
    assert (await door.post("/v1/check-ins/open", json={"code": opens})).json()["code"] == code
    kept = await ground.world.api.row("select count(*) as kept from action_check_ins where action_id = $1", action)
    assert kept["kept"] == 0


async def test_more_than_any_place_holds_are_refused(ground: Ground) -> None:
    action = await open_action(ground)
    code, door = await code_of(ground, action), ground.world.api.client()
    fits = [one(people=1_000) for _ in range(MOST_PEOPLE // 1_000)]
    assert counts(await sent(door, code, *fits)) == (len(fits), 0, 0)
    [first, last] = (await sent(door, code, fits[0], one()))["check_ins"]
    assert (first["outcome"], last["code"], last["pointer"]) == ("already", "too_many", "/check_ins/1/people")


async def test_a_batch_has_a_limit_and_a_credential_must_be_good(ground: Ground) -> None:
    code, door = await code_of(ground, await open_action(ground)), ground.world.api.client()
    assert (await sent(door, code, *[one() for _ in range(501)], status=422))["code"] == "invalid"
    assert (await sent(door, code, status=422))["code"] == "invalid"
    stale = ground.world.api.client("not-a-token")
    assert (await sent(stale, code, one(), status=401))["code"] == "not_signed_in"


async def test_whoever_tries_codes_is_slowed_down(ground: Ground) -> None:
    door = ground.world.api.client()
    tries = [door.post("/v1/check-ins/open", json={"code": "AAAAAAAA"}) for _ in range(TRIES)]
    assert {answer.status_code for answer in await asyncio.gather(*tries)} == {404}
    assert (await door.post("/v1/check-ins/open", json={"code": "AAAAAAAA"})).status_code == 429
