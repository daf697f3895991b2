"""Listening campaigns put down as they are after some steps, and what is done in one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.models.consents_to_use import ConsentedUse
from app.models.listening import (
    ListeningCampaign,
    ListeningGrouping,
    ListeningIssue,
    ListeningOrganisation,
    ListeningSession,
    ListeningSessionKind,
    ListeningState,
    ListeningTheme,
    ListeningVote,
)
from app.models.organisations import OrganisationState
from app.models.representatives import Representative, RepresentativeRole
from tests.organising import Ground, place, place_organisation
from tests.world import Client, World, fake

CONSENT = {"uses": ["internal", "public"], "wording": "We may tell this at our assembly.", "explicit": True}


async def place_campaign(world: World, unit: UUID, **columns: Any) -> ListeningCampaign:
    today = clock.today()
    told = {
        "name": fake.bs(),
        "question": "What puts pressure on your family?",
        "starts_on": today - timedelta(days=30),
        "ends_on": today + timedelta(days=30),
        "assembly_on": today,
        "state": ListeningState.listening,
        "state_since": today,
        **columns,
    }
    row = ListeningCampaign(branch_id=unit, **told)
    await place(world, row)
    return row


async def place_taking_part(world: World, campaign: ListeningCampaign, **columns: Any) -> UUID:
    """An institution in membership that takes part, with a delegate."""
    told = {"state": OrganisationState.active, **columns}
    organisation = await place_organisation(world, campaign.branch_id, **told)
    joined = {"organisation_id": organisation.id, "joined_on": campaign.starts_on}
    await place(world, ListeningOrganisation(listening_campaign_id=campaign.id, **joined))
    await place_delegate(world, organisation.id, campaign.branch_id)
    return organisation.id


async def place_session(
    world: World, campaign: ListeningCampaign, recorded_by: UUID, **columns: Any
) -> ListeningSession:
    told = {"kind": ListeningSessionKind.house_meeting, "on_day": clock.today(), "participants": 12, **columns}
    row = ListeningSession(
        branch_id=campaign.branch_id, listening_campaign_id=campaign.id, recorded_by=recorded_by, **told
    )
    await place(world, row)
    return row


async def place_issue(world: World, heard_in: ListeningSession, **columns: Any) -> ListeningIssue:
    row = ListeningIssue(
        branch_id=heard_in.branch_id,
        listening_campaign_id=heard_in.listening_campaign_id,
        listening_session_id=heard_in.id,
        words="I wait an hour for a bus that does not come.",
        heard_by=heard_in.recorded_by,
        **columns,
    )
    await place(world, row)
    return row


async def place_theme(world: World, campaign: ListeningCampaign, named_by: UUID, **columns: Any) -> ListeningTheme:
    told = {"name": fake.unique.bs()[:100], **columns}
    row = ListeningTheme(listening_campaign_id=campaign.id, named_by=named_by, **told)
    await place(world, row)
    return row


async def place_grouping(world: World, issue: ListeningIssue, theme: ListeningTheme) -> None:
    row = ListeningGrouping(listening_issue_id=issue.id, listening_theme_id=theme.id, grouped_by=issue.heard_by)
    await place(world, row)


async def place_vote(world: World, theme: ListeningTheme, organisation_id: UUID) -> ListeningVote:
    row = ListeningVote(
        listening_campaign_id=theme.listening_campaign_id,
        organisation_id=organisation_id,
        theme_ids=[theme.id],
        on_day=clock.today(),
        recorded_by=theme.named_by,
    )
    await place(world, row)
    return row


@dataclass
class Walk:
    """A listening campaign in Hackney, walked through by its organiser."""

    ground: Ground
    id: str

    async def session(self, **said: Any) -> str:
        told = {"kind": "house_meeting", "participants": 12, **said}
        return str((await self.ground.do(f"listening-campaigns/{self.id}/sessions", **told))["id"])

    async def issue(self, session_id: str, words: str = "The damp makes my children ill.", **said: Any) -> str:
        return str((await self.ground.do(f"listening-sessions/{session_id}/issues", words=words, **said))["id"])

    async def theme(self, name: str) -> str:
        return str((await self.ground.do(f"listening-campaigns/{self.id}/themes", name=name))["id"])

    async def group(self, issue_id: str, theme_id: str) -> dict[str, Any]:
        return await self.ground.do(f"listening-issues/{issue_id}/group", theme_id=theme_id)

    async def institution(self, *, delegate: bool = True, **columns: Any) -> UUID:
        """An institution in membership that takes part, with a delegate."""
        told = {"state": OrganisationState.active, **columns}
        organisation_id = await self.ground.organisation(**told)
        await self.act("organisations", organisation={"organisation_id": str(organisation_id)})
        if delegate:
            await place_delegate(self.ground.world, organisation_id, self.ground.unit)
        return organisation_id

    async def vote(self, organisation_id: UUID, *theme_ids: str, by: Client | None = None) -> dict[str, Any]:
        return await self.act("votes", by, organisation_id=str(organisation_id), theme_ids=list(theme_ids))

    async def act(self, verb: str, by: Client | None = None, **said: Any) -> dict[str, Any]:
        return await self.ground.do(f"listening-campaigns/{self.id}/{verb}", by, **said)

    async def result(self) -> dict[str, Any]:
        return await self.ground.get(f"listening-campaigns/{self.id}/result")

    async def refused(self, verb: str, code: str, status: int = 409, by: Client | None = None, **said: Any) -> None:
        await self.ground.refused(f"listening-campaigns/{self.id}/{verb}", code, status, by, **said)


async def begin(ground: Ground, *, listening: bool = True, **said: Any) -> Walk:
    """A listening campaign that listens, unless told otherwise, and whose assembly is today."""
    today = clock.today()
    told = {
        "branch_id": str(ground.unit),
        "name": "What we hear this autumn",
        "question": "What puts pressure on you and your family?",
        "starts_on": str(today - timedelta(days=30)),
        "ends_on": str(today + timedelta(days=30)),
        "assembly_on": str(today),
        **said,
    }
    walk = Walk(ground, (await ground.do("listening-campaigns", **told))["id"])
    if listening:
        await walk.act("start")
    return walk


def uses(*named: ConsentedUse) -> dict[str, Any]:
    return {**CONSENT, "uses": list(named)}


async def place_delegate(world: World, organisation_id: UUID, unit: UUID) -> UUID:
    """Somebody who has an institution's voice."""
    _, person = await world.api.member(unit)
    told = {"role": RepresentativeRole.voting, "starts_on": clock.today() - timedelta(days=90)}
    await place(world, Representative(organisation_id=organisation_id, person_id=person, **told))
    return person
