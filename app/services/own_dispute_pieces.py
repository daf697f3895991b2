"""The pieces of a case that were disclosed to a party: what was said, alleged, planned and decided.

Each query runs in the scope of one's own record, whose policies show just what was disclosed; of the texts of a row
only those are told that were meant for a party.
"""

from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import Part
from app.services.disputes.case import Opener, opener, unseal

#: For whoever has complained from the first: a complainant who came to it later, by joined cases, said something else.
_COMPLAINT = """
select d.sealed from disputes d join dispute_steps s on s.dispute_id = d.id and s.action = 'receive'
where d.id = $1 and exists (
  select from dispute_parties p
  where p.dispute_id = d.id and p.id = any ($2) and p.role = 'complainant' and p.id < s.id)
"""
CHAIRS = frozenset({Part.chair, Part.appeal_chair})

_STEPS = """
select s.id, s.action, s.on_day, s.late, s.sealed, coalesce(s.party_id = any ($2), false) as by_oneself,
  (select x.kind from dispute_disclosures x where x.subject_id = s.id and x.party_id = any ($2) limit 1) as kind
from dispute_steps s where s.dispute_id = $1 order by s.id
"""
_ALLEGATIONS = """
select a.id, a.number, a.conduct_from, a.conduct_until, a.outcome, a.sealed,
  c.number as clause_number, c.title as clause_title, c.text as clause_text
from dispute_allegations a join rule_clauses c on c.id = a.clause_id where a.dispute_id = $1 order by a.number
"""
_MEETINGS = """
select m.id, m.panel_id, m.kind, m.state, m.starts_at, m.held_on, m.sealed from dispute_meetings m
where m.dispute_id = $1 order by m.starts_at, m.id
"""
_SEATS = """
select t.id, t.part, t.panel_id, t.sealed from dispute_parts t
where t.dispute_id = $1 and t.panel_id = any ($2) and t.ended_at is null order by t.id
"""
_MEASURES = """
select m.id, m.kind, m.starts_on, m.ends_on, m.lifted_on, m.review_by, m.sealed from dispute_measures m
where m.dispute_id = $1 order by m.id
"""
_SANCTIONS = """
select s.id, s.kind, s.state, s.months, s.starts_on, s.ends_on from sanctions s
where s.dispute_id = $1 and (s.ends_on is null or $2 < s.ends_on) order by s.id
"""
_APPEALS = """
select l.id, l.state, l.lodged_on, l.due_on, l.late, l.admitted, l.sealed, l.party_id = any ($2) as by_oneself
from dispute_appeals l where l.dispute_id = $1 order by l.id
"""


async def pieces(
    session: Session,
    _actor: Actor | None,
    dispute_id: UUID,
    party_ids: list[UUID],
    *,
    complaint: bool,
    finding: bool,
    outcome: bool,
) -> dict[str, Any]:
    """All of them. `complaint`: one's own words; `finding` and `outcome`: whether those were disclosed."""
    texts = await opener(session, dispute_id)
    return {
        "complaint": await _complaint(session, dispute_id, party_ids) if complaint else None,
        "told": await _steps(session, dispute_id, party_ids, texts),
        "allegations": await _allegations(session, dispute_id, texts, finding=finding, outcome=outcome),
        "meetings": await _meetings(session, dispute_id, texts),
        "measures": [
            {**row, "text": texts("dispute_measures", row["id"], row["sealed"]).get("text")}
            for row in await session.fetch(_MEASURES, dispute_id)
        ],
        "sanctions": [dict(row) for row in await session.fetch(_SANCTIONS, dispute_id, clock.today())],
        "appeals": await _appeals(session, dispute_id, party_ids, texts),
    }


async def members_told(session: Session, _actor: Actor, dispute_id: UUID) -> set[UUID]:
    """Those of whose sitting on a panel the party was told, by their parts."""
    panels = [row["panel_id"] for row in await session.fetch(_MEETINGS, dispute_id)]
    return {row["id"] for row in await _seats(session, dispute_id, panels)}


async def _complaint(session: Session, dispute_id: UUID, party_ids: list[UUID]) -> dict[str, Any] | None:
    """What one complained of oneself: it stands in the case's own row, which no party reads."""
    async with session.as_role("rollbook_case"):
        sealed = await session.fetchval(_COMPLAINT, dispute_id, party_ids)
        if sealed is None:
            return None
        said = await unseal(session, dispute_id, "disputes", dispute_id, sealed)
    return {"summary": said.get("summary"), "text": said.get("text")}


async def _steps(session: Session, dispute_id: UUID, party_ids: list[UUID], texts: Opener) -> list[dict[str, Any]]:
    told = []
    for row in await session.fetch(_STEPS, dispute_id, party_ids):
        said = texts("dispute_steps", row["id"], row["sealed"])
        told.append({**row, "text": said.get("text"), "reasons": said.get("reasons")})
    return told


async def _allegations(
    session: Session, dispute_id: UUID, texts: Opener, *, finding: bool, outcome: bool
) -> list[dict[str, Any]]:
    told = []
    for row in await session.fetch(_ALLEGATIONS, dispute_id):
        said = texts("dispute_allegations", row["id"], row["sealed"])
        told.append(
            {
                **row,
                "text": said.get("text"),
                "finding": said.get("finding") if finding else None,
                "outcome": row["outcome"] if outcome else None,
                "reasons": said.get("reasons") if outcome else None,
                "appeal_reasons": said.get("appeal_reasons") if outcome else None,
            }
        )
    return told


async def _meetings(session: Session, dispute_id: UUID, texts: Opener) -> list[dict[str, Any]]:
    rows = await session.fetch(_MEETINGS, dispute_id)
    panels: dict[UUID, list[dict[str, Any]]] = {}
    for seat in await _seats(session, dispute_id, [row["panel_id"] for row in rows]):
        name = texts("dispute_parts", seat["id"], seat["sealed"]).get("name")
        member = {"part_id": seat["id"], "name": name, "chair": seat["part"] in CHAIRS}
        panels.setdefault(seat["panel_id"], []).append(member)
    return [
        {
            **row,
            "place": texts("dispute_meetings", row["id"], row["sealed"]).get("place"),
            "panel": panels.get(row["panel_id"], []),
        }
        for row in rows
    ]


async def _seats(session: Session, dispute_id: UUID, panels: list[UUID | None]) -> list[asyncpg.Record]:
    """Who sits on the panels of meetings of which the party was told: a party may object to a member."""
    async with session.as_role("rollbook_case"):
        return await session.fetch(_SEATS, dispute_id, [panel for panel in panels if panel is not None])


async def _appeals(session: Session, dispute_id: UUID, party_ids: list[UUID], texts: Opener) -> list[dict[str, Any]]:
    """The grounds of another's appeal are not told: their words may say who they are."""
    return [
        {
            **row,
            "grounds": texts("dispute_appeals", row["id"], row["sealed"]).get("text") if row["by_oneself"] else None,
        }
        for row in await session.fetch(_APPEALS, dispute_id, party_ids)
    ]
