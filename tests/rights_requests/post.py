"""The letters that lie in the outbox."""

import json

from tests.office import Office


async def letters_to(office: Office, address: str) -> list[dict[str, str]]:
    """What was written to an address, the first letter first."""
    return [letter for letter in await letters(office) if letter["to"] == address]


async def letters(office: Office) -> list[dict[str, str]]:
    """Whatever was written to anybody, the first letter first."""
    database = office.world.api.owner
    async with database.transaction() as session:
        rows = await session.fetch("select id, sealed_message from mail_outbox where sealed_message <> '' order by id")
    return [json.loads(database.keys.open_bytes(f"mail {row['id']}", row["sealed_message"])) for row in rows]
