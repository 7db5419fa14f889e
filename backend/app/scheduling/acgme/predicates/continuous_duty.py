"""At most so many hours of clinical duty on end (CPR 6.22)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import PRESENT, Facts, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import Bools, Small
from app.scheduling.acgme.words import decimal, hours, moment, on
from app.scheduling.acgme.zones import DAY, Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousDuty(DutyHourRule):
    """At most `hours` of clinical duty in one run.

    Education after 24 hours belongs to the time for transitions, which has a rule of its own.

    Parameters
    ----------
    hours
        Above 0.
    without
        Kinds that are not clinical duty; a minute that has another kind too counts.
    """

    unit: ClassVar[str] = "hours on end"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "hours"

    predicate: Literal["continuous_duty"] = "continuous_duty"
    hours: int
    without: tuple[Kind, ...] = (Kind.TRANSITION, Kind.VOLUNTARY)

    def cases(self, facts: Facts) -> Cases:
        """Measure every run."""
        runs, most = facts.runs, 60 * self.hours
        clinical = facts.run_kinds(PRESENT & ~chosen(*self.without))
        duty = facts.union_of(clinical)
        minutes = duty.before(runs.end) - duty.before(runs.start)
        (longer,) = (runs.end - runs.start > DAY).nonzero()
        if len(longer):
            taught = facts.union_of(clinical & ~chosen(Kind.EDUCATION))
            mark, end = runs.start[longer] + DAY, runs.end[longer]
            education = duty.before(end) - duty.before(mark)
            education -= taught.before(end) - taught.before(mark)
            minutes[longer] -= education
        broken = minutes > most
        return Cases(
            person=runs.person,
            start=runs.start,
            end=runs.end,
            measured=minutes / 60,
            limit=self.hours,
            broken=broken,
            rotation=runs.rotation,
            cap=self._graced(facts, broken, minutes),
            note=minutes,
        )

    def _graced(self, facts: Facts, broken: Bools, minutes: Minutes) -> Small:
        """Return 2 (info) for runs that are too long only because a clock was put back."""
        cap = np.zeros(len(broken), dtype=np.int8)
        grace = facts.policy.dst_grace_minutes
        runs = np.flatnonzero(broken & (minutes <= 60 * self.hours + grace))
        within = minutes[runs] - facts.turned_back(runs) <= 60 * self.hours
        cap[runs[within]] = 2
        return cap

    def sentence(self, case: Case) -> str:
        """Give the run and its length."""
        return (
            f"{on(case.rotation)}{moment(case.start)} to {moment(case.end)}: {hours(case.note)} of "
            f"clinical duty on end; limit {decimal(case.limit)} h"
        )
