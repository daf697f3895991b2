"""Whether the service lives, and which it is."""

from typing import Annotated

from pydantic import Field as Bounds

from app.models.base import Shape


class Liveness(Shape):
    alive: bool


class Readiness(Shape):
    """Requests can be answered now: every check holds."""

    ready: bool
    database: bool = Bounds(description="The database answers.")
    schema_current: bool = Bounds(description="The database is at the newest migration that this code brings.")
    listener: bool = Bounds(description="Changes of rights are heard from other processes.")
    queue_moving: bool = Bounds(
        description="A worker lives, and no work that is due has waited for long. Without it requests are answered too."
    )
    queue_age_seconds: Annotated[float, Bounds(ge=0)] = Bounds(
        description="For how long the oldest work that is due has waited; 0 where none waits."
    )


class VersionRead(Shape):
    version: Annotated[str, Bounds(max_length=50, examples=["0.1.0"])]
    schema_revision: Annotated[str, Bounds(max_length=50, examples=["0007_restores"])]
