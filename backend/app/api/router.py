from fastapi import FastAPI

from app.api.routes import (
    academic_years,
    access_log,
    api_tokens,
    assignments,
    audit,
    auth,
    blocks,
    calendars,
    drafts,
    edits,
    findings,
    grid,
    half_days,
    health,
    invitations,
    leave,
    notifications,
    overrides,
    parts,
    people,
    programme_files,
    programs,
    publications,
    requests,
    rules,
    schedules,
    stats,
    tasks,
    users,
)
from app.api.routing import API

_MODULES = (
    health,
    auth,
    api_tokens,
    users,
    invitations,
    programme_files,
    programs,
    academic_years,
    people,
    parts,
    rules,
    leave,
    requests,
    schedules,
    publications,
    calendars,
    notifications,
    audit,
    findings,
    grid,
    blocks,
    drafts,
    access_log,
    edits,
    assignments,
    half_days,
    overrides,
    stats,
    tasks,
)


def add_routes(application: FastAPI) -> None:
    """Add all routes of the interface.

    One by one: of a router that includes routers, FastAPI would look for the route twice.
    """
    for module in _MODULES:
        application.include_router(module.router, prefix=API)
    application.include_router(invitations.answers, prefix=API)
