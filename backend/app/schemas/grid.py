"""A schedule's grid as columns: names once, cells as whole numbers."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.scheduling.domain.duties import Session
from app.schemas.base import Day, Input, Response, check_days

View = Literal["periods", "half-days"]
_MOST_PEOPLE = 500


class GridQuery(Input):
    """What of a grid is wanted; without anything, the whole academic year by periods."""

    view: View = "periods"
    first: Day | None = Field(default=None, alias="from", description="First day.")
    last: Day | None = Field(default=None, alias="to", description="Last day, included.")
    people: list[UUID] = Field(
        default_factory=list, max_length=_MOST_PEOPLE, description="Only these people."
    )
    since: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Only cells that were changed since this revision; `state` has to be sent too.",
    )
    state: str | None = Field(
        default=None, max_length=64, description="The `state` of the grid that the caller has."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.first is not None and self.last is not None:
            check_days(self.first, self.last)
        if self.since is not None and self.state is None:
            raise ValueError("since needs state: columns are counted as the programme was then")
        return self


class PeopleColumns(Response):
    """The rows of the grid; PGY, track and cohort as they are when the person begins."""

    id: list[UUID]
    key: list[str]
    name: list[str]
    pgy: list[int]
    track: list[str]
    cohort: list[str]


class SlotColumns(Response):
    """The columns of the annual grid; days are included."""

    period: list[int]
    label: list[str]
    start_date: list[date]
    end_date: list[date]


class RotationColumns(Response):
    """What a person can be posted to."""

    id: list[UUID]
    code: list[str]
    name: list[str]
    category: list[str]
    colour: list[str]
    leave: list[bool]


class DutyColumns(Response):
    """What a person can do in a half-day, with its times by session."""

    id: list[UUID]
    code: list[str]
    name: list[str]
    kind: list[str]
    am: list[str | None]
    pm: list[str | None]
    night: list[str | None]


class HalfDayPalette(Response):
    """What a half-day can say: positions of rotation and duty types, -1 for none."""

    rotation_type: list[int]
    duty_type: list[int]
    source: list[Literal["template", "assignment", "leave", "post-call"]]


class GridHead(Response):
    """What every answer begins with."""

    schedule_id: UUID
    revision: int
    state: str = Field(description="Changes whenever the programme does.")


class PeriodGrid(GridHead):
    """Who is on what: `cells` person by person, positions of rotation types, -1 for none.

    `locked` are positions in `cells`.
    """

    view: Literal["periods"]
    people: PeopleColumns
    slots: SlotColumns
    rotation_types: RotationColumns
    cells: list[int]
    locked: list[int]


class HalfDayGrid(GridHead):
    """Who does what: `cells` person by person, day by day, session by session.

    They are positions in `palette`, -1 where nothing is said. `locked` are positions in `cells`.
    """

    view: Literal["half-days"]
    people: PeopleColumns
    first: date
    days: int
    sessions: list[Session]
    rotation_types: RotationColumns
    duty_types: DutyColumns
    palette: HalfDayPalette
    cells: list[int]
    locked: list[int]


class PeriodChanges(GridHead):
    """The cells that were changed since a revision: columns of person, slot and what is there."""

    view: Literal["periods"]
    since: int
    person: list[int]
    slot: list[int]
    cell: list[int]
    locked: list[bool]


class HalfDayChanges(GridHead):
    """The half-days that may say something else since a revision, with a palette of their own.

    `day` counts from the grid's first day, `session` from AM.
    """

    view: Literal["half-days"]
    since: int
    palette: HalfDayPalette
    person: list[int]
    day: list[int]
    session: list[int]
    cell: list[int]
    locked: list[bool]
