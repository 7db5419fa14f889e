"""Duty stated as the specification's examples state it: numbered days, weekdays and hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.files.rule_packs import load_pack
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.intervals import Basis, DutyInterval, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.pack import RulePack
from app.scheduling.acgme.policy import Confirmation, Policy
from app.scheduling.acgme.timeline import Timeline, build_timeline
from app.scheduling.acgme.validator import ACGMEValidator, Audit

COMMON, IM, EM, NY = "acgme-common", "acgme-im", "acgme-em", "ny-405"
EMERGENCY, INTERNAL = "emergency medicine", "internal medicine"
Day = date
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

pack = lru_cache(load_pack)


def each(weekdays: str, *weeks: int) -> tuple[int, ...]:
    """Return the day numbers of ``"Mon-Fri"`` or ``"Sun"`` in a diary that begins on a Monday.

    Without weeks: in its first four.
    """
    ends = [WEEKDAYS.index(name) for name in weekdays.split("-")]
    numbers = range(ends[0], ends[-1] + 1)
    return tuple(7 * (week - 1) + 1 + n for week in weeks or (1, 2, 3, 4) for n in numbers)


def confirmed(*rules: str) -> tuple[Confirmation, ...]:
    """Return rules or packs as confirmed by the programme."""
    return tuple(Confirmation(rule=rule, source="read in the PDF") for rule in rules)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a validator says of one diary."""

    violations: tuple[Violation, ...]
    margins: tuple[Margin, ...]

    def rules(self, severity: str) -> list[str]:
        """Return the rule of every finding of a severity, sorted; a rule may come twice."""
        return sorted(one.rule for one in self.violations if one.severity == severity)

    @property
    def errors(self) -> list[str]:
        return self.rules("error")

    @property
    def warnings(self) -> list[str]:
        return self.rules("warning")

    @property
    def infos(self) -> list[str]:
        return self.rules("info")

    def findings(self, rule: str) -> list[Violation]:
        """Return a rule's findings in order of time."""
        found = [one for one in self.violations if one.rule == rule]
        return sorted(found, key=lambda one: (one.start, one.end))

    def finding(self, rule: str) -> Violation:
        """Return a rule's only finding."""
        (found,) = self.findings(rule)
        return found

    def margin(self, rule: str) -> Margin:
        """Return a rule's worst case."""
        (found,) = [one for one in self.margins if one.rule == rule]
        return found

    def judges(self, rule: str) -> bool:
        """Return whether the rule had anything to judge."""
        return any(one.rule == rule for one in self.margins)


