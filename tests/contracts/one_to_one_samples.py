"""Samples of one-to-ones, of guardians' consents and of cadence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Role
from app.models.cadence import CadenceTarget, LeavePortion, OrganiserLeave
from app.models.guardians import GuardianConsent, GuardianRelationship
from app.models.one_to_ones import OneToOneState
from app.services.envelopes import seal_texts
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.one_to_ones.placed import place_one_to_one
from tests.world import World, fake

S = OneToOneState
WORDS = {"text": "Bring two neighbours", "due_on": "2026-12-24"}


def _one(state: OneToOneState = S.planned, json: Any = None, **columns: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_one_to_one(world, unit, state=state, **columns)
        return Ask(ids={"one_to_one_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


def _own(json: Any) -> Make:
    """What its organiser alone does."""

    async def make(world: World, unit: UUID) -> Ask:
        organiser = await _organiser(world, unit)
        ask = await _one(S.held, json, organiser_id=organiser)(world, unit)
        return replace(ask, by=await world.api.sign_in(organiser))

    return make


async def _listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await place_one_to_one(world, unit)).id)


async def _made(world: World, unit: UUID) -> Ask:
    person = (await world.api.member(unit))[1]
    return Ask(
        json={
            "branch_id": str(unit),
            "person": {"person_id": str(person)},
            "state": "held",
            "on_day": clock.today().isoformat(),
            "purpose": "get_to_know",
            "tier": "team",
            "notes": {"story": "Came here to study."},
            "next_step": WORDS,
        }
    )


async def _form(_world: World, unit: UUID) -> Ask:
    return Ask(params={"branch_id": str(unit)})


async def _moved(world: World, unit: UUID) -> Ask:
    day = clock.today() + timedelta(days=7)
    return await _one(json={"on_day": day.isoformat()})(world, unit)


def _consent(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        person = (await world.api.member(unit))[1]
        row = GuardianConsent(
            branch_id=unit,
            person_id=person,
            relationship=GuardianRelationship.parent,
            given_on=clock.today(),
            state_since=clock.today(),
            sealed=b"",
        )
        async with world.api.transaction() as session:
            texts = {"guardian_name": fake.name(), "scope": "One-to-ones"}
            row.sealed = await seal_texts(session, person, "guardian_consents", row.id, texts)
            await session.insert(row)
        return Ask(ids={"consent_id": row.id}, json=json, shown=row.id)

    return make


async def _consents_listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await _consent()(world, unit)).shown)


async def _consent_made(world: World, unit: UUID) -> Ask:
    person = (await world.api.member(unit))[1]
    said = {"guardian_name": fake.name(), "relationship": "parent", "scope": "One-to-ones"}
    return Ask(json={"branch_id": str(unit), "person_id": str(person), **said})


def _leave(json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        account = await world.api.account()
        row = OrganiserLeave(
            account_id=account,
            starts_on=clock.today(),
            ends_on=clock.today(),
            portion=LeavePortion.half,
            state_since=clock.today(),
        )
        async with world.api.transaction() as session:
            await session.insert(row)
        return Ask(ids={"leave_id": row.id}, json=json, by=await world.api.sign_in(account), shown=row.id)

    return make


async def _leave_listed(world: World, unit: UUID) -> Ask:
    return replace(await _leave()(world, unit), ids={})


async def _leave_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json={"starts_on": "2026-08-03", "ends_on": "2026-08-14"})


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


async def _organiser(world: World, unit: UUID) -> UUID:
    account = await world.api.account()
    await world.api.grant(account, Role.organiser, unit)
    return account


async def _target_made(world: World, unit: UUID) -> Ask:
    account = await _organiser(world, unit)
    return Ask(json={"branch_id": str(unit), "account_id": str(account), "from_day": "2026-11-02"})


async def _targets_listed(world: World, unit: UUID) -> Ask:
    row = CadenceTarget(
        branch_id=unit,
        account_id=await _organiser(world, unit),
        per_day_tenths=30,
        fte_percent=80,
        from_day=clock.today(),
    )
    async with world.api.transaction() as session:
        await session.insert(row)
    return Ask(shown=row.id)


ALL, OWN, LEAVE, CONSENTS = "/v1/one-to-ones", "/v1/me/cadence", "/v1/me/leave", "/v1/guardian-consents"
ONE, CONSENT = f"{ALL}/{{one_to_one_id}}", f"{CONSENTS}/{{consent_id}}"
NEXT = {"next_step_due_on": clock.today()}
ONE_TO_ONES: dict[str, Sample] = {
    f"GET {ALL}": Sample(_listed, Held.anywhere, Sight.listed),
    f"POST {ALL}": Sample(_made, sight=Sight.plain),
    f"GET {ALL}/form": Sample(_form, sight=Sight.plain),
    f"GET {ONE}": Sample(_one(S.held, notes=True)),
    f"PATCH {ONE}": Sample(_one(json={"minutes": 45})),
    f"POST {ONE}/reschedule": Sample(_moved),
    f"POST {ONE}/hold": Sample(_one(json={"minutes": 40})),
    f"POST {ONE}/miss": Sample(_one()),
    f"POST {ONE}/cancel": Sample(_one()),
    f"POST {ONE}/write-notes": Sample(_own({"interests": ["Rents"], "next_step": WORDS})),
    f"POST {ONE}/next-step/keep": Sample(_one(S.held, {}, **NEXT)),
    f"POST {ONE}/next-step/miss": Sample(_one(S.held, {}, **NEXT)),
    f"POST {ONE}/tier": Sample(_own({"tier": "organiser"})),
    f"GET {CONSENTS}": Sample(_consents_listed, Held.anywhere, Sight.listed),
    f"POST {CONSENTS}": Sample(_consent_made, sight=Sight.plain),
    f"GET {CONSENT}": Sample(_consent()),
    f"POST {CONSENT}/withdraw": Sample(_consent({})),
    f"GET {OWN}": Sample(_nothing),
    f"GET {OWN}/chart": Sample(_nothing),
    f"GET {LEAVE}": Sample(_leave_listed),
    f"POST {LEAVE}": Sample(_leave_made),
    f"GET {LEAVE}/{{leave_id}}": Sample(_leave()),
    f"POST {LEAVE}/{{leave_id}}/cancel": Sample(_leave()),
    "GET /v1/cadence": Sample(_nothing, Held.anywhere),
    "GET /v1/cadence/targets": Sample(_targets_listed, Held.anywhere, Sight.listed),
    "POST /v1/cadence/targets": Sample(_target_made, sight=Sight.plain),
}
