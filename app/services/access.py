"""The log of reads: each detail read of a record of a sensitive class, each export; a list logs its query once."""

import re
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.ids import new_id
from app.models.audit import AccessEntry

#: A purpose is a code, so that nothing of a person can stand in it.
_CODE = re.compile(r"^[a-z_]+(:[a-z_,]+)?$")


async def record_read(
    session: Session,
    actor: Actor,
    resource: str,
    *,
    purpose: str,
    subject_id: UUID | None = None,
    branch_id: UUID | None = None,
    wall_key: UUID | None = None,
) -> None:
    """Note who read what, through which client and why. `purpose` is a code such as `read` or `search:name,postcode`.

    The note is committed before the answer leaves, with those of whoever reads at the same moment; without it there is
    no answer.
    """
    if not (_CODE.match(purpose) and _CODE.match(resource)):
        raise ValueError("a purpose and a resource are codes")
    session.insert_grouped(
        AccessEntry,
        {
            "id": new_id(),
            "created_at": clock.now(),
            "resource": resource,
            "subject_id": subject_id,
            "branch_id": branch_id,
            "wall_key": wall_key,
            "account_id": actor.account_id,
            "client_id": actor.client_id,
            "purpose": purpose,
        },
    )
