"""Rows of somebody excluded: refused when the file is read, and again when it is applied."""

from uuid import UUID

from pydantic_core import to_json

from app.core.actor import Actor
from app.core.db import Session
from app.services.exclusion_marks import MembershipBarred, any_marks, find_barred
from app.services.imports.write import IN_BATCH

_NEWCOMERS = f"""
select r.number, r.proposed -> 'person' as person from import_rows r where {IN_BATCH} and r.outcome = 'create'
"""
_REFUSE = """
update import_rows r set outcome = 'refused', person_id = null, member_id = null,
  errors = coalesce(r.errors, '[]') || jsonb_build_array(x.error)
from jsonb_to_recordset($2::text::jsonb) as x(number bigint, error jsonb)
where r.import_id = $1 and r.number = x.number
"""


async def refuse_barred(session: Session, actor: Actor, import_id: UUID, after: int, through: int) -> None:
    """Refuse the rows of a batch that would bring in somebody excluded, saying until when."""
    # Nearly always there is nobody to look for, and no row needs its marks worked out.
    if not await any_marks(session, actor):
        return
    rows = await session.fetch(_NEWCOMERS, import_id, after, through)
    barred = await find_barred(session, actor, [row["person"] for row in rows])
    errors = [
        {
            "number": rows[place]["number"],
            "error": {
                "pointer": "",
                "code": MembershipBarred.code,
                "message": f"{MembershipBarred.sentence}{f' Until {until.isoformat()}.' if until else ''}",
            },
        }
        for place, until in barred.items()
    ]
    if errors:
        await session.execute(_REFUSE, import_id, to_json(errors).decode())
