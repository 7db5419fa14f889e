"""How burdens are spread."""

from uuid import UUID

from pydantic import Field

from app.schemas.base import Response


class Tally(Response):
    """What somebody carries.

    `nights` are NIGHT sessions in the house, `home_calls` those on call from home; `weekends` those
    with duty on Saturday or Sunday, `holidays` holidays with duty, by the date on which duty
    begins. `hours` are those that count as work, hours that overlap once.
    """

    nights: float
    home_calls: float
    weekends: float
    holidays: float
    hours: float


class PersonTally(Response):
    """What somebody carries in a schedule, and with what was carried over from earlier ones.

    `carried` has the carry-overs of the appointment by their keys; those called like a tally are in
    `total`.
    """

    person_id: UUID
    person: str = Field(description="The person's id in programme files.")
    name: str
    pgy: int
    appointed_throughout: bool
    tally: Tally
    carried: dict[str, float]
    total: Tally


class GroupTally(Response):
    """The people of one PGY: who is not appointed throughout is not counted.

    The three are null where nobody is left.
    """

    pgy: int
    people: int
    mean: Tally | None
    least: Tally | None
    most: Tally | None


class FairnessResponse(Response):
    """Who carries how much, by person and PGY; `published` says whether it is what was told."""

    schedule_id: UUID
    revision: int
    published: bool
    people: list[PersonTally]
    groups: list[GroupTally]
