"""Every table, gathered so that the metadata is complete whoever imports it first."""

from app.models import (
    accounts,
    audit,
    branches,
    events,
    exports,
    frame,
    imports,
    jobs,
    members,
    offices,
    operations,
    possible_duplicates,
    transfers,
)

__all__ = [
    "accounts",
    "audit",
    "branches",
    "events",
    "exports",
    "frame",
    "imports",
    "jobs",
    "members",
    "offices",
    "operations",
    "possible_duplicates",
    "transfers",
]
