from datetime import date
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.core.words import PersonKind
from app.scheduling.domain.limits import has_decimals
from app.scheduling.domain.people import Change, Preassignment
from app.schemas.base import Day, Input, Listing, Name, Response, StoredResponse, Update
from app.schemas.engine_body import Storable
from app.schemas.user import Email

Tag = Annotated[str, Field(min_length=1, max_length=100)]
Key = Annotated[str, Field(min_length=1, max_length=100)]
Pgy = Annotated[int, Field(ge=1, le=9, description="Postgraduate year.")]
Word = Annotated[str, Field(max_length=100)]


def _in_thousandths(value: float) -> float:
    if not has_decimals(value, 3):
        raise ValueError(f"{value}: expected at most 3 decimals, write {round(value, 3)}")
    return value


Fte = Annotated[
    float,
    Field(gt=0, le=1, description="Full-time equivalent, in thousandths."),
    AfterValidator(_in_thousandths),
]


class AppointmentBase(Input):
    """PGY, track, cohort and FTE in one academic year, and what was decided for it."""

    pgy: Pgy
    track: Word = ""
    cohort: Word = ""
    fte: Fte = 1.0
    start_date: Day | None = Field(default=None, description="Null: the year's first day.")
    end_date: Day | None = Field(default=None, description="Null: the year's last day.")
    changes: Annotated[tuple[Change, ...], Storable] = ()
    preassignments: Annotated[tuple[Preassignment, ...], Storable] = ()
    carry_over: Annotated[dict[str, float], Storable] = Field(default_factory=dict)


class AppointmentSet(AppointmentBase):
    """An appointment in place of what is stored for the year."""


class AppointmentResponse(Response):
    """An appointment; dates of null are the year's."""

    academic_year_id: UUID
    pgy: int
    track: str
    cohort: str
    fte: float
    start_date: date | None
    end_date: date | None
    changes: list[dict[str, Any]]
    preassignments: list[dict[str, Any]]
    carry_over: dict[str, float]


class PersonBase(Input):
    """Who somebody is."""

    name: Name
    kind: PersonKind = PersonKind.RESIDENT
    email: Email | None = None
    tags: list[Tag] = Field(default_factory=list, max_length=100)


class PersonCreate(PersonBase):
    """A new person; with `pgy`, appointed in an academic year at once.

    `key` is the id in programme files; made from the name when it is left out. The academic year
    is the one of today, or else the latest, when it is left out. `program_id` may be left out by
    a user with one programme.
    """

    key: Key | None = None
    program_id: UUID | None = None
    academic_year_id: UUID | None = None
    pgy: Pgy | None = None
    track: Word = ""
    cohort: Word = ""
    fte: Fte = 1.0
    start_date: Day | None = None
    end_date: Day | None = None

    @model_validator(mode="after")
    def _residents_have_a_year(self) -> Self:
        stated = self.model_fields_set & {"track", "cohort", "fte", "start_date", "end_date"}
        if self.pgy is None and stated:
            raise ValueError(f"{min(stated)} belongs to an appointment: send pgy too")
        return self

    def appointment(self) -> AppointmentSet | None:
        """Return the appointment that is wanted with the person."""
        if self.pgy is None:
            return None
        return AppointmentSet(
            pgy=self.pgy,
            track=self.track,
            cohort=self.cohort,
            fte=self.fte,
            start_date=self.start_date,
            end_date=self.end_date,
        )


class PersonUpdate(Update):
    """What is to change of a person."""

    nullable: ClassVar[frozenset[str]] = frozenset({"email", "user_id"})

    key: Key | None = None
    name: Name | None = None
    kind: PersonKind | None = None
    email: Email | None = None
    tags: list[Tag] | None = Field(default=None, max_length=100)
    is_active: bool | None = None
    user_id: UUID | None = Field(default=None, description="The account that is this person's.")


class PersonResponse(StoredResponse):
    """Somebody whom the programme schedules; `email` is not shown to everybody."""

    program_id: UUID
    key: str
    name: str
    kind: PersonKind
    email: str | None
    tags: list[str]
    is_active: bool
    user_id: UUID | None
    appointments: list[AppointmentResponse]
    version: int


class PersonList(Listing[PersonResponse]):
    """People in the programme's order."""
