"""The demo alliance campaigns: it listens, maps power, holds an assembly, holds to account, evaluates and wins."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.clock import months_after
from app.models.actions_shapes import ActionCreate, ActionRoleGive
from app.models.campaigns import CampaignStage
from app.models.campaigns_objectives import MilestoneCreate, MilestoneReach, ObjectiveCreate, ObjectiveMeasure
from app.models.campaigns_parts import CampaignBranchAdd
from app.models.campaigns_shapes import CampaignCreate
from app.models.contacts import OrganisationNamed
from app.models.decision_makers import DecisionMakerCreate, OfficeHeldCreate
from app.models.evaluations import EvaluationRecord
from app.models.listening_heard import (
    ListeningGroup,
    ListeningIssueCreate,
    ListeningSessionCreate,
    ListeningThemeCreate,
)
from app.models.listening_shapes import ListeningCampaignCreate, ListeningClose, ListeningVoteCreate
from app.models.pledges_shapes import PledgeAnswered, PledgeAsk, PledgeConfirm, PledgeSeek
from app.models.power_analyses_shapes import PowerActorAdd, PowerAnalysisDraft, PowerTieAdd
from app.models.strategic_partnerships import PartnershipPropose
from app.models.turnout import TurnoutCount, TurnoutPromise
from app.models.wins import WinClaim
from app.seeds.hands import CHAPTER, CLUSTER, Hands
from app.services import (
    actions,
    actions_parts,
    campaigns,
    campaigns_milestones,
    campaigns_objectives,
    campaigns_parts,
    decision_makers,
    evaluations,
    pledges,
    pledges_steps,
    power_analyses,
    power_analyses_actors,
    power_analyses_ties,
    strategic_partnerships,
    turnout,
    wins,
)
from app.services.listening import closing, grouping, hearing, planning, voting


class Campaigning(Hands):
    """One campaign through the whole cycle, and two that have begun."""

    async def listen(self) -> None:
        """House meetings, what was said in them, and the assembly's choice."""
        said = {
            "branch_id": self.units[CHAPTER],
            "name": "Listening in Hackney and Islington",
            "question": "What presses on your family this winter?",
            "starts_on": months_after(self.today, -2),
            "ends_on": self.today,
            "assembly_on": self.today,
            "organisations": [{"organisation_id": one} for one in self.with_voice()],
        }
        listening = await self.made(
            self.organiser, planning.create_campaign, ListeningCampaignCreate.model_validate(said)
        )
        await self.by(self.organiser, planning.start, listening)
        heard = ("Cold and damp at home", "Rent takes half of what we earn", "The bus does not come at night")
        issues = []
        for number, one in enumerate(self.with_voice()):
            meeting = ListeningSessionCreate.model_validate(
                {"kind": "house_meeting", "organisation_id": one, "participants": 8 + number}
            )
            held = await self.made(self.organiser, hearing.create_session, listening, meeting)
            issue = ListeningIssueCreate(words=heard[number % 3], count=3)
            issues.append(await self.made(self.organiser, hearing.create_issue, held, issue))
        themes = [
            await self.made(self.organiser, grouping.create_theme, listening, ListeningThemeCreate(name=name))
            for name in ("Warm homes", "Rent", "Buses")
        ]
        for number, named in enumerate(issues):
            group = ListeningGroup(theme_id=themes[number % 3])
            await self.by(self.organiser, grouping.group_issue, named, group)
        await self.by(self.organiser, planning.begin_discernment, listening)
        for number, one in enumerate(self.with_voice()):
            chosen = themes if number % 3 else [themes[0], themes[2]]
            vote = ListeningVoteCreate.model_validate({"organisation_id": one, "theme_ids": chosen})
            await self.by(self.organiser, voting.create_vote, listening, vote)
        await self.by(self.organiser, closing.close, listening, ListeningClose(priorities=themes[:1]))

    async def campaign(self) -> UUID:
        """The Fair Energy campaign: its aims, who has power over it, and what is measured."""
        lead = next(person for key in self.institutions for person in self.people.get(key, ()))
        campaign = await self._new_campaign(
            "Fair Energy",
            "Cold homes",
            "Every social home in both boroughs insulated before next winter.",
            lead,
            CampaignStage.act,
        )
        joined = CampaignBranchAdd(branch_id=self.units[CLUSTER])
        await self.by(self.organiser, campaigns_parts.add_branch, campaign, joined)
        goal = ObjectiveCreate(name="Homes insulated", unit="homes", target_value=400)
        objective = await self.made(self.organiser, campaigns_objectives.create_objective, campaign, goal)
        await self.by(self.organiser, campaigns_objectives.measure_objective, objective, ObjectiveMeasure(value=120))
        step = MilestoneCreate(name="The council's cabinet decides", due_on=self.today)
        milestone = await self.made(self.organiser, campaigns_milestones.create_milestone, campaign, step)
        await self.by(self.organiser, campaigns_milestones.reach_milestone, milestone, MilestoneReach())
        await self.by(self.organiser, campaigns.activate, campaign)
        self.leader = await self.made(
            self.organiser,
            decision_makers.create_decision_maker,
            DecisionMakerCreate(branch_id=self.units[CHAPTER], name="Cllr Morwenna Teague", body="Borough council"),
        )
        office = OfficeHeldCreate.model_validate(
            {"office": "Leader of the council", "body": "Borough council", "starts_on": months_after(self.today, -18)}
        )
        await self.by(self.organiser, decision_makers.add_office, self.leader, office)
        await self._map_power(campaign, lead)
        return campaign

    async def _map_power(self, campaign: UUID, lead: UUID) -> None:
        draft = await self.made(self.organiser, power_analyses.draft_power_analysis, campaign, PowerAnalysisDraft())
        school = next(iter(self.institutions.values()))
        actors: dict[str, Any] = {
            "us": {"kind": "us", "name": "Shared Ground, Hackney & Islington", "influence": 2, "position": 2},
            "leader": {"kind": "person", "decision_maker_id": self.leader, "influence": 5, "position": 0},
            "landlord": {"kind": "body", "name": "Northgate Homes", "influence": 4, "position": -1},
            "paper": {"kind": "body", "name": "The Borough Chronicle", "influence": 3, "position": 1},
            "church": {"kind": "organisation", "organisation_id": school, "influence": 3, "position": 2},
            "lead": {"kind": "person", "person_id": lead, "influence": 2, "position": 2},
        }
        made = {
            name: await self.made(
                self.organiser, power_analyses_actors.add_actor, draft, PowerActorAdd.model_validate(said)
            )
            for name, said in actors.items()
        }
        ties = (
            ("us", "church", "allied", 5),
            ("church", "paper", "knows", 3),
            ("paper", "leader", "influences", 3),
            ("landlord", "leader", "influences", 4),
            ("lead", "church", "member_of", 4),
        )
        for source, target, kind, strength in ties:
            tie = PowerTieAdd.model_validate(
                {"from_actor_id": made[source], "to_actor_id": made[target], "kind": kind, "strength": strength}
            )
            await self.by(self.organiser, power_analyses_ties.add_tie, draft, tie)
        await self.by(self.organiser, power_analyses.agree_power_analysis, draft)

    async def act(self, campaign: UUID) -> None:
        """An assembly yesterday: turnout, the question and its answer, the evaluation, a win."""
        yesterday = self.today - timedelta(days=1)
        begins = datetime.combine(yesterday, time(19), clock.LONDON)
        assembly = await self.made(
            self.organiser,
            actions.create_action,
            ActionCreate.model_validate(
                {
                    "branch_id": self.units[CHAPTER],
                    "campaign_id": campaign,
                    "name": "Assembly for warm homes",
                    "kind": "assembly",
                    "target": "The leader of the council",
                    "ask": "Will you insulate every council home before next winter?",
                    "starts_at": begins,
                    "ends_at": begins + timedelta(hours=2),
                    "venue": "St Bride's Church hall",
                    "accessibility": ["step_free", "hearing_loop", "interpreting"],
                }
            ),
        )
        for number, one in enumerate(self.with_voice()):
            named = OrganisationNamed(organisation_id=one)
            await self.by(self.organiser, actions_parts.join_action, assembly, named)
            promise = TurnoutPromise(organisation_id=one, promised=40 - 5 * (number % 4))
            await self.by(self.organiser, turnout.promise_turnout, assembly, promise)
        chair = next(person for key in self.institutions for person in self.people.get(key, ()))
        role = ActionRoleGive.model_validate({"role": "chair", "person": {"person_id": chair}})
        await self.by(self.organiser, actions_parts.give_role, assembly, role)
        for action in ("confirm", "hold"):
            await self.by(self.organiser, actions.step_action, assembly, action)
        for number, one in enumerate(self.with_voice()):
            counted = TurnoutCount(organisation_id=one, counted=30 - 4 * (number % 4))
            await self.by(self.organiser, turnout.count_turnout, assembly, counted)
        await self._hold_to_account(campaign, assembly)
        learned = EvaluationRecord.model_validate(
            {
                "feelings": ["Proud", "Surprised that they came"],
                "turnout": ["Two institutions brought more than they had promised"],
                "reaction": ["The leader asked for a second meeting"],
                "lessons": [{"text": "Ask the pinning question before the testimonies.", "topics": ["ask"]}],
            }
        )
        await self.by(self.organiser, evaluations.record_evaluation, assembly, learned)
        win = WinClaim.model_validate(
            {
                "branch_id": self.units[CHAPTER],
                "campaign_id": campaign,
                "action_id": assembly,
                "what": "The council insulates 120 homes",
                "who_benefits": "Tenants of the council",
                "people_benefiting": 300,
                "level": "borough",
                "evidence": "Minutes of the cabinet",
            }
        )
        claimed = await self.made(self.organiser, wins.claim_win, win)
        await self.by(self.supervisor, wins.verify_win, claimed)

    async def _hold_to_account(self, campaign: UUID, assembly: UUID) -> None:
        due_on = months_after(self.today, 6)
        seek = PledgeSeek.model_validate(
            {
                "decision_maker_id": self.leader,
                "campaign_id": campaign,
                "wording": "Will you insulate every council home before next winter?",
                "due_on": due_on,
            }
        )
        pledge = await self.made(self.organiser, pledges.seek_pledge, seek)
        ask = PledgeAsk.model_validate({"action_id": assembly, "on_day": self.today - timedelta(days=1)})
        await self.by(self.organiser, pledges_steps.ask_pledge, pledge, ask)
        words = {"answer": "made", "words": "Yes, we will.", "on_day": ask.on_day}
        await self.by(self.organiser, pledges_steps.answer_pledge, pledge, PledgeAnswered.model_validate(words))
        proof = PledgeConfirm.model_validate({"text": "A letter of the same evening.", "due_on": due_on})
        await self.by(self.organiser, pledges_steps.confirm_pledge, pledge, proof)

    async def call_to_account(self, campaign: UUID) -> None:
        """The next assembly, before which what was promised falls due."""
        begins = datetime.combine(months_after(self.today, 7), time(19), clock.LONDON)
        data = ActionCreate.model_validate(
            {
                "branch_id": self.units[CHAPTER],
                "campaign_id": campaign,
                "name": "Accountability assembly",
                "kind": "assembly",
                "target": "The leader of the council",
                "starts_at": begins,
                "ends_at": begins + timedelta(hours=2),
            }
        )
        await self.made(self.organiser, actions.create_action, data)

    async def begin_other_campaigns(self) -> None:
        equity = await self._new_campaign(
            "Race equity strategy",
            "Race equity at The City Road University",
            "A strategy written with its students and staff, with a budget and a yearly account in public.",
        )
        university = self.institutions["the-city-road-university"]
        partnership = PartnershipPropose.model_validate(
            {
                "branch_id": self.units[CHAPTER],
                "organisation_id": university,
                "campaign_id": equity,
                "purpose": "To write the strategy together.",
                "starts_on": self.today,
                "annual_income_pence": 600_000,
            }
        )
        made = await self.made(self.organiser, strategic_partnerships.propose_partnership, partnership)
        await self.by(self.organiser, strategic_partnerships.agree_partnership, made)
        await self._new_campaign(
            "Health equality", "Waiting for a doctor", "Interpreters in every surgery of both boroughs."
        )

    async def _new_campaign(
        self, name: str, issue: str, aims: str, lead: UUID | None = None, stage: CampaignStage = CampaignStage.listen
    ) -> UUID:
        data = CampaignCreate(
            branch_id=self.units[CHAPTER],
            name=name,
            issue=issue,
            aims=aims,
            lead_person_id=lead,
            stage=stage,
            starts_on=months_after(self.today, -1),
        )
        return await self.made(self.organiser, campaigns.create_campaign, data)
