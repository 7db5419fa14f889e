"""What goes in: who did what from when to when, on which rotation, and on leave on which days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.scheduling.acgme.kinds import Kind

Basis = Literal["plan", "record"]
"""Whether intervals say what is scheduled or what was logged. They are never mixed."""

Level = Literal["oversight", "indirect", "direct"]
LEVELS: tuple[Level, ...] = ("oversight", "indirect", "direct")
"""From the loosest to the closest; columns hold positions in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody whose duty hours are verified.

    Parameters
    ----------
    zone
        IANA zone of the home programme, in which days begin and end.
    specialty
        The resident's own specialty, which person-based packs ask for; empty: the programme's.
    training_since
        First day of graduate medical education; None: not known, taken as long ago.
    """

    id: str
    name: str = ""
    zone: str = "UTC"
    specialty: str = ""
    training_since: date | None = None

    @property
    def label(self) -> str:
        """The name, or the id when there is none."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyInterval:
    """Duty from `start` to before `end`, both with a zone and in whole minutes.

    Parameters
    ----------
    person
        Id of a `Resident`.
    rotation
        Code of the rotation it belongs to; empty for none.
    pgy
        Postgraduate year on that day.
    call_night
        Local date on which an in-house call evening begins; without it the date of `start` for
        every interval of kind `CALL`, except one that continues another.
    new_care
        New patients, a clinic or another responsibility begin in it (CPR 6.22.a).
    approved
        Whether the programme director approved this moonlighting in writing; None: not known.
    reference
        What findings call it: a line of a file, an assignment's id.
    """

    person: str
    start: datetime
    end: datetime
    kind: Kind
    rotation: str = ""
    pgy: int = 1
    call_night: date | None = None
    new_care: bool = False
    approved: bool | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationSpan:
    """A contiguous assignment to one rotation, from its `first` to its `last` local day.

    Hours are averaged within it (specification §3); leave inside belongs to it.

    Parameters
    ----------
    specialty
        The specialty of the service, which place-based packs ask for; empty: the programme's.
    """

    person: str
    rotation: str
    first: date
    last: date
    specialty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDays:
    """Whole local days of approved leave, from `first` to `last`."""

    person: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """Supervisors on a rotation from `start` to before `end` (specification §10).

    Parameters
    ----------
    rotation
        Code of the rotation whose residents they supervise.
    level
        The closest supervision that they can give.
    supervisors
        How many there are, without other duties.
    primary_care_exception
        Whether residents' visits are billed without the teaching physician's presence (CMS).
    """

    rotation: str
    start: datetime
    end: datetime
    level: Level
    supervisors: int = 1
    primary_care_exception: bool = False


@dataclass(frozen=True, slots=True)
class InvalidInterval:
    """One thing that is wrong in what was given; `position` counts from 0 in its list."""

    what: Literal["interval", "span", "leave", "supervision"]
    position: int
    message: str


class InvalidTimelineError(ValueError):
    """Intervals, spans or leave contradict themselves; every fault is listed."""

    def __init__(self, faults: Sequence[InvalidInterval]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))
