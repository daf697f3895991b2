"""/v1/disputes: complaints and cases, each behind its wall. Nothing here is opened by a role alone."""

from fastapi import APIRouter

from app.routers.disputes import (
    asides,
    cases,
    complaints,
    disclosure_items,
    evidence,
    glass,
    hearings,
    letters,
    measures,
    own_files,
    people,
    statistics,
    triage,
)

routers: tuple[APIRouter, ...] = (
    complaints.router,
    statistics.router,
    cases.router,
    triage.router,
    people.router,
    measures.router,
    asides.router,
    hearings.router,
    glass.router,
    evidence.router,
    letters.router,
    disclosure_items.router,
    own_files.router,
)
