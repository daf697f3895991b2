"""Builds a demo organisation through the services, as the people who would do it: bound by all that binds the API."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Database, Session
from app.core.passwords import hash_password
from app.models.accounts import AccountCreate, GrantCreate
from app.models.branches import BranchCreate, UnitKind
from app.models.member_verbs import Resignation, Suspension
from app.models.members import Channel, MemberCreate, MemberType, Relationship
from app.models.offices import HowChosen, OfficeTermCreate
from app.seeds import complaints
from app.seeds.campaigning import Campaigning
from app.seeds.invention import DATA
from app.seeds.make_people import Export
from app.seeds.organising import Organising
from app.seeds.plans import Plan, SignIn
from app.services import (
    accounts,
    branches,
    branches_change,
    console,
    grants,
    members,
    members_ends,
    membership_terms,
    office_terms_change,
    office_terms_record,
    passwords,
)
from app.services.founding import found_organisation
from app.services.imports import run as imports_run

#: How many records are written in one transaction.
BATCH = 100
FOUNDED_YEARS_AGO = 4


class Builder:
    """One organisation in the making. `owner` founds it; everything after goes through `database`, as an actor."""

    def __init__(self, plan: Plan, owner: Database, database: Database, say: Callable[[str], None]) -> None:
        self.plan, self.owner, self.database, self.say = plan, owner, database, say
        self.units: dict[str, UUID] = {}
        self.office_types: dict[str, UUID] = {}
        self.people: dict[str, list[UUID]] = {}
        self.password_hash = ""
        with (DATA / plan.units_file).open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    async def build(self, password: str) -> None:
        """Everything, in the order in which it would come about."""
        self.password_hash = await hash_password(password)
        await self._found()
        self.officer = await console.act_as(self.database, self.plan.officer.email)
        await self._make_units()
        await self._give_role(self.plan.deputy, confirmed_by=self.officer)
        self.deputy = await console.act_as(self.database, self.plan.deputy.email)
        for sign_in in self.plan.sign_ins:
            if sign_in.role is not None:
                await self._give_role(sign_in, confirmed_by=self.officer)
        await self._prepare_for_complaints()
        await self._import_people()
        await self._invent_people()
        await self._make_officers()
        await self._give_people_accounts()
        if self.plan.kind is UnitKind.alliance:
            await self._organise()

    async def _found(self) -> None:
        root = self.rows[0]
        async with self.owner.transaction() as session:
            founded = await found_organisation(
                session,
                name=root["name"],
                name_cy=root["name_cy"] or None,
                gss_code=root["gss_code"] or None,
                kind=self.plan.kind,
                administrator_email=self.plan.admin.email,
                officer_email=self.plan.officer.email,
            )
            for row in await session.fetch("select id, key from office_types"):
                self.office_types[row["key"]] = row["id"]
        self.units[root["key"]] = founded.organisation_id
        for account_id in (founded.administrator_id, founded.officer_id):
            await self._set_password(account_id)
        self.admin = await console.act_as(self.database, self.plan.admin.email)

    async def _make_units(self) -> None:
        self.say(f"Making {len(self.rows)} units …")
        async with self.database.transaction(self.officer) as session:
            for place, row in enumerate(self.rows[1:]):
                made = await branches.create_branch(session, self.officer, self._unit(row))
                self.units[row["key"]] = made.id
                # Every twentieth branch is still forming, as some always are.
                if row["kind"] != UnitKind.branch or place % 20:
                    await branches_change.change_status(session, self.officer, made.id, "recognise")

    def _unit(self, row: dict[str, str]) -> BranchCreate:
        return BranchCreate(
            parent_id=self.units[row["parent"]],
            kind=UnitKind(row["kind"]),
            name=row["name"],
            name_cy=row["name_cy"] or None,
            gss_code=row["gss_code"] or None,
            local_authorities=[code for code in row["local_authorities"].split(";") if code],
            postcode_districts=[code for code in row["postcode_districts"].split(";") if code],
        )

    async def _give_role(self, sign_in: SignIn, *, confirmed_by: Actor) -> None:
        assert sign_in.role is not None
        account_id = await self._make_account(sign_in)
        async with self.database.transaction(self.admin) as session:
            grant = await grants.create_grant(
                session,
                self.admin,
                GrantCreate(
                    account_id=account_id,
                    role=sign_in.role,
                    branch_id=self.units[sign_in.unit],
                    reason="Appointed to the post",
                ),
            )
        async with self.database.transaction(confirmed_by) as session:
            await grants.confirm_grant(session, confirmed_by, grant.id)

    async def _make_account(self, sign_in: SignIn, person_id: UUID | None = None) -> UUID:
        async with self.database.transaction(self.admin) as session:
            made = await accounts.create_account(
                session,
                self.admin,
                AccountCreate(email=sign_in.email, name=sign_in.full_name, person_id=person_id),
                app_url="http://127.0.0.1:8000",
            )
        await self._set_password(made.id)
        return made.id

    async def _set_password(self, account_id: UUID) -> None:
        """Everybody has set the same password, as the demo tells."""
        async with self.database.transaction(role="rollbook_auth") as session:
            await passwords.set_password(session, None, account_id, self.password_hash, action="password.set")

    async def _prepare_for_complaints(self) -> None:
        account_ids = [await self._make_account(receiver) for receiver in self.plan.receivers]
        async with self.database.transaction(self.officer) as session:
            await complaints.enter_rules(session, self.officer)
            await complaints.name_receivers(session, self.officer, self.plan.kind, account_ids)

    async def _import_people(self) -> None:
        self.say(f"Importing {self.plan.people_file} …")
        root = self.units[self.rows[0]["key"]]
        await imports_run.import_people(self.database, self.officer, DATA / self.plan.people_file, root, say=self.say)

    async def _invent_people(self) -> None:
        rows = Export(self.plan.units_file, self.plan.seed, 500_000)
        people = list(csv.DictReader(rows.csv(self.plan.more_people).decode().splitlines()))
        for begin in range(0, len(people), BATCH):
            if begin % (10 * BATCH) == 0:
                self.say(f"Adding members: {begin} of {len(people)} …")
            async with self.database.transaction(self.officer) as session:
                for place, row in enumerate(people[begin : begin + BATCH], begin):
                    await self._add_person(session, row, place)

    async def _add_person(self, session: Session, row: dict[str, str], place: int) -> None:
        unit = next(one["key"] for one in self.rows if one["name"] == row["Branch"])
        supporter = row["Type"] == "supporter"
        made = await members.create_member(session, self.officer, _member(row, self.units[unit], place))
        if row["Paid until"]:
            ends_on = _day(row["Paid until"]) + timedelta(days=1)
            await membership_terms.add_term(session, self.officer, made.id, months_after(ends_on, -12), ends_on)
        # One in sixty has resigned, one in two hundred died, one in three hundred is suspended.
        if place % 60 == 59 and not supporter:
            await members_ends.resign_member(session, self.officer, made.id, Resignation(reason="Moved abroad"))
        elif place % 300 == 150 and not supporter and _is_paid(row):
            await members_ends.suspend_member(session, self.officer, made.id, Suspension(reason="Pending a decision"))
        elif not supporter and _is_paid(row) and row["DoB"]:
            self.people.setdefault(unit, []).append(await _person_of(session, made.id))

    async def _organise(self) -> None:
        """One cycle of action, by those who organise here."""
        self.say("Organising …")
        organiser, associate = [
            await console.act_as(self.database, f"{name}@rollbook.example") for name in ("organiser", "associate")
        ]
        hands: dict[str, Any] = {
            "database": self.database,
            "units": self.units,
            "people": self.people,
            "organiser": organiser,
            "associate": associate,
            "supervisor": self.officer,
        }
        organising, campaigning = Organising(**hands), Campaigning(**hands)
        await organising.bring_institutions_in(self.rows)
        await organising.meet_people()
        await organising.build_teams()
        campaigning.institutions = organising.institutions
        await campaigning.listen()
        campaign = await campaigning.campaign()
        await campaigning.act(campaign)
        await campaigning.call_to_account(campaign)
        await campaigning.begin_other_campaigns()
        await organising.train_and_raise()

    async def _make_officers(self) -> None:
        homes = [row for row in self.rows if row["kind"] in ("local_party", "branch", "institution")]
        self.say("Filling offices …")
        taken = {(one.unit, one.office) for one in self.plan.sign_ins}
        keys = ("institution_leader",) if self.plan.kind is UnitKind.alliance else ("chair", "secretary", "treasurer")
        for place, row in enumerate(homes):
            candidates = iter(self.people.get(row["key"], []))
            for key, person_id in zip(keys, candidates, strict=False):
                # Every seventh unit has a vacancy; a sign-in's office waits for whoever signs in.
                if (row["key"], key) not in taken and not (place % 7 == 3 and key == "treasurer"):
                    await self._fill_office(row["key"], key, person_id)

    async def _fill_office(self, unit: str, key: str, person_id: UUID, *, ended: bool = False) -> None:
        """A term of two years: running since this spring, or the one before it."""
        begun = date(clock.today().year - (3 if ended else 1), 5, 20)
        data = OfficeTermCreate(
            branch_id=self.units[unit],
            office_type_id=self.office_types[key],
            person_id=person_id,
            how_chosen=HowChosen.elected,
            starts_on=begun,
            ends_on=begun.replace(year=begun.year + 2),
        )
        async with self.database.transaction(self.officer) as session:
            term = await office_terms_record.create_office_term(session, self.officer, data)
        if key != "chair":
            async with self.database.transaction(self.deputy) as session:
                await office_terms_change.confirm_office_term(session, self.deputy, term.id)

    async def _give_people_accounts(self) -> None:
        """Those who sign in as members: a record of their own, an account on it, and the office if they have one."""
        for sign_in in self.plan.sign_ins:
            if sign_in.role is not None:
                continue
            given, _, family = sign_in.full_name.partition(" ")
            data = MemberCreate(
                branch_id=self.units[sign_in.unit],
                given_name=given,
                family_name=family,
                email=sign_in.email,
                postcode="E8 1EA",
                town="London",
                address_lines=["1 Example Street"],
                joined_on=date(2019, 3, 1),
            )
            async with self.database.transaction(self.officer) as session:
                made = await members.create_member(session, self.officer, data)
                year = clock.today().year
                await membership_terms.add_term(session, self.officer, made.id, date(year, 3, 1), date(year + 1, 3, 1))
                person_id = await _person_of(session, made.id)
            await self._make_account(sign_in, person_id)
            if sign_in.office is not None:
                await self._fill_office(sign_in.unit, sign_in.office, person_id, ended=sign_in.ended)


def _member(row: dict[str, str], branch_id: UUID, place: int) -> MemberCreate:
    supporter = row["Type"] == "supporter"
    abroad = row["Country"] not in ("", "UK", "United Kingdom")
    mobile = row["Phone"] if "7400" in row["Phone"].replace(" ", "") else ""
    kinds = {"youth": MemberType.youth, "concession": MemberType.concession}
    return MemberCreate(
        branch_id=branch_id,
        given_name=row["First"],
        family_name=row["Last"],
        preferred_name=row["Preferred"] or None,
        date_of_birth=_day(row["DoB"]) if row["DoB"] else None,
        email=row["Email"] or None,
        mobile_phone=mobile or None,
        address_lines=[line for line in (row["Address 1"], row["Address 2"]) if line],
        town=row["Town"] or None,
        postcode=None if abroad else row["Postcode"],
        relationship=Relationship.supporter if supporter else Relationship.member,
        type=MemberType.supporter if supporter else kinds.get(row["Type"], MemberType.full),
        joined_on=_day(row["Joined"]),
        objections=[Channel.phone] if place % 11 == 0 else [],
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  (a legal date has no time)


def _is_paid(row: dict[str, str]) -> bool:
    return not row["Paid until"] or _day(row["Paid until"]) >= clock.today()


async def _person_of(session: Session, member_id: UUID) -> UUID:
    person_id: UUID = await session.fetchval("select person_id from members where id = $1", member_id)
    return person_id
