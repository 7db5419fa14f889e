from fastapi import APIRouter

from app.api.routes import (
    academic_years,
    access_log,
    api_tokens,
    assignments,
    auth,
    blocks,
    drafts,
    edits,
    findings,
    grid,
    half_days,
    health,
    invitations,
    overrides,
    parts,
    people,
    programme_files,
    programs,
    publications,
    rules,
    schedules,
    stats,
    tasks,
    users,
)

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
    schedules,
    publications,
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

api_router = APIRouter(prefix="/api")
for module in _MODULES:
    api_router.include_router(module.router)
api_router.include_router(invitations.answers)
