from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Response, status

from app.api.deps import (
    AccountLimit,
    CurrentUser,
    PublishedDep,
    ReadSessionDep,
    SessionDep,
    SessionOnly,
    SettingsDep,
    public,
)
from app.schemas.base import Deleted
from app.schemas.calendar_link import CalendarLinkResponse
from app.services.calendar_service import CalendarFeed, CalendarLinkService

router = APIRouter(tags=["calendars"])
Token = Annotated[str, Path(min_length=20, max_length=100, description="Of the calendar link.")]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match", max_length=500, description="The `ETag` that the caller has read."
    ),
]


@router.post(
    "/people/{person_id}/calendar-link",
    status_code=status.HTTP_201_CREATED,
    dependencies=[SessionOnly],
)
async def create_calendar_link(
    session: SessionDep, settings: SettingsDep, user: CurrentUser, person_id: UUID
) -> CalendarLinkResponse:
    """Make the link by which calendars read one's own published schedule.

    The address is shown only once; a link that was made before leads nowhere then.
    """
    link, url = await CalendarLinkService(session, settings, user.id).create(person_id)
    return CalendarLinkResponse(
        person_id=link.person_id, url=url, created_at=link.created_at, updated_at=link.updated_at
    )


@router.delete("/people/{person_id}/calendar-link", dependencies=[SessionOnly])
async def revoke_calendar_link(
    session: SessionDep, settings: SettingsDep, user: CurrentUser, person_id: UUID
) -> Deleted:
    """Have one's own calendar link lead nowhere."""
    await CalendarLinkService(session, settings, user.id).revoke(person_id)
    return Deleted(status="deleted")


@router.get(
    "/calendar/{token}.ics",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}, "description": "The calendar."},
        304: {"description": "It is what the caller has read."},
    },
    dependencies=[Depends(public), AccountLimit],
)
async def get_calendar(
    session: ReadSessionDep,
    published: PublishedDep,
    token: Token,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return somebody's published duty as an iCalendar file, to whoever has the link.

    From the beginning of last month for about fifteen months. With `If-None-Match`, 304 while
    nothing new was published.
    """
    feed = await CalendarFeed.of(session, published, token)
    tag = f'"{await feed.tag()}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="schedule.ics"'
    return Response(await feed.content(), media_type="text/calendar", headers=headers)
