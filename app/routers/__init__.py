"""The rooms of the house, as the world calls at them."""

from fastapi import APIRouter

from app.core.settings import Environment, Settings
from app.routers import (
    access_alerts,
    access_log,
    accounts,
    audit,
    branches,
    breaches,
    break_glass,
    clients,
    data_complaints,
    deadlines,
    demo_clock,
    disputes,
    erasures,
    events,
    exports,
    file_links,
    grants,
    health,
    imports,
    jobs,
    legal_holds,
    me,
    members,
    office_terms,
    office_types,
    officers,
    outbox,
    own_disputes,
    own_member,
    own_requests,
    package_releases,
    password_resets,
    possible_duplicates,
    procedures,
    processing,
    receivers,
    reference_data,
    request_items,
    retention,
    rights_requests,
    roles,
    rules,
    search_tasks,
    sessions,
    signing_keys,
    subject_access_requests,
    tasks,
    transfers,
    vacancies,
)

#: What concerns data protection.
DATA_PROTECTION: tuple[APIRouter, ...] = (
    subject_access_requests.router,
    request_items.router,
    search_tasks.asked_router,
    package_releases.access_router,
    rights_requests.router,
    *retention.routers,
    data_complaints.router,
    breaches.router,
    package_releases.rights_router,
    search_tasks.router,
    package_releases.router,
    erasures.router,
    legal_holds.router,
    *processing.routers,
)

#: What concerns organising.
ORGANISING: tuple[APIRouter, ...] = ()


def all_routers(settings: Settings) -> list[APIRouter]:
    """Every router, in the order of the document."""
    routers: list[APIRouter] = [
        sessions.router,
        password_resets.router,
        signing_keys.router,
        me.router,
        own_member.router,
        own_disputes.router,
        own_requests.router,
        members.router,
        transfers.router,
        possible_duplicates.router,
        imports.router,
        exports.router,
        *disputes.routers,
        file_links.router,
        break_glass.router,
        *ORGANISING,
        *DATA_PROTECTION,
        deadlines.router,
        branches.router,
        office_types.router,
        office_terms.router,
        officers.router,
        vacancies.router,
        rules.router,
        procedures.router,
        receivers.router,
        accounts.router,
        clients.router,
        grants.router,
        roles.router,
        events.router,
        audit.router,
        access_log.router,
        access_alerts.router,
        tasks.router,
        jobs.router,
        reference_data.router,
        health.router,
    ]
    if settings.rollbook_env is not Environment.production:
        routers.append(outbox.router)
    if settings.clock_is_settable:
        routers.append(demo_clock.router)
    return routers
