"""Samples of listening."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.models.listening import ListeningCampaign, ListeningState, ListeningTheme
from app.models.testimonies import Testimony, TestimonySpecial
from app.services.envelopes import seal_texts
from tests.contracts.asks import Ask, Make, Sample, Sight
from tests.listening.placed import (
    CONSENT,
    place_campaign,
    place_grouping,
    place_issue,
    place_session,
    place_taking_part,
    place_theme,
    place_vote,
)
from tests.organising import place, place_organisation
from tests.world import World, fake

S = ListeningState
#: Only who has heard groups: in a sample everybody has.
_ALL_HEARD = """
insert into listening_issues
  (id, created_at, updated_at, version, branch_id, listening_campaign_id, listening_session_id, words, count, heard_by)
select gen_random_uuid(), now(), now(), 1, $1, $2, $3, 'No bus on Sundays.', 1, id from accounts
"""


def _campaign(state: ListeningState = S.listening, json: Any = None, *, match: bool = False) -> Make:
    """A campaign in a state, with a theme and somebody's vote, and something that is asked of it."""

    async def make(world: World, unit: UUID) -> Ask:
        campaign, theme, _ = await _voted(world, unit, state)
        said = {name: value(theme) if callable(value) else value for name, value in (json or {}).items()}
        sent = {"If-Match": f'"{campaign.id}-1"'} if match else {}
        return Ask(
            ids={"listening_campaign_id": campaign.id},
            json=said if json is not None else None,
            headers=sent,
            shown=campaign.id,
        )

    return make


async def _voted(world: World, unit: UUID, state: ListeningState) -> tuple[ListeningCampaign, ListeningTheme, UUID]:
    campaign = await place_campaign(world, unit, state=state)
    theme = await place_theme(world, campaign, await world.api.account())
    organisation = await place_taking_part(world, campaign)
    await place_vote(world, theme, organisation)
    return campaign, theme, organisation


async def _planned(world: World, unit: UUID) -> Ask:
    today = str(clock.today())
    plan = {"branch_id": str(unit), "name": "Autumn", "question": "What worries you?"}
    return Ask(json={**plan, "starts_on": today, "ends_on": today})


async def _joins(world: World, unit: UUID) -> Ask:
    campaign = await place_campaign(world, unit)
    organisation = await place_organisation(world, unit)
    named = {"organisation": {"organisation_id": str(organisation.id)}}
    return Ask(ids={"listening_campaign_id": campaign.id}, json=named)


async def _leaves(world: World, unit: UUID) -> Ask:
    campaign = await place_campaign(world, unit)
    organisation = await place_taking_part(world, campaign)
    return Ask(ids={"listening_campaign_id": campaign.id, "organisation_id": organisation}, json={})


async def _votes(world: World, unit: UUID) -> Ask:
    campaign = await place_campaign(world, unit, state=S.discerning)
    theme = await place_theme(world, campaign, await world.api.account())
    organisation = await place_taking_part(world, campaign)
    said = {"organisation_id": str(organisation), "theme_ids": [str(theme.id)]}
    return Ask(ids={"listening_campaign_id": campaign.id}, json=said)


async def _strikes(world: World, unit: UUID) -> Ask:
    campaign, theme, _ = await _voted(world, unit, S.discerning)
    vote = await place_vote(world, theme, await place_taking_part(world, campaign))
    return Ask(
        ids={"listening_campaign_id": campaign.id, "vote_id": vote.id}, json={"reason": "They chose something else."}
    )


def _heard(what: str, json: Any = None, *, match: bool = False) -> Make:
    """A session with an issue that is put to a theme, heard by everybody; asked of is the one or the other."""

    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_campaign(world, unit)
        account = await world.api.account()
        heard_in = await place_session(world, campaign, account)
        issue, theme = await place_issue(world, heard_in), await place_theme(world, campaign, account)
        await place_grouping(world, issue, theme)
        await world.api.execute(_ALL_HEARD, unit, campaign.id, heard_in.id)
        found = {"listening_session_id": heard_in.id, "issue_id": issue.id, "listening_campaign_id": campaign.id}
        shown = {"themes": theme.id, "issues": issue.id}.get(what, heard_in.id)
        said = {"theme_id": str(theme.id)} if json == "theme" else json
        key = what if what in found else "listening_campaign_id"
        sent = {"If-Match": f'"{found[key]}-1"'} if match else {}
        return Ask(ids={key: found[key]}, json=said, headers=sent, shown=shown)

    return make


async def _theme(world: World, unit: UUID) -> Ask:
    ask = await _heard("themes")(world, unit)
    return Ask(ids=ask.ids, json={"name": new_id().hex})


