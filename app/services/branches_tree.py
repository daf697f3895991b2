"""The whole tree of units at once, and the tag by which a caller keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound

_TREE_TAG = "md5(concat_ws(':', count(*), sum(version), max(updated_at)))"
_TREE = f"""
with recursive tree as (
  select id, parent_id, kind, status, name, name_cy, 0 as depth, array[lower(name), id::text] as place
  from branches where parent_id is null
  union all
  select b.id, b.parent_id, b.kind, b.status, b.name, b.name_cy, t.depth + 1,
    t.place || array[lower(b.name), b.id::text]
  from branches b join tree t on t.id = b.parent_id where b.status <> 'dissolved'
)
select (select {_TREE_TAG} from branches) as tag, json_build_object('data', json_agg(json_build_object(
  'id', id, 'parent_id', parent_id, 'depth', depth, 'kind', kind, 'status', status, 'name', name,
  'name_cy', name_cy
) order by place))::text as body
from tree
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as JSON, and the tag of exactly this tree; no body where the caller has it."""

    tag: str
    body: bytes | None


async def get_tree(session: Session, _actor: Actor, known_tags: Iterable[str]) -> Tree:
    """The whole tree for whoever is signed in; without its body if the caller knows it already."""
    tag = await session.fetchval(f"select {_TREE_TAG} from branches")
    if tag in known_tags:
        return Tree(tag, None)
    row = await session.fetchrow(_TREE)
    if row is None:
        raise NotFound("tree")
    return Tree(row["tag"], row["body"].encode())
