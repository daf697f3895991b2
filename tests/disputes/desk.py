"""A corner of an organisation with a procedure of its own, its receivers, and cases in any state."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.models.procedures import Definition, Procedure, Receiver
from app.models.rules import RuleClause
from app.services.procedures_presets import CO_OPERATIVE_PARTY
from tests.world import Client, World, fake


@dataclass(frozen=True)
class Someone:
    """Somebody with an account, and with or without a membership."""

    account_id: UUID
    client: Client
    person_id: UUID | None = None
    member_id: UUID | None = None


@dataclass
class Desk:
    """`secretary` receives first, then `alternate`, then `external`, who belongs to nobody."""

    world: World
    procedure: str
    procedure_id: UUID
    clause: UUID
    secretary: Someone
    alternate: Someone
    external: Someone
    complainant: Someone
    respondent: Someone
    investigator: Someone | None = None
    panel: list[Someone] = field(default_factory=list)
    appeal_panel: list[Someone] = field(default_factory=list)

    async def member(self, unit: UUID | None = None, **columns: Any) -> Someone:
        """A member with an account: of Hackney unless told otherwise, and of many years' standing."""
        api = self.world.api
        columns = {"joined_on": date(2010, 1, 1), "type": "full", **columns}
        async with api.together():
            member, person = await api.member(unit or self.world.hackney, **columns)
            account = await api.account(person_id=person)
            return Someone(account, await api.sign_in(account), person, member)

    async def outsider(self) -> Someone:
        """An account that belongs to no person: staff, an external adjudicator."""
        account = await self.world.api.account()
        return Someone(account, await self.world.api.sign_in(account))

    async def complain(self, *about: dict[str, Any], by: Client | None = None, **said: Any) -> UUID:
        """A complaint, about the respondent unless told otherwise. Returns the case's id."""
        named = list(about) or [{"person_id": str(self.respondent.person_id)}]
        body = {
            "summary": fake.sentence(),
            "text": fake.paragraph(),
            "about": named,
            "procedure": self.procedure,
            **said,
        }
        made = await (by or self.complainant.client).post("/v1/disputes", json=body)
        assert made.status_code == 201, made.text
        return UUID(made.json()["id"])

    async def do(self, who: Client, case: UUID, action: str, **said: Any) -> dict[str, Any]:
        """Take a step, and have it taken."""
        done = await who.post(f"/v1/disputes/{case}/{action}", json=said)
        assert done.status_code < 300, f"{action}: {done.status_code} {done.text}"
        told: dict[str, Any] = done.json() if done.content else {}
        return told

    async def file(self, who: Client, case: UUID) -> dict[str, Any]:
        """The whole case, as somebody reads it."""
        answer = await who.get(f"/v1/disputes/{case}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def party(self, case: UUID, role: str = "respondent") -> str:
        """The id of a party, as the receiver sees it."""
        parties = (await self.file(self.secretary.client, case))["parties"]
        return next(str(one["id"]) for one in parties if one["role"] == role)

    def allegation(self, party: str, **said: Any) -> dict[str, Any]:
        return {
            "respondent_id": party,
            "clause_id": str(self.clause),
            "conduct_from": "2026-01-10",
            "text": fake.paragraph(),
            **said,
        }

    async def on(self, day: date) -> None:
        """Make it noon of a day, for every process that follows the organisation's clock."""
        await self.world.api.set_clock(datetime.combine(day, time(12), clock.LONDON))

    async def received(self) -> UUID:
        return await self.complain()

    async def acknowledged(self) -> UUID:
        case = await self.received()
        await self.do(self.secretary.client, case, "acknowledge")
        return case

    async def noticed(self) -> UUID:
        case = await self.acknowledged()
        party = await self.party(case)
        await self.do(self.secretary.client, case, "give-notice", allegations=[self.allegation(party)])
        return case

    async def responded(self) -> UUID:
        case = await self.noticed()
        party = await self.party(case)
        await self.do(self.secretary.client, case, "record-response", party_id=party, text="It was not so.")
        return case

    async def investigating(self) -> UUID:
        case = await self.responded()
        if self.investigator is None:
            self.investigator = await self.member(self.world.islington)
        account = str(self.investigator.account_id)
        await self.do(self.secretary.client, case, "investigate", account_id=account)
        return case

    async def reported(self) -> UUID:
        case = await self.investigating()
        assert self.investigator is not None
        allegations = (await self.file(self.investigator.client, case))["allegations"]
        found = [{"allegation_id": one["id"], "text": "Seen by two people."} for one in allegations]
        await self.do(self.investigator.client, case, "report", findings=found)
        return case

    async def bench(self, size: int = 3) -> list[Someone]:
        """People of nobody's branch, who may judge."""
        async with self.world.api.together():
            elsewhere = await self.world.api.unit(self.world.region)
            return [await self.member(elsewhere) for _ in range(size)]

    async def seats(self, case: UUID, by: Client) -> list[str]:
        """The filled seats of the panel that has the case, the chair's first."""
        answer = await by.get(f"/v1/disputes/{case}/panels")
        assert answer.status_code == 200, answer.text
        live = next(one for one in answer.json()["data"] if one["dissolved_at"] is None)
        held = [one for one in live["seats"] if one["ended_at"] is None]
        return [one["part_id"] for one in sorted(held, key=lambda one: not one["part"].endswith("chair"))]

    @staticmethod
    def members(panel: list[Someone]) -> list[dict[str, Any]]:
        """A panel, the first of them in the chair."""
        return [{"account_id": str(one.account_id), "chair": one is panel[0]} for one in panel]

    async def listed(self) -> UUID:
        case = await self.reported()
        self.panel = await self.bench()
        await self.do(self.secretary.client, case, "list-panel", members=self.members(self.panel))
        return case

    async def hearing(self, case: UUID, by: Client, **said: Any) -> str:
        """A hearing today, on shorter notice by agreement."""
        said = {"starts_at": clock.now().isoformat(), "shorter_notice_agreement": "By letter.", **said}
        return str((await self.do(by, case, "meetings", kind="hearing", **said))["id"])

    async def heard(self) -> UUID:
        case = await self.listed()
        chair = self.panel[0].client
        meeting = await self.hearing(case, chair)
        present = [await self.party(case)]
        seats = await self.seats(case, chair)
        await self.do(chair, case, "hear", meeting_id=meeting, part_ids=seats, party_ids=present, minutes="All spoke.")
        return case

    async def findings(self, case: UUID, by: Client, outcome: str = "upheld") -> list[dict[str, Any]]:
        """A finding on every allegation."""
        rows = (await self.file(by, case))["allegations"]
        return [{"allegation_id": one["id"], "outcome": outcome, "reasons": "On the evidence."} for one in rows]

    async def decided(self, outcome: str = "upheld", **sanction: Any) -> UUID:
        """Decided by the panel, with one sanction if it is told of."""
        case = await self.heard()
        chair = self.panel[0].client
        imposed = [{"party_id": await self.party(case), **sanction}] if sanction else []
        await self.do(
            chair,
            case,
            "decide",
            findings=await self.findings(case, chair, outcome),
            reasons="We believed the witnesses.",
            sanctions=imposed,
            part_ids=await self.seats(case, chair),
        )
        return case

    async def appealed(self, **sanction: Any) -> UUID:
        case = await self.decided(**sanction)
        party = await self.party(case)
        await self.do(self.secretary.client, case, "record-appeal", party_id=party, text="It is out of proportion.")
        return case

    async def list_appeal(self, case: UUID) -> list[Someone]:
        """Put an appeal before a panel that is fresh to the case."""
        self.appeal_panel = await self.bench()
        await self.do(self.secretary.client, case, "list-appeal-panel", members=self.members(self.appeal_panel))
        return self.appeal_panel

    async def appeal_listed(self, **sanction: Any) -> UUID:
        case = await self.appealed(**sanction)
        await self.list_appeal(case)
        return case


async def make_desk(world: World, **definition: Any) -> Desk:
    """A desk with the Co-operative Party's procedure, changed as told, under a key of its own."""
    api = world.api
    key = f"p{new_id().hex[-20:]}"
    given = CO_OPERATIVE_PARTY.definition.model_dump(mode="json") | definition
    whole = Definition.model_validate(given)
    procedure = Procedure(
        key=key,
        name="Complaints",
        starts_on=date(2018, 10, 1),
        definition=whole.model_dump(mode="json"),
    )
    number = f"T.{new_id().hex[-6:].upper()}"
    clause = RuleClause(
        number=number,
        number_key=number,
        title="Conduct",
        text="Members treat one another with respect.",
        starts_on=clock.today() - timedelta(days=3000),
    )
    nobody = Someone(new_id(), api.client())
    desk = Desk(world, key, procedure.id, clause.id, nobody, nobody, nobody, nobody, nobody)
    async with api.together(), api.transaction() as session:
        await session.insert(procedure)
        await session.insert(clause)
        desk.secretary = await desk.member(world.region)
        desk.alternate = await desk.member(world.region)
        desk.external = await desk.outsider()
        desk.complainant = await desk.member(world.islington)
        desk.respondent = await desk.member(world.hackney)
        for position, one in enumerate((desk.secretary, desk.alternate, desk.external), start=1):
            await session.insert(
                Receiver(
                    procedure_key=key,
                    position=position,
                    account_id=one.account_id,
                    external=one is desk.external,
                )
            )
    return desk
