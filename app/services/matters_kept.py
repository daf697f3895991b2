"""Reading a matter whose time is over: its key has gone, and its course can be read still."""

from typing import Any
from uuid import UUID

from app.core.db import Session
from app.services.envelopes import keys_of, unseal_texts


async def unseal_if_kept(session: Session, matter_id: UUID, table: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    """As `unseal`, and none where the key of the matter has gone."""
    kept = matter_id in await keys_of(session, [matter_id])
    return await unseal_texts(session, matter_id, table, row_id, sealed) if kept else {}
