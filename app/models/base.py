"""What every table and every shape has in common."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic import Field as Bounds
from sqlalchemy import CheckConstraint, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from app.core import clock
from app.core.ids import new_id
from app.core.privacy import Privacy

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def column(privacy: Privacy, kind: Any = None, **options: Any) -> Any:
    """A column with its privacy class; `kind` is the SQL type where it is not the obvious one."""
    if kind is not None:
        options["sa_type"] = kind
    return Field(**options, sa_column_kwargs={"info": {"privacy": privacy}, **options.pop("sa_column_kwargs", {})})


def text(privacy: Privacy, **options: Any) -> Any:
    return column(privacy, Text, **options)


def instant(privacy: Privacy = Privacy.none, **options: Any) -> Any:
    return column(privacy, DateTime(timezone=True), **options)


def uuids(privacy: Privacy, **options: Any) -> Any:
    return column(privacy, ARRAY(Uuid()), **options)


def texts(privacy: Privacy, **options: Any) -> Any:
    return column(privacy, ARRAY(Text()), **options)


def json_column(privacy: Privacy, **options: Any) -> Any:
    return column(privacy, JSONB, **options)


def one_of(name: str, kind: type[StrEnum]) -> CheckConstraint:
    """The CHECK that holds a text column to the values of an enum (native enums cannot be altered in a transaction)."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{name} in ({values})", name=f"{name}_known", info={"column": name, "enum": kind})


class Row(SQLModel):
    """A table's row: a UUIDv7 made here, and when it was written."""

    id: UUID = column(Privacy.none, primary_key=True, default_factory=new_id)
    created_at: datetime = instant(default_factory=clock.now, nullable=False)


class Record(Row):
    """A row that changes: its version is the ETag."""

    updated_at: datetime = instant(default_factory=clock.now, nullable=False)
    version: int = column(Privacy.none, default=1, nullable=False)


class Shape(BaseModel):
    """Anything spoken over the wire."""

    model_config = ConfigDict(use_enum_values=False)


class Input(Shape):
    """A body that a caller sends: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Patch(Input):
    """A JSON Merge Patch: a field left out stays, a field set to null is emptied where its type allows null.

    Fields are declared `X | MISSING = MISSING` (may not be emptied) or `X | None | MISSING = MISSING`.
    """

    def changes(self) -> dict[str, Any]:
        """What was said, and nothing else."""
        return self.model_dump(exclude_unset=True)


def _not_absurd(value: Any) -> Any:
    if not 1850 <= value.year <= 2150:
        raise ValueError("the year must be between 1850 and 2150")
    return value


Version = Annotated[int, Bounds(ge=1, le=2_147_483_647, description="Rises with every change; the ETag is made of it.")]
Count = Annotated[int, Bounds(ge=0, le=2_147_483_647)]
Instant = Annotated[AwareDatetime, AfterValidator(_not_absurd)]
