"""Who acts: through which client, holding which permission from which units down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from app.core.errors import Forbidden
from app.core.permissions import Permission, Role, within_ceiling
from app.core.scope import Scope

#: Permissions that write, by resource: holding any of them opens the resource's rows to writing at that unit.
WRITES: Mapping[str, frozenset[Permission]] = {
    "members": frozenset(
        {
            Permission.members_create,
            Permission.members_update,
            Permission.members_end,
            Permission.members_decide,
            Permission.members_transfer,
        }
    ),
    "offices": frozenset({Permission.offices_record, Permission.offices_confirm}),
    "branches": frozenset({Permission.branches_manage}),
    "imports": frozenset({Permission.members_import}),
    "exports": frozenset({Permission.exports_confirm}),
    "duplicates": frozenset({Permission.duplicates_decide}),
    "privacy": frozenset({Permission.privacy_handle, Permission.privacy_approve}),
    "rules": frozenset({Permission.rules_manage}),
    "procedures": frozenset({Permission.procedures_manage}),
    "organising": frozenset({Permission.organising_run}),
    "meetings": frozenset({Permission.meetings_record}),
    "supervision": frozenset({Permission.supervision_set}),
}


@dataclass(frozen=True)
class Actor:
    """A frozen view of an account's rights at one moment, through one client.

    `reach` maps each permission to the units at which it is held; it extends to everything below them. `roles` are the
    (role, unit) pairs behind it, for the ceiling on grants; `leaves` those of the units that have none below them.
    `organisation_id` is the root unit.
    """

    account_id: UUID
    person_id: UUID | None
    client_id: UUID
    sign_in_id: UUID
    organisation_id: UUID
    reach: Mapping[Permission, frozenset[UUID]]
    roles: frozenset[tuple[Role, UUID]] = frozenset()
    leaves: frozenset[UUID] = frozenset()
    scopes: frozenset[Permission] = field(default_factory=lambda: frozenset(Permission))

    def holds(self, permission: Permission) -> bool:
        """Whether the permission is held anywhere: the gate of a route."""
        return permission in self.reach

    def can(self, permission: Permission, path: Iterable[UUID]) -> bool:
        """Whether the permission is held at a unit, given the unit's `path` (its ancestors and itself)."""
        return not self.reach.get(permission, frozenset()).isdisjoint(path)

    def must(self, permission: Permission, path: Iterable[UUID]) -> None:
        """The judge. Raises `Forbidden` naming the permission when it is not held at that unit."""
        if not self.can(permission, path):
            raise Forbidden(permission=permission.value)

    def must_hold(self, permission: Permission) -> None:
        """Raises `Forbidden` when the permission is held nowhere: for fields and filters, which have no branch."""
        if not self.holds(permission):
            raise Forbidden(permission=permission.value)

    def may_give(self, role: Role, path: Iterable[UUID]) -> bool:
        """Whether a role is within the actor's ceiling at a unit, whether given by a grant or through an office."""
        return within_ceiling(self.roles, role, path)

    def only_branch(self, resource: str) -> UUID | None:
        """The unit, when the resource is read in exactly one and nothing lies below it."""
        units = next((units for p, units in self.reach.items() if p.value == f"{resource}:read"), frozenset())
        return next(iter(units)) if len(units) == 1 and units <= self.leaves else None

    def must_be_let(self, permission: Permission) -> None:
        """Raises `Forbidden` when the client may not use the permission: for rights that no role carries."""
        if permission not in self.scopes:
            raise Forbidden(permission=permission.value)

    def is_whole(self, permission: Permission) -> bool:
        """Whether the permission is held at the root, hence over the whole organisation."""
        return self.organisation_id in self.reach.get(permission, frozenset())

    @cached_property
    def scope(self) -> Scope:
        """What this actor's transactions and statements may see. Its settings are UUIDs only."""
        settings = {"account": str(self.account_id), "person": str(self.person_id or "")}
        if Permission.disputes_read in self.scopes:
            settings["cases"] = "true"
        for permission, units in self.reach.items():
            if permission.value.endswith(":read"):
                settings[permission.resource] = _array(units)
        for resource, writes in WRITES.items():
            settings[f"{resource}_write"] = _array(unit for p in writes for unit in self.reach.get(p, ()))
        role = "rollbook_whole" if self.is_whole(Permission.members_read) else "rollbook_app"
        return Scope(role, {name: value for name, value in settings.items() if value not in ("", "{}")})

    @cached_property
    def own_scope(self) -> Scope:
        """The scope of one's own record and nothing else."""
        person = {"person": str(self.person_id)} if self.person_id else {}
        return Scope("rollbook_self", {"account": str(self.account_id), **person})


def _array(units: Iterable[UUID]) -> str:
    return "{" + ",".join(sorted({str(unit) for unit in units})) + "}"
