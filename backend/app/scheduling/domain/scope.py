"""Scopes: to whom and when a rule applies."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

Vocabulary = Literal[
    "rotation type", "duty type", "person", "people group", "period", "personal soft rule"
]
"""The kinds of name that a parameter can refer to."""


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a parameter whose strings are names of another part of the programme.

    Of a dict the keys are names or, with `values`, what stands under them.
    """

    to: Vocabulary
    values: bool = False


RotationCodes = Annotated[tuple[str, ...], Refers("rotation type")]
"""Codes of rotation types, or names of the programme's rotation groups."""
RotationCode = Annotated[str, Refers("rotation type")]
DutyCode = Annotated[str, Refers("duty type")]
PeopleIds = Annotated[tuple[str, ...], Refers("person")]
PersonId = Annotated[str, Refers("person")]
PeopleGroups = Annotated[tuple[str, ...], Refers("people group")]
Periods = Annotated[tuple[int | str, ...], Refers("period")]
"""Period numbers from 1, and ranges written ``"4-13"``."""

STRICT: dict[str, Any] = {"extra": "forbid"}
"""Read by whoever parses these dataclasses from a file: an unknown key is an error."""

_MOST_PERIODS = 10_000
_RANGE = re.compile(r"\s*(\d{1,4})\s*-\s*(\d{1,4})\s*")


def expand_periods(periods: tuple[int | str, ...]) -> tuple[int, ...]:
    """Return the period numbers of a list such as ``(1, "4-6")``: ``(1, 4, 5, 6)``.

    Raises
    ------
    ValueError
        When an entry is neither a positive number nor a rising range, or they are too many.
    """
    numbers: list[int] = []
    for entry in periods:
        if len(numbers) > _MOST_PERIODS:
            raise ValueError(f"more than {_MOST_PERIODS} periods are listed")
        if isinstance(entry, str) and not entry.strip().isdecimal():
            match = _RANGE.fullmatch(entry)
            if match is None:
                raise ValueError(f"{entry!r} is not a period: write 4 or 4-13")
            first, last = int(match[1]), int(match[2])
            if not 1 <= first <= last:
                raise ValueError(f"{entry!r} is not a rising range of periods from 1")
            numbers.extend(range(first, last + 1))
        else:
            number = int(entry)
            if number < 1:
                raise ValueError(f"period {number} does not exist: periods count from 1")
            numbers.append(number)
    return tuple(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """People, by what is true of them on a day. All conditions must hold; an empty one always does.

    Parameters
    ----------
    pgy
        Any of these postgraduate years (1-9).
    track, cohort
        Any of these tracks, cohorts.
    tags
        Any of these tags (skills and the like).
    people
        Any of these person ids.
    groups
        Any of these people groups of the programme.
    full_leave
        Whether the person has at least one period of full leave in the year.
    exclude
        But none of these.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    pgy: tuple[int, ...] = ()
    track: tuple[str, ...] = ()
    cohort: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: PeopleIds = ()
    groups: PeopleGroups = ()
    full_leave: bool | None = None
    exclude: "Who | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Periods, by number, date or holiday. All conditions must hold; an empty one always does.

    Parameters
    ----------
    periods
        Any of these periods.
    except_periods
        None of these periods.
    start, end
        Periods with at least one day from `start` to `end`, both included.
    holidays
        Whether the period contains a holiday.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    periods: Periods = ()
    except_periods: Periods = ()
    start: date | None = None
    end: date | None = None
    holidays: bool | None = None

    def __post_init__(self) -> None:
        """Refuse malformed periods and reversed dates."""
        expand_periods(self.periods)
        expand_periods(self.except_periods)
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"the end {self.end} lies before the start {self.start}")


EVERYBODY = Who()
ALWAYS = When()
