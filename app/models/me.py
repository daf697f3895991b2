"""One's own account, as it is spoken of."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import SecretStr

from app.core.passwords import NewPassword
from app.core.permissions import Permission
from app.core.text import Email, Name
from app.models.base import Input, Shape
from app.models.members import Language


class Reach(Shape):
    """Permissions held together, and the units from which they reach down; each permission stands once."""

    permissions: Annotated[list[Permission], Bounds(max_length=100)]
    branch_ids: Annotated[list[UUID], Bounds(max_length=1000)]


class OfficeHeld(Shape):
    """A term of office that runs today."""

    term_id: UUID
    office_key: Annotated[str, Bounds(max_length=50)]
    office: Name
    office_cy: Name | None
    branch_id: UUID
    branch_name: Name
    branch_name_cy: Name | None
    starts_on: date
    ends_on: date | None


class Me(Shape):
    account_id: UUID
    email: Email
    name: Name
    person_id: UUID | None
    preferred_language: Language | None
    offices: Annotated[list[OfficeHeld], Bounds(max_length=100)]
    permissions: Annotated[list[Reach], Bounds(max_length=100)]


class PasswordChange(Input):
    current_password: Annotated[SecretStr, Bounds(min_length=1, max_length=200)]
    new_password: NewPassword
