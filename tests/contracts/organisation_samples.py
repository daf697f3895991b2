"""Samples of organisations, and of the people who belong to them and speak for them."""

from typing import Any
from uuid import UUID, uuid4

from app.core import clock
from app.models.affiliations import Affiliation, AffiliationKind
from app.models.organisations import OrganisationState
from app.models.representatives import Representative, RepresentativeRole
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place, place_organisation
from tests.world import World, fake

S = OrganisationState


def _organisation(state: OrganisationState = S.prospect, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_organisation(world, unit, state=state)
        return Ask(ids={"organisation_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


async def _listed(world: World, unit: UUID) -> Ask:
    row = await place_organisation(world, unit, name=f"{fake.company()} {uuid4().hex}")
    return Ask(params={"q": row.name}, shown=row.id)


async def _made(_world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "name": fake.company(), "kind": "union"})


async def _moved(world: World, unit: UUID) -> Ask:
    row = await place_organisation(world, unit)
    return Ask(ids={"organisation_id": row.id}, json={"branch_id": str(await world.api.unit(unit))})


def _named(**said: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_organisation(world, unit)
        _, person = await world.api.member(unit)
        return Ask(ids={"organisation_id": row.id}, json={"person": {"person_id": str(person)}, **said})

    return make


def _belonging(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        organisation, (_, person) = await place_organisation(world, unit), await world.api.member(unit)
        row = Affiliation(
            organisation_id=organisation.id, person_id=person, kind=AffiliationKind.parent, starts_on=clock.today()
        )
        await place(world, row)
        return Ask(ids={"affiliation_id": row.id, "organisation_id": organisation.id}, json=json, shown=row.id)

    return make


def _speaking(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        organisation, (_, person) = await place_organisation(world, unit), await world.api.member(unit)
        row = Representative(
            organisation_id=organisation.id, person_id=person, role=RepresentativeRole.dues, starts_on=clock.today()
        )
        await place(world, row)
        return Ask(ids={"representative_id": row.id, "organisation_id": organisation.id}, json=json, shown=row.id)

    return make


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


_ONE, _WHY = "/v1/organisations/{organisation_id}", {"note": "They have lost their hall."}
ORGANISATIONS: dict[str, Sample] = {
    "POST /v1/organisations": Sample(_made, sight=Sight.plain),
    "GET /v1/organisations": Sample(_listed, Held.anywhere, Sight.listed),
    "GET /v1/organisations/retention": Sample(_nothing, Held.anywhere),
    "GET /v1/organisations/retention/chart": Sample(_nothing, Held.anywhere),
    f"GET {_ONE}": Sample(_organisation()),
    f"PATCH {_ONE}": Sample(_organisation(json={"name": "St Example's"})),
    f"GET {_ONE}/steps": Sample(_organisation()),
    f"POST {_ONE}/move": Sample(_moved),
    f"POST {_ONE}/approach": Sample(_organisation(json={})),
    f"POST {_ONE}/agree": Sample(_organisation(S.negotiating, {})),
    f"POST {_ONE}/join": Sample(_organisation(S.agreed, {})),
    f"POST {_ONE}/renew": Sample(_organisation(S.active, {})),
    f"POST {_ONE}/flag-risk": Sample(_organisation(S.active, _WHY)),
    f"POST {_ONE}/recover": Sample(_organisation(S.at_risk, {})),
    f"POST {_ONE}/lapse": Sample(_organisation(S.active, {})),
    f"POST {_ONE}/leave": Sample(_organisation(S.active, _WHY)),
    f"POST {_ONE}/return": Sample(_organisation(S.left, {})),
    f"POST {_ONE}/affiliations": Sample(_named(kind="parent")),
    f"GET {_ONE}/affiliations": Sample(_belonging()),
    f"POST {_ONE}/representatives": Sample(_named(role="dues")),
    f"GET {_ONE}/representatives": Sample(_speaking()),
    "GET /v1/affiliations": Sample(_belonging(), Held.anywhere, Sight.listed),
    "POST /v1/affiliations/{affiliation_id}/end": Sample(_belonging({})),
    "GET /v1/representatives": Sample(_speaking(), Held.anywhere, Sight.listed),
    "POST /v1/representatives/{representative_id}/end": Sample(_speaking({})),
}
