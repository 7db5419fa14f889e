"""How often in-house and home call may come (CPR 6.27, 6.28)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import LOOK_BACK_DAYS, Facts
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.predicates.free_days import period_cases
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.words import counted, days, leave, on


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFrequency(DutyHourRule):
    """In-house call at most every `every_nights` nights, averaged.

    Night float, shifts and home call are not in-house call.

    Parameters
    ----------
    every_nights
        3 means every third night.
    """

    unit: ClassVar[str] = "call nights"
    sense: ClassVar[Sense] = "at most"
    averaged: ClassVar[bool] = True
    limit_name: ClassVar[str] = "every_nights"
    stricter: ClassVar[Literal["less", "more"]] = "more"

    predicate: Literal["call_frequency"] = "call_frequency"
    every_nights: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.CALL,)

    def cases(self, facts: Facts) -> Cases:
        """Count call nights in every averaging period."""
        known = facts.known(facts.call_nights)
        nights, most = facts.summed(known), facts.sums.days // self.every_nights
        return period_cases(facts, nights, most, nights > most)

    def sentence(self, case: Case) -> str:
        """Give nights, days and the quotient."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.measured, 'call night')} in {case.days} days, "
            f"{leave(case.leave_days)}; at most {case.days}/{self.every_nights} = {case.limit:.0f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSpacing(DutyHourRule):
    """From one in-house call night to the next at least `nights`, not averaged."""

    unit: ClassVar[str] = "nights"
    sense: ClassVar[Sense] = "at least"
    limit_name: ClassVar[str] = "nights"
    stricter: ClassVar[Literal["less", "more"]] = "more"

    predicate: Literal["call_spacing"] = "call_spacing"
    nights: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.CALL,)

    def cases(self, facts: Facts) -> Cases:
        """Measure from each call night to the next of the same person."""
        person, night = np.nonzero(facts.call_nights)
        same = np.flatnonzero(person[1:] == person[:-1])
        who, one, other = person[same], night[same], night[same + 1]
        start, end = facts.all_begins[who, one], facts.all_begins[who, other + 1]
        first = np.clip(one - LOOK_BACK_DAYS, 0, facts.timeline.days - 1)
        return Cases(
            person=who,
            start=start,
            end=end,
            measured=other - one,
            limit=self.nights,
            broken=other - one < self.nights,
            rotation=facts.rotation_by_day[who, first],
            days=other - one + 1,
        )

    def sentence(self, case: Case) -> str:
        """Name both nights."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: call nights "
            f"{counted(case.measured, 'night')} apart; at least {case.limit:.0f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeCallNights(DutyHourRule):
    """Home call not so often that it takes the rest away: a hint."""

    unit: ClassVar[str] = "home-call nights"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "nights"
    sliding: ClassVar[bool] = True

    predicate: Literal["home_call_nights"] = "home_call_nights"
    nights: int
    in_days: int

    def looks_at(self) -> tuple[Kind, ...]:
        """Return the one kind."""
        return (Kind.HOME_CALL,)

    def cases(self, facts: Facts) -> Cases:
        """Count home-call nights in any `in_days` days."""
        known = facts.known(facts.home_call_nights)
        nights = facts.sliding(known, self.in_days)
        person, day = np.nonzero(nights)
        count = nights[person, day]
        return Cases(
            person=person,
            start=facts.begins[person, day],
            end=facts.begins[person, day + self.in_days],
            measured=count,
            limit=self.nights,
            broken=count > self.nights,
            rotation=facts.rotation_by_day[person, day],
            days=self.in_days,
        )

    def sentence(self, case: Case) -> str:
        """Give the nights."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.measured, 'home-call night')} in {case.days} days; more than "
            f"{case.limit:.0f} may preclude rest"
        )
