"""Looking somebody up for a part, and being told beforehand what would keep them from it."""

from typing import Any

from tests.disputes.desk import Desk, Someone


async def _look(desk: Desk, case: Any, who: Someone, part: str) -> list[Any]:
    body = {"person_id": str(who.person_id), "part": part}
    answer = await desk.secretary.client.post(f"/v1/disputes/{case}/candidates", json=body)
    assert answer.status_code == 200, answer.text
    return [(one["account_id"], one["refusal"]) for one in answer.json()["data"]]


async def test_a_candidate_is_found_with_what_keeps_them_out(desk: Desk) -> None:
    case = await desk.acknowledged()
    fit = await desk.member(desk.world.angel)
    neighbour = await desk.member(desk.world.hackney)
    assert await _look(desk, case, fit, "chair") == [(str(fit.account_id), None)]
    assert await _look(desk, case, neighbour, "chair") == [(str(neighbour.account_id), "panel_member_of_branch")]
    assert await _look(desk, case, neighbour, "clerk") == [(str(neighbour.account_id), None)]
    assert await _look(desk, case, desk.respondent, "clerk") == [(str(desk.respondent.account_id), "closed_to_them")]


async def test_a_candidate_is_found_by_address_or_number(desk: Desk) -> None:
    case = await desk.acknowledged()
    outsider = await desk.outsider()
    email = await desk.world.api.value("select email from accounts where id = $1", outsider.account_id)
    url = f"/v1/disputes/{case}/candidates"
    found = await desk.secretary.client.post(url, json={"email": email.upper(), "part": "panellist"})
    assert [one["account_id"] for one in found.json()["data"]] == [str(outsider.account_id)]
    nobody = await desk.secretary.client.post(url, json={"member_number": "X-1", "part": "clerk"})
    assert nobody.json() == {"data": []}
    both = await desk.secretary.client.post(url, json={"member_number": "X-1", "email": email, "part": "clerk"})
    assert both.status_code == 422
