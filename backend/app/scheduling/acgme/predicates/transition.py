"""What may follow 24 hours: up to four more, for transitions and education (CPR 6.22.a)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.facts import PRESENT, Facts, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import NEW_CARE, Bools, Small
from app.scheduling.acgme.unions import union
from app.scheduling.acgme.words import decimal, hours, moment, on
from app.scheduling.acgme.zones import Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(DutyHourRule):
    """After `after_hours` in house at most `hours` more, and no new patient care in them.

    Voluntary stays are left out of the length. A clinic or shift that begins in those hours breaks
    the rule even after a short gap.

    Parameters
    ----------
    after_hours, hours
        Above 0, and at least 0.
    allowed
        Kinds that may follow.
    """

    unit: ClassVar[str] = "hours"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "hours"

    predicate: Literal["transition"] = "transition"
    after_hours: int
    hours: int
    allowed: tuple[Kind, ...] = (Kind.TRANSITION, Kind.EDUCATION, Kind.VOLUNTARY)

    def cases(self, facts: Facts) -> Cases:
        """Measure every run, and what is done after its first `after_hours`."""
        runs = facts.runs
        length = runs.end - runs.start - self._voluntary(facts)
        every = np.arange(len(runs))
        care = self._care(facts, every, 0)
        broken = (length > 60 * (self.after_hours + self.hours)) | (care > 0)
        return Cases(
            person=runs.person,
            start=runs.start,
            end=runs.end,
            measured=length / 60,
            limit=self.after_hours + self.hours,
            broken=broken,
            rotation=runs.rotation,
            cap=self._graced(facts, broken, length),
            note=care,
        )

    def _voluntary(self, facts: Facts) -> Minutes:
        """Return the minutes of every run that are a voluntary stay and nothing else."""
        if not facts.has(Kind.VOLUNTARY):
            return np.zeros(len(facts.runs), dtype=np.int64)
        present = facts.run_kinds(PRESENT)
        there = facts.union_of(present)
        scheduled = facts.union_of(present & ~chosen(Kind.VOLUNTARY))
        start, end = facts.runs.start, facts.runs.end
        both = there.before(end) - there.before(start)
        result: Minutes = both - (scheduled.before(end) - scheduled.before(start))
        return result

    def _graced(self, facts: Facts, broken: Bools, length: Minutes) -> Small:
        """Return 2 (info) for runs that break the rule only because a clock was put back."""
        cap = np.zeros(len(broken), dtype=np.int8)
        runs = np.flatnonzero(broken)
        if facts.policy.dst_grace_minutes:
            turned = np.clip(facts.turned_back(runs), 0, facts.policy.dst_grace_minutes)
            kept = length[runs] <= 60 * (self.after_hours + self.hours) + turned
            kept &= self._care(facts, runs, turned) == 0
            cap[runs[kept]] = 2
        return cap

    def _care(self, facts: Facts, which: NDArray[np.intp], grace: Minutes | int) -> Minutes:
        """Return minutes of other duty after `after_hours`, and `grace` minutes, of each run."""
        runs = facts.runs
        start, end = runs.start[which], runs.end[which]
        mark = start + 60 * self.after_hours + grace
        care = np.zeros(len(which), dtype=np.int64)
        long = np.flatnonzero(end - start >= 60 * self.after_hours)
        if not len(long):
            return care
        mark, end = mark[long], np.maximum(end, mark)[long]
        last = np.maximum(end, mark + 60 * self.hours)
        duty = facts.union_of(facts.run_kinds(PRESENT & ~chosen(*self.allowed)))
        minutes = duty.before(last) - duty.before(mark)
        care[long] = np.maximum(minutes, self._new_care(facts, mark, last) * (end > mark))
        return care

    def _new_care(self, facts: Facts, low: Minutes, high: Minutes) -> Minutes:
        """Return the length of the first new responsibility that begins in [low, high), or 0."""
        rows = facts.rows(facts.run_kinds(PRESENT)) & (facts.timeline.flags & NEW_CARE > 0)
        new = union(facts.start[rows], facts.end[rows])
        if not len(new.start):
            return np.zeros(len(low), dtype=np.int64)
        place = new.start.searchsorted(low)
        first = np.minimum(place, len(new.start) - 1)
        found = (place < len(new.start)) & (new.start[first] < high)
        result: Minutes = found * (new.end[first] - new.start[first])
        return result

    def sentence(self, case: Case) -> str:
        """Say how long it was, and what was done after the first day."""
        text = (
            f"{on(case.rotation)}{moment(case.start)} to {moment(case.end)}: "
            f"{decimal(case.measured)} h in house"
        )
        if case.note:
            return (
                f"{text}, with {hours(case.note)} of patient care begun or continued after "
                f"{self.after_hours} h; only transitions and education may follow"
            )
        return f"{text}; at most {self.after_hours} h and {self.hours} h for transitions"
