from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from app.scheduling.domain.calendar import Calendar
from app.schemas.base import Input, Listing, StoredResponse, Update
from app.schemas.engine_body import Storable

_Calendar = Annotated[Calendar, Storable]


class AcademicYearCreate(Input):
    """A new academic year; `program_id` may be left out by a user with one programme."""

    calendar: _Calendar
    program_id: UUID | None = None


class AcademicYearUpdate(Update):
    """Another calendar for a year."""

    calendar: _Calendar | None = None


@dataclass(frozen=True, slots=True)
class PeriodResponse:
    """A period, or one part of a split one; both days are included."""

    period: int
    part: int
    start_date: date
    end_date: date


class AcademicYearResponse(StoredResponse):
    """An academic year with the periods that its calendar makes."""

    program_id: UUID
    start_date: date
    end_date: date
    calendar: Calendar
    periods: list[PeriodResponse]
    version: int


class AcademicYearList(Listing[AcademicYearResponse]):
    """Academic years in order of time."""
