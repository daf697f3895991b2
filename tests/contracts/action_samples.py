"""Samples of action: what is done in public, who comes, what is learned, and calendars."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.models.actions import Action, ActionOrganisation, ActionRole, ActionRoleHolder, ActionState
from app.models.calendar_feeds import CalendarFeed
from app.models.evaluations import ActionEvaluation, ActionLesson
from app.services.check_ins import code_hashes
from app.services.sign_ins import HOUSE_CLIENT
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place, place_action, place_campaign, place_organisation
from tests.world import World, fake

S = ActionState


async def place_under_way(world: World, unit: UUID, state: ActionState, **columns: Any) -> Action:
    """An action in a state, which began an hour ago."""
    begins = clock.now() - timedelta(hours=1)
    return await place_action(
        world, unit, **{"state": state, "starts_at": begins, "ends_at": begins + timedelta(hours=2), **columns}
    )


def _action(state: ActionState = S.planned, json: Any = None) -> Make:
    """An action in a state, with an institution that takes part."""

    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_campaign(world, unit)
        row = await place_under_way(world, unit, state, campaign_id=campaign.id)
        organisation = await _part(world, unit, row)
        said = None if json is None else {name: str(organisation) if v == "part" else v for name, v in json.items()}
        headers = {"If-Match": f'"{row.id}-1"'}
        return Ask(ids={"action_id": row.id}, json=said, headers=headers, shown=row.id)

    return make


async def _part(world: World, unit: UUID, action: Action) -> UUID:
    organisation = await place_organisation(world, unit)
    part = ActionOrganisation(action_id=action.id, organisation_id=organisation.id, joined_on=clock.today())
    await place(world, part)
    return organisation.id


async def _listed(world: World, unit: UUID) -> Ask:
    campaign = await place_campaign(world, unit)
    row = await place_action(world, unit, campaign_id=campaign.id)
    return Ask(params={"campaign_id": str(campaign.id)}, shown=row.id)


async def _planned(_world: World, unit: UUID) -> Ask:
    begins = clock.now() + timedelta(days=3)
    when = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    return Ask(json={"branch_id": str(unit), "name": "Assembly", "kind": "assembly", **when})


async def _joins(world: World, unit: UUID) -> Ask:
    action = await place_action(world, unit)
    organisation = await place_organisation(world, unit)
    return Ask(ids={"action_id": action.id}, json={"organisation": {"organisation_id": str(organisation.id)}})


async def _parts(world: World, unit: UUID) -> Ask:
    action = await place_action(world, unit)
    organisation = await _part(world, unit, action)
    return Ask(ids={"action_id": action.id, "organisation_id": organisation}, shown=organisation)


async def _role_given(world: World, unit: UUID) -> Ask:
    action = await place_action(world, unit)
    _, person = await world.api.member(unit)
    return Ask(ids={"action_id": action.id}, json={"role": "chair", "person": {"person_id": str(person)}})


def _role(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        action = await place_action(world, unit)
        _, person = await world.api.member(unit)
        role = ActionRoleHolder(action_id=action.id, person_id=person, role=ActionRole.steward, from_day=clock.today())
        await place(world, role)
        ids = {"action_id": action.id} if json is None else {"action_id": action.id, "role_id": role.id}
        return Ask(ids=ids, json=json, shown=role.id)

    return make


def _by_code(*, batch: bool) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        code = "".join(fake.random_elements("ABCDEFGHJKMNPQRSTUVWXYZ23456789", length=8))
        async with world.api.transaction() as session:
            hashed = code_hashes(session, code)[0]
        action = await place_under_way(world, unit, S.confirmed, code_hash=hashed)
        organisation = await _part(world, unit, action)
        if not batch:
            return Ask(json={"code": code})
        row = {"client_ref": str(new_id()), "at": clock.now().isoformat(), "organisation_id": str(organisation)}
        return Ask(json={"code": code, "check_ins": [row]})

    return make


def _evaluated(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        action, lesson = await _lesson(world, unit)
        headers = {"If-Match": f'"{action.id}-1"'} if json is not None else {}
        return Ask(ids={"action_id": action.id}, json=json, headers=headers, shown=lesson)

    return make


async def _lesson(world: World, unit: UUID) -> tuple[Action, UUID]:
    campaign = await place_campaign(world, unit)
    action = await place_under_way(world, unit, S.evaluated, campaign_id=campaign.id)
    said = {
        "id": action.id,
        "branch_id": unit,
        "on_day": clock.today(),
        "recorded_by": await world.api.account(),
        "sealed": b"",
    }
    lesson = ActionLesson(branch_id=unit, action_id=action.id, text="Count the chairs twice.", topics=["venue"])
    await place(world, ActionEvaluation(**said), lesson)
    return action, lesson.id


async def _lessons(world: World, unit: UUID) -> Ask:
    action, lesson = await _lesson(world, unit)
    return Ask(params={"campaign_id": str(action.campaign_id)}, shown=lesson)


async def _feed_made(world: World, unit: UUID) -> Ask:
    return Ask(json={"campaign_id": str((await place_campaign(world, unit)).id)})


async def _feeds(_world: World, _unit: UUID) -> Ask:
    return Ask()


async def _feed(world: World, _unit: UUID) -> Ask:
    account = await world.api.account()
    feed = CalendarFeed(account_id=account, client_id=HOUSE_CLIENT, sign_in_id=new_id(), token_hash=new_id().bytes)
    await place(world, feed)
    return Ask(ids={"feed_id": feed.id}, json={}, by=await world.api.sign_in(account))


async def _no_calendar(_world: World, _unit: UUID) -> Ask:
    return Ask(ids={"link": new_id().hex})


_ACTIONS, _CHECK_INS, _FEEDS = "/v1/actions", "/v1/check-ins", "/v1/calendar-feeds"
_ONE = f"{_ACTIONS}/{{action_id}}"
_LISTED = (Held.anywhere, Sight.listed)

ACTIONS: dict[str, Sample] = {
    f"GET {_ACTIONS}": Sample(_listed, *_LISTED),
    f"POST {_ACTIONS}": Sample(_planned, sight=Sight.plain),
    f"GET {_ONE}": Sample(_action()),
    f"PATCH {_ONE}": Sample(_action(json={"name": "Another name"})),
    f"POST {_ONE}/confirm": Sample(_action()),
    f"POST {_ONE}/hold": Sample(_action(S.confirmed)),
    f"POST {_ONE}/close": Sample(_action(S.evaluated)),
    f"POST {_ONE}/cancel": Sample(_action(json={"reason": "The hall was flooded."})),
    f"GET {_ONE}/organisations": Sample(_parts),
    f"POST {_ONE}/organisations": Sample(_joins),
    f"POST {_ONE}/organisations/{{organisation_id}}/leave": Sample(_parts),
    f"GET {_ONE}/roles": Sample(_role()),
    f"POST {_ONE}/roles": Sample(_role_given),
    f"POST {_ONE}/roles/{{role_id}}/end": Sample(_role({})),
    f"GET {_ONE}/turnout": Sample(_action()),
    f"POST {_ONE}/turnout": Sample(_action(json={"organisation_id": "part", "promised": 40})),
    f"POST {_ONE}/turnout/count": Sample(_action(S.held, {"organisation_id": "part", "counted": 30})),
    f"GET {_ONE}/turnout/chart": Sample(_action()),
    f"POST {_ONE}/check-in-code": Sample(_action()),
    f"POST {_CHECK_INS}/open": Sample(_by_code(batch=False)),
    f"POST {_CHECK_INS}": Sample(_by_code(batch=True)),
    f"POST {_ONE}/evaluation": Sample(_action(S.held, {"feelings": ["Proud"], "lessons": [{"text": "Ask twice."}]})),
    f"GET {_ONE}/evaluation": Sample(_evaluated()),
    f"PATCH {_ONE}/evaluation": Sample(_evaluated({"lessons": []})),
    "GET /v1/lessons": Sample(_lessons, *_LISTED),
    f"POST {_FEEDS}": Sample(_feed_made),
    f"GET {_FEEDS}": Sample(_feeds),
    f"POST {_FEEDS}/{{feed_id}}/revoke": Sample(_feed),
    f"GET {_FEEDS}/{{link}}/calendar": Sample(_no_calendar),
}
