"""What a programme decides where the law leaves a choice, and what it was granted."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

AveragingMode = Literal["rotation", "fixed28", "calendar_month", "rolling28_local"]
Remainder = Literal["last28", "own"]
Rounding = Literal["floor", "exact", "ceil"]

_STRICT: dict[str, Any] = {"extra": "forbid"}
_HIGHEST_EXCEPTION_H = 88
_WEEK_DAYS = (5, 7)
_LONGEST_MERGE_GAP_MIN = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A number that a pack marks as unconfirmed, confirmed by the programme.

    `rule` is a rule's id or a pack's name; `source` says where it was read.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    rule: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightening:
    """A limit of the programme's own that is stricter than the rule's.

    `limit` takes the place of the rule's own number: 76 hours, every 4th night, 24 and 2 hours.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    rule: str
    limit: int
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse fractions: rules count in whole units."""
        if self.limit != int(self.limit):
            raise ValueError(f"limit {self.limit} of {self.rule}: expected a whole number")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursException:
    """More than 80 hours a week that the Review Committee granted (CPR 6.24).

    Parameters
    ----------
    hours
        Above 80, at most 88.
    approval
        The committee's reference; nothing is granted without one.
    rotations
        Codes that it holds for; empty: all.
    start, end
        First and last day, both included; None: open.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    hours: int
    approval: str
    rotations: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuse what no committee grants."""
        if not 80 < self.hours <= _HIGHEST_EXCEPTION_H:
            raise ValueError(f"an exception of {self.hours} hours: expected 81 to 88")
        if not self.approval.strip():
            raise ValueError("an exception needs the reference of its approval")
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"the exception ends on {self.end}, before its start {self.start}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a programme applies the duty-hour rules. Defaults are the specification's.

    Parameters
    ----------
    packs
        Names of the rule packs beside the common one.
    specialty
        The programme's specialty, for packs that ask for it.
    averaging
        Over what hours are averaged; anything but ``rotation`` is local policy.
    remainder
        How the days left over in a rotation of more than 31 days are averaged: in its last 28
        days, or on their own.
    rounding
        How a fraction of a day off that is due is rounded.
    merge_gap_minutes
        Gaps up to this long do not end a run (0-180).
    planner_buffer_hours
        A plan is pointed at when it comes this close to the weekly hours.
    vacation_week_days
        Whether a week of vacation takes 7 days of leave, or 5 and a normal weekend.
    moonlighting_breaks_days_off, moonlighting_has_rest_rules
        Whether moonlighting ends a day off, and whether rest and run rules look at it.
    no_moonlighting
        Ids of residents who may not moonlight whatever their year (a J-1 visa).
    dst_grace_minutes
        By how much a run may be too long only because a clock was put back (0-60).
    direct_supervision_months
        For how many months from the start of training supervision must be direct; the Review
        Committee says how long (0-12).
    intern_weight
        How many residents somebody counts for at a preceptor who still needs the preceptor's
        presence (1-4); local policy.
    confirmed, tightened, exceptions
        Confirmed numbers, stricter limits, granted hours.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    packs: tuple[str, ...] = ()
    specialty: str = ""
    averaging: AveragingMode = "rotation"
    remainder: Remainder = "last28"
    rounding: Rounding = "floor"
    merge_gap_minutes: int = 0
    planner_buffer_hours: int = 4
    vacation_week_days: int = 7
    moonlighting_breaks_days_off: bool = True
    moonlighting_has_rest_rules: bool = True
    no_moonlighting: tuple[str, ...] = ()
    dst_grace_minutes: int = 0
    direct_supervision_months: int = 0
    intern_weight: float = 1.0
    confirmed: tuple[Confirmation, ...] = ()
    tightened: tuple[Tightening, ...] = ()
    exceptions: tuple[HoursException, ...] = ()

    def __post_init__(self) -> None:
        """Refuse choices that there are not."""
        if self.vacation_week_days not in _WEEK_DAYS:
            raise ValueError(f"vacation_week_days is {self.vacation_week_days}: expected 5 or 7")
        if not 0 <= self.merge_gap_minutes <= _LONGEST_MERGE_GAP_MIN:
            raise ValueError(f"merge_gap_minutes is {self.merge_gap_minutes}: expected 0 to 180")
        if not 0 <= self.planner_buffer_hours <= 40:
            raise ValueError(
                f"planner_buffer_hours is {self.planner_buffer_hours}: expected 0 to 40"
            )
        if not 0 <= self.dst_grace_minutes <= 60:
            raise ValueError(f"dst_grace_minutes is {self.dst_grace_minutes}: expected 0 to 60")
        if not 0 <= self.direct_supervision_months <= 12:
            raise ValueError(
                f"direct_supervision_months is {self.direct_supervision_months}: expected 0 to 12"
            )
        if not 1 <= self.intern_weight <= 4:
            raise ValueError(f"intern_weight is {self.intern_weight}: expected 1 to 4")
