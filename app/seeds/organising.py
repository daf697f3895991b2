"""The demo alliance organises: institutions join, people are met, teams are built, leaders trained, money raised."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.core.clock import months_after
from app.models.affiliations import AffiliationCreate
from app.models.cadence import CadenceTargetSet
from app.models.core_teams import CoreTeamCreate, CoreTeamJoin
from app.models.courses import CourseCreate
from app.models.income import IncomeLineCreate, IncomeReceived, IncomeTargetSet
from app.models.leaders_shapes import LeaderCreate
from app.models.letters_of_understanding import LetterCreate, LetterSign
from app.models.one_to_ones_shapes import NextStepSettle, OneToOneCreate
from app.models.organisations_shapes import OrganisationCreate, OrganisationJoin
from app.models.representatives import RepresentativeCreate
from app.models.training_shapes import EnrolmentAdd, TrainingSessionPlan
from app.seeds.hands import CHAPTER, CLUSTER, Hands
from app.services import (
    affiliations,
    cadence_targets,
    core_teams,
    courses,
    enrolments,
    income,
    income_targets,
    leaders,
    letters_of_understanding,
    one_to_ones,
    organisations,
    organisations_steps,
    representatives,
    training_sessions,
)


class Organising(Hands):
    """What there is before and beside a campaign."""

    async def bring_institutions_in(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Each institution of the chapter is a member since a year, with somebody who has its voice."""
        for row in rows:
            if row["kind"] != "institution" or row["parent"] not in (CLUSTER, CHAPTER):
                continue
            said = {"name": row["name"], "kind": row["tradition"], "unit_id": self.units[row["key"]]}
            data = OrganisationCreate.model_validate({"branch_id": self.units[row["parent"]], **said})
            one = self.institutions[row["key"]] = await self.made(
                self.organiser, organisations.create_organisation, data
            )
            for action in ("approach", "agree"):
                await self.by(self.organiser, organisations_steps.step_organisation, one, action, None)
            joined = OrganisationJoin(joined_on=months_after(self.today, -10), dues_pence=150_000)
            await self.by(self.organiser, organisations_steps.join_organisation, one, joined)
            for person in self.people.get(row["key"], ())[:1]:
                named = {"person": {"person_id": person}}
                voice = RepresentativeCreate.model_validate({**named, "role": "voting", "starts_on": joined.joined_on})
                await self.by(self.organiser, representatives.add_representative, one, voice)
                belongs = AffiliationCreate.model_validate({**named, "kind": "member"})
                await self.by(self.organiser, affiliations.add_affiliation, one, belongs)

    async def meet_people(self) -> None:
        """The associate organiser's week: some met, one planned, one next step kept and one open."""
        target = CadenceTargetSet.model_validate(
            {
                "branch_id": self.units[CLUSTER],
                "account_id": self.associate.account_id,
                "fte_percent": 80,
                "from_day": months_after(self.today, -3),
            }
        )
        await self.by(self.supervisor, cadence_targets.set_target, target)
        met = [(key, person) for key in self.cluster() for person in self.people.get(key, ())[:2]]
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
            one = await self.made(self.associate, one_to_ones.create_one_to_one, OneToOneCreate.model_validate(said))
            if number % 2:
                await self.by(self.associate, one_to_ones.settle_next_step, one, "keep_next_step", NextStepSettle())
        planned = {
            "branch_id": self.units[CLUSTER],
            "person": {"given_name": "Rhian", "family_name": "Castellane", "email": "rhian.castellane@example.org"},
            "organisation": {"name": "Clapton Library Friends", "kind": "community_group"},
            "on_day": self.today + timedelta(days=2),
            "purpose": "recruit",
            "tier": "team",
        }
        await self.by(self.associate, one_to_ones.create_one_to_one, OneToOneCreate.model_validate(planned))

    async def build_teams(self) -> None:
        """A leader or two in each institution of the cluster, and a core team with a gap."""
        for key in self.cluster():
            for person in self.people.get(key, ())[:2]:
                said = {
                    "branch_id": self.units[CLUSTER],
                    "person": {"person_id": person},
                    "organisation_id": self.institutions[key],
                    "followers_estimate": 6,
                    "on_day": months_after(self.today, -2),
                    "evidence": "Brought six people to the house meeting.",
                }
                await self.by(self.associate, leaders.add_leader, LeaderCreate.model_validate(said))
        key = next(iter(self.cluster()))
        team = CoreTeamCreate.model_validate(
            {"branch_id": self.units[CLUSTER], "organisation_id": self.institutions[key], "name": "Core team"}
        )
        made = await self.made(self.associate, core_teams.create_core_team, team)
        for person, role in zip(self.people.get(key, ()), ("chair", "turnout", "member"), strict=False):
            join = CoreTeamJoin.model_validate({"person": {"person_id": person}, "role": role})
            await self.by(self.associate, core_teams.join_core_team, made, join)

    async def train_and_raise(self) -> None:
        """A taster for leaders; a letter of understanding with its dues; a target, and a grant."""
        course = CourseCreate.model_validate(
            {"branch_id": self.units["shared-ground"], "key": "taster", "name": "Taster", "kind": "taster", "days": 2}
        )
        taster = await self.made(self.supervisor, courses.create_course, course)
        planned = TrainingSessionPlan.model_validate(
            {"course_id": taster, "branch_id": self.units[CHAPTER], "starts_on": self.today + timedelta(days=20)}
        )
        held = await self.made(self.organiser, training_sessions.plan_session, planned)
        key = next(key for key in self.cluster() if self.people.get(key))
        person = self.people[key][0]
        await self.by(
            self.organiser, enrolments.enrol, held, EnrolmentAdd.model_validate({"person": {"person_id": person}})
        )
        year = {"starts_on": self.today, "ends_on": months_after(self.today, 12)}
        target = IncomeTargetSet.model_validate(
            {"branch_id": self.units[CLUSTER], "account_id": self.associate.account_id, **year}
        )
        await self.by(self.supervisor, income_targets.set_target, target)
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
        drafted = await self.made(self.associate, letters_of_understanding.draft_letter, letter)
        await self.by(self.associate, letters_of_understanding.move_letter, drafted, "propose")
        for signed in ({"side": "ours"}, {"side": "theirs", "person_id": person}):
            sign = LetterSign.model_validate({**signed, "capacity": "Lead"})
            await self.by(self.associate, letters_of_understanding.sign_letter, drafted, sign)
        await self.by(self.associate, letters_of_understanding.put_in_force, drafted)
        grant = IncomeLineCreate.model_validate(
            {
                "branch_id": self.units[CLUSTER],
                "kind": "soft",
                "source": "A grant for warm homes",
                "forecast_pence": 800_000,
                "expected_on": self.today,
            }
        )
        line = await self.made(self.associate, income.add_line, grant)
        await self.by(self.associate, income.receive_line, line, IncomeReceived(actual_pence=800_000))
