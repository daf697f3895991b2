"""Procedures: everybody reads them, few lay them down, and no edition changes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.branches import UnitKind
from app.models.procedures import SanctionKind
from app.services import procedures
from app.services.procedures_presets import CO_OPERATIVE_PARTY, THREE_ADJUDICATORS, first_procedure
from tests.world import Api, Client, World


def _key() -> str:
    return f"p{new_id().hex}"


def _body(**over: Any) -> dict[str, Any]:
    return {**THREE_ADJUDICATORS.model_dump(mode="json"), "key": _key(), **over}


def _edition(**over: Any) -> dict[str, Any]:
    body = _body(starts_on=clock.today().isoformat(), **over)
    del body["key"]
    return body


@pytest.fixture
async def officer(world: World) -> Client:
    return await world.officer(Role.disputes_officer, world.root)


async def test_an_organisation_begins_with_a_procedure(world: World) -> None:
    secretary = await world.officer()
    rows = (await secretary.get("/v1/procedures", params={"key": "co_operative_party"})).json()["data"]
    assert [(row["edition"], row["starts_on"]) for row in rows] == [(1, "2018-10-01")]
    assert rows[0]["definition"] == CO_OPERATIVE_PARTY.definition.model_dump(mode="json")
    one = await secretary.get(f"/v1/procedures/{rows[0]['id']}")
    assert one.json() == rows[0]
    assert (await world.api.client().get("/v1/procedures")).status_code == 401


def test_a_party_and_an_alliance_begin_differently() -> None:
    assert first_procedure(UnitKind.party).key == "co_operative_party"
    assert first_procedure(UnitKind.alliance).key == "three_adjudicators"
    assert first_procedure(UnitKind.alliance).is_default


async def test_a_preset_is_sent_as_it_is(officer: Client, world: World) -> None:
    presets = (await (await world.officer()).get("/v1/procedures/presets")).json()["data"]
    assert [preset["key"] for preset in presets] == ["co_operative_party", "three_adjudicators"]
    for preset in presets:
        made = await officer.post("/v1/procedures", json={**preset, "key": _key()})
        assert made.status_code == 201, made.text
        assert (made.json()["definition"], made.json()["edition"]) == (preset["definition"], 1)
        assert made.json()["is_default"] is False


async def test_there_is_one_procedure_of_a_key(officer: Client) -> None:
    body = _body()
    assert (await officer.post("/v1/procedures", json=body)).status_code == 201
    again = await officer.post("/v1/procedures", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "procedure_exists")


async def test_a_later_edition_takes_over_on_its_day_and_changes_nothing_before(officer: Client, api: Api) -> None:
    body = _body()
    first = (await officer.post("/v1/procedures", json=body)).json()
    starts_on = clock.today() + timedelta(days=30)
    added = await officer.post(
        f"/v1/procedures/{body['key']}/editions", json=_edition(name="Fairer") | {"starts_on": starts_on.isoformat()}
    )
    assert added.status_code == 201, added.text
    assert added.json()["edition"] == 2

    async def in_force(day: Any) -> list[int]:
        asked = {"key": body["key"], "as_of": day.isoformat()}
        return [row["edition"] for row in (await officer.get("/v1/procedures", params=asked)).json()["data"]]

    assert await in_force(clock.today()) == [1]
    assert await in_force(starts_on - timedelta(days=1)) == [1]
    assert await in_force(starts_on) == [2]
    assert (await officer.get(f"/v1/procedures/{first['id']}")).json() == first
    every = await officer.get("/v1/procedures", params={"key": body["key"], "every_edition": True, "sort": "starts_on"})
    assert [row["edition"] for row in every.json()["data"]] == [1, 2]
    async with api.owner.transaction() as session:
        row = await procedures.procedure_in_force(session, body["key"], starts_on)
        assert (row["id"].hex, row["edition"]) == (added.json()["id"].replace("-", ""), 2)
        assert procedures.load(row) == THREE_ADJUDICATORS.definition


async def test_a_mistake_in_an_edition_to_come_is_mended_by_the_next(officer: Client, api: Api) -> None:
    key = (await officer.post("/v1/procedures", json=_body())).json()["key"]
    starts_on = {"starts_on": (clock.today() + timedelta(days=30)).isoformat()}
    for _ in range(2):
        assert (await officer.post(f"/v1/procedures/{key}/editions", json=_edition() | starts_on)).status_code == 201
    async with api.owner.transaction() as session:
        row = await procedures.procedure_in_force(session, key, clock.today() + timedelta(days=30))
        assert row["edition"] == 3


async def test_two_who_add_an_edition_at_once_make_no_number_twice(officer: Client) -> None:
    url = f"/v1/procedures/{(await officer.post('/v1/procedures', json=_body())).json()['key']}/editions"
    answers = await asyncio.gather(*(officer.post(url, json=_edition()) for _ in range(4)))
    made = [answer.json()["edition"] for answer in answers if answer.status_code == 201]
    assert made
    assert sorted(made) == list(range(2, len(made) + 2))
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"race_lost"}


async def test_a_later_edition_reaches_no_day_that_is_past(officer: Client, api: Api) -> None:
    key = (await officer.post("/v1/procedures", json=_body())).json()["key"]
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    refused = await officer.post(f"/v1/procedures/{key}/editions", json=_edition() | {"starts_on": yesterday})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "in_past")
    assert await api.value("select count(*) from procedures where key = $1", key) == 1
    assert (await officer.post(f"/v1/procedures/{_key()}/editions", json=_edition())).status_code == 404


async def test_a_definition_that_does_not_fit_is_refused_with_every_flaw(officer: Client, api: Api) -> None:
    body = _body()
    definition = body["definition"]
    definition["first"] = "nobody"
    definition["bodies"][2]["barred_offices"] = ["chair", "no_such_office"]
    del definition["limits"]["appeal"]
    refused = await officer.post("/v1/procedures", json=body)
    assert refused.status_code == 422
    assert {(error["pointer"], error["code"]) for error in refused.json()["errors"]} == {
        ("/definition/first", "unknown_body"),
        ("/definition/limits/appeal", "limit_missing"),
        ("/definition/bodies/2/barred_offices/1", "office_type_unknown"),
    }
    assert "no_such_office" not in refused.text
    for place, value in (("quorum", 0), ("sanctions", ["stocks"]), ("powers", ["banish"])):
        body = _body()
        body["definition"]["bodies"][1][place] = value
        refused = await officer.post("/v1/procedures", json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"].startswith(f"/definition/bodies/1/{place}")
        assert await api.value("select count(*) from procedures where key = $1", body["key"]) == 0


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.branch_secretary, "hackney"), (Role.regional_officer, "region"), (Role.system_administrator, "root"),
     (Role.auditor, "root"), (Role.disputes_officer, "region")],
)  # fmt: skip
async def test_who_does_not_manage_procedures_lays_down_none(
    world: World, officer: Client, role: Role, place: str
) -> None:
    somebody = await world.officer(role, getattr(world, place))
    made = (await officer.post("/v1/procedures", json=_body())).json()
    body, key = _body(), made["key"]
    for url, said in (
        ("/v1/procedures", body),
        (f"/v1/procedures/{key}/editions", _edition()),
        (f"/v1/procedures/{key}/make-default", None),
    ):
        refused = await somebody.post(url, json=said)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert await world.api.value("select count(*) from procedures where key = any ($1)", [body["key"], key]) == 1
    assert not await world.api.value("select is_default from procedures where key = $1", key)
    assert (await somebody.get(f"/v1/procedures/{made['id']}")).json() == made


async def test_one_procedure_is_the_default(officer: Client, api: Api) -> None:
    """And the organisation's own is made it again, since other tests rely upon it."""
    key = (await officer.post("/v1/procedures", json=_body())).json()["key"]
    try:
        made = await officer.post(f"/v1/procedures/{key}/make-default")
        assert (made.status_code, made.json()["is_default"]) == (200, True)
        # A later edition of the default is the default.
        await officer.post(f"/v1/procedures/{key}/editions", json=_edition(name="Fairer"))
        async with api.owner.transaction() as session:
            row = await procedures.procedure_in_force(session, None, clock.today())
        assert (row["key"], row["edition"]) == (key, 2)
        defaults = "select array_agg(distinct key) from procedures where is_default"
        assert await api.value(defaults) == [key]
    finally:
        again = await officer.post("/v1/procedures/co_operative_party/make-default")
    assert (again.status_code, await api.value(defaults)) == (200, ["co_operative_party"])
    same = await officer.post("/v1/procedures/co_operative_party/make-default")
    assert same.json() == again.json()


