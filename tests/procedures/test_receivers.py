"""Who receives complaints: a list in order, whose last is nobody of the organisation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.services.procedures_presets import THREE_ADJUDICATORS
from tests.world import Client, World


@pytest.fixture
async def officer(world: World) -> Client:
    return await world.officer(Role.disputes_officer, world.root)


@pytest.fixture
async def key(officer: Client) -> str:
    body = {**THREE_ADJUDICATORS.model_dump(mode="json"), "key": f"p{new_id().hex}"}
    made = await officer.post("/v1/procedures", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


def _url(key: str) -> str:
    return f"/v1/procedures/{key}/receivers"


def _list(*choices: tuple[UUID, bool]) -> dict[str, Any]:
    return {"receivers": [{"account_id": str(account), "external": external} for account, external in choices]}


async def test_the_list_is_set_whole_and_read_in_order(world: World, officer: Client, key: str) -> None:
    assert (await officer.get(_url(key))).json() == {"procedure_key": key, "data": []}
    one, two, outside = [await world.api.account() for _ in range(3)]
    for said in (_list((one, False), (two, False), (outside, True)), _list((two, False), (outside, True))):
        put = await officer.put(_url(key), json=said)
        assert put.status_code == 200, put.text
        assert (await officer.get(_url(key))).json() == put.json()
        assert _list(*((UUID(row["account_id"]), row["external"]) for row in put.json()["data"])) == said
    assert [row["position"] for row in put.json()["data"]] == [1, 2]
    name = await world.api.value("select name from accounts where id = $1", two)
    assert (put.json()["data"][0]["name"], put.json()["data"][0]["is_active"]) == (name, True)
    # Who was asked before is still known.
    ended = await world.api.value(
        "select count(*) from receivers where procedure_key = $1 and ended_at is not null", key
    )
    assert ended == 3
    fields = await world.api.value(
        "select fields from audit_entries where action = 'procedure.receivers_set' order by id desc limit 1"
    )
    assert fields["receivers"]["new"] == [str(two), str(outside)]


async def test_a_list_that_could_leave_nobody_is_refused(world: World, officer: Client, key: str) -> None:
    one, outside = await world.api.account(), await world.api.account()
    disabled = await world.api.account()
    await world.api.value("update accounts set state = 'disabled' where id = $1 returning 1", disabled)
    kept = await officer.put(_url(key), json=_list((one, False), (outside, True)))
    unknown = new_id()
    for said, pointer, code in (
        (_list((outside, True)), "/receivers", "too_short"),
        (_list((one, False), (outside, False)), "/receivers/1/external", "last_not_external"),
        (_list((outside, True), (one, False)), "/receivers/1/external", "last_not_external"),
        (_list((one, False), (one, True)), "/receivers/1/account_id", "duplicate"),
        (_list((unknown, False), (outside, True)), "/receivers/0/account_id", "account_unknown"),
        (_list((disabled, False), (outside, True)), "/receivers/0/account_id", "account_not_active"),
    ):
        refused = await officer.put(_url(key), json=said)
        assert refused.status_code == 422, refused.text
        assert (pointer, code) in {(error["pointer"], error["code"]) for error in refused.json()["errors"]}
        assert (await officer.get(_url(key))).json() == kept.json()


async def test_a_member_is_not_external(world: World, officer: Client, key: str) -> None:
    one = await world.api.account()
    _, person = await world.api.member(world.hackney)
    _, supporter = await world.api.member(world.hackney, relationship="supporter", type="supporter")
    _, gone = await world.api.member(
        world.hackney, decided_standing="resigned", decided_from=clock.today() - timedelta(days=400)
    )
    member = await world.api.account(person_id=person)
    refused = await officer.put(_url(key), json=_list((one, False), (member, True)))
    assert refused.status_code == 422
    assert refused.json()["errors"][0] | {"message": ""} == {
        "pointer": "/receivers/1/external",
        "code": "is_a_member",
        "message": "",
    }
    assert (await officer.get(_url(key))).json()["data"] == []
    for other in (supporter, gone):
        account = await world.api.account(person_id=other)
        assert (await officer.put(_url(key), json=_list((member, False), (account, True)))).status_code == 200


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.branch_secretary, "hackney"), (Role.regional_officer, "region"), (Role.auditor, "root"),
     (Role.disputes_officer, "region")],
)  # fmt: skip
async def test_others_neither_see_nor_set_it(world: World, officer: Client, key: str, role: Role, place: str) -> None:
    somebody = await world.officer(role, getattr(world, place))
    said = _list((await world.api.account(), False), (await world.api.account(), True))
    for refused in (await somebody.get(_url(key)), await somebody.put(_url(key), json=said)):
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert await world.api.value("select count(*) from receivers where procedure_key = $1", key) == 0


async def test_a_procedure_that_is_not_there_has_none(officer: Client, world: World) -> None:
    said = _list((await world.api.account(), False), (await world.api.account(), True))
    assert (await officer.get(_url("nothing_of_the_kind"))).status_code == 404
    assert (await officer.put(_url("nothing_of_the_kind"), json=said)).status_code == 404
