"""What an audit says: findings, and how far everybody is from every limit."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.scheduling.acgme.rule import Confidence, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule (specification §14).

    Parameters
    ----------
    rule, name, pack, version
        The rule.
    person
        Id of the resident; empty where people are judged together.
    rotation
        Code of the rotation; empty for none.
    start, end
        The window judged, on the clock of the resident's home zone.
    measured, limit, unit
        What was found and what is allowed.
    days, leave_days, averaging
        Days averaged over, days of leave left out, and over what the programme averages.
    confidence, unconfirmed, sources
        How sure the number is, whether nobody has confirmed it yet, and where it is from.
    evidence
        What the intervals in the window are called.
    also
        Milder or looser rules that the same window breaks in the same way.
    message
        A sentence with the arithmetic.
    """

    rule: str
    name: str
    pack: str
    version: str
    severity: Severity
    person: str
    rotation: str
    start: datetime
    end: datetime
    measured: float
    limit: float
    unit: str
    days: int
    leave_days: int
    averaging: str
    zone: str
    confidence: Confidence
    unconfirmed: bool
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    also: tuple[str, ...]
    message: str

    @property
    def first(self) -> date:
        """First local day of the window."""
        return self.start.date()

    @property
    def last(self) -> date:
        """Last local day of the window."""
        return last_day(self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Where somebody comes closest to a limit, or exceeds it most.

    `margin` is what is left in the rule's unit, negative where the limit is broken; the rest is as
    in `Violation`.
    """

    rule: str
    name: str
    person: str
    rotation: str
    start: datetime
    end: datetime
    measured: float
    limit: float
    unit: str
    margin: float
    message: str

    @property
    def first(self) -> date:
        """First local day of the window."""
        return self.start.date()

    @property
    def last(self) -> date:
        """Last local day of the window."""
        return last_day(self.end)


def last_day(end: datetime) -> date:
    """Return the last local day before `end`."""
    return (end - timedelta(minutes=1)).date()
