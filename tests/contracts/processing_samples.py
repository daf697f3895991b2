"""Samples of the record of processing: everybody reads it, the data-protection team changes it."""

from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.core import clock
from app.core.ids import new_id
from app.models.processing import ProcessingActivity, Processor
from app.models.processing_shapes import ActivityCreate
from app.services.processing.presets import to_row
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.contracts.matter_samples import request
from tests.world import World, fake

_WHY = {"reason": "It is done no more."}


def activity_body(**over: Any) -> dict[str, Any]:
    """An activity as it may be sent, under a key of its own."""
    return {
        "key": f"a{new_id().hex}",
        "name": "Summer school",
        "purposes": {"en": "To run a summer school.", "cy": "Cynnal ysgol haf."},
        "lawful_bases": ["contract"],
        "people": ["members"],
        "categories": ["names", "contact_details"],
        "recipients": ["national_officers"],
        "sources": ["the_person"],
        "retention": {"en": "A year."},
        **over,
    }


def processor_body(**over: Any) -> dict[str, Any]:
    return {"name": fake.company(), "service": "Sends letters", "country": "GB", **over}


async def _put(world: World, row: SQLModel) -> UUID:
    async with world.api.transaction() as session:
        await session.insert(row)
    made: UUID = row.id  # type: ignore[attr-defined]
    return made


def _matching(row_id: UUID, version: int = 1) -> dict[str, str]:
    return {"If-Match": f'"{row_id}-{version}"'}


def _activity(json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        made = await _put(world, ProcessingActivity(**to_row(ActivityCreate(**activity_body()))))
        return Ask(ids={"activity_id": made}, json=json, headers=_matching(made))

    return make


def _processor(json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        row = Processor(**processor_body(), terms=[], sub_processors=[], contract_on=clock.today())
        made = await _put(world, row)
        return Ask(ids={"processor_id": made}, json=json, headers=_matching(made))

    return make


async def _activity_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json=activity_body())


async def _processor_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json=processor_body())


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


async def _controller_told(world: World, _unit: UUID) -> Ask:
    async with world.api.transaction() as session:
        version = await session.fetchval("select version from controllers where id = $1", world.root)
    return Ask(json={"data_protection_email": "data@example.org"}, headers=_matching(world.root, version))


def _everybody(make: Make) -> Sample:
    return Sample(make, Held.anywhere)


def _team(make: Make) -> Sample:
    return Sample(make, Held.root, Sight.plain)


PROCESSING: dict[str, Sample] = {
    "GET /v1/processing-activities": _everybody(_activity()),
    "POST /v1/processing-activities": _team(_activity_made),
    "GET /v1/processing-activities/gaps": _everybody(_nothing),
    "POST /v1/processing-activities/complete": _team(_nothing),
    "GET /v1/processing-activities/export": _everybody(_nothing),
    "GET /v1/processing-activities/{activity_id}": _everybody(_activity()),
    "PATCH /v1/processing-activities/{activity_id}": _team(_activity({"name": "Winter school"})),
    "POST /v1/processing-activities/{activity_id}/end": _team(_activity(_WHY)),
    "GET /v1/processors": _everybody(_processor()),
    "POST /v1/processors": _team(_processor_made),
    "GET /v1/processors/{processor_id}": _everybody(_processor()),
    "PATCH /v1/processors/{processor_id}": _team(_processor({"service": "Sends e-mail"})),
    "POST /v1/processors/{processor_id}/end": _team(_processor(_WHY)),
    "GET /v1/controller": _everybody(_nothing),
    "PATCH /v1/controller": _team(_controller_told),
    "POST /v1/subject-access-requests/{request_id}/information/fill": _team(request(json={})),
}
