"""How often, and where, one person can be on a group of rotations under the sequence rules.

Argument: seen from one group of rotations, a year is a string of bits (on it, or not). Rules about
runs, gaps, windows, batches and repetitions forbid short patterns in that string; a dynamic
programme over the last few bits tells where a bit can be 1 or 0 at all, and the least and greatest
sum of the ones. It looks at one person and one group at a time and leaves out rules that speak of
something else, so the true counts lie within what it says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.scheduling.domain.problem import Bools, Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.allowed_starts import AllowedStarts
from app.scheduling.rules.batches import Batches
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.spacing import Spacing
from app.scheduling.rules.window_limit import WindowLimit
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import distinct

LONGEST = 8
"""Slots of a pattern; rules that need longer ones are left out."""

Group = frozenset[int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Bits that must not end at some slots.

    Parameters
    ----------
    bad : bool array (2**length,)
        Which of the last `length` bits are forbidden, the newest bit being the lowest.
    where : bool array (P, S + 1)
        At whose slots they must not end; the last column lies after the year, where bits are 0.
    """

    rule: Rule | None
    bad: Bools
    where: Bools


@dataclass(frozen=True, slots=True)
class Counts:
    """What the histories of one group allow.

    Parameters
    ----------
    rules
        Whose patterns were used.
    least, most : int arrays (P,)
        Sum of the weights of the slots on the group.
    before : int array (P, S)
        Greatest sum of the weights before each slot.
    possible : bool array (P, S, 2)
        Whether the person can be off (0) and on (1) the group in a slot.
    stuck : int array (P,)
        The slot up to which no history goes on, or -1 when there is one.
    """

    rules: tuple[Rule, ...]
    least: Ints
    most: Ints
    before: Ints
    possible: Bools
    stuck: Ints


@dataclass(slots=True)
class Histories:
    """Patterns and counts of groups, from the hard rules.

    Parameters
    ----------
    openings
        Which cells are possible.
    """

    openings: Openings
    _patterns: dict[Group, list[Pattern]] = field(default_factory=dict)
    _counts: dict[tuple[Group, bytes, bytes], Counts] = field(default_factory=dict)

    def exact_groups(self) -> list[Group]:
        """Return the groups whose runs or windows some rule counts."""
        problem = self.openings.problem
        found: dict[Group, None] = {}
        for rule in self.openings.rules:
            if isinstance(rule, RunLength | AllowedStarts | Batches | Spacing):
                for group in _sets(problem, rule.rotations, each=rule.each):
                    found[group] = None
            elif isinstance(rule, WindowLimit):
                found[problem.codes(rule.rotations)] = None
            elif isinstance(rule, ForbiddenSequence):
                common = frozenset.intersection(*map(problem.codes, rule.pattern))
                if common:
                    found[common] = None
        return list(found)

    def patterns(self, group: Group) -> list[Pattern]:
        """Return what the rules forbid for one group; none when they say nothing about it."""
        if group not in self._patterns:
            problem = self.openings.problem
            found = [
                pattern
                for rule in self.openings.rules
                for pattern in _patterns(problem, rule, group)
                if pattern.where.any() and pattern.bad.size <= 1 << LONGEST
            ]
            if found and problem.joined.any():
                where = np.pad(problem.joined, ((0, 0), (0, 1)))
                found += [Pattern(None, _bits("01"), where), Pattern(None, _bits("10"), where)]
            self._patterns[group] = found
        return self._patterns[group]

    def counts(self, group: Group, weights: Ints) -> Counts | None:
        """Return what the histories of a group allow; None when no rule says anything about it.

        Parameters
        ----------
        weights : int array (S,)
            What a slot on the group counts.
        """
        patterns = self.patterns(group)
        if not patterns:
            return None
        can = self._can(group)
        unit = int(weights[0])
        if (weights != unit).any():
            unit = 1
        relative = weights // unit
        key = (group, can.tobytes(), relative.tobytes())
        if key not in self._counts:
            self._counts[key] = _count(patterns, can, relative)
        found = self._counts[key]
        return replace(
            found, least=found.least * unit, most=found.most * unit, before=found.before * unit
        )

    def needed(
        self, group: Group, people: Bools, holds: Callable[[Counts], bool]
    ) -> tuple[Rule, ...]:
        """Return as few of the rules about a group as make something hold of some people.

        Parameters
        ----------
        people : bool array (P,)
            Who.
        holds
            Whether it does by the counts of these people; with all rules it must.
        """
        chosen = [replace(p, where=p.where[people]) for p in self.patterns(group)]
        can = self._can(group)[people]
        weights = np.ones(can.shape[1], dtype=np.int64)
        for rule in reversed(_rules(chosen)):
            fewer = [pattern for pattern in chosen if pattern.rule is not rule]
            if _rules(fewer) and holds(_count(fewer, can, weights)):
                chosen = fewer
        return _rules(chosen)

    def _can(self, group: Group) -> Bools:
        """Return whether each person can be off (0) and on (1) a group: bool array (P, S, 2)."""
        return np.stack([~self.openings.only(group), self.openings.on(group)], axis=2)


