"""At least so much rest: between runs (CPR 6.21), after a long call (6.21.a), after a shift."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.facts import Facts, Runs, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import Bools, Column
from app.scheduling.acgme.unions import union
from app.scheduling.acgme.words import decimal, hours, moment, on
from app.scheduling.acgme.zones import Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(DutyHourRule):
    """At least `hours` from the end of a run to the start of the next.

    Parameters
    ----------
    hours
        Above 0.
    waived_for_voluntary
        Whether rest may be short because somebody stayed on or came back of their own accord, as
        long as the weekly hours and the days off of that time are kept.
    """

    unit: ClassVar[str] = "hours"
    sense: ClassVar[Sense] = "at least"
    family: ClassVar[str] = "rest"
    limit_name: ClassVar[str] = "hours"
    stricter: ClassVar[Literal["less", "more"]] = "more"

    predicate: Literal["rest"] = "rest"
    hours: int
    waived_for_voluntary: bool = False

    def cases(self, facts: Facts) -> Cases:
        """Measure from each run to the next of the same person."""
        runs = facts.runs
        same, start, end = _between(runs)
        rest = end - start
        broken = rest < 60 * self.hours
        if self.waived_for_voluntary and broken.any():
            broken &= ~self._waived(facts, runs.person[same], start)
        return Cases(
            person=runs.person[same],
            start=start,
            end=end,
            measured=rest / 60,
            limit=self.hours,
            broken=broken,
            rotation=runs.rotation[same],
            note=rest,
        )

    def _waived(self, facts: Facts, person: Column, gap: Minutes) -> Bools:
        """Return which rests, by their start, are short of somebody's own accord alone."""
        _, start, end = _between(facts.runs_without_voluntary)
        scheduled = end - start < 60 * self.hours
        short = union(start[scheduled], end[scheduled])
        day = np.clip(facts.day_of(person, gap), 0, facts.timeline.days - 1)
        result: Bools = ~short.holds(gap) & ~facts.overworked[person, day]
        return result

    def sentence(self, case: Case) -> str:
        """Give both ends of the rest."""
        return (
            f"{on(case.rotation)}{hours(case.note)} between {moment(case.start)} and "
            f"{moment(case.end)}; at least {decimal(case.limit)} h"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAfterCall(DutyHourRule):
    """At least `hours` without duty after in-house time of `after_hours` or more.

    They begin when the resident really leaves. Home call in them is worth a warning.

    Parameters
    ----------
    hours, after_hours
        Above 0.
    """

    unit: ClassVar[str] = "hours"
    sense: ClassVar[Sense] = "at least"
    family: ClassVar[str] = "rest"
    limit_name: ClassVar[str] = "hours"
    stricter: ClassVar[Literal["less", "more"]] = "more"

    predicate: Literal["rest_after_call"] = "rest_after_call"
    hours: int
    after_hours: int

    def cases(self, facts: Facts) -> Cases:
        """Measure from the end of each long run to the next worked minute."""
        runs = facts.runs
        long = np.flatnonzero(runs.end - runs.start >= 60 * self.after_hours)
        person, left = runs.person[long], runs.end[long]
        back, found = _next_minute(facts, facts.worked.start, facts.worked.end, left, person)
        broken = found & (back - left < 60 * self.hours)
        paged = facts.union_of(chosen(Kind.HOME_CALL))
        page, paging = _next_minute(facts, paged.start, paged.end, left, person)
        on_call = paging & ~broken & (page - left < 60 * self.hours)
        until = np.where(on_call, page, back)
        kept = found | on_call
        return Cases(
            person=person,
            start=left,
            end=until,
            measured=(until - left) / 60,
            limit=self.hours,
            broken=broken | on_call,
            rotation=runs.rotation[long],
            cap=on_call.astype(np.int8),
            note=runs.end[long] - runs.start[long],
        ).where(kept)

    def sentence(self, case: Case) -> str:
        """Give the call's length, and when the rest began and ended."""
        return (
            f"{on(case.rotation)}left on {moment(case.start)} after {hours(case.note)} in house, "
            f"back on duty on {moment(case.end)}: {hours(round(60 * case.measured))} of rest; "
            f"at least {decimal(case.limit)} h"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAsLongAsShift(DutyHourRule):
    """Rest at least as long as the run before it."""

    unit: ClassVar[str] = "hours"
    sense: ClassVar[Sense] = "at least"
    family: ClassVar[str] = "rest"

    predicate: Literal["rest_as_long_as_shift"] = "rest_as_long_as_shift"

    def cases(self, facts: Facts) -> Cases:
        """Measure from each run to the next of the same person."""
        runs = facts.runs
        same, start, end = _between(runs)
        before = runs.end[same] - runs.start[same]
        return Cases(
            person=runs.person[same],
            start=start,
            end=end,
            measured=(end - start) / 60,
            limit=before / 60,
            broken=end - start < before,
            rotation=runs.rotation[same],
            note=end - start,
        )

    def sentence(self, case: Case) -> str:
        """Give the shift's length and the rest's."""
        return (
            f"{on(case.rotation)}{hours(case.note)} of rest from {moment(case.start)} to "
            f"{moment(case.end)} after {decimal(case.limit)} h on duty; at least as long"
        )


def _between(runs: Runs) -> tuple[NDArray[np.intp], Minutes, Minutes]:
    """Return which runs have a next one of the same person, and the rest from one to the other."""
    (same,) = (runs.person[1:] == runs.person[:-1]).nonzero()
    return same, runs.end[same], runs.start[same + 1]


def _next_minute(
    facts: Facts, start: Minutes, end: Minutes, moments: Minutes, person: Column
) -> tuple[Minutes, Bools]:
    """Return the first minute of a union at or after each moment, and whether there is one."""
    if not len(start):
        return moments, np.zeros(moments.shape, dtype=np.bool_)
    place = end.searchsorted(moments, side="right")
    inside = np.minimum(place, len(start) - 1)
    found = (place < len(start)) & (start[inside] // facts.stride == person)
    return np.where(found, np.maximum(start[inside], moments), moments), found
