"""A duty-hour rule: who it is for, how sure it is, and what it measures."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.timeline import NONE, Bools, Timeline
from app.scheduling.acgme.zones import Minutes

if TYPE_CHECKING:
    from app.scheduling.acgme.facts import Facts

Confidence = Literal["V", "V2", "M", "C", "D"]
"""Read in the source; read, but secondary; not read again; sources conflict; our choice."""
Strength = Literal["must", "should", "info"]
Whole = NDArray[np.integer[Any]]
Number = NDArray[np.integer[Any]] | NDArray[np.float64] | int | float
Severity = Literal["error", "warning", "info"]
Sense = Literal["at most", "at least"]

UNCONFIRMED: frozenset[Confidence] = frozenset({"M", "C"})
SEVERITY: dict[Strength, Severity] = {"must": "error", "should": "warning", "info": "info"}
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_HIGHEST = 10_000
_DIVISORS = frozenset({"every_nights", "in_days", "in_months", "per_days", "within_days"})
"""Parameters by which something is divided, or that are lengths of windows."""
STRICT: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Where a rule applies; an empty condition always holds.

    Parameters
    ----------
    pgy
        Any of these postgraduate years.
    rotation_specialty
        The service's specialty is one of these (place-based limits).
    resident_specialty
        The resident's specialty is one of these (person-based limits).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    pgy: tuple[int, ...] = ()
    rotation_specialty: tuple[str, ...] = ()
    resident_specialty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """What a rule measured: one entry per window, run or gap that it judges.

    Entries are in order of people and time. A number instead of a column holds for all of them.

    Parameters
    ----------
    person
        Positions in the timeline's people.
    start, end
        The window judged, on the common axis of `Facts`.
    measured, limit
        In the rule's unit.
    broken
        Whether the limit is broken, decided in whole minutes and counts.
    rotation
        Position in the timeline's rotations; `NONE` where it belongs to none.
    days, leave_days
        Days that the measure is averaged over, and days of leave left out.
    cap
        The highest severity that the case may have: 0 error, 1 warning, 2 info.
    note
        What a sentence needs beside: for instance how many minutes there were.
    """

    person: Whole
    start: Minutes
    end: Minutes
    measured: Number
    limit: Number
    broken: Bools
    rotation: Whole | int = NONE
    days: Whole | int = 0
    leave_days: Whole | int = 0
    cap: Whole | int = 0
    note: Whole | int = 0

    def __len__(self) -> int:
        """Return how many cases there are."""
        return len(self.person)

    def where(self, chosen: NDArray[Any] | slice) -> "Cases":
        """Return the chosen cases."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name, column in columns.items():
            if not isinstance(column, int | float):
                columns[name] = column[chosen]
        return Cases(**columns)

    def at(self, name: str, position: int) -> float:
        """Return one entry of a column."""
        column = getattr(self, name)
        value: float = column if isinstance(column, int | float) else column[position].item()
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHourRule:
    """A rule of a pack; each predicate is one subclass, in a file of its own.

    Parameters
    ----------
    id
        Unique in its pack, such as ``CPR-6.20-80H``; versions of one rule share it.
    name
        What people call it.
    strength, recorded
        How strong it is, and for logged hours where that differs.
    confidence, sources
        Of its numbers. Unconfirmed ones (M, C) are never errors until a programme confirms them.
    alias
        Other numbers of the same rule.
    effective_from, effective_to
        First and last day in force; duty is judged by what was in force on its first day.
    applies
        To whom and where.
    bases
        Whether plans, records or both are judged.
    pack
        The pack's name; set by the pack.
    version
        The pack's version; set by the pack.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    unit: ClassVar[str]
    sense: ClassVar[Sense]
    limit_name: ClassVar[str] = ""
    """The parameter that a programme may tighten; empty: none."""
    stricter: ClassVar[Literal["less", "more"]] = "less"
    """Whether less or more of that parameter is stricter."""
    sliding: ClassVar[bool] = False
    """Whether cases overlap, so that broken ones in a row are one finding: the worst of them."""
    family: ClassVar[str] = ""
    """Rules of one family measure the same thing; empty: those of the same predicate."""
    hint: ClassVar[bool] = False
    """Whether it only points at something, so that there is no margin to tell."""
    together: ClassVar[bool] = False
    """Whether it judges people together, so that its findings name no person."""
    averaged: ClassVar[bool] = False
    """Whether there is a case for every averaging period."""

    id: str
    name: str
    strength: Strength
    recorded: Strength | None = None
    confidence: Confidence
    sources: tuple[str, ...] = ()
    alias: tuple[str, ...] = ()
    effective_from: date
    effective_to: date | None = None
    applies: Applies = field(default_factory=Applies)
    bases: tuple[Literal["plan", "record"], ...] = ("plan", "record")
    pack: str = ""
    version: str = ""

    def looks_together_at(self, timeline: Timeline) -> Bools:
        """Return on which intervals the judgement of people together depends: bool array (N,)."""
        return np.full(len(timeline), self.together)

    def __post_init__(self) -> None:
        """Refuse numbers with which nothing can be measured."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, bool) or not isinstance(value, int):
                continue
            least = 1 if item.name in _DIVISORS else 0
            if not least <= value <= _HIGHEST:
                raise ValueError(
                    f"{item.name} {value} of rule {self.id}: expected {least} to {_HIGHEST}"
                )

    def cases(self, facts: "Facts") -> Cases:
        """Measure everything that the rule judges, for all people at once."""
        raise NotImplementedError

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the kinds of duty that the rule depends on; empty: on all."""
        return ()

    def measures(self) -> tuple[str, ...]:
        """Return what it measures; where a window breaks several such rules, one stands for all."""
        return (self.family or type(self).__name__,)

    def slides(self, facts: "Facts") -> bool:
        """Return whether overlapping broken cases are one finding."""
        return self.sliding or (self.averaged and facts.periods.sliding)

    def sentence(self, case: "Case") -> str:
        """Say what was measured, with its arithmetic, so that it can be read aloud."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One entry of `Cases`, with what a sentence may name.

    `start` and `end` are on the clock of the resident's home zone; `rotation` is a code or empty.
    """

    start: datetime
    end: datetime
    measured: float
    limit: float
    broken: bool
    rotation: str
    days: int
    leave_days: int
    note: int
