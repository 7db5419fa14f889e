from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.base import Day, Input, Listing, Response, check_days

MOST_DETAILED_DAYS = 62


class PublicationCreate(Input):
    """What is to be published: the schedule as it was read."""

    revision: int = Field(ge=1, le=2**31 - 1, description="The revision that was read.")
    note: str = Field(default="", max_length=2000, description="What people should know of it.")


class PublicationResponse(Response):
    """What people were told; it never changes."""

    id: UUID
    program_id: UUID
    schedule_id: UUID
    number: int = Field(description="Counts the programme's publications.")
    revision: int
    name: str
    start_date: date
    end_date: date
    note: str
    restores_id: UUID | None = Field(description="The publication that this one repeats.")
    published_by: UUID
    published_by_name: str
    published_at: datetime
    snapshot_sha256: str
    verdict: str | None = Field(
        description="What its certificate says; null for a programme without duty types."
    )
    signed_by: str | None = Field(description="Fingerprint of the key that signed it.")


class PublicationList(Listing[PublicationResponse]):
    """Publications, newest first."""


class PlacementChangeResponse(Response):
    """Somebody in one period: rotation codes before and after, null for no placement."""

    person: str
    name: str
    period: str
    start: date
    before: str | None
    after: str | None


class PersonChangeResponse(Response):
    """Somebody whose half-days changed, how many, and from when to when."""

    person_id: UUID
    name: str
    half_days: int
    first: date
    last: date


class PublishedOverrideResponse(Response):
    """A finding that was accepted in a publication: who answers for it, and why.

    `origin` is `duty_hours`, `rules`, or `leave` for duty on approved leave.
    """

    key: str
    origin: str
    rule: str
    person: str | None = Field(description="The person's id in programme files.")
    message: str
    author: str
    reason: str


class OverrideDifference(Response):
    """What somebody answers for in one publication, and not in the other or otherwise."""

    new: list[PublishedOverrideResponse]
    gone: list[PublishedOverrideResponse]


class DifferenceResponse(Response):
    """What a publication changes against another one."""

    publication_id: UUID
    other_id: UUID
    placements: list[PlacementChangeResponse]
    people: list[PersonChangeResponse]
    overrides: OverrideDifference
    people_only_before: list[str]
    people_only_after: list[str]


class SigningKeyResponse(Response):
    """The public key that certificates of this installation are checked with."""

    algorithm: Literal["Ed25519"]
    fingerprint: str = Field(description="SHA-256 of the key in DER.")
    public_key: str = Field(description="PEM, as `verify-certificate --key` reads it.")


class PublishedDays(Input):
    """A range of days, both included."""

    first: Day = Field(alias="from", description="The first day.")
    last: Day = Field(alias="to", description="The last day.")

    @model_validator(mode="after")
    def _rise(self) -> Self:
        check_days(self.first, self.last)
        return self


class PublishedQuery(PublishedDays):
    """A range of days, with half-days if asked."""

    half_days: bool = Field(
        default=False, description=f"With half-days: for at most {MOST_DETAILED_DAYS} days."
    )

    @model_validator(mode="after")
    def _few(self) -> Self:
        if self.half_days and (self.last - self.first).days >= MOST_DETAILED_DAYS:
            raise ValueError(f"half-days are told of at most {MOST_DETAILED_DAYS} days at once")
        return self


class PublishedPart(Response):
    """Days on which one publication counts."""

    publication_id: UUID
    number: int
    published_at: datetime
    start_date: date
    end_date: date


class PublishedRotation(Response):
    """A rotation type as it is shown."""

    code: str
    name: str
    category: str
    colour: str


class PublishedDuty(Response):
    """A duty type as it is shown."""

    code: str
    name: str


class PublishedStay(Response):
    """A rotation type that somebody is on, from day to day, both included."""

    start_date: date
    end_date: date
    rotation: str


class PublishedHalfDay(Response):
    """What somebody does in a half-day; `leave` says no more than that."""

    date: date
    session: Literal["AM", "PM", "NIGHT"]
    rotation: str | None
    duty: str | None
    source: Literal["template", "assignment", "leave", "post-call"]
    start: datetime | None
    end: datetime | None


class PublishedPerson(Response):
    """Somebody's part of what was published; `half_days` is null unless asked for."""

    person_id: UUID
    person: str = Field(description="The person's id in programme files.")
    name: str
    pgy: int
    placements: list[PublishedStay]
    half_days: list[PublishedHalfDay] | None


class PublishedResponse(Response):
    """The published schedule of a programme on some days."""

    program_id: UUID
    start_date: date
    end_date: date
    time_zone: str
    parts: list[PublishedPart]
    rotations: list[PublishedRotation]
    duties: list[PublishedDuty]
    people: list[PublishedPerson]
