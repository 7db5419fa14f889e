"""Duty that somebody may not do at all, and stays that become a habit (CPR 6.23, 6.25)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import Facts, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.predicates.free_days import period_cases
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import UNAPPROVED
from app.scheduling.acgme.unions import union
from app.scheduling.acgme.words import counted, days, hours, moment, on


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenDuty(DutyHourRule):
    """No duty of these kinds, for those to whom the rule applies.

    Parameters
    ----------
    kinds
        What is not allowed.
    unless_approved
        Only what is known not to be approved.
    listed
        Only for residents on the programme's list of those who may not moonlight.
    """

    unit: ClassVar[str] = "hours"
    sense: ClassVar[Sense] = "at most"

    predicate: Literal["forbidden_duty"] = "forbidden_duty"
    kinds: tuple[Kind, ...]
    unless_approved: bool = False
    listed: bool = False

    def looks_at(self) -> tuple[Kind, ...]:
        """Return what is forbidden."""
        return self.kinds

    def cases(self, facts: Facts) -> Cases:
        """Take every stretch of such duty as a case of its own."""
        timeline = facts.timeline
        rows = facts.rows(chosen(*self.kinds))
        if self.unless_approved:
            rows &= timeline.flags & UNAPPROVED != 0
        if self.listed:
            named = np.array([one.id in facts.policy.no_moonlighting for one in timeline.people])
            rows &= named[timeline.person]
        where = np.flatnonzero(rows)
        found = union(facts.start[where], facts.end[where])
        first = where[found.first]
        length = found.end - found.start
        return Cases(
            person=timeline.person[first],
            start=found.start,
            end=found.end,
            measured=length / 60,
            limit=0,
            broken=np.ones_like(first, dtype=np.bool_),
            rotation=timeline.rotation[first],
            note=length,
        )

    def sentence(self, case: Case) -> str:
        """Name what was done and when."""
        what = " or ".join(dict.fromkeys(kind.split("_")[0] for kind in self.kinds))
        why = ""
        if self.unless_approved:
            why = " without the programme director's written approval"
        elif self.listed:
            why = " by a resident who may not moonlight"
        elif self.applies.pgy:
            why = " in PGY " + ", ".join(map(str, self.applies.pgy))
        return (
            f"{on(case.rotation)}{moment(case.start)} to {moment(case.end)}: {hours(case.note)} of "
            f"{what}{why}; none is allowed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoluntaryStays(DutyHourRule):
    """Stays of one's own accord are rare; more than `most` in a period point at an overrun."""

    unit: ClassVar[str] = "voluntary stays"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "most"
    averaged: ClassVar[bool] = True

    predicate: Literal["voluntary_stays"] = "voluntary_stays"
    most: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.VOLUNTARY,)

    def cases(self, facts: Facts) -> Cases:
        """Count voluntary stays in every averaging period."""
        count = facts.counted(facts.union_of(chosen(Kind.VOLUNTARY)).start)
        return period_cases(facts, count, self.most, count > self.most)

    def sentence(self, case: Case) -> str:
        """Give their number."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.measured, 'voluntary stay')}; more than {case.limit:.0f} suggest that "
            "the schedule overruns"
        )
