from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.deps import (
    CurrentUser,
    Cursor,
    Limit,
    ReadSessionDep,
    SessionDep,
    SessionOnly,
    SettingsDep,
)
from app.api.routing import Router
from app.models import Notification
from app.repositories.cursors import CursorPage
from app.schemas.notification import NotificationList, NotificationResponse, UnreadResponse
from app.services.notification_service import NotificationService

router = Router(prefix="/notifications", tags=["notifications"], dependencies=[SessionOnly])


@router.get("", response_model=NotificationList)
async def list_notifications(
    session: ReadSessionDep,
    settings: SettingsDep,
    user: CurrentUser,
    cursor: Cursor = None,
    limit: Limit = 100,
    unread: Annotated[bool, Query(description="Only what was not read.")] = False,  # noqa: FBT002 - of a query
) -> CursorPage[Notification]:
    """List what the caller was told, newest first."""
    service = NotificationService(session, settings)
    return await service.list_own(user.id, cursor, limit, unread=unread)


@router.get("/unread")
async def count_unread_notifications(
    session: ReadSessionDep, settings: SettingsDep, user: CurrentUser
) -> UnreadResponse:
    """Return how much the caller has not read."""
    return UnreadResponse(unread=await NotificationService(session, settings).count_unread(user.id))


@router.post("/read")
async def read_all_notifications(
    session: SessionDep, settings: SettingsDep, user: CurrentUser
) -> UnreadResponse:
    """Note that the caller has read everything."""
    service = NotificationService(session, settings)
    await service.mark_all_read(user.id)
    return UnreadResponse(unread=await service.count_unread(user.id))


@router.post("/{notification_id}/read", response_model=NotificationResponse)
async def read_notification(
    session: SessionDep, settings: SettingsDep, user: CurrentUser, notification_id: UUID
) -> Notification:
    """Note that the caller has read something; once is enough."""
    return await NotificationService(session, settings).mark_read(user.id, notification_id)
