"""Clusters: the few institutions in the care of one organiser. A cluster is a unit of the tree."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import Name
from app.models.base import Count, Shape


class ClusterWarning(StrEnum):
    """What is amiss with a cluster. Nothing is refused for it."""

    too_many_institutions = "too_many_institutions"
    no_organiser = "no_organiser"


class ClusterOrganiser(Shape):
    account_id: UUID
    name: Name


class ClusterRead(Shape):
    """A cluster, its institutions by number, and who organises it. Up to five are one organiser's work."""

    branch_id: UUID
    name: Name
    institutions: Count = Bounds(description="Members of the alliance, and those that are negotiating.")
    prospects: Count
    organisers: Annotated[list[ClusterOrganiser], Bounds(max_length=50)]
    warnings: Annotated[list[ClusterWarning], Bounds(max_length=10)]


class Clusters(Shape):
    """Every cluster in reach, by name."""

    data: Annotated[list[ClusterRead], Bounds(max_length=2000)]
