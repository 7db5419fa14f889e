from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from app.scheduling.domain.calendar import PeriodLength
from app.schemas.base import Day, Input, Listing, Name, StoredResponse, Update


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone") from error
    return name


Zone = Annotated[
    str,
    Field(min_length=1, max_length=64, description="IANA time zone.", examples=["America/Chicago"]),
    AfterValidator(_known_zone),
]


class ProgramCreate(Input):
    """A new residency programme."""

    name: Name
    specialty: str = Field(default="", max_length=255)
    time_zone: Zone
    year_start: Day = Field(description="The first day of its first academic year.")
    period: PeriodLength = Field(default="4 weeks", description="Length of the year's periods.")


class ProgramUpdate(Update):
    """What is to change of a programme."""

    name: Name | None = None
    specialty: str | None = Field(default=None, max_length=255)
    time_zone: Zone | None = None


class ProgramResponse(StoredResponse):
    """A residency programme."""

    name: str
    specialty: str
    time_zone: str
    version: int


class ProgramList(Listing[ProgramResponse]):
    """Programmes by name."""
