"""Clusters: units in which an organiser works with up to five institutions; beyond that a warning, never a refusal.

Source: the post of an associate organiser, who has a small cluster of up to five standard member institutions.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import Role
from app.models.clusters import ClusterOrganiser, ClusterRead, Clusters, ClusterWarning
from app.services.access import record_read
from app.services.rights import holders_at

#: How many institutions one organiser cares for.
MOST_INSTITUTIONS = 5

_CLUSTERS = """
select b.id, b.name,
  (select count(*) from organisations o where o.branch_id = b.id
    and o.state in ('negotiating', 'agreed', 'active', 'at_risk')) as institutions,
  (select count(*) from organisations o where o.branch_id = b.id and o.state = 'prospect') as prospects
from branches b where b.kind = 'cluster' and b.status <> 'dissolved'
  and b.id = any ((select reach('organising'))::uuid[])
order by b.name, b.id
"""


async def list_clusters(session: Session, actor: Actor) -> Clusters:
    """Every cluster in reach, with what is amiss. That it was asked is logged."""
    rows = await session.fetch(_CLUSTERS)
    await record_read(session, actor, "organising", purpose="list:cluster")
    async with session.as_role("rollbook_auth"):
        held = await holders_at(session, [row["id"] for row in rows])
    organisers: dict[UUID, dict[UUID, str]] = {}
    for one in held:
        if one["role"] == Role.organiser:
            organisers.setdefault(one["branch_id"], {})[one["account_id"]] = one["account_name"]
    return Clusters(data=[_told(row, organisers.get(row["id"], {})) for row in rows])


def _told(row: Mapping[str, Any], organisers: Mapping[UUID, str]) -> ClusterRead:
    warnings = []
    if row["institutions"] > MOST_INSTITUTIONS:
        warnings.append(ClusterWarning.too_many_institutions)
    if not organisers:
        warnings.append(ClusterWarning.no_organiser)
    return ClusterRead(
        branch_id=row["id"],
        name=row["name"],
        institutions=row["institutions"],
        prospects=row["prospects"],
        organisers=[ClusterOrganiser(account_id=key, name=name) for key, name in sorted(organisers.items())],
        warnings=warnings,
    )