def _rules(patterns: Sequence[Pattern]) -> tuple[Rule, ...]:
    return distinct([pattern.rule for pattern in patterns if pattern.rule is not None])


def _count(patterns: Sequence[Pattern], can: Bools, weights: Ints) -> Counts:
    """Run the dynamic programme forwards for the sums and backwards for what is possible."""
    people, slots, _ = can.shape
    length = max(2, *(pattern.bad.size.bit_length() - 1 for pattern in patterns))
    histories = np.arange(1 << length)
    bit, older, newer = histories & 1, histories >> 1, histories & ((1 << length - 1) - 1)
    bad = [pattern.bad[histories & (pattern.bad.size - 1)] for pattern in patterns]
    can = np.concatenate([can, np.broadcast_to([[[True, False]]], (people, 1, 2))], axis=1)
    never = int(weights.sum()) + 1
    kind = np.int16 if 2 * never < np.iinfo(np.int16).max else np.int64
    most = np.full((people, 1 << length - 1), -never, dtype=kind)
    most[:, 0] = 0
    least = -most
    before = np.zeros((people, slots + 1), dtype=np.int64)
    stuck = np.full(people, -1)
    allowed: list[Bools] = []
    for t in range(slots + 1):
        weight = (bit * (weights[t] if t < slots else 0)).astype(kind)
        before[:, t] = most.max(axis=1)
        valid = can[:, t][:, bit] & (most >= 0)[:, older]
        for pattern, forbidden in zip(patterns, bad, strict=True):
            where = pattern.where[:, t]
            if where.any():
                valid &= ~(where[:, None] & forbidden)
        dead = (stuck < 0) & ~valid.any(axis=1)
        stuck[dead] = min(t, slots - 1)
        allowed.append(valid)
        shape = (people, 2, 1 << length - 1)
        most = np.where(valid, most[:, older] + weight, kind(-never)).reshape(shape).max(axis=1)
        least = np.where(valid, least[:, older] + weight, kind(never)).reshape(shape).min(axis=1)
    possible = np.zeros((people, slots + 1, 2), dtype=np.bool_)
    goes_on = np.ones((people, 1 << length - 1), dtype=np.bool_)
    for t in range(slots, -1, -1):
        pairs = (allowed[t] & goes_on[:, newer]).reshape(people, 1 << length - 1, 2)
        possible[:, t] = pairs.any(axis=1)
        goes_on = pairs[:, :, 0] | pairs[:, :, 1]
    return Counts(
        rules=_rules(patterns),
        least=least.min(axis=1).astype(np.int64),
        most=most.max(axis=1).astype(np.int64),
        before=before[:, :slots],
        possible=possible[:, :slots],
        stuck=stuck,
    )


def _bits(pattern: str) -> Bools:
    """Return the lookup of one forbidden pattern such as ``"0110"``."""
    bad = np.zeros(1 << len(pattern), dtype=np.bool_)
    bad[int(pattern, 2)] = True
    return bad


def _later(mask: Bools, by: int) -> Bools:
    """Return a mask (P, S) moved `by` slots later, with a column for what lies after the year."""
    moved = np.pad(mask, ((0, 0), (by, 1)))
    result: Bools = moved[:, : mask.shape[1] + 1]
    return result


def _sets(problem: Problem, codes: tuple[str, ...], *, each: bool) -> list[Group]:
    chosen = problem.codes(codes)
    return [frozenset({code}) for code in sorted(chosen)] if each else [chosen]