async def test_a_procedure_that_is_not_in_force_is_no_default(officer: Client, api: Api) -> None:
    body = _body(starts_on=(clock.today() + timedelta(days=1)).isoformat())
    assert (await officer.post("/v1/procedures", json=body)).status_code == 201
    refused = await officer.post(f"/v1/procedures/{body['key']}/make-default")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_procedure_in_force")
    assert not await api.value("select is_default from procedures where key = $1", body["key"])
    assert (await officer.post(f"/v1/procedures/{_key()}/make-default")).status_code == 404


async def test_what_is_laid_down_is_on_the_trail_and_in_the_feed(officer: Client, api: Api) -> None:
    made = (await officer.post("/v1/procedures", json=_body())).json()
    fields = await api.value("select fields from audit_entries where subject_id = $1::uuid", made["id"])
    assert fields["definition"] is True
    assert fields["key"]["new"] == made["key"]
    event = await api.row("select type, resource, data from events where subject_id = $1::uuid", made["id"])
    assert tuple(event) == ("procedure.created", "procedures", {})
    await api.others_finished()
    feed = (await officer.get("/v1/events", params={"type": "procedure.created", "limit": 200})).json()
    assert made["id"] in {event["subject_id"] for event in feed["data"]}


def test_powers_without_a_panel_are_fewer_than_a_panel_s() -> None:
    lead = THREE_ADJUDICATORS.definition.body("lead_adjudicator")
    assert lead.sanctions == [SanctionKind.warning]
