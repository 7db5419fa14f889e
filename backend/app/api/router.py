from fastapi import APIRouter

from app.api.routes import api_tokens, auth, blocks, health, invitations, programs, schedules, users

api_router = APIRouter(prefix="/api")
for module in (health, auth, api_tokens, users, invitations, programs, schedules, blocks):
    api_router.include_router(module.router)
