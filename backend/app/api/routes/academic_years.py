from datetime import timedelta
from uuid import UUID

from fastapi import status

from app.api.deps import Coordinator, Limit, Reader, ReadSessionDep, SessionDep, Skip
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.models import AcademicYear
from app.schemas.academic_year import (
    AcademicYearCreate,
    AcademicYearList,
    AcademicYearResponse,
    AcademicYearUpdate,
    PeriodResponse,
)
from app.services.academic_year_service import AcademicYearService, calendar_of

router = Router(prefix="/academic-years", tags=["academic years"], route_class=IdempotentRoute)


@router.get("")
async def list_academic_years(
    session: ReadSessionDep,
    access: Reader,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> AcademicYearList:
    """List a programme's academic years, with their periods, in order of time."""
    found = await AcademicYearService(session, access).list_in_time(program_id, skip, limit)
    items = [_shown(year) for year in found.items]
    return AcademicYearList(items=items, total=found.total, skip=skip, limit=limit)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_academic_year(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: AcademicYearCreate
) -> AcademicYearResponse:
    """Make an academic year: its calendar says length of periods, splits and holidays."""
    year = await AcademicYearService(session, access).create(new.program_id, new.calendar)
    return _shown(tagging.tagged(year))


@router.get("/{academic_year_id}")
async def get_academic_year(
    session: ReadSessionDep, access: Reader, tagging: TaggingDep, academic_year_id: UUID
) -> AcademicYearResponse:
    """Return an academic year with its periods."""
    service = AcademicYearService(session, access)
    return _shown(tagging.tagged(await service.get(academic_year_id)))


@router.patch("/{academic_year_id}")
async def update_academic_year(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    academic_year_id: UUID,
    update: AcademicYearUpdate,
) -> AcademicYearResponse:
    """Give an academic year another calendar; its periods stay where schedules use them."""
    service = AcademicYearService(session, access)
    read = versions.read(update.version)
    year = await service.update(academic_year_id, update.calendar, read)
    return _shown(versions.tagged(year))


def _shown(year: AcademicYear) -> AcademicYearResponse:
    calendar = calendar_of(year)
    return AcademicYearResponse(
        id=year.id,
        created_at=year.created_at,
        updated_at=year.updated_at,
        program_id=year.program_id,
        start_date=year.start_date,
        end_date=year.end_date,
        calendar=calendar,
        periods=[
            PeriodResponse(slot.period, slot.part, slot.start, slot.end - timedelta(1))
            for slot in calendar.slots
        ],
        version=year.version,
    )