async def _renames(world: World, unit: UUID) -> Ask:
    ask = await _heard("themes")(world, unit)
    sent = {"If-Match": f'"{ask.shown}-1"'}
    return Ask(ids={**ask.ids, "theme_id": ask.shown}, json={"name": new_id().hex}, headers=sent)


def _testimony(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit)
        today, account = clock.today(), await world.api.account()
        told = Testimony(
            branch_id=unit,
            person_id=person,
            given_on=today,
            taken_by=account,
            state_since=today,
            sealed=b"",
            consent_uses=CONSENT["uses"],
            consent_wording=CONSENT["wording"],
            consent_explicit=True,
            consent_given_on=today,
        )
        special = TestimonySpecial(
            testimony_id=told.id, branch_id=unit, person_id=person, taken_by=account, kinds=["health"], sealed=b""
        )
        async with world.api.transaction() as session:
            told.sealed = await seal_texts(session, person, "testimonies", told.id, {"text": fake.text()})
            special.sealed = await seal_texts(session, person, "testimony_specials", special.id, {"text": fake.text()})
        await place(world, told, special)
        return Ask(ids={"testimony_id": told.id}, json=json, shown=told.id)

    return make


async def _takes(world: World, unit: UUID) -> Ask:
    _, person = await world.api.member(unit)
    told = {"branch_id": str(unit), "person": {"person_id": str(person)}, "text": "The bus does not come."}
    return Ask(json={**told, "consent": CONSENT})


CAMPAIGN, SESSION, ISSUE = (
    "/v1/listening-campaigns/{listening_campaign_id}",
    "/v1/listening-sessions/{listening_session_id}",
    "/v1/listening-issues/{issue_id}",
)
TESTIMONY = "/v1/testimonies/{testimony_id}"

LISTENING: dict[str, Sample] = {
    "POST /v1/listening-campaigns": Sample(_planned, sight=Sight.plain),
    "GET /v1/listening-campaigns": Sample(_campaign(), sight=Sight.listed),
    f"GET {CAMPAIGN}": Sample(_campaign()),
    f"PATCH {CAMPAIGN}": Sample(_campaign(json={"name": "Winter"}, match=True)),
    f"POST {CAMPAIGN}/start": Sample(_campaign(S.planned)),
    f"POST {CAMPAIGN}/begin-discernment": Sample(_campaign()),
    f"POST {CAMPAIGN}/close": Sample(_campaign(S.discerning, {"priorities": lambda theme: [str(theme.id)]})),
    f"POST {CAMPAIGN}/cancel": Sample(_campaign()),
    f"GET {CAMPAIGN}/organisations": Sample(_campaign()),
    f"POST {CAMPAIGN}/organisations": Sample(_joins),
    f"POST {CAMPAIGN}/organisations/{{organisation_id}}/leave": Sample(_leaves),
    f"GET {CAMPAIGN}/votes": Sample(_campaign(S.discerning)),
    f"POST {CAMPAIGN}/votes": Sample(_votes),
    f"POST {CAMPAIGN}/votes/{{vote_id}}/strike": Sample(_strikes),
    f"GET {CAMPAIGN}/result": Sample(_campaign(S.discerning)),
    f"GET {CAMPAIGN}/result/chart": Sample(_campaign(S.discerning)),
    f"POST {CAMPAIGN}/sessions": Sample(_campaign(json={"kind": "street", "participants": 4})),
    f"GET {CAMPAIGN}/sessions": Sample(_heard("sessions")),
    f"GET {SESSION}": Sample(_heard("listening_session_id")),
    f"PATCH {SESSION}": Sample(_heard("listening_session_id", {"participants": 14}, match=True)),
    f"POST {SESSION}/issues": Sample(_heard("listening_session_id", {"words": "No bus on Sundays."})),
    f"GET {CAMPAIGN}/issues": Sample(_heard("issues")),
    f"GET {ISSUE}": Sample(_heard("issue_id")),
    f"POST {ISSUE}/group": Sample(_heard("issue_id", "theme")),
    f"GET {ISSUE}/groupings": Sample(_heard("issue_id")),
    f"POST {CAMPAIGN}/themes": Sample(_theme),
    f"PATCH {CAMPAIGN}/themes/{{theme_id}}": Sample(_renames),
    f"GET {CAMPAIGN}/themes": Sample(_heard("themes")),
    "POST /v1/testimonies": Sample(_takes, sight=Sight.plain),
    "GET /v1/testimonies": Sample(_testimony(), sight=Sight.listed),
    f"GET {TESTIMONY}": Sample(_testimony()),
    f"GET {TESTIMONY}/special": Sample(_testimony()),
    f"POST {TESTIMONY}/use": Sample(_testimony({"use": "public", "where": "The assembly"})),
    f"POST {TESTIMONY}/renew-consent": Sample(_testimony(CONSENT)),
    f"POST {TESTIMONY}/withdraw": Sample(_testimony({})),
}
