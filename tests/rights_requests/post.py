"""The letters that lie in the outbox."""

import json

from tests.office import Office


async def letters_to(office: Office, address: str) -> list[dict[str, str]]:
    """What was written to an address, the first letter first."""
    database = office.world.api.owner
    async with database.transaction() as session:
        rows = await session.fetch("select id, sealed_message from mail_outbox where sealed_message <> '' order by id")
    opened = [json.loads(database.keys.open_bytes(f"mail {row['id']}", row["sealed_message"])) for row in rows]
    return [letter for letter in opened if letter["to"] == address]
