"""Whatever is made and moved, every path is right, no circle closes, and reach is the subtree."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.permissions import Role
from app.models.branches import UnitKind
from app.services.branches import BELOW, MAX_DEPTH
from tests.conftest import Api
from tests.turns import some_of
from tests.world import World, make_world

KINDS = ("region", "local_party", "branch")
STEPS = st.lists(
    st.tuples(st.sampled_from(("make", "move")), st.integers(0, 30), st.integers(0, 30), st.sampled_from(KINDS)),
    min_size=3,
    max_size=12,
)


class Model:
    """The tree as it should be: each unit's parent and kind, and nothing else."""

    def __init__(self, corner: UUID) -> None:
        self.parent: dict[UUID, UUID | None] = {corner: None}
        self.kind = {corner: "region"}

    def line(self, unit: UUID) -> list[UUID]:
        above = self.parent[unit]
        return [*(self.line(above) if above else []), unit]

    def below(self, unit: UUID) -> set[UUID]:
        return {other for other in self.parent if unit in self.line(other)}

    def fits(self, kind: str, parent: UUID, height: int = 1) -> bool:
        # The corner of the tree stands one below the root.
        room = len(self.line(parent)) + 1 + height <= MAX_DEPTH
        return UnitKind(kind) in BELOW[UnitKind(self.kind[parent])] and room

    def height(self, unit: UUID) -> int:
        return max(len(self.line(other)) for other in self.below(unit)) - len(self.line(unit)) + 1


@settings(max_examples=some_of(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_the_tree_stays_a_tree(api: Api, steps: list[tuple[str, int, int, str]]) -> None:
    world: World = await make_world(api)
    officer = await api.as_role(Role.regional_officer, world.root)
    corner = await api.unit(world.root, UnitKind.region)
    model, units = Model(corner), [corner]
    for verb, first, second, kind in steps:
        parent = units[first % len(units)]
        if verb == "make":
            answer = await officer.post("/v1/branches", json={"parent_id": str(parent), "kind": kind, "name": "U"})
            assert (answer.status_code == 201) == model.fits(kind, parent)
            if answer.status_code == 201:
                made = UUID(answer.json()["id"])
                units.append(made)
                model.parent[made], model.kind[made] = parent, kind
        elif (unit := units[second % len(units)]) != corner:
            answer = await officer.post(f"/v1/branches/{unit}/move", json={"parent_id": str(parent)})
            allowed = unit not in model.line(parent) and model.fits(model.kind[unit], parent, model.height(unit))
            assert (answer.status_code == 200) == allowed
            if allowed:
                model.parent[unit] = parent
    async with api.owner.transaction() as session:
        for row in await session.fetch(
            "select id, parent_id, path from branches where path @> array[$1::uuid]", corner
        ):
            assert row["path"][1:] == model.line(row["id"])
            assert row["id"] == corner or row["parent_id"] == model.parent[row["id"]]
        assert len(units) == await session.fetchval(
            "select count(*) from branches where path @> array[$1::uuid]", corner
        )
        for unit in units:
            await session.execute(f"set local rollbook.members = '{{{unit}}}'")
            assert set(await session.fetchval("select reach('members')")) == model.below(unit)