@dataclass(frozen=True, kw_only=True)
class DutyDiary:
    """One resident's duty; every method returns a longer diary.

    Days are numbered from 1 = `start`. Day 0 and before, and days after the last block, are
    outside of what is known and only looked back (or ahead) upon.

    Parameters
    ----------
    blocks
        Rotation codes with their lengths in days, one after the other.
    specialty
        The specialty of every block's service.
    pgy
        Unless an interval says otherwise.
    zone
        Home zone, and that of an interval which does not name another.
    """

    blocks: tuple[tuple[str, int], ...]
    start: Day
    person: str = "r1"
    specialty: str = ""
    resident_specialty: str = ""
    pgy: int = 2
    zone: str = "America/New_York"
    intervals: tuple[DutyInterval, ...] = ()
    leave: tuple[LeaveDays, ...] = ()

    def date(self, day: int) -> Day:
        """Return the date of a numbered day."""
        return self.start + timedelta(day - 1)

    def number(self, day: Day) -> int:
        """Return the number of a date."""
        return (day - self.start).days + 1

    def work(
        self, days: int | Iterable[int], hours: str, kind: str = "in_house", **fields: Any
    ) -> "DutyDiary":
        """Add duty from ``"06:00-18:00"``; an end that is not later means the next day.

        ``"07:00-09:00+1"`` ends a day later still. `fields` are those of `DutyInterval`, and the
        clock's `zone`.
        """
        numbers = [days] if isinstance(days, int) else list(days)
        added = tuple(self._interval(number, hours, kind, fields) for number in numbers)
        return replace(self, intervals=self.intervals + added)

    def call(self, days: int | Iterable[int], out: str = "11:00", **fields: Any) -> "DutyDiary":
        """Add calls from 07:00 to 07:00, handed over until `out` (``"07:00"``: at once)."""
        numbers = [days] if isinstance(days, int) else list(days)
        longer = self.work(numbers, "07:00-07:00", "call", **fields)
        if out == "07:00":
            return longer
        return longer.work([day + 1 for day in numbers], f"07:00-{out}", "transition", **fields)

    def off(self, first: int, last: int | None = None) -> "DutyDiary":
        """Add days of leave."""
        days = LeaveDays(person=self.person, first=self.date(first), last=self.date(last or first))
        return replace(self, leave=(*self.leave, days))

    def add(self, *intervals: DutyInterval) -> "DutyDiary":
        """Add duty that is already an interval."""
        return replace(self, intervals=self.intervals + intervals)

    @property
    def resident(self) -> Resident:
        return Resident(id=self.person, zone=self.zone, specialty=self.resident_specialty)

    @property
    def spans(self) -> tuple[RotationSpan, ...]:
        result, first = [], 1
        for code, length in self.blocks:
            span = RotationSpan(
                person=self.person,
                rotation=code,
                first=self.date(first),
                last=self.date(first + length - 1),
                specialty=self.specialty,
            )
            result.append(span)
            first += length
        return tuple(result)

    def timeline(self, basis: Basis = "record") -> Timeline:
        """Return the diary as a timeline."""
        return timeline([self], basis)

    def verdict(
        self, *packs: str, policy: Policy | None = None, basis: Basis = "record"
    ) -> Verdict:
        """Return what the common pack, and others, say of it."""
        chosen = [pack(name) for name in (COMMON, *packs)]
        return judged(self.timeline(basis), chosen, policy or Policy())

    def planned(self, *packs: str, policy: Policy | None = None) -> Verdict:
        """Return what the packs say of it as a plan."""
        return self.verdict(*packs, policy=policy, basis="plan")

    def _rotation(self, day: int) -> str:
        """Return the block of a day; of days outside, the nearest one."""
        last = 0
        for code, length in self.blocks:
            last += length
            if day <= last:
                return code
        return self.blocks[-1][0]

    def _interval(self, day: int, hours: str, kind: str, fields: dict[str, Any]) -> DutyInterval:
        more = dict(fields)
        place = ZoneInfo(more.pop("zone", self.zone))
        begin, end = hours.removesuffix("+1").split("-")
        later = int(_clock(end) <= _clock(begin)) + int(hours.endswith("+1"))
        given: dict[str, Any] = {
            "rotation": self._rotation(day),
            "pgy": self.pgy,
            "reference": f"day {day} {kind} {hours}",
            **more,
        }
        return DutyInterval(
            person=self.person,
            start=datetime.combine(self.date(day), _clock(begin), place),
            end=datetime.combine(self.date(day + later), _clock(end), place),
            kind=Kind(kind),
            **given,
        )


def diary(*blocks: tuple[str, int], start: str = "2026-07-06", **fields: Any) -> DutyDiary:
    """Return an empty diary: 28 days on a ward from a Monday on, unless it says otherwise."""
    return DutyDiary(blocks=blocks or (("WARD", 28),), start=date.fromisoformat(start), **fields)


def timeline(diaries: Sequence[DutyDiary], basis: Basis = "record") -> Timeline:
    """Return several residents' diaries on one clock."""
    return build_timeline(
        basis,
        [one.resident for one in diaries],
        [interval for one in diaries for interval in one.intervals],
        [span for one in diaries for span in one.spans],
        [absence for one in diaries for absence in one.leave],
    )


def audited(made: Timeline, packs: Sequence[RulePack], policy: Policy) -> Audit:
    """Return the audit of a timeline."""
    return ACGMEValidator(packs, policy).audit(made)


def judged(made: Timeline, packs: Sequence[RulePack], policy: Policy) -> Verdict:
    """Return the audit of a timeline as a verdict."""
    audit = audited(made, packs, policy)
    return Verdict(violations=audit.findings, margins=audit.margins)


def _clock(text: str) -> time:
    return time.fromisoformat(text)
