"""The demo alliance organises: institutions join, people are met and heard, a campaign goes through the whole cycle.

Everything is done through the services, by the organiser, the associate organiser and whoever supervises them.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Database
from app.core.paging import Answer
from app.models.actions_shapes import ActionCreate, ActionJoin, ActionRoleGive
from app.models.affiliations import AffiliationCreate
from app.models.cadence import CadenceTargetSet
from app.models.campaigns_objectives import MilestoneCreate, MilestoneReach, ObjectiveCreate, ObjectiveMeasure
from app.models.campaigns_shapes import CampaignCreate
from app.models.core_teams import CoreTeamCreate, CoreTeamJoin
from app.models.courses import CourseCreate
from app.models.decision_makers import DecisionMakerCreate, OfficeHeldCreate
from app.models.evaluations import EvaluationRecord
from app.models.income import IncomeLineCreate, IncomeReceived, IncomeTargetSet
from app.models.leaders_shapes import LeaderCreate
from app.models.letters_of_understanding import LetterCreate, LetterSign
from app.models.listening_heard import (
    ListeningGroup,
    ListeningIssueCreate,
    ListeningSessionCreate,
    ListeningThemeCreate,
)
from app.models.listening_shapes import ListeningCampaignCreate, ListeningClose, ListeningVoteCreate
from app.models.one_to_ones_shapes import NextStepSettle, OneToOneCreate
from app.models.organisations_shapes import OrganisationCreate, OrganisationJoin
from app.models.pledges_shapes import PledgeAnswered, PledgeAsk, PledgeConfirm, PledgeSeek
from app.models.power_analyses_shapes import PowerActorAdd, PowerAnalysisDraft, PowerTieAdd
from app.models.representatives import RepresentativeCreate
from app.models.strategic_partnerships import PartnershipPropose
from app.models.training_shapes import EnrolmentAdd, TrainingSessionPlan
from app.models.turnout import TurnoutCount, TurnoutPromise
from app.models.wins import WinClaim
from app.services import (
    actions,
    actions_parts,
    affiliations,
    cadence_targets,
    campaigns,
    campaigns_milestones,
    campaigns_objectives,
    core_teams,
    courses,
    decision_makers,
    enrolments,
    evaluations,
    income,
    income_targets,
    leaders,
    letters_of_understanding,
    one_to_ones,
    organisations,
    organisations_steps,
    pledges,
    pledges_steps,
    power_analyses,
    power_analyses_actors,
    power_analyses_ties,
    representatives,
    strategic_partnerships,
    training_sessions,
    turnout,
    wins,
)
from app.services.listening import closing, grouping, hearing, planning, voting

CLUSTER, CHAPTER = "dalston-and-clapton", "hackney-and-islington"


class Organising:
    """One cycle of action, told in the order in which it came about."""

    def __init__(
        self,
        database: Database,
        units: Mapping[str, UUID],
        people: Mapping[str, Sequence[UUID]],
        *,
        organiser: Actor,
        associate: Actor,
        supervisor: Actor,
    ) -> None:
        self.database, self.units, self.people = database, units, people
        self.organiser, self.associate, self.supervisor = organiser, associate, supervisor
        self.today = clock.today()
        self.institutions: dict[str, UUID] = {}

    async def run(self, rows: Sequence[Mapping[str, str]]) -> None:
        await self._bring_institutions_in(rows)
        await self._meet_people()
        await self._build_teams()
        themes_of = await self._listen()
        campaign = await self._campaign(themes_of)
        await self._act(campaign)
        await self._other_campaigns()
        await self._train_and_raise()

    async def _by(self, actor: Actor, do: Callable[..., Coroutine[Any, Any, Any]], *asked: Any, **more: Any) -> Any:
        """One call of a service, in a transaction of its own."""
        async with self.database.transaction(actor) as session:
            return await do(session, actor, *asked, **more)

    async def _made(self, actor: Actor, do: Callable[..., Coroutine[Any, Any, Answer]], *asked: Any) -> UUID:
        made: Answer = await self._by(actor, do, *asked)
        return made.id

    async def _bring_institutions_in(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Each institution of the chapter is a member since a year, with somebody who has its voice."""
        for row in rows:
            if row["kind"] != "institution" or row["parent"] not in (CLUSTER, CHAPTER):
                continue
            said = {"name": row["name"], "kind": row["tradition"], "unit_id": self.units[row["key"]]}
            data = OrganisationCreate.model_validate({"branch_id": self.units[row["parent"]], **said})
            one = self.institutions[row["key"]] = await self._made(
                self.organiser, organisations.create_organisation, data
            )
            for action in ("approach", "agree"):
                await self._by(self.organiser, organisations_steps.step_organisation, one, action, None)
            joined = OrganisationJoin(joined_on=months_after(self.today, -10), dues_pence=150_000)
            await self._by(self.organiser, organisations_steps.join_organisation, one, joined)
            for person in self.people.get(row["key"], ())[:1]:
                named = {"person": {"person_id": person}}
                voice = RepresentativeCreate.model_validate({**named, "role": "voting", "starts_on": joined.joined_on})
                await self._by(self.organiser, representatives.add_representative, one, voice)
                belongs = AffiliationCreate.model_validate({**named, "kind": "member"})
                await self._by(self.organiser, affiliations.add_affiliation, one, belongs)

    async def _meet_people(self) -> None:
        """The associate organiser's week: some met, one planned, one next step kept and one open."""
        target = CadenceTargetSet.model_validate(
            {
                "branch_id": self.units[CLUSTER],
                "account_id": self.associate.account_id,
                "fte_percent": 80,
                "from_day": months_after(self.today, -3),
            }
        )
        await self._by(self.supervisor, cadence_targets.set_target, target)
        met = [(key, person) for key in self._cluster() for person in self.people.get(key, ())[:2]]
        for number, (key, person) in enumerate(met):
            day = self.today - timedelta(days=1 + number // 3)
            said: dict[str, Any] = {
                "branch_id": self.units[CLUSTER],
                "person": {"person_id": person},
                "organisation": {"organisation_id": self.institutions[key]},
                "state": "held",
                "on_day": day,
                "purpose": "get_to_know",
                "tier": ("team", "supervisor", "organiser")[number % 3],
                "notes": {"interests": ["Warm homes"], "asks": "Would they bring five people to the assembly?"},
                "next_step": {"text": "Call about the house meeting", "due_on": day + timedelta(days=4)},
            }
            one = await self._made(self.associate, one_to_ones.create_one_to_one, OneToOneCreate.model_validate(said))
            if number % 2:
                await self._by(self.associate, one_to_ones.settle_next_step, one, "keep_next_step", NextStepSettle())
        planned = {
            "branch_id": self.units[CLUSTER],
            "person": {"given_name": "Rhian", "family_name": "Castellane", "email": "rhian.castellane@example.org"},
            "organisation": {"name": "Clapton Library Friends", "kind": "community_group"},
            "on_day": self.today + timedelta(days=2),
            "purpose": "recruit",
            "tier": "team",
        }
        await self._by(self.associate, one_to_ones.create_one_to_one, OneToOneCreate.model_validate(planned))

    async def _build_teams(self) -> None:
        """A leader or two in each institution of the cluster, and a core team with a gap."""
        for key in self._cluster():
            for person in self.people.get(key, ())[:2]:
                said = {
                    "branch_id": self.units[CLUSTER],
                    "person": {"person_id": person},
                    "organisation_id": self.institutions[key],
                    "followers_estimate": 6,
                    "evidence": "Brought six people to the house meeting.",
                }
                await self._by(self.associate, leaders.add_leader, LeaderCreate.model_validate(said))
        key = next(iter(self._cluster()))
        team = CoreTeamCreate.model_validate(
            {"branch_id": self.units[CLUSTER], "organisation_id": self.institutions[key], "name": "Core team"}
        )
        made = await self._made(self.associate, core_teams.create_core_team, team)
        for person, role in zip(self.people.get(key, ()), ("chair", "turnout", "member"), strict=False):
            join = CoreTeamJoin.model_validate({"person": {"person_id": person}, "role": role})
            await self._by(self.associate, core_teams.join_core_team, made, join)

    async def _listen(self) -> list[UUID]:
        """House meetings, what was said in them, and the assembly's choice."""
        said = {
            "branch_id": self.units[CHAPTER],
            "name": "Listening in Hackney and Islington",
            "question": "What presses on your family this winter?",
            "starts_on": months_after(self.today, -2),
            "ends_on": self.today,
            "assembly_on": self.today,
            "organisations": [{"organisation_id": one} for one in self._with_voice()],
        }
        listening = await self._made(
            self.organiser, planning.create_campaign, ListeningCampaignCreate.model_validate(said)
        )
        await self._by(self.organiser, planning.start, listening)
        heard = ("Cold and damp at home", "Rent takes half of what we earn", "The bus does not come at night")
        issues = []
        for number, one in enumerate(self._with_voice()):
            meeting = ListeningSessionCreate.model_validate(
                {"kind": "house_meeting", "organisation_id": one, "participants": 8 + number}
            )
            held = await self._made(self.organiser, hearing.create_session, listening, meeting)
            issue = ListeningIssueCreate(words=heard[number % 3], count=3)
            issues.append(await self._made(self.organiser, hearing.create_issue, held, issue))
        themes = [
            await self._made(self.organiser, grouping.create_theme, listening, ListeningThemeCreate(name=name))
            for name in ("Warm homes", "Rent", "Buses")
        ]
        for number, named in enumerate(issues):
            group = ListeningGroup(theme_id=themes[number % 3])
            await self._by(self.organiser, grouping.group_issue, named, group)
        await self._by(self.organiser, planning.begin_discernment, listening)
        for number, one in enumerate(self._with_voice()):
            chosen = themes if number % 3 else [themes[0], themes[2]]
            vote = ListeningVoteCreate.model_validate({"organisation_id": one, "theme_ids": chosen})
            await self._by(self.organiser, voting.create_vote, listening, vote)
        await self._by(self.organiser, closing.close, listening, ListeningClose(priorities=themes[:1]))
        return themes

    async def _campaign(self, _themes: Sequence[UUID]) -> UUID:
        """The Fair Energy campaign: its aims, who has power over it, and what is measured."""
        lead = next(person for key in self.institutions for person in self.people.get(key, ()))
        campaign = await self._new_campaign(
            "Fair Energy", "Cold homes", "Every social home in both boroughs insulated before next winter.", lead
        )
        goal = ObjectiveCreate(name="Homes insulated", unit="homes", target_value=400)
        objective = await self._made(self.organiser, campaigns_objectives.create_objective, campaign, goal)
        await self._by(self.organiser, campaigns_objectives.measure_objective, objective, ObjectiveMeasure(value=120))
        step = MilestoneCreate(name="The council's cabinet decides", due_on=self.today)
        milestone = await self._made(self.organiser, campaigns_milestones.create_milestone, campaign, step)
        await self._by(self.organiser, campaigns_milestones.reach_milestone, milestone, MilestoneReach())
        await self._by(self.organiser, campaigns.activate, campaign)
        self.leader = await self._made(
            self.organiser,
            decision_makers.create_decision_maker,
            DecisionMakerCreate(branch_id=self.units[CHAPTER], name="Cllr Morwenna Teague", body="Borough council"),
        )
        office = OfficeHeldCreate.model_validate(
            {"office": "Leader of the council", "body": "Borough council", "starts_on": months_after(self.today, -18)}
        )
        await self._by(self.organiser, decision_makers.add_office, self.leader, office)
        await self._map_power(campaign, lead)
        return campaign

    async def _map_power(self, campaign: UUID, lead: UUID) -> None:
        draft = await self._made(self.organiser, power_analyses.draft_power_analysis, campaign, PowerAnalysisDraft())
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
            name: await self._made(
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
            await self._by(self.organiser, power_analyses_ties.add_tie, draft, tie)
        await self._by(self.organiser, power_analyses.agree_power_analysis, draft)

    async def _act(self, campaign: UUID) -> None:
        """An assembly yesterday: turnout, the question and its answer, the evaluation, a win."""
        yesterday = self.today - timedelta(days=1)
        begins = datetime.combine(yesterday, time(19), clock.LONDON)
        assembly = await self._made(
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
        for number, one in enumerate(self._with_voice()):
            await self._by(
                self.organiser,
                actions_parts.join_action,
                assembly,
                ActionJoin.model_validate({"organisation": {"organisation_id": one}}),
            )
            promise = TurnoutPromise(organisation_id=one, promised=40 - 5 * (number % 4))
            await self._by(self.organiser, turnout.promise_turnout, assembly, promise)
        chair = next(person for key in self.institutions for person in self.people.get(key, ()))
        role = ActionRoleGive.model_validate({"role": "chair", "person": {"person_id": chair}})
        await self._by(self.organiser, actions_parts.give_role, assembly, role)
        for action in ("confirm", "hold"):
            await self._by(self.organiser, actions.step_action, assembly, action)
        for number, one in enumerate(self._with_voice()):
            counted = TurnoutCount(organisation_id=one, counted=30 - 4 * (number % 4))
            await self._by(self.organiser, turnout.count_turnout, assembly, counted)
        await self._hold_to_account(campaign, assembly)
        learned = EvaluationRecord.model_validate(
            {
                "feelings": ["Proud", "Surprised that they came"],
                "turnout": ["Two institutions brought more than they had promised"],
                "reaction": ["The leader asked for a second meeting"],
                "lessons": [{"text": "Ask the pinning question before the testimonies.", "topics": ["ask"]}],
            }
        )
        await self._by(self.organiser, evaluations.record_evaluation, assembly, learned)
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
        claimed = await self._made(self.organiser, wins.claim_win, win)
        await self._by(self.supervisor, wins.verify_win, claimed)

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
        pledge = await self._made(self.organiser, pledges.seek_pledge, seek)
        ask = PledgeAsk.model_validate({"action_id": assembly, "on_day": self.today - timedelta(days=1)})
        await self._by(self.organiser, pledges_steps.ask_pledge, pledge, ask)
        words = {"answer": "made", "words": "Yes, we will.", "on_day": ask.on_day}
        await self._by(self.organiser, pledges_steps.answer_pledge, pledge, PledgeAnswered.model_validate(words))
        proof = PledgeConfirm.model_validate({"text": "A letter of the same evening.", "due_on": due_on})
        await self._by(self.organiser, pledges_steps.confirm_pledge, pledge, proof)

    async def _other_campaigns(self) -> None:
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
        made = await self._made(self.organiser, strategic_partnerships.propose_partnership, partnership)
        await self._by(self.organiser, strategic_partnerships.agree_partnership, made)
        await self._new_campaign(
            "Health equality", "Waiting for a doctor", "Interpreters in every surgery of both boroughs."
        )

    async def _new_campaign(self, name: str, issue: str, aims: str, lead: UUID | None = None) -> UUID:
        data = CampaignCreate(
            branch_id=self.units[CHAPTER],
            name=name,
            issue=issue,
            aims=aims,
            lead_person_id=lead,
            starts_on=months_after(self.today, -1),
        )
        return await self._made(self.organiser, campaigns.create_campaign, data)

    async def _train_and_raise(self) -> None:
        """A taster for leaders; a letter of understanding with its dues; a target, and a grant."""
        course = CourseCreate.model_validate(
            {"branch_id": self.units["shared-ground"], "key": "taster", "name": "Taster", "kind": "taster", "days": 2}
        )
        taster = await self._made(self.supervisor, courses.create_course, course)
        planned = TrainingSessionPlan.model_validate(
            {"course_id": taster, "branch_id": self.units[CHAPTER], "starts_on": self.today + timedelta(days=20)}
        )
        held = await self._made(self.organiser, training_sessions.plan_session, planned)
        key = next(key for key in self._cluster() if self.people.get(key))
        person = self.people[key][0]
        await self._by(
            self.organiser, enrolments.enrol, held, EnrolmentAdd.model_validate({"person": {"person_id": person}})
        )
        year = {"starts_on": self.today, "ends_on": months_after(self.today, 12)}
        target = IncomeTargetSet.model_validate(
            {"branch_id": self.units[CLUSTER], "account_id": self.associate.account_id, **year}
        )
        await self._by(self.supervisor, income_targets.set_target, target)
        letter = LetterCreate.model_validate(
            {
                "organisation_id": self.institutions[key],
                "annual_dues_pence": 180_000,
                "instalments": "quarterly",
                "turnout": 40,
                "we_give": "An organiser's day each fortnight, and places on the taster.",
                "they_give": "A core team, and forty people at the assembly.",
                **year,
            }
        )
        drafted = await self._made(self.associate, letters_of_understanding.draft_letter, letter)
        await self._by(self.associate, letters_of_understanding.move_letter, drafted, "propose")
        for signed in ({"side": "ours"}, {"side": "theirs", "person_id": person}):
            sign = LetterSign.model_validate({**signed, "capacity": "Lead"})
            await self._by(self.associate, letters_of_understanding.sign_letter, drafted, sign)
        await self._by(self.associate, letters_of_understanding.put_in_force, drafted)
        grant = IncomeLineCreate.model_validate(
            {
                "branch_id": self.units[CLUSTER],
                "kind": "soft",
                "source": "A grant for warm homes",
                "forecast_pence": 800_000,
                "expected_on": self.today,
            }
        )
        line = await self._made(self.associate, income.add_line, grant)
        await self._by(self.associate, income.receive_line, line, IncomeReceived(actual_pence=800_000))

    def _cluster(self) -> list[str]:
        """The institutions of the cluster that have people."""
        keys = (
            "st-brides-church-dalston", "masjid-as-salihin-clapton", "kehillat-shalom-stamford-hill",
            "marshgate-lock-primary-school", "dalston-migrant-welcome",
        )  # fmt: skip
        return [key for key in keys if key in self.institutions and self.people.get(key)]

    def _with_voice(self) -> list[UUID]:
        """The institutions for which somebody votes."""
        return [one for key, one in self.institutions.items() if self.people.get(key)]
