import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import (
    AccessNotesDep,
    Colleague,
    PublishedDep,
    Reader,
    ReadSessionDep,
    VerifierDep,
)
from app.schemas.fairness import FairnessResponse
from app.schemas.half_day import (
    CoverageDay,
    CoverageQuery,
    OnDutyQuery,
    OnDutyResponse,
    UpcomingHalfDay,
)
from app.services.coverage import coverage
from app.services.fairness import fairness
from app.services.on_duty import on_duty
from app.services.seen_schedule import see_schedule
from app.services.upcoming import UpcomingService

router = APIRouter(tags=["half-days"])


@router.get("/schedules/{schedule_id}/coverage")
async def get_coverage(
    session: ReadSessionDep,
    access: Reader,
    verifier: VerifierDep,
    published: PublishedDep,
    schedule_id: UUID,
    query: Annotated[CoverageQuery, Query()],
) -> list[CoverageDay]:
    """Count who works on each day, in all and by rotation type.

    Coordinators see the schedule as it stands, all others as it was published last.
    """
    seen = await see_schedule(session, access, verifier, published, schedule_id)
    first, last = query.first or seen.first, query.last or seen.last
    first, last = max(first, seen.first), min(last, seen.last)
    return await asyncio.to_thread(coverage, seen.half_days, seen.grid, first, last)


@router.get("/schedules/{schedule_id}/fairness")
async def get_fairness(
    session: ReadSessionDep,
    access: Colleague,
    verifier: VerifierDep,
    published: PublishedDep,
    schedule_id: UUID,
) -> FairnessResponse:
    """Tell who carries how many nights, weekends, holidays and hours, by person and by PGY.

    Coordinators see the schedule as it stands, residents and faculty as it was published last.
    """
    seen = await see_schedule(session, access, verifier, published, schedule_id)
    return await asyncio.to_thread(fairness, seen)


@router.get("/people/{person_id}/assignments/upcoming")
async def get_upcoming(
    session: ReadSessionDep,
    access: Colleague,
    published: PublishedDep,
    notes: AccessNotesDep,
    person_id: UUID,
    days_ahead: Annotated[int, Query(ge=0, le=366, description="Days after today.")] = 7,
) -> list[UpcomingHalfDay]:
    """Tell what somebody does from today on by the published schedule, in order of time.

    Today is that of the programme's time zone. Residents and faculty see their own.
    """
    service = UpcomingService(session, access, published, notes)
    return await service.of_person(person_id, days_ahead)


@router.get("/on-duty")
async def get_on_duty(
    session: ReadSessionDep,
    access: Reader,
    published: PublishedDep,
    query: Annotated[OnDutyQuery, Query()],
) -> OnDutyResponse:
    """Tell who is on now, or at another moment: by the published schedule.

    `since` and `until` are of the same duty without a break.
    """
    return await on_duty(session, access, published, query)
