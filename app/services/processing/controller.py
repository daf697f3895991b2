"""The controller: who answers for the data, and whom to write to about it."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound, PreconditionFailed
from app.core.paging import Answer, Listing, fetch_one
from app.models.processing import Controller
from app.models.processing_shapes import ControllerUpdate
from app.services.changes import changed_fields
from app.services.matters import RESOURCE, note
from app.services.processing.activities import must_handle

_PLAIN = (
    "id", "address", "email", "data_protection_contact", "data_protection_email", "registration_number", "version",
)  # fmt: skip
CONTROLLER = Listing(
    resource=RESOURCE,
    source="controllers c",
    join="join branches b on b.id = c.id",
    key="c.id",
    columns={
        **{name: f"c.{name}" for name in _PLAIN},
        "name": "b.name",
        "name_cy": "b.name_cy",
        "updated_at": "utc(c.updated_at)",
    },
    sorts={},
    facts={name: f"c.{name}" for name in _PLAIN},
)


async def get_controller(session: Session, actor: Actor) -> Answer:
    """The controller, for whoever is signed in. Raises `NotFound`."""
    row = await fetch_one(session, actor, CONTROLLER, actor.organisation_id)
    if row is None:
        raise NotFound("controller")
    return Answer(row["id"], row["version"], row["json"].encode())


async def update_controller(session: Session, actor: Actor, data: ControllerUpdate, *, version: int) -> Answer:
    """Say whom to write to. Raises `Forbidden`, `PreconditionFailed`."""
    must_handle(actor)
    root: UUID = actor.organisation_id
    before = await session.fetchrow("select * from controllers where id = $1 for update", root)
    if before is None or before["version"] != version:
        raise PreconditionFailed((await get_controller(session, actor)).body)
    changes = data.changes()
    await session.update(Controller, root, changes, version=version)
    await note(session, actor, root, "controller.updated", fields=changed_fields(Controller, changes, before))
    return await get_controller(session, actor)
