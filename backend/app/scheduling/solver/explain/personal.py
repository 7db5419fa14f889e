"""One person's year: room for what is asked, and somewhere to be in every slot.

Arguments, for each person alone: a minimum exceeds what the open slots, the sequence rules and the
other minima leave; minima exceed the slots that can serve any of them (Hall's condition); maxima
leave slots with nowhere to be.
"""

from collections import Counter
from collections.abc import Iterator
from math import ceil

import numpy as np

from app.scheduling.domain.problem import Bools, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.words import number
from app.scheduling.solver.explain.bounds import Bounds
from app.scheduling.solver.explain.deductions import because
from app.scheduling.solver.explain.flow import shortage
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import Proof, distinct
from app.scheduling.solver.explain.words import (
    alike,
    flags,
    how_many,
    names,
    rotations,
    verb,
    whom,
)


def out_of_reach(openings: Openings) -> Iterator[Proof]:
    """Yield requirements that the open cells, or the certain ones, already break."""
    for rule in openings.rules:
        if isinstance(rule, Requirement):
            yield from _too_few_open(openings, rule)
            yield from _too_many_certain(openings, rule)


def _too_few_open(openings: Openings, rule: Requirement) -> Iterator[Proof]:
    problem = openings.problem
    codes, counts = problem.codes(rule.rotations), rule.counts(problem)
    low, steps = rule.limits(problem)[0], int(1 / rule.step(problem))
    possible = np.where(openings.on(codes), counts, 0).sum(axis=1)
    for people in alike(rule.asked(problem) & (possible < low), low, possible):
        asked, there = int(low[people[0]]) / steps, int(possible[people[0]]) / steps
        closed = _rows(problem, people) & (counts > 0) & ~openings.on(codes)
        why, others = because(openings, closed, codes)
        on = rotations(problem, codes, "or")
        yield Proof(
            rules=distinct([rule, *others]),
            message=(
                f"{whom(problem, people)} {verb(people, 'needs', 'need')} at least "
                f"{how_many(asked, rule.counted_in)} of {on} (“{rule.name}”), but at most "
                f"{number(there)} can be had" + (f": {why}." if why else ".")
            ),
            measured=asked,
            limit=there,
            unit=rule.counted_in,
            person=people[0] if len(people) == 1 else None,
        )


def _too_many_certain(openings: Openings, rule: Requirement) -> Iterator[Proof]:
    problem = openings.problem
    codes, counts = problem.codes(rule.rotations), rule.counts(problem)
    high, steps = rule.limits(problem)[1], int(1 / rule.step(problem))
    certain = np.where(openings.only(codes), counts, 0).sum(axis=1)
    rest = frozenset(range(problem.shape[2])) - codes
    for people in alike(rule.asked(problem) & (certain > high), high, certain):
        limit, there = int(high[people[0]]) / steps, int(certain[people[0]]) / steps
        fixed = _rows(problem, people) & (counts > 0) & openings.only(codes)
        others = distinct([rule for by in openings.why_not(fixed, rest) for rule in by])
        on = rotations(problem, codes, "or")
        by = f" ({names(others)})" if others else ""
        yield Proof(
            rules=distinct([rule, *others]),
            message=(
                f"{whom(problem, people)} may have at most {how_many(limit, rule.counted_in)} of "
                f"{on} (“{rule.name}”), but {verb(people, 'has', 'have')} {number(there)} in which "
                f"nothing else is open{by}."
            ),
            measured=there,
            limit=limit,
            unit=rule.counted_in,
            person=people[0] if len(people) == 1 else None,
        )


def overfull(bounds: Bounds) -> Iterator[Proof]:
    """Yield people whose minima together are longer than their year."""
    problem = bounds.openings.problem
    left = bounds.most(frozenset())
    for people in alike(left.most < 0, left.most, bounds.total, left.used):
        p = people[0]
        used = flags(left.used[p])
        rules = bounds.rules_of(used)
        asked = sum(int(bounds.asked[n].low[p]) for n in used) / bounds.steps
        year = int(bounds.total[p]) / bounds.steps
        over = -int(left.most[p]) / bounds.steps
        elsewhere = year - (asked - over)
        others = _taking(bounds, people, used) if elsewhere else ()
        by = f" ({names(others)})" if others else ""
        are = "is" if elsewhere == 1 else "are"
        less = f", of which {number(elsewhere)} {are} taken otherwise{by}" if elsewhere else ""
        yield Proof(
            rules=distinct([*rules, *others]),
            message=(
                f"{whom(problem, people)}: {names(rules)} "
                f"{verb(rules, 'asks', 'together ask')} for {how_many(asked, bounds.counted_in)}, "
                f"but the year has {number(year)}{less}: {number(over)} too many."
            ),
            measured=asked,
            limit=asked - over,
            unit=bounds.counted_in,
            person=p if len(people) == 1 else None,
        )


def _taking(bounds: Bounds, people: list[int], used: list[int]) -> tuple[Rule, ...]:
    """Return the rules that keep people off what is asked where they can be only elsewhere."""
    codes: frozenset[int] = frozenset().union(*(bounds.asked[n].codes for n in used))
    cells = _rows(bounds.openings.problem, people) & bounds.taken()
    return distinct([rule for by in bounds.openings.why_not(cells, codes) for rule in by])


