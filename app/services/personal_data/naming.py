"""What the ids in somebody's data stand for, so that people can read them: units, offices, software, rules."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.core.db import Session
from app.models.members import Language
from app.services.matters import ROLE
from app.services.personal_data.third_parties import IDS, strings

_NAMES = """
select id, name, name_cy from branches where id = any ($1)
union all select id, name, name_cy from office_types where id = any ($1)
union all select id, name, name_cy from procedures where id = any ($1)
union all select id, name, null from clients where id = any ($1)
union all select id, number || ' ' || title, null from rule_clauses where id = any ($1)
"""


async def names_of(session: Session, values: Iterable[Any], language: Language) -> dict[str, str]:
    """By id as the values write it, what it stands for, of everything that is no person.

    Puts on the role `rollbook_privacy` itself.
    """
    written = {text for one in values for _, text in strings(one) if IDS.fullmatch(text)}
    async with session.as_role(ROLE):
        rows = await session.fetch(_NAMES, [UUID(text) for text in written])
    welsh = language is Language.welsh
    names = {row["id"]: (row["name_cy"] if welsh else None) or row["name"] for row in rows}
    return {text: names[UUID(text)] for text in written if UUID(text) in names}
