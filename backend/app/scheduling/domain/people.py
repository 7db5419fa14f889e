"""People, their appointment in the year, leave, wishes and pre-assignments."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

from app.scheduling.domain.limits import has_decimals, limited
from app.scheduling.domain.scope import STRICT, Periods, RotationCodes, expand_periods

Half = Literal["first", "second"]
_HIGHEST_PGY = 9
_HIGHEST_CARRY_OVER = 1_000_000
_FTE_DECIMALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An approved absence: a whole period, half of one, or dates.

    Two half leaves in one period are a full leave, also when both name the same half. In a split
    period a half is full leave on the part of that name and none on the other one, for everybody:
    who keeps one rotation through both parts needs one that suits both. Dates that cover a slot
    entirely are full leave there, and half leave where they only touch it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    period: int | None = None
    half: Half | None = None
    start: date | None = None
    end: date | None = None
    kind: str = "vacation"

    def __post_init__(self) -> None:
        """Ask for either a period or dates."""
        by_date = self.start is not None and self.end is not None
        if (self.period is None) == (not by_date) or (self.start is None) != (self.end is None):
            raise ValueError("leave needs either a period, or a start and an end")
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"leave ends on {self.end}, before its start {self.start}")
        if self.half and self.period is None:
            raise ValueError("a half belongs to a period: leave by dates has none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A ranked request: to be on one of `rotations` in all of `periods`, or to avoid them there.

    `rank` 1 is the most wanted.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    rank: int = 1
    rotations: RotationCodes
    periods: Periods
    avoid: bool = False

    def __post_init__(self) -> None:
        """Refuse wishes for nothing."""
        if self.rank < 1:
            raise ValueError(f"rank {self.rank}: ranks count from 1")
        limited("rank", self.rank)
        if not self.rotations or not expand_periods(self.periods):
            raise ValueError("a wish needs at least one rotation and one period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preassignment:
    """What was decided beforehand for one person: one of some rotations, or none of some.

    With `half` it is about one part of periods that are split.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    periods: Periods
    half: Half | None = None
    one_of: RotationCodes = ()
    never: RotationCodes = ()

    def __post_init__(self) -> None:
        """Ask for exactly one of the two lists."""
        if bool(self.one_of) == bool(self.never):
            raise ValueError("a pre-assignment needs either one_of or never")
        if not expand_periods(self.periods):
            raise ValueError("a pre-assignment needs at least one period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changes in an appointment from a day on (off-cycle people); None keeps the value."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    start: date
    pgy: int | None = None
    track: str | None = None
    cohort: str | None = None
    fte: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of the programme with the appointment in this academic year.

    Parameters
    ----------
    id
        Unique in the programme.
    name
        Shown to people; the id when empty.
    pgy
        Postgraduate year, 1-9.
    track, cohort
        Track; X+Y cohort.
    fte
        Full-time equivalent, above 0 to 1, with at most three decimals.
    start, end
        First and last day of the appointment; None: the year's. The person is scheduled in each
        period (each part of a split one) whose first day lies in the appointment, to its end.
    tags
        Skills and anything else that rules refer to.
    changes
        Off-cycle changes during the year, by rising date; each counts from the first period that
        begins on its day or later.
    leave, wishes, preassignments
        Approved absences; ranked requests; decisions made beforehand.
    carry_over
        What the person brings from earlier schedules, by the key that a fairness rule names.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    id: str
    name: str = ""
    email: str = ""
    pgy: int
    track: str = ""
    cohort: str = ""
    fte: float = 1.0
    start: date | None = None
    end: date | None = None
    tags: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    leave: tuple[Leave, ...] = ()
    wishes: tuple[Wish, ...] = ()
    preassignments: tuple[Preassignment, ...] = ()
    carry_over: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse impossible appointments."""
        if not self.id.strip():
            raise ValueError("a person needs an id")
        for pgy in (self.pgy, *(change.pgy for change in self.changes if change.pgy is not None)):
            if not 1 <= pgy <= _HIGHEST_PGY:
                raise ValueError(f"PGY {pgy} of {self.id}: expected 1 to {_HIGHEST_PGY}")
        for fte in (self.fte, *(change.fte for change in self.changes if change.fte is not None)):
            if not 0 < fte <= 1:
                raise ValueError(f"FTE {fte} of {self.id}: expected above 0 and at most 1")
            if not has_decimals(fte, _FTE_DECIMALS):
                raise ValueError(
                    f"FTE {fte} of {self.id}: "
                    f"expected at most {_FTE_DECIMALS} decimals, write {max(round(fte, 2), 0.01)}"
                )
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"the appointment of {self.id} ends before it starts")
        for key, level in self.carry_over.items():
            if not abs(level) <= _HIGHEST_CARRY_OVER:
                raise ValueError(
                    f"carry-over {key!r} of {self.id} is {level}: "
                    f"expected -{_HIGHEST_CARRY_OVER} to {_HIGHEST_CARRY_OVER}"
                )
        days = [change.start for change in self.changes]
        if days != sorted(set(days)):
            raise ValueError(f"the changes of {self.id} must have rising dates")

    @property
    def label(self) -> str:
        """The name, or the id when there is none."""
        return self.name or self.id

    def is_scheduled(self, first_day: date) -> bool:
        """Return whether the person is scheduled in a period that begins on this day."""
        began = self.start is None or self.start <= first_day
        return began and (self.end is None or first_day <= self.end)

    def appointment(self, day: date) -> "Change":
        """Return PGY, track, cohort and FTE as they are on `day`."""
        pgy, track, cohort, fte = self.pgy, self.track, self.cohort, self.fte
        for change in self.changes:
            if change.start <= day:
                pgy = pgy if change.pgy is None else change.pgy
                track = track if change.track is None else change.track
                cohort = cohort if change.cohort is None else change.cohort
                fte = fte if change.fte is None else change.fte
        return Change(start=day, pgy=pgy, track=track, cohort=cohort, fte=fte)
