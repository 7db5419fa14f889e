from collections.abc import Iterable
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.db.session import AsyncSession
from app.models import AcademicYear, Leave
from app.repositories import engine_json
from app.repositories.academic_year_repository import AcademicYearRepository
from app.repositories.base import Page
from app.repositories.engine_rows import leave_columns, leave_of, new_year, set_calendar
from app.repositories.program_repository import ProgramRepository
from app.scheduling.domain.calendar import Calendar
from app.services.program_check import begin_edit, check_years
from app.services.versions import check_version


def calendar_of(year: AcademicYear) -> Calendar:
    """Return a year's calendar as the engine knows it."""
    calendar: Calendar = engine_json.load(Calendar, year.calendar)
    return calendar


def move_leave(leaves: Iterable[Leave], calendar: Calendar) -> None:
    """Give leave by period the days that its period has in a calendar.

    Raises
    ------
    InvalidStateError
        When the calendar has no such period.
    """
    for leave in leaves:
        try:
            columns = leave_columns(leave_of(leave), calendar)
        except ValueError as error:
            raise InvalidStateError(
                f"There is leave in period {leave.period}, which would be no more.",
                {"leave_id": str(leave.id)},
            ) from error
        for name, value in columns.items():
            setattr(leave, name, value)


async def check_apart(years: AcademicYearRepository, year: AcademicYear, called: str) -> None:
    """Refuse a year that has a day in common with another of its programme.

    Parameters
    ----------
    called
        What the caller calls the year: "this one".

    Raises
    ------
    ConflictError
        With the other.
    """
    other = await years.overlapping(year)
    if other is not None:
        raise ConflictError(
            f"The academic year from {other.start_date} to {other.end_date} has days of {called}: "
            "years do not overlap.",
            {"academic_year_id": str(other.id)},
        )


class AcademicYearService:
    """What may be done with academic years; no two of a programme have a day in common."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.years = AcademicYearRepository(session, access)
        self.programs = ProgramRepository(session, access)

    async def list_in_time(
        self, program_id: UUID | None, skip: int, limit: int
    ) -> Page[AcademicYear]:
        """Return a programme's years in order of time."""
        meant = await self.programs.meant(program_id)
        return await self.years.list_in_time(meant, skip, limit)

    async def get(self, year_id: UUID) -> AcademicYear:
        """Return one year."""
        return await self.years.get(year_id)

    async def create(self, program_id: UUID | None, calendar: Calendar) -> AcademicYear:
        """Make a year.

        Raises
        ------
        ConflictError
            When it has a day in common with another.
        """
        program = await self.programs.get(self.access.program(program_id))
        await begin_edit(self.session, program.id)
        year = new_year(program.id, calendar)
        await self._save(year)
        return year

    async def update(
        self, year_id: UUID, calendar: Calendar | None, version: int | None
    ) -> AcademicYear:
        """Give a year another calendar; leave by period moves with the period.

        Raises
        ------
        ConflictError
            When it has a day in common with another, or its days change and schedules have cells
            there: those would lie between periods.
        InvalidStateError
            When there is leave of a period that is no more, or the programme would contradict
            itself.
        """
        year = await self.years.get(year_id)
        await begin_edit(self.session, year.program_id)
        check_version(year.version, version)
        if calendar is None:
            return year
        moved = calendar.slots != calendar_of(year).slots
        if moved and await self.years.has_placements(year):
            raise ConflictError(
                "Schedules have placements in this year: its periods cannot move under them."
            )
        if moved:
            move_leave(await self.years.leave_by_period(year), calendar)
        set_calendar(year, calendar)
        await self._save(year)
        return year

    async def _save(self, year: AcademicYear) -> None:
        await check_apart(self.years, year, "this one")
        await self.years.save(year)
        await check_years(self.session, [year])
