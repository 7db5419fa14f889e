"""An audit of duty hours as every view shows it: findings, closest cases, hours by week."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from app.files.exports.annual_grid import long_date, short_date
from app.files.schedule_document import ShownRotation
from app.scheduling.acgme.facts import Facts
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.pack import RulePack, is_confirmed, rules_in_force
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.predicates.weekly_hours import WeeklyHours
from app.scheduling.acgme.rule import SEVERITIES, SEVERITY, Cases, DutyHourRule, Severity
from app.scheduling.acgme.timeline import Timeline
from app.scheduling.acgme.validator import Audit
from app.scheduling.acgme.words import decimal

_AVERAGED = {
    "rotation": "rotation",
    "fixed28": "28 days (local policy)",
    "calendar_month": "calendar month (local policy)",
    "rolling28_local": "any 28 days (local policy)",
}


@dataclass(frozen=True, slots=True)
class Week:
    """Hours of duty from Monday to Sunday, cut at the first and the last known day.

    Days are counted from the first known one; `stop` is the day after the last.
    """

    first: int
    stop: int
    hours: float


@dataclass(frozen=True, slots=True)
class Average:
    """Hours a week over one averaging period, beside the limit that holds in it."""

    first: int
    stop: int
    hours: float
    limit: float
    broken: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """A rotation span; days are counted from the first known one."""

    first: int
    stop: int
    rotation: str


@dataclass(frozen=True, slots=True)
class Year:
    """One person's known days.

    Parameters
    ----------
    leave
        Stretches of leave: first day and the day after the last.
    averages
        By averaging period; empty where periods overlap.
    """

    weeks: tuple[Week, ...]
    leave: tuple[tuple[int, int], ...]
    stays: tuple[Stay, ...]
    averages: tuple[Average, ...]


@dataclass(frozen=True, kw_only=True)
class DutyReport:
    """An audit, and what reading it needs.

    Parameters
    ----------
    title
        Whose duty hours these are.
    rotations
        Names and colours of rotation types; of the codes alone when empty.
    person, rule
        Id of the only person, and of the only rule, that the report is about; empty: all.
    """

    title: str
    audit: Audit
    packs: tuple[RulePack, ...]
    policy: Policy
    rotations: tuple[ShownRotation, ...] = ()
    person: str = ""
    rule: str = ""

    @property
    def timeline(self) -> Timeline:
        """What was judged."""
        return self.audit.timeline

    @cached_property
    def rules(self) -> tuple[DutyHourRule, ...]:
        """What they were judged by, in order."""
        return rules_in_force(self.packs, self.policy)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Name of everybody by id."""
        return {one.id: one.label for one in self.timeline.people}

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of everybody by id."""
        return {one.id: row for row, one in enumerate(self.timeline.people)}

    @cached_property
    def shown_rotations(self) -> tuple[ShownRotation, ...]:
        """Rotation types that anybody is on, in the order of the programme or the log."""
        used = self.timeline.rotations
        named = tuple(rotation for rotation in self.rotations if rotation.code in used)
        return named or tuple(
            ShownRotation(code=code, name=code, category="", colour="", leave=False)
            for code in used
        )

    @cached_property
    def unconfirmed(self) -> frozenset[str]:
        """Ids of rules whose numbers nobody has confirmed."""
        return frozenset(rule.id for rule in self.rules if not is_confirmed(rule, self.policy))

    @cached_property
    def findings(self) -> tuple[Violation, ...]:
        """What is broken: errors by person and time, then the rest by severity and rule."""

        def key(one: Violation) -> tuple[int, int]:
            rank = SEVERITIES.index(one.severity)
            return rank, self.position(one) if rank else 0

        return tuple(sorted((one for one in self.audit.findings if self._wanted(one)), key=key))

    @cached_property
    def margins(self) -> tuple[Margin, ...]:
        """The worst case of every rule and person."""
        return tuple(one for one in self.audit.margins if self._wanted(one))

    def _wanted(self, one: Violation | Margin) -> bool:
        return self.person in ("", one.person) and self.rule in ("", one.rule)

    @cached_property
    def closest(self) -> tuple[Margin, ...]:
        """The case closest to the limit of every rule, or furthest beyond it."""
        worst: dict[str, Margin] = {}
        for one in self.margins:
            if one.rule not in worst or one.margin < worst[one.rule].margin:
                worst[one.rule] = one
        return tuple(sorted(worst.values(), key=self.position))

    def position(self, one: Violation | Margin) -> int:
        """Return the place of a rule among those that were judged."""
        return self._order[one.rule]

    @cached_property
    def _order(self) -> dict[str, int]:
        return {rule.id: place for place, rule in reversed(list(enumerate(self.rules)))}

    def count(self, severity: str) -> int:
        """Return how many findings there are of a severity."""
        return sum(one.severity == severity for one in self.findings)

    def sentence(self, one: Violation) -> str:
        """Return a finding as it is read aloud, with the person's name."""
        return f"{self.labels[one.person]}: {one.message}{self.doubt(one.rule)}"

    def doubt(self, rule: str) -> str:
        """Return what follows a number that nobody has confirmed."""
        return " (unconfirmed)" if rule in self.unconfirmed else ""

    def day(self, number: int) -> date:
        """Return the date of a known day."""
        return self.timeline.day(number)

    def compared(self, one: Margin) -> str:
        """Return what was measured beside the limit: "79.5 ≤ 80", "13.5 < 14"."""
        sense = next(rule.sense for rule in self.rules if rule.id == one.rule)
        kept = one.margin >= 0
        sign = {"at most": ">≤", "at least": "<≥"}[sense][kept]
        return f"{decimal(one.measured)} {sign} {decimal(one.limit)}"

    def severity(self, rule: str) -> Severity:
        """Return how severe it is to break a rule."""
        one = next(one for one in self.rules if one.id == rule)
        recorded = one.recorded if self.timeline.basis == "record" else None
        severity = SEVERITY[recorded or one.strength]
        return "warning" if rule in self.unconfirmed and severity == "error" else severity

    @property
    def verdict(self) -> str:
        """Say in a sentence whether the law is kept."""
        hours = {"plan": "planned", "record": "logged"}[self.timeline.basis]
        whose = f" of {self.labels[self.person]}" if self.person else ""
        broken = self.count("error")
        what = self.rule or ("rules" if broken else "every rule") + " that must be kept"
        return f"the {hours} duty hours{whose} {'break' if broken else 'keep'} {what}"

    @property
    def counts(self) -> str:
        """Return "1 error, 2 warnings, 3 notes"."""
        words = {"error": "error", "warning": "warning", "info": "note"}
        parts = ((self.count(severity), word) for severity, word in words.items())
        return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in parts)

    @property
    def law(self) -> str:
        """Return the packs with their versions, and how hours are averaged."""
        packs = ", ".join(f"{pack.name} {pack.version}" for pack in self.packs)
        mode = self.policy.averaging
        return f"{packs}; averaged by {_AVERAGED[mode]}"

    @property
    def span(self) -> str:
        """First and last known day."""
        return f"{long_date(self.day(0))} – {long_date(self.day(self.timeline.days - 1))}"

    @cached_property
    def weekly_limit(self) -> WeeklyHours | None:
        """The law on weekly hours: the last version of the first pack that has one."""
        laws = [rule for rule in self.rules if isinstance(rule, WeeklyHours) and not rule.buffered]
        first = [rule for rule in laws if rule.pack == laws[0].pack]
        return max(first, key=lambda rule: rule.effective_from, default=None)

    @cached_property
    def closest_weeks(self) -> dict[str, Margin]:
        """Everybody's averaging period that is closest to the weekly limit, by person."""
        law = self.weekly_limit
        return {one.person: one for one in self.audit.margins if law and one.rule == law.id}

    def year(self, row: int) -> Year:
        """Return one person's days."""
        facts, own = self.audit.facts_of(row)
        spans = facts.timeline.spans
        low, high = np.searchsorted(spans.person, [own, own + 1])
        stays = (
            Stay(
                int(spans.first[place]),
                int(spans.last[place]) + 1,
                facts.timeline.rotations[spans.rotation[place]],
            )
            for place in range(int(low), int(high))
        )
        return Year(
            weeks=tuple(_weeks(facts, own)),
            leave=tuple(_stretches(facts.timeline.leave[own].nonzero()[0].tolist())),
            stays=tuple(stays),
            averages=() if facts.periods.sliding else tuple(self._averages(facts, own)),
        )

    def _averages(self, facts: Facts, row: int) -> Iterator[Average]:
        for rule, cases in self._weekly_hours(facts):
            places = np.flatnonzero(cases.person == row)
            who = cases.person[places]
            first = facts.day_of(who, cases.start[places]).tolist()
            stop = facts.day_of(who, cases.end[places]).tolist()
            for place, begin, end in zip(places.tolist(), first, stop, strict=True):
                day = self.day(begin)
                if rule.effective_from <= day <= (rule.effective_to or day):
                    yield Average(
                        first=begin,
                        stop=end,
                        hours=cases.at("measured", place),
                        limit=cases.at("limit", place),
                        broken=bool(cases.broken[place]) and not cases.at("cap", place),
                    )

    def _weekly_hours(self, facts: Facts) -> list[tuple[WeeklyHours, Cases]]:
        """Return the versions of the law on weekly hours, measured."""
        law, key = self.weekly_limit, id(facts)
        if key not in self._measured:
            self._measured[key] = [
                (rule, rule.cases(facts))
                for rule in self.rules
                if law and isinstance(rule, WeeklyHours) and rule.id == law.id
            ]
        return self._measured[key]

    @cached_property
    def _measured(self) -> dict[int, list[tuple[WeeklyHours, Cases]]]:
        return {}


def _weeks(facts: Facts, row: int) -> Iterator[Week]:
    minutes = facts.minutes_by_day[row]
    days = len(minutes)
    starts = range(-facts.timeline.first.weekday(), days, 7)
    for start in starts:
        first, stop = max(0, start), min(days, start + 7)
        yield Week(first, stop, float(minutes[first:stop].sum()) / 60)


def _stretches(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of consecutive days."""
    first: int | None = None
    before = -2
    for day in days:
        if first is None or day != before + 1:
            if first is not None:
                yield first, before + 1
            first = day
        before = day
    if first is not None:
        yield first, before + 1


def dates(first: date, last: date) -> str:
    """Return "1–28 Jul 2026", "29 Jul – 25 Aug 2026"."""
    if first == last:
        return long_date(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{long_date(last)}"
    return f"{short_date(first)} – {long_date(last)}"
