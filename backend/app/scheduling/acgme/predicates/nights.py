"""How many nights of night float on end, and how many weeks of it (CPR 6.26, Review Committees)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import LOOK_BACK_DAYS, Facts
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.predicates.free_days import stretches
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import Bools, Timeline
from app.scheduling.acgme.words import counted, days, on
from app.scheduling.acgme.zones import months_later


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveNights(DutyHourRule):
    """At most `nights` of night float on end, on the rotations that the rule is for."""

    unit: ClassVar[str] = "nights on end"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "nights"

    predicate: Literal["consecutive_nights"] = "consecutive_nights"
    nights: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.NIGHT_FLOAT,)

    def cases(self, facts: Facts) -> Cases:
        """Measure every stretch of nights, with those before the first known day."""
        nights = facts.float_nights
        if self.applies.rotation_specialty:
            # Known nights belong to the rotation of their day, earlier ones to that of their duty.
            counts = facts.rotations_of(self.applies.rotation_specialty)
            known = facts.known(nights) & counts[facts.rotation_or_duty_by_day]
            nights = facts.nights(Kind.NIGHT_FLOAT, counts[facts.timeline.rotation])
            facts.known(nights)[:] = known
        return _stretch_cases(facts, nights, self.nights)

    def sentence(self, case: Case) -> str:
        """Name the nights."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: {counted(case.measured, 'night')} "
            f"on end; at most {case.limit:.0f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFloatStretch(DutyHourRule):
    """At most `most_days` from the first to the last night of one stretch of night float.

    Parameters
    ----------
    bridge_nights
        Breaks of so many nights do not end a stretch.
    """

    unit: ClassVar[str] = "days on end"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "most_days"

    predicate: Literal["night_float_stretch"] = "night_float_stretch"
    most_days: int
    bridge_nights: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.NIGHT_FLOAT,)

    def cases(self, facts: Facts) -> Cases:
        """Measure every stretch."""
        return _stretch_cases(
            facts, bridged(facts.float_nights, self.bridge_nights), self.most_days
        )

    def sentence(self, case: Case) -> str:
        """Name the days."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: {counted(case.measured, 'day')} of "
            f"night float on end; at most {case.limit:.0f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFloatTotal(DutyHourRule):
    """At most `most_days` of night float in `in_months`, counted from the first known day on.

    Parameters
    ----------
    in_months
        Twelve are a year, whatever its number of days: an academic year that begins on the first
        known day.
    bridge_nights
        Breaks of so many nights count as night float.
    """

    unit: ClassVar[str] = "days of night float"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "most_days"

    predicate: Literal["night_float_total"] = "night_float_total"
    most_days: int
    in_months: int
    bridge_nights: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.NIGHT_FLOAT,)

    def cases(self, facts: Facts) -> Cases:
        """Count days of night float in each such stretch of the known days."""
        known = facts.known(bridged(facts.float_nights, self.bridge_nights))
        edges = np.array(self._edges(facts.timeline), dtype=np.int64)
        sums = np.add.reduceat(known.astype(np.int64), edges[:-1], axis=1)
        person, part = np.nonzero(sums)
        first, stop = edges[part], edges[part + 1]
        return Cases(
            person=person,
            start=facts.begins[person, first],
            end=facts.begins[person, stop],
            measured=sums[person, part],
            limit=self.most_days,
            broken=sums[person, part] > self.most_days,
            days=stop - first,
        )

    def _edges(self, timeline: Timeline) -> list[int]:
        """Return the first day of each such stretch, and the day after the last known one."""
        edges = [0]
        while edges[-1] < timeline.days:
            end = months_later(timeline.first, len(edges) * self.in_months)
            edges.append(min((end - timeline.first).days, timeline.days))
        return edges

    def sentence(self, case: Case) -> str:
        """Give their number."""
        return (
            f"{days(case.start, case.end)}: {counted(case.measured, 'day')} of night float; "
            f"at most {case.limit:.0f}"
        )


def bridged(nights: Bools, most: int) -> Bools:
    """Return nights with breaks of up to `most` of them filled."""
    result = nights.copy()
    person, first, stop = stretches(~nights)
    inner = (first > 0) & (stop < nights.shape[1]) & (stop - first <= most)
    for who, low, high in np.column_stack([person, first, stop])[inner].tolist():
        result[who, low:high] = True
    return result


def _stretch_cases(facts: Facts, nights: Bools, most: int) -> Cases:
    person, first, stop = stretches(nights)
    length = stop - first
    start = facts.all_begins[person, first]
    day = np.clip(first - LOOK_BACK_DAYS, 0, facts.timeline.days - 1)
    return Cases(
        person=person,
        start=start,
        end=facts.all_begins[person, stop],
        measured=length,
        limit=most,
        broken=length > most,
        rotation=facts.rotation_or_duty_by_day[person, day],
        days=length,
    )
