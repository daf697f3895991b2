"""The rooms of the house, as the world calls at them."""

from fastapi import APIRouter

from app.core.settings import Environment, Settings
from app.routers import (
    access_log,
    accounts,
    audit,
    branches,
    break_glass,
    clients,
    deadlines,
    demo_clock,
    disputes,
    events,
    exports,
    file_links,
    grants,
    health,
    imports,
    jobs,
    me,
    members,
    office_terms,
    office_types,
    officers,
    outbox,
    own_disputes,
    own_member,
    password_resets,
    possible_duplicates,
    procedures,
    receivers,
    reference_data,
    rights_requests,
    roles,
    rules,
    sessions,
    signing_keys,
    subject_access_requests,
    tasks,
    transfers,
    vacancies,
)


def all_routers(settings: Settings) -> list[APIRouter]:
    """Every router, in the order of the document."""
    routers: list[APIRouter] = [
        sessions.router,
        password_resets.router,
        signing_keys.router,
        me.router,
        own_member.router,
        own_disputes.router,
        members.router,
        transfers.router,
        possible_duplicates.router,
        imports.router,
        exports.router,
        *disputes.routers,
        file_links.router,
        break_glass.router,
        subject_access_requests.router,
        rights_requests.router,
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
