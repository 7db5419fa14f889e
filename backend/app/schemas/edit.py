"""Edits of a draft: what is asked, and what it makes of the schedule."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.words import EditKind, Source
from app.scheduling.domain.duties import Session
from app.schemas.base import Day, Input, Response
from app.schemas.finding import DutyHourFinding, RuleFinding

Code = Annotated[str, Field(min_length=1, max_length=40)]
MOST_EDITS = 200


class Place(Input):
    """Cells of one person.

    Without `session` they are the slots of the annual grid from the one with the day `on` to the
    one with `through`; with it, that session of each day.
    """

    person_id: UUID
    on: Day
    through: Day | None = Field(default=None, description="The last day; without it one cell.")
    session: Session | None = None

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.through is not None and self.through < self.on:
            raise ValueError(f"through {self.through} lies before on {self.on}")
        return self


class Target(Input):
    """Where something goes: the first cell; without `person_id` the same person's."""

    person_id: UUID | None = None
    on: Day


class SetEdit(Place):
    """Put somebody on a rotation type, or give them a duty; null empties the cells."""

    op: Literal["set"]
    rotation_type: Code | None = None
    duty: Code | None = Field(default=None, description="Of half-days; without one they empty.")
    note: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.session is None and (self.duty is not None or self.note):
            raise ValueError("duty and note are of half-days: give a session")
        if self.session is not None and self.duty is None and self.rotation_type is not None:
            raise ValueError("a half-day has a duty: give duty, or rotation_type null too")
        return self


class MoveEdit(Place):
    """Take what stands in the cells elsewhere; what stood there goes, the cells are empty."""

    op: Literal["move"]
    to: Target


class PushEdit(Place):
    """Take what stands in slots elsewhere in the person's row; what lies between closes up."""

    op: Literal["push"]
    to: Day = Field(description="A day of the slot where they begin then.")

    @model_validator(mode="after")
    def _slots_only(self) -> Self:
        if self.session is not None:
            raise ValueError("half-days are not pushed: move or swap them")
        return self


class SwapEdit(Place):
    """Exchange what stands in the cells with what stands in as many others."""

    op: Literal["swap"]
    to: Target


class LockEdit(Place):
    """Keep what stands in the cells from edits and from new generations, or allow them again."""

    op: Literal["lock", "unlock"]


AnyEdit = Annotated[SetEdit | MoveEdit | PushEdit | SwapEdit | LockEdit, Field(discriminator="op")]


_EXAMPLE = {
    "op": "set",
    "person_id": "0199f7a2-3c1b-7000-8000-000000000001",
    "on": "2026-07-01",
    "rotation_type": "MICU",
}


class EditRequest(Input):
    """A batch of edits, which are done in order: all or none.

    With `rebase` they are done on the newest revision if nobody has touched their cells since
    `revision`; with `dry_run` nothing is written.
    """

    revision: int = Field(ge=1, le=2**31 - 1, description="The one that the caller has seen.")
    edits: list[AnyEdit] = Field(min_length=1, max_length=MOST_EDITS, examples=[[_EXAMPLE]])
    rebase: bool = False
    dry_run: bool = False


class RevisionRequest(Input):
    """The revision that the caller has seen; with it, refused when it is over."""

    revision: int | None = Field(default=None, ge=1, le=2**31 - 1)


class PlacementCell(Response):
    """What stands in a slot; `rotation_type` is null where there is no placement."""

    person_id: UUID
    start_date: date
    rotation_type: str | None
    source: Source | None
    locked: bool


class AssignmentCell(Response):
    """What an assignment says of a half-day; `duty` is null where there is none."""

    person_id: UUID
    date: date
    session: Session
    duty: str | None
    rotation_type: str | None
    source: Source | None
    locked: bool
    note: str


class EffectiveHalfDay(Response):
    """What somebody does in a half-day now; all is null where nothing is said of it."""

    person_id: UUID
    date: date
    session: Session
    duty: str | None
    rotation_type: str | None
    source: Literal["template", "assignment", "leave", "post-call"] | None


class DutyHourDifference(Response):
    """Duty-hour findings that an edit brings and takes away."""

    new: list[DutyHourFinding]
    gone: list[DutyHourFinding]


class RuleDifference(Response):
    """Findings of the programme's own rules that an edit brings and takes away."""

    new: list[RuleFinding]
    gone: list[RuleFinding]


class EditResponse(Response):
    """What edits make of a schedule: its new revision, the changed cells and their findings.

    `legal` says that no error is new or worse. A dry run and edits that change nothing keep the
    revision.
    """

    schedule_id: UUID
    revision: int
    state: str
    edit_id: UUID | None
    legal: bool
    placements: list[PlacementCell]
    assignments: list[AssignmentCell]
    half_days: list[EffectiveHalfDay]
    duty_hours: DutyHourDifference
    rules: RuleDifference
    can_undo: bool | None = Field(description="Whether the caller may undo; null for a dry run.")
    can_redo: bool | None


class EditAuthor(Response):
    """Who made an edit."""

    id: UUID
    username: str
    full_name: str


class EditEntry(Response):
    """One revision of a schedule; `placements` and `assignments` are as they were after it.

    Both are null where everything was replaced.
    """

    id: UUID
    revision: int
    kind: EditKind
    by: EditAuthor | None
    at: datetime
    undone: bool
    placements: list[PlacementCell] | None
    assignments: list[AssignmentCell] | None


class EditLog(Response):
    """What has changed since a revision, oldest first.

    `complete` is false where revisions are missing: then read the whole schedule again.
    """

    revision: int
    complete: bool
    items: list[EditEntry]
