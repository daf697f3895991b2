"""Every table, gathered so that the metadata is complete whoever imports it first."""

from app.models import accounts, audit, branches, events, frame, imports, members, offices, transfers

__all__ = ["accounts", "audit", "branches", "events", "frame", "imports", "members", "offices", "transfers"]
