from fastapi import APIRouter

from app.api.routes import (
    api_tokens,
    auth,
    blocks,
    findings,
    health,
    invitations,
    programs,
    schedules,
    users,
)

_MODULES = (
    health,
    auth,
    api_tokens,
    users,
    invitations,
    programs,
    schedules,
    findings,
    blocks,
)

api_router = APIRouter(prefix="/api")
for module in _MODULES:
    api_router.include_router(module.router)
api_router.include_router(invitations.answers)
