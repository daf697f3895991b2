"""The log of reads: each detail read of a record of a sensitive class, each export; a list logs its query once."""

import re
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.ids import new_id

#: A purpose is a code, so that it can stand in the text of a statement.
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

    The note is written as the transaction ends, in the same packet; it fails or stands with it.
    """
    if not (_CODE.match(purpose) and _CODE.match(resource)):
        raise ValueError("a purpose and a resource are codes")
    ids = (subject_id, branch_id, wall_key, actor.account_id, actor.client_id)
    written = ", ".join(f"'{value}'" if value else "null" for value in ids)
    session.say_last(
        "insert into access_log"
        " (id, created_at, resource, purpose, subject_id, branch_id, wall_key, account_id, client_id)"
        f" values ('{new_id()}', '{clock.now().isoformat()}', '{resource}', '{purpose}', {written})"
    )
