"""Leave and wishes."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.words import Decision
from app.scheduling.domain.people import Half, Wish
from app.scheduling.domain.people import Leave as EngineLeave
from app.schemas.base import Day, Input, Listing, Response, StoredResponse, Update

_Note = Annotated[str, Field(max_length=2000)]
_Code = Annotated[str, Field(min_length=1, max_length=40, examples=["MICU"])]
_Period = Annotated[int, Field(ge=1, le=400)]
_Periods = Annotated[str, Field(pattern=r"^\d{1,3}\s*-\s*\d{1,3}$", examples=["4-6"])]
_Kind = Annotated[str, Field(min_length=1, max_length=40, examples=["vacation"])]
_Rank = Annotated[int, Field(ge=1, le=1000, description="1 is the most wanted.")]
_Rotations = Annotated[list[_Code], Field(min_length=1, max_length=100)]
_When = Annotated[list[_Period | _Periods], Field(min_length=1, max_length=100)]


class _Asked(Input):
    person_id: UUID | None = Field(
        default=None, description="Whom it is for; left out: the caller's own person."
    )
    program_id: UUID | None = Field(
        default=None, description="May be left out with `person_id`, or with one programme."
    )
    academic_year_id: UUID | None = Field(
        default=None, description="Of the periods; left out: the present year, or the latest."
    )
    note: _Note = Field(default="", description="For the person and coordinators alone.")


class LeaveCreate(_Asked):
    """Leave by days, or by period, or half of one."""

    start_date: Day | None = None
    end_date: Day | None = None
    period: _Period | None = None
    half: Half | None = None
    kind: _Kind = "vacation"

    @model_validator(mode="after")
    def _engines(self) -> Self:
        self.stated()
        return self

    def stated(self) -> EngineLeave:
        """Return the leave as the engine knows it."""
        return EngineLeave(
            period=self.period,
            half=self.half,
            start=self.start_date,
            end=self.end_date,
            kind=self.kind,
        )


class LeaveUpdate(Update):
    """What is to change of leave: days, or the period of its academic year, and the rest.

    `half: null` makes half a period a whole one.
    """

    nullable: ClassVar[frozenset[str]] = frozenset({"half"})

    start_date: Day | None = None
    end_date: Day | None = None
    period: _Period | None = None
    half: Half | None = None
    kind: _Kind | None = None
    note: _Note | None = None


class RequestCreate(_Asked):
    """A ranked wish: to be on one of these rotations in all of these periods, or to avoid them."""

    rank: _Rank = 1
    rotations: _Rotations
    periods: _When
    avoid: bool = False

    @model_validator(mode="after")
    def _engines(self) -> Self:
        self.stated()
        return self

    def stated(self) -> Wish:
        """Return the wish as the engine knows it."""
        return Wish(
            rank=self.rank,
            rotations=tuple(self.rotations),
            periods=tuple(self.periods),
            avoid=self.avoid,
        )


class RequestUpdate(Update):
    """What is to change of a ranked wish."""

    rank: _Rank | None = None
    rotations: _Rotations | None = None
    periods: _When | None = None
    avoid: bool | None = None
    note: _Note | None = None

    def changes(self) -> dict[str, object]:
        """Return what was sent, the version apart; lists as the engine has them."""
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in super().changes().items()
        }


class DecisionSet(Update):
    """What a coordinator decides; a refusal says why."""

    decision: Literal[Decision.APPROVED, Decision.REFUSED]
    reason: _Note = ""

    @model_validator(mode="after")
    def _refusals_say_why(self) -> Self:
        if self.decision == Decision.REFUSED and not self.reason:
            raise ValueError("a refusal needs a reason")
        return self


class _AskedResponse(StoredResponse):
    program_id: UUID
    person_id: UUID
    decision: Decision
    decision_reason: str
    decided_by: UUID | None
    decided_at: datetime | None
    requested_by: UUID | None
    note: str
    version: int


class LeaveResponse(_AskedResponse):
    """An absence; both days are included."""

    start_date: date
    end_date: date
    period: int | None
    half: Half | None
    kind: str


class TouchedAssignment(Response):
    """An assignment on a day of leave."""

    id: UUID
    schedule_id: UUID
    date: date
    session: str


class LeaveWithTouches(LeaveResponse):
    """An absence with the assignments that stand on its days; none while it is not approved."""

    touches: list[TouchedAssignment]


class RequestResponse(_AskedResponse):
    """A ranked wish."""

    academic_year_id: UUID
    rank: int
    rotations: list[str]
    periods: list[int | str]
    avoid: bool


class LeaveList(Listing[LeaveResponse]):
    """Leave, newest first."""


class RequestList(Listing[RequestResponse]):
    """Wishes, newest first."""


class GrantedRequest(Response):
    """A ranked wish that counts in a schedule, and whether the schedule grants it."""

    person_id: UUID
    person: str = Field(description="The person's id in programme files.")
    name: str
    rank: int
    rotations: list[str]
    periods: list[int | str]
    avoid: bool
    granted: bool


class ScheduleRequests(Response):
    """What a schedule makes of wishes; `published` says whether it is what was told.

    `granted` counts the wishes shown that are granted.
    """

    schedule_id: UUID
    revision: int
    published: bool
    granted: int
    requests: list[GrantedRequest]
