"""The page of rights in words: docs/rights.md is what `as_markdown` prints.

python -m app.core.rights_page > docs/rights.md
"""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum

from app.core.permissions import (
    BY_PART,
    GRANTABLE,
    GRANTS,
    MEANING,
    NEEDS_SECOND_PERSON,
    PARTS,
    Part,
    Permission,
    Role,
)

_OPENING = """\
# Who may do what

This page is printed from `app/core/permissions.py`, from which the gates, the database's scopes and
`GET /v1/roles` are made as well. Change it there, then print it anew:
`python -m app.core.rights_page > docs/rights.md`.

- A **permission** is `resource:action`. A **role** is a set of permissions.
- A role is held at a unit and reaches everything below it: by a **grant**, or by an **office** for as long as
  its term runs and its holder's membership stands. Days are half-open: the last named is the first without.
- A **client** has scopes; what somebody may do through it is what they may do *and* what its scopes name.
  First-party clients have every scope.
- Accounts and clients belong to the organisation as a whole: rights to them count only at its root.
- A **part** is held in one dispute and nowhere else: its permissions are opened by no role. A client must still
  have them among its scopes.
- Nobody gives a role to themselves, nor decides about their own grant, whichever of their accounts they use.
- The end of a grant, a term, a membership, a client, an account or a sign-in is felt within a second.
"""

_PARTS = """\
## Parts in a dispute

Only the people of a case see it, each as far as their part goes; whoever is named in it, or has declared an
interest, sees nothing of it, whatever their part, role or office. Parties see what was formally disclosed to
them, under `/v1/me/disputes`. The receiver is the first of the procedure's receivers whom the case is not closed
to; the receiver appoints clerks, mediators and investigators and lists the panels; an observer is let in for a
day by two approvers.
"""

_GIVING = """\
## Who may give which role

A holder of the role on the left, at a unit, may give those on the right, there or below: by a grant (with
`grants:give`) or by recording a term of an office that carries it (with `offices:record`). This is the
ceiling: nothing else may be given. Ending a grant takes `grants:give` at its unit, and no ceiling.
"""

_SECOND = """\
## Roles that need a second person

These carry members' data or the power to read the trail. A grant of one is a proposal until somebody else
confirms it: somebody who holds `grants:confirm` at the unit or above, and is neither the proposer nor the
one who would hold the role. The proposer's ceiling is looked at again then. Who confirms needs no ceiling of
their own.
"""


def as_markdown() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING, _permissions(), _roles(), _PARTS, _parts(), _GIVING, _ceiling(), _SECOND, _second_person()]
    return "\n".join(parts)


def _permissions() -> str:
    rows = [(_code(p), MEANING[p], _holders(p)) for p in Permission]
    return "## Permissions\n\n" + _table(("Permission", "Lets its holder", "Held by"), rows)


def _roles() -> str:
    rows = [(_code(role), _codes(p for p in Permission if p in GRANTS[role])) for role in Role]
    return "## Roles\n\n" + _table(("Role", "Permissions"), rows)


def _holders(permission: Permission) -> str:
    if permission in BY_PART:
        return f"by part: {_codes(part for part in Part if permission in PARTS[part])}"
    return _codes(role for role in Role if permission in GRANTS[role])


def _parts() -> str:
    rows = [(_code(part), _codes(p for p in Permission if p in PARTS[part])) for part in Part]
    return _table(("Part", "Permissions"), rows)


def _ceiling() -> str:
    rows = [(_code(role), _codes(r for r in Role if r in GRANTABLE[role])) for role in Role if role in GRANTABLE]
    return _table(("Holder", "May give"), rows)


def _second_person() -> str:
    return "\n".join(f"- {_code(role)}" for role in Role if role in NEEDS_SECOND_PERSON) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _code(name: StrEnum) -> str:
    return f"`{name.value}`"


def _codes(names: Iterable[StrEnum]) -> str:
    return ", ".join(map(_code, names)) or "nobody"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
