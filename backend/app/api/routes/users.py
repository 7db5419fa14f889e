from typing import Any
from uuid import UUID

from fastapi import status

from app.api.deps import Admin, Limit, ReadSessionDep, SessionDep, SessionOnly, Skip
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.models import User
from app.repositories.base import Page
from app.schemas.base import Deleted
from app.schemas.user import (
    MembershipSet,
    NewUserResponse,
    OneTimePasswordResponse,
    SessionsEnded,
    UserCreate,
    UserList,
    UserResponse,
    UserUpdate,
)
from app.services.user_service import OneTimePassword, UserService

router = Router(prefix="/users", tags=["accounts"], dependencies=[SessionOnly])


@router.get("", response_model=UserList)
async def list_users(
    session: ReadSessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    skip: Skip = 0,
    limit: Limit = 100,
) -> Page[User]:
    """List users by name."""
    return await UserService(session).list_by_name(skip, limit)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_user(
    session: SessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    new: UserCreate,
) -> NewUserResponse:
    """Make a user; the answer holds a password for the first login, and nothing shows it again."""
    password = await OneTimePassword.make()
    user = await UserService(session).create(new.model_dump(), password)
    shown: dict[str, Any] = UserResponse.model_validate(user).model_dump()
    return NewUserResponse(**shown, one_time_password=password.password)


@router.get("/{user_id}", response_model=UserResponse)
async def get_user(
    session: ReadSessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    tagging: TaggingDep,
    user_id: UUID,
) -> User:
    """Return a user."""
    return tagging.tagged(await UserService(session).get(user_id))


@router.patch("/{user_id}", response_model=UserResponse)
async def update_user(
    session: SessionDep, access: Admin, versions: VersionsDep, user_id: UUID, update: UserUpdate
) -> User:
    """Change only what is sent; who is not active can do nothing from then on."""
    read = versions.read(update.version)
    changed = await UserService(session).update(user_id, update.changes(), read, access.user_id)
    return versions.tagged(changed)


@router.post("/{user_id}/password")
async def give_password(
    session: SessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    user_id: UUID,
) -> OneTimePasswordResponse:
    """Give a user who cannot get one by mail a one-time password; all sessions are void then."""
    password = await OneTimePassword.make()
    await UserService(session).give_password(user_id, password)
    return OneTimePasswordResponse(one_time_password=password.password)


@router.delete("/{user_id}/sessions")
async def end_sessions(
    session: SessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    user_id: UUID,
) -> SessionsEnded:
    """Void all sessions and API tokens of a user, who may log in again."""
    await UserService(session).end_sessions(user_id)
    return SessionsEnded(status="ended")


@router.put("/{user_id}/memberships/{program_id}", response_model=UserResponse)
async def set_membership(
    session: SessionDep, access: Admin, user_id: UUID, program_id: UUID, membership: MembershipSet
) -> User:
    """Give a user a role in a programme, in place of another that there was."""
    return await UserService(session).set_role(user_id, program_id, membership.role, access)


@router.delete("/{user_id}/memberships/{program_id}")
async def remove_membership(
    session: SessionDep,
    access: Admin,  # noqa: ARG001 - users belong to no programme
    user_id: UUID,
    program_id: UUID,
) -> Deleted:
    """Take a user's role in a programme away."""
    await UserService(session).remove_role(user_id, program_id)
    return Deleted(status="deleted")