def nowhere_to_be(bounds: Bounds) -> Iterator[Proof]:
    """Yield people whose maxima together are shorter than their year."""
    problem = bounds.openings.problem
    room = bounds.most(frozenset(range(problem.shape[2])))
    for people in alike(room.most < bounds.total, room.most, bounds.total, room.used):
        p = people[0]
        rules = bounds.rules_of(flags(room.used[p]))
        most, year = int(room.most[p]) / bounds.steps, int(bounds.total[p]) / bounds.steps
        yield Proof(
            rules=rules,
            message=(
                f"{whom(problem, people)} {verb(people, 'has', 'have')} "
                f"{how_many(year, bounds.counted_in)} to fill, but {names(rules)} and what else "
                f"is open allow at most {number(most)}: {number(year - most)} with nowhere to be."
            ),
            measured=year,
            limit=most,
            unit=bounds.counted_in,
            person=p if len(people) == 1 else None,
        )


def crowded_out(bounds: Bounds) -> Iterator[Proof]:
    """Yield minima for which other minima, maxima and sequence rules leave too little."""
    problem = bounds.openings.problem
    for asked in bounds.asked:
        if not isinstance(asked.rules[0], Requirement):
            continue
        rule, room = asked.rules[0], bounds.most(asked.codes)
        short = (asked.low > room.most) & (room.most >= 0) & room.used.any(axis=1)
        for people in alike(short, asked.low, room.most, room.used):
            p = people[0]
            others = bounds.rules_of(flags(room.used[p]))
            low, most = int(asked.low[p]) / bounds.steps, int(room.most[p]) / bounds.steps
            verb_ = "leave" if room.elsewhere[p] else "allow"
            yield Proof(
                rules=distinct([rule, *others]),
                message=(
                    f"{whom(problem, people)} {verb(people, 'needs', 'need')} at least "
                    f"{how_many(low, bounds.counted_in)} of "
                    f"{rotations(problem, asked.codes, 'or')} (“{rule.name}”), but "
                    f"{names(others)} {verb_} at most {number(most)}."
                ),
                measured=low,
                limit=most,
                unit=bounds.counted_in,
                person=p if len(people) == 1 else None,
            )


def competing(bounds: Bounds) -> Iterator[Proof]:
    """Yield people whose minima compete for too few slots (Hall's condition)."""
    problem = bounds.openings.problem
    wanted = [n for n, asked in enumerate(bounds.asked) if asked.low.any()]
    open_ = {n: bounds.openings.on(bounds.asked[n].codes) & bounds.asked[n].where for n in wanted}
    longest = int(bounds.weights.max())
    reported: dict[tuple[tuple[int, ...], int, int], list[int]] = {}
    for p in range(problem.shape[0]):
        chosen = _disjoint(bounds, wanted, p)
        supply: Counter[int] = Counter()
        for column in zip(*(open_[n][p].tolist() for n in chosen), strict=True):
            supply[sum(1 << place for place, is_open in enumerate(column) if is_open)] += 1
        found = shortage([ceil(int(bounds.asked[n].low[p]) / longest) for n in chosen], supply)
        if found is not None:
            members = tuple(chosen[demand] for demand in found.demands)
            reported.setdefault((members, found.asked, found.there), []).append(p)
    for (members, needed, there), people in reported.items():
        yield _competition(bounds, members, needed, there, people)


def _competition(
    bounds: Bounds, members: tuple[int, ...], asked: int, there: int, people: list[int]
) -> Proof:
    problem = bounds.openings.problem
    codes: frozenset[int] = frozenset().union(*(bounds.asked[n].codes for n in members))
    rules = distinct([rule for n in members for rule in bounds.asked[n].rules])
    counted = np.array([bounds.asked[n].where for n in members]).any(axis=0)
    closed = _rows(problem, people) & counted & ~bounds.openings.on(codes)
    why, others = because(bounds.openings, closed, codes)
    return Proof(
        rules=distinct([*rules, *others]),
        message=(
            f"{whom(problem, people)} {verb(people, 'needs', 'need')} "
            f"{how_many(asked, 'periods')} of {rotations(problem, codes)} together "
            f"({names(rules)}), but only "
            f"{how_many(there, 'periods')} {'is' if there == 1 else 'are'} open to any of them"
            + (f": {why}." if why else ".")
        ),
        measured=asked,
        limit=there,
        unit="periods",
        person=people[0] if len(people) == 1 else None,
    )


def _disjoint(bounds: Bounds, wanted: list[int], person: int) -> list[int]:
    """Return minima of one person whose sets do not overlap, the highest first."""
    chosen: list[int] = []
    taken: set[int] = set()
    for n in sorted(wanted, key=lambda n: -int(bounds.asked[n].low[person])):
        if bounds.asked[n].low[person] > 0 and not taken & bounds.asked[n].codes:
            chosen.append(n)
            taken |= bounds.asked[n].codes
    return chosen


def _rows(problem: Problem, people: list[int]) -> Bools:
    """Return the rows of some people: bool array (P, 1)."""
    result: Bools = np.isin(np.arange(problem.shape[0]), people)[:, None]
    return result
