"""The nine answers of article 15, made of the record of processing."""

from typing import Any
from uuid import UUID

from app.core.permissions import Role
from app.models.members import Relationship
from app.models.request_verbs import Information
from tests.office import Office


async def _filled(office: Office, request_id: UUID, **said: Any) -> dict[str, str | None]:
    await office.do(f"subject-access-requests/{request_id}/information/fill", **said)
    information: dict[str, str | None] = (await office.get(f"subject-access-requests/{request_id}"))["information"]
    return information


async def test_all_nine_are_filled_and_what_was_written_stays(office: Office) -> None:
    request_id = await office.request()
    path = f"/v1/subject-access-requests/{request_id}"
    await office.officer.patch(f"{path}/information", json={"purposes": "Keeping the roll."})
    refused = await office.secretary.post(f"{path}/information/fill", json={})
    assert refused.status_code == 403
    told = await _filled(office, request_id)
    assert told.keys() == Information.model_fields.keys()
    assert all(told.values())
    assert told["purposes"] == "Keeping the roll."
    assert "Former members: 72 months" in str(told["retention"])
    assert "The Test Party" in str(told["right_to_complain"])
    assert "within 30 days" in str(told["right_to_complain"])
    assert told["automated_decisions"] == "No decision about you is taken without a person."
    again = await _filled(office, request_id, language="cy")
    assert again == told


async def test_the_answers_are_about_the_person_and_in_their_language(office: Office) -> None:
    request_id = await office.request(person_id=None)
    anybody = await _filled(office, request_id)
    assert all(f"{name}: " in str(anybody["purposes"]) for name in ("Supporters", "Offices", "Membership"))
    _, supporter = await office.world.api.member(
        office.world.hackney, relationship=Relationship.supporter, preferred_language="cy"
    )
    told = await _filled(office, await office.request(person_id=str(supporter)))
    purposes = str(told["purposes"])
    assert "Cefnogwyr: " in purposes
    # They hold no office. Whether they are named in a case is told by no answer: cases are told of to everybody.
    assert "Swyddi: " not in purposes
    assert "Cwynion a disgyblaeth: " in purposes


async def test_a_matter_that_concerns_oneself_is_not_filled(office: Office) -> None:
    account = await office.world.api.account(person_id=office.subject.person_id)
    await office.world.api.grant(account, Role.data_protection_officer, office.world.root)
    request_id = await office.request()
    own = await office.world.api.sign_in(account)
    hidden = await own.post(f"/v1/subject-access-requests/{request_id}/information/fill", json={})
    assert hidden.status_code == 404
