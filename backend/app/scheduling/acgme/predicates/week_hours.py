"""At most so many hours in a week, not averaged: programme weeks, or any 168 hours."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import WORKED, Facts, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import NONE, Bools
from app.scheduling.acgme.unions import Union, union
from app.scheduling.acgme.words import days, decimal, hours, moment
from app.scheduling.acgme.zones import DAY

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekHours(DutyHourRule):
    """At most `hours` in each programme week, Monday to Sunday.

    Where the rule asks for a rotation's specialty, only days on such a rotation count; with `kinds`
    only duty of these kinds, and then only what is done on the rotation itself.

    Parameters
    ----------
    hours
        In a week, above 0.
    kinds
        What counts; empty: all that counts towards the weekly hours.
    """

    unit: ClassVar[str] = "hours in a week"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "hours"

    predicate: Literal["week_hours"] = "week_hours"
    hours: int
    kinds: tuple[Kind, ...] = ()

    def measures(self) -> tuple[str, ...]:
        """Return the predicate and what it counts: hours with patients are not hours in all."""
        return (*super(WeekHours, self).measures(), *sorted(self.kinds))

    def cases(self, facts: Facts) -> Cases:
        """Measure every week that has a day on a rotation."""
        on_rotation = _days_in_scope(self, facts)
        counted = _counted_duty(self, facts)
        minutes = np.diff(counted.before(facts.begins), axis=1) * on_rotation
        # Weeks in columns: the days are filled up to begin on a Monday and end on a Sunday.
        lead = facts.timeline.first.weekday()
        tail = -(lead + facts.timeline.days) % 7
        shape = (len(facts.timeline.people), -1, 7)
        edges = ((0, 0), (lead, tail))
        total = np.pad(minutes, edges).reshape(shape).sum(axis=2)
        within = np.pad(on_rotation, edges).reshape(shape)
        person, week = np.nonzero(within.any(axis=2))
        first = 7 * week + within[person, week].argmax(axis=1) - lead
        last = 7 * week + 6 - within[person, week][:, ::-1].argmax(axis=1) - lead
        measured = total[person, week]
        return Cases(
            person=person,
            start=facts.begins[person, first],
            end=facts.begins[person, last + 1],
            measured=measured / 60,
            limit=self.hours,
            broken=measured > 60 * self.hours,
            rotation=facts.rotation_by_day[person, first],
            days=last - first + 1,
            note=measured,
        )

    def sentence(self, case: Case) -> str:
        """Give the week's hours."""
        return (
            f"{case.rotation} {days(case.start, case.end)}: {hours(case.note)} in the week; "
            f"limit {decimal(case.limit)} h"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyWeekHours(DutyHourRule):
    """At most `hours` in any 168 hours on end that begin or end with duty.

    A window belongs to the rotation of its first duty.
    """

    unit: ClassVar[str] = "hours in 168"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "hours"
    sliding: ClassVar[bool] = True

    predicate: Literal["any_week_hours"] = "any_week_hours"
    hours: int

    def cases(self, facts: Facts) -> Cases:
        """Measure from every start and up to every end of duty."""
        duty = facts.worked
        person = np.tile(duty.start // facts.stride, 2)
        start = np.concatenate([duty.start, duty.end - WEEK])
        order = np.lexsort((start, person))
        person, start = person[order], start[order]
        minutes = duty.before(start + WEEK) - duty.before(start)
        counted = np.flatnonzero(facts.rows(WORKED))
        first = counted[facts.start[counted].searchsorted(start)]
        return Cases(
            person=person,
            start=start,
            end=start + WEEK,
            measured=minutes / 60,
            limit=self.hours,
            broken=minutes > 60 * self.hours,
            rotation=facts.timeline.rotation[first],
            note=minutes,
        )

    def sentence(self, case: Case) -> str:
        """Give the hours from when to when."""
        return (
            f"{case.rotation} {moment(case.start)} to {moment(case.end)}: {hours(case.note)} in "
            f"seven days; limit {decimal(case.limit)} h"
        )


def _counted_duty(rule: WeekHours, facts: Facts) -> Union:
    """Return the union of what the rule counts."""
    if not rule.kinds:
        return facts.worked
    rows = facts.rows(chosen(*rule.kinds) & WORKED)
    if rule.applies.rotation_specialty:
        rows &= facts.rotations_of(rule.applies.rotation_specialty)[facts.timeline.rotation]
    return union(facts.start[rows], facts.end[rows])


def _days_in_scope(rule: WeekHours, facts: Facts) -> Bools:
    in_scope: Bools = facts.rotation_by_day != NONE
    if rule.applies.rotation_specialty:
        in_scope = facts.rotations_of(rule.applies.rotation_specialty)[facts.rotation_by_day]
    return in_scope
