"""Supervision of residents, and how many of them a preceptor may have (specification §10)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.facts import Facts, chosen
from app.scheduling.acgme.intervals import LEVELS
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.predicates.free_days import no_cases
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import Bools, Supervisors, Timeline
from app.scheduling.acgme.unions import Union, union
from app.scheduling.acgme.words import counted, days, hours, moment, on
from app.scheduling.acgme.zones import Minutes, midnight, months_later

_LONG_AGO = int(np.iinfo(np.int64).min)
CLINICAL = (Kind.IN_HOUSE, Kind.CALL, Kind.NIGHT_FLOAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised(DutyHourRule):
    """Every minute in house is supervised, closely enough.

    Rotations of which nothing is said are not judged. Supervision must be at least indirect, and
    direct in the first months that the programme's policy names.
    """

    unit: ClassVar[str] = "hours without supervision"
    sense: ClassVar[Sense] = "at most"

    predicate: Literal["supervised"] = "supervised"

    def cases(self, facts: Facts) -> Cases:
        """Measure every clinical interval on a supervised rotation."""
        timeline, told = facts.timeline, facts.timeline.supervision
        if not len(told):
            return no_cases()
        known = np.zeros(len(timeline.rotations) + 1, dtype=np.bool_)
        known[told.rotation] = True
        rows = np.flatnonzero(facts.rows(chosen(*CLINICAL)) & known[timeline.rotation])
        person, rotation = timeline.person[rows], timeline.rotation[rows]
        start, end = timeline.start[rows], timeline.end[rows]
        since = beginner_until(facts, facts.policy.direct_supervision_months)
        needed = np.where(facts.start[rows] < since[person], 2, 1)
        alone = end - start
        for code in np.unique(rotation).tolist():
            for level in (1, 2):
                (mine,) = ((rotation == code) & (needed == level)).nonzero()
                if not len(mine):
                    continue
                cover = _cover(told, code, level)
                alone[mine] -= cover.before(end[mine]) - cover.before(start[mine])
        return Cases(
            person=person,
            start=facts.start[rows],
            end=facts.end[rows],
            measured=alone / 60,
            limit=0,
            broken=alone > 0,
            rotation=rotation,
            note=needed,
        )

    def sentence(self, case: Case) -> str:
        """Say how long nobody supervised."""
        return (
            f"{on(case.rotation)}{moment(case.start)} to {moment(case.end)}: "
            f"{hours(round(60 * case.measured))} without {LEVELS[case.note]} supervision; "
            "every minute needs it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreceptorRatio(DutyHourRule):
    """At most `residents` per preceptor at every moment of a clinic under the CMS exception.

    It judges people together: a case is a stretch of time on a rotation.

    Parameters
    ----------
    residents
        Per preceptor who has no other duties.
    months
        Residents of at most so many months of training count too, and need the preceptor's
        presence in the key portions of each visit.
    """

    unit: ClassVar[str] = "residents"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "residents"
    together: ClassVar[bool] = True

    predicate: Literal["preceptor_ratio"] = "preceptor_ratio"
    residents: int
    months: int

    def looks_together_at(self, timeline: Timeline) -> Bools:
        """Return the clinical intervals in clinics under the exception."""
        result: Bools = chosen(*CLINICAL)[timeline.kind] & excepted(timeline)[timeline.rotation]
        return result

    def cases(self, facts: Facts) -> Cases:
        """Count residents and preceptors between any two moments at which either changes."""
        timeline, told = facts.timeline, facts.timeline.supervision
        if not told.exception.any():
            return no_cases()
        beginner = facts.start < beginner_until(facts, self.months)[timeline.person]
        weight = np.where(beginner, facts.policy.intern_weight, 1.0)
        judged = self.looks_together_at(timeline)
        found = []
        for code in np.unique(told.rotation[told.exception]):
            clinic = told.exception & (told.rotation == code)
            rows = judged & (timeline.rotation == code)
            residents = _Count(timeline.start[rows], timeline.end[rows], weight[rows])
            preceptors = _Count(
                told.start[clinic], told.end[clinic], told.supervisors[clinic].astype(np.float64)
            )
            edges = np.union1d(residents.moments, preceptors.moments)
            most = self.residents * preceptors.at(edges[:-1])
            there = residents.at(edges[:-1])
            stretch = np.column_stack([edges[:-1], edges[1:], there, most])[most > 0]
            found.append(np.column_stack([stretch, np.full(len(stretch), code)]))
        begin, end, measured, limit, rotation = np.concatenate(found).T
        shift = facts.shift[0]
        return Cases(
            person=np.zeros(len(begin), dtype=np.int32),
            start=begin.astype(np.int64) + shift,
            end=end.astype(np.int64) + shift,
            measured=measured,
            limit=limit,
            broken=measured > limit,
            rotation=rotation.astype(np.int32),
        )

    def sentence(self, case: Case) -> str:
        """Give residents and preceptors."""
        preceptors = case.limit / self.residents
        return (
            f"{on(case.rotation)}{moment(case.start)} to {moment(case.end)}: "
            f"{counted(case.measured, 'resident')} with {counted(preceptors, 'preceptor')}; "
            f"at most {self.residents} each"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceNeeded(DutyHourRule):
    """Clinic sessions in which the preceptor must be present in the key portions.

    Parameters
    ----------
    months
        Of training, up to which that holds.
    """

    unit: ClassVar[str] = "clinic sessions"
    sense: ClassVar[Sense] = "at most"
    hint: ClassVar[bool] = True

    predicate: Literal["presence_needed"] = "presence_needed"
    months: int

    def cases(self, facts: Facts) -> Cases:
        """Count each beginner's sessions in clinics under the exception."""
        timeline = facts.timeline
        rows = facts.rows(chosen(*CLINICAL)) & excepted(timeline)[timeline.rotation]
        rows &= facts.start < beginner_until(facts, self.months)[timeline.person]
        where = np.flatnonzero(rows)
        person, first, sessions = np.unique(
            timeline.person[where], return_index=True, return_counts=True
        )
        last = where[first + sessions - 1]
        return Cases(
            person=person,
            start=facts.start[where[first]],
            end=facts.end[last],
            measured=sessions,
            limit=0,
            broken=np.ones_like(sessions, dtype=np.bool_),
            rotation=timeline.rotation[where[first]],
        )

    def sentence(self, case: Case) -> str:
        """Give their number."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.measured, 'clinic session')} within the first {self.months} months of "
            "training; the preceptor must be present in the key portions of each visit"
        )


def excepted(timeline: Timeline) -> Bools:
    """Return which rotations are clinics under the exception: bool array (R + 1,); last is none."""
    told = timeline.supervision
    result = np.zeros(len(timeline.rotations) + 1, dtype=np.bool_)
    result[told.rotation[told.exception]] = True
    return result


@lru_cache(maxsize=256)
def _cover(told: Supervisors, rotation: int, level: int) -> Union:
    """Return when somebody supervises a rotation at least so closely."""
    some = (told.rotation == rotation) & (told.level >= level) & (told.supervisors > 0)
    return union(told.start[some], told.end[some])


class _Count:
    """How many of something there are, from one moment to the next."""

    def __init__(self, start: Minutes, end: Minutes, weight: NDArray[np.float64]) -> None:
        change = np.concatenate([weight, -weight])
        self.moments, place = np.unique(np.concatenate([start, end]), return_inverse=True)
        steps = np.zeros(len(self.moments))
        np.add.at(steps, place, change)
        self._count = np.round(np.cumsum(steps), 9)

    def at(self, moments: Minutes) -> NDArray[np.float64]:
        """Return how many there are right after each moment."""
        place = self.moments.searchsorted(moments, side="right")
        return np.concatenate([[0.0], self._count])[place]


def beginner_until(facts: Facts, months: int) -> Minutes:
    """Return where everybody's first `months` of training end, on the common axis."""
    return np.array([_ends(facts, row, months) for row in range(len(facts.shift))], dtype=np.int64)


def _ends(facts: Facts, row: int, months: int) -> int:
    since = facts.timeline.people[row].training_since
    if since is None or not months:
        return _LONG_AGO
    end = midnight(facts.timeline.people[row].zone, months_later(since, months))
    return end + int(facts.shift[row])
