"""What happens in the midst of a case: people leave, are named, rise, resign; evidence comes late; parties speak."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.disputes.cast import raise_to_the_top
from tests.disputes.moves import holder
from tests.disputes.sayings import FILE, TEXT, Dice, Facts
from tests.disputes.walk import Walk

PARTIES = ("complainant", "respondent", "second respondent", "witness")


async def leave(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Somebody gives up a part, or the receiver takes it from them."""
    part = dice.one(facts["seats"] if facts["seats"] and dice.below(2) else facts["parts"])
    who = walk.cast.whose(part["account"]) if dice.below(4) else holder(walk, facts, "disputes:handle", dice)
    if who is not None:
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/people/{part['id']}/end", json={"text": TEXT})


async def declare(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Somebody of the case has an interest."""
    who = walk.cast.whose(dice.one(facts["parts"])["account"])
    if who is not None:
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/declare-interest", json={"text": TEXT})


async def name(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Somebody else turns out to be concerned: a stranger, a member of the panel, a receiver, another respondent."""
    who = holder(walk, facts, "disputes:handle", dice)
    candidates = ["witness", "stranger", "second respondent", "alternate"]
    # Oftener than not it is somebody who works on the case.
    candidates += 3 * [found for one in facts["parts"] if (found := walk.cast.whose(one["account"])) is not None]
    somebody = walk.cast.people[dice.one(candidates)]
    if who is not None and somebody.person_id is not None:
        role = dice.one(("witness", "named", "respondent"))
        said = {"role": role, "person_id": str(somebody.person_id)}
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/parties", json=said)


async def strike(walk: Walk, dice: Dice, facts: Facts) -> None:
    """A naming is struck out, or is not."""
    who = holder(walk, facts, "disputes:handle", dice)
    if who is not None and facts["parties"]:
        party = dice.one(facts["parties"])["id"]
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/parties/{party}/strike", json={"reasons": TEXT})


async def bring(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Evidence comes in, early or late, from one of the case's people or from a party."""
    who = holder(walk, facts, "disputes:gather", dice)
    if dice.below(2):
        await walk.send(dice.one(PARTIES), "post", f"/v1/me/disputes/{walk.case}/evidence", files=FILE)
    elif who is not None:
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/evidence", files=FILE)


async def put_away(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Nobody will rely on an item."""
    who = holder(walk, facts, "disputes:handle", dice)
    if who is not None and facts["evidence"]:
        path = f"/v1/disputes/{walk.case}/evidence/{dice.one(facts['evidence'])}/set-aside"
        await walk.send(who, "post", path, json={"reason": TEXT})


async def appoint(walk: Walk, dice: Dice, facts: Facts) -> None:
    """A clerk or a mediator comes in, or somebody who may not."""
    who = holder(walk, facts, "disputes:handle", dice)
    part = dice.one(("clerk", "mediator", "investigator"))
    somebody = walk.cast.people[dice.one((part, part, *sorted(walk.cast.people)))]
    if who is not None:
        said = {"account_id": str(somebody.account_id), "part": part}
        await walk.send(who, "post", f"/v1/disputes/{walk.case}/people", json=said)


async def hold_back(walk: Walk, dice: Dice, facts: Facts) -> None:
    """An interim measure is imposed, or reviewed."""
    who = holder(walk, facts, "disputes:handle", dice)
    respondents = [one["id"] for one in facts["parties"] if one["role"] == "respondent"]
    path = f"/v1/disputes/{walk.case}/measures"
    if who is None or not respondents:
        return
    if facts["measures"] and dice.below(2):
        outcome = dice.one(("keep", "lift"))
        said = {"outcome": outcome, "reasons": TEXT}
        await walk.send(who, "post", f"{path}/{facts['measures'][0]}/review", json=said)
        return
    said = {"party_id": dice.one(respondents), "kind": dice.one(("suspension", "office_suspension", "attendance"))}
    if dice.below(2):
        said["ends_on"] = str(walk.today + timedelta(days=20))
    await walk.send(who, "post", path, json={**said, "reasons": TEXT, "text": TEXT})


async def wait(walk: Walk, dice: Dice, facts: Facts) -> None:
    """The case is stayed, and goes on again some other time."""
    who = holder(walk, facts, "disputes:handle", dice)
    if who is not None:
        action, said = ("lift_stay", {"text": TEXT}) if facts["stayed"] else ("stay", {"reason": "court", "text": TEXT})
        await walk.act(who, action, said)
        await walk.pass_days(dice.one((0, 5, 20)))


async def resign(walk: Walk, dice: Dice, _facts: Facts) -> None:
    """A respondent is a member no longer; what is decided holds all the same."""
    somebody = walk.cast.people[dice.one(("respondent", "second respondent"))]
    path = f"/v1/members/{somebody.member_id}/resign"
    await walk.send("officer", "post", path, json={"resigned_on": str(walk.today)})


async def rise(walk: Walk, dice: Dice, _facts: Facts) -> None:
    """A party is given every rank there is; the case stays as closed to them as it was."""
    who = dice.one(PARTIES)
    await raise_to_the_top(walk.cast.desk.world, walk.cast.people[who])
    await walk.look(who)


async def join(walk: Walk, dice: Dice, facts: Facts) -> None:
    """Two cases become one."""
    who = holder(walk, facts, "disputes:handle", dice)
    if who is not None and dice.below(3) == 0:
        await walk.act(who, "join", {"into_id": str(walk.other), "text": TEXT})


async def speak(walk: Walk, dice: Dice, facts: Facts) -> None:
    """A party says something of their own, on their own page."""
    who, verb = dice.one(PARTIES), dice.one(("respond", "appeal", "withdraw", "object", "correct", "respond", "appeal"))
    path = f"/v1/me/disputes/{walk.case}"
    file = await walk.get(who, path)
    seat = facts["seats"][0]["id"] if facts["seats"] else str(walk.case)
    said = {"text": TEXT} | ({"part_id": seat} if verb == "object" else {})
    answer = await walk.send(who, "post", f"{path}/{verb}", json=said)
    if file.status_code != 200:
        assert answer.status_code == 404, answer.text
        return
    offer = next((one for one in file.json()["allowed_actions"] if one["action"] == verb), None)
    if offer is None:
        assert answer.status_code == 409, answer.text
    elif not offer["allowed"]:
        assert answer.json().get("code") == "action_not_allowed", answer.text
        assert answer.json()["params"]["reason_code"] == offer["reason_code"], answer.text
    else:
        assert answer.json().get("code") != "action_not_allowed", answer.text


HAPPENINGS: tuple[Callable[[Walk, Dice, Facts], Awaitable[None]], ...] = (
    leave, leave, declare, name, name, name, strike, bring, bring, put_away, appoint, hold_back, hold_back, wait,
    resign, rise, join, speak, speak, speak, speak,
)  # fmt: skip