def _present_since(problem: Problem, slots_back: int) -> Bools:
    """Return who is present in a slot and in so many slots before it: bool array (P, S + 1)."""
    result = _later(problem.present, 0)
    for by in range(1, slots_back + 1):
        result &= _later(problem.present, by)
    return result


def _run_length(problem: Problem, rule: RunLength, group: Group) -> Iterator[Pattern]:
    if group not in _sets(problem, rule.rotations, each=rule.each):
        return
    scope = problem.scope(rule.who, rule.when)
    for length in range(1, min(rule.min or 1, LONGEST - 1)):
        where = _later(scope, length)
        if rule.cut_by_year:
            where = where & _later(problem.present, length + 1) & _later(problem.present, 0)
        yield Pattern(rule, _bits("0" + "1" * length + "0"), where)
    if rule.max is not None and rule.max + 2 <= LONGEST:
        yield Pattern(rule, _bits("0" + "1" * (rule.max + 1)), _later(scope, rule.max))


def _allowed_starts(problem: Problem, rule: AllowedStarts, group: Group) -> Iterator[Pattern]:
    if group in _sets(problem, rule.rotations, each=rule.each):
        yield Pattern(rule, _bits("01"), _later(rule.forbidden(problem), 0))


def _batches(problem: Problem, rule: Batches, group: Group) -> Iterator[Pattern]:
    sets = _sets(problem, rule.rotations, each=rule.each)
    people, slots, _ = problem.shape
    if any(group <= one for one in sets):
        where = np.zeros((people, slots + 1), dtype=np.bool_)
        for p, t in rule.overruns(problem):
            where[p, t + 1] = True
        yield Pattern(rule, _bits("11"), where)
    if group in sets:
        where = np.zeros((people, slots + 1), dtype=np.bool_)
        for p, first, end in rule.blocks(problem):
            where[p, first + 1 : end] = True
        yield Pattern(rule, _bits("01") | _bits("10"), where)


def _spacing(problem: Problem, rule: Spacing, group: Group) -> Iterator[Pattern]:
    if group in _sets(problem, rule.rotations, each=rule.each):
        scope = _later(problem.scope(rule.who, rule.when), 0)
        for gap in range(1, min(rule.min_gap, LONGEST - 1)):
            where = scope & _present_since(problem, gap + 1)
            yield Pattern(rule, _bits("1" + "0" * gap + "1"), where)


def _window_limit(problem: Problem, rule: WindowLimit, group: Group) -> Iterator[Pattern]:
    codes = problem.codes(rule.rotations)
    if rule.window > LONGEST:
        return
    where = _later(rule.windows(problem), rule.window - 1)
    ones = np.array([number.bit_count() for number in range(1 << rule.window)])
    low, high = rule.limits
    if group <= codes and high < rule.window:
        yield Pattern(rule, ones > high, where)
    if codes <= group and low > 0:
        yield Pattern(rule, ones < low, where)


def _forbidden_sequence(
    problem: Problem, rule: ForbiddenSequence, group: Group
) -> Iterator[Pattern]:
    reach = (len(rule.pattern) - 1) * rule.lag
    if reach >= LONGEST or not all(group <= problem.codes(step) for step in rule.pattern):
        return
    steps = sum(1 << step * rule.lag for step in range(len(rule.pattern)))
    bad = np.array([number & steps == steps for number in range(1 << reach + 1)])
    scope = _later(problem.scope(rule.who, rule.when), reach)
    yield Pattern(rule, bad, scope & _present_since(problem, reach))


def _patterns(problem: Problem, rule: Rule, group: Group) -> Iterator[Pattern]:
    """Yield what one rule forbids for a group."""
    if isinstance(rule, RunLength):
        yield from _run_length(problem, rule, group)
    elif isinstance(rule, AllowedStarts):
        yield from _allowed_starts(problem, rule, group)
    elif isinstance(rule, Batches):
        yield from _batches(problem, rule, group)
    elif isinstance(rule, Spacing):
        yield from _spacing(problem, rule, group)
    elif isinstance(rule, WindowLimit):
        yield from _window_limit(problem, rule, group)
    elif isinstance(rule, ForbiddenSequence):
        yield from _forbidden_sequence(problem, rule, group)
