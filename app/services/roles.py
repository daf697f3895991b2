"""Roles: what each may do, and what its holders may give."""

from pydantic import TypeAdapter

from app.core.paging import Body, Page
from app.core.permissions import GRANTABLE, GRANTS, NEEDS_SECOND_PERSON, Permission, Role
from app.models.accounts import RoleRead

_PAGE = TypeAdapter(Page[RoleRead])


def _read(role: Role) -> RoleRead:
    given = GRANTABLE.get(role, frozenset())
    return RoleRead(
        role=role,
        permissions=[permission for permission in Permission if permission in GRANTS[role]],
        may_grant=[other for other in Role if other in given],
        needs_second_person=role in NEEDS_SECOND_PERSON,
    )


_ALL = Body(
    _PAGE.dump_json(Page(data=[_read(role) for role in Role], next_cursor=None, has_more=False), exclude={"count"})
)


def list_roles() -> Body:
    """Every role on the page of rights, in its order; the same for everybody."""
    return _ALL
