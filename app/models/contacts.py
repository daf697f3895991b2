"""Whom and what a record names: somebody or something on record, or new and put on record with it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.text import Email, Name, Phone
from app.models.base import Input
from app.models.organisations import OrganisationKind


class PersonNamed(Input):
    """A person: by `person_id`, or somebody new by name, who becomes a supporter of the unit."""

    person_id: UUID | None = None
    given_name: Name | None = None
    family_name: Name | None = None
    email: Email | None = None
    mobile_phone: Phone | None = None

    @model_validator(mode="after")
    def _known_or_new(self) -> "PersonNamed":
        said = (self.given_name, self.family_name, self.email, self.mobile_phone)
        if self.person_id is None and (self.given_name is None or self.family_name is None):
            raise ValueError("name somebody on record, or somebody new by given and family name")
        if self.person_id is not None and any(value is not None for value in said):
            raise ValueError("of somebody on record give the id alone")
        return self


class OrganisationNamed(Input):
    """An organisation: by `organisation_id`, or a new one by name and kind, which becomes a prospect of the unit."""

    organisation_id: UUID | None = None
    name: Annotated[Name | None, Bounds(examples=["St Example's Church"])] = None
    kind: OrganisationKind | None = None

    @model_validator(mode="after")
    def _known_or_new(self) -> "OrganisationNamed":
        if self.organisation_id is None and (self.name is None or self.kind is None):
            raise ValueError("name one on record, or a new one by name and kind")
        if self.organisation_id is not None and (self.name is not None or self.kind is not None):
            raise ValueError("of one on record give the id alone")
        return self
