"""How much of a set of rotations each person must and can have in the year.

Argument: a person's slots add up to the appointment. So what other requirements take cannot be
spent here, limits that together contain the set limit it, and so do the cells that are open. Every
bound is a sum over disjoint (minima) or covering (maxima) requirements; sequence rules take part as
requirements of their own, from their histories.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.coverage import NO_LIMIT
from app.scheduling.rules.requirement import Requirement
from app.scheduling.solver.explain.histories import Group, Histories
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import distinct


@dataclass(frozen=True, slots=True)
class Asked:
    """What some rules ask of each person on one set of rotations, over the whole year.

    Parameters
    ----------
    rules
        One requirement, or the sequence rules whose histories say it.
    codes
        The set.
    low, high : int arrays (P,)
        In steps; 0 and `NO_LIMIT` where nothing is asked.
    where : bool array (P, S)
        Slots that count for the minimum.
    """

    rules: tuple[Rule, ...]
    codes: Group
    low: Ints
    high: Ints
    where: Bools


@dataclass(frozen=True, slots=True)
class Limit:
    """An upper bound for every person.

    Parameters
    ----------
    most : int array (P,)
        In steps.
    used : bool array (P, N)
        Which `Asked` make up the bound of each person.
    elsewhere : bool array (P,)
        Whether it is what minima elsewhere leave, and not a maximum.
    """

    most: Ints
    used: Bools
    elsewhere: Bools


_Choice = tuple[int, list[int], int]
"""A sum of limits, the indices of what is summed, and the rotations that are left, as a mask."""


@dataclass(frozen=True, slots=True)
class _Class:
    """People of whom the same is asked, with sets of rotations as bit masks.

    Parameters
    ----------
    ever_open
        Rotations that are ever open to them.
    lows, highs
        Index into `Bounds.asked`, its set, and the limit in steps; small sets first.
    """

    ever_open: int
    lows: list[tuple[int, int, int]]
    highs: list[tuple[int, int, int]]

    def covered(self, wanted: int) -> list[_Choice]:
        """Return choices of maxima that cover `wanted`: sum, which, and what is left uncovered."""
        choices = []
        for order in (self.highs, self.highs[::-1]):
            rest, total, used = wanted & self.ever_open, 0, []
            for number, mask, high in order:
                if rest & mask:
                    rest &= ~mask
                    total += high
                    used.append(number)
            choices.append((total, used, rest))
        return choices

    def taken(self, wanted: int) -> list[_Choice]:
        """Return choices of disjoint minima outside `wanted`: their sum, which, and nothing."""
        choices = []
        for order in (self.lows, self.lows[::-1]):
            taken, total, used = wanted, 0, []
            for number, mask, low in order:
                if not taken & mask:
                    taken |= mask
                    total += low
                    used.append(number)
            choices.append((total, used, 0))
        return choices


class Bounds:
    """Bounds of all people, in the steps of one unit of time.

    Parameters
    ----------
    openings
        Which cells are possible.
    histories
        What the sequence rules allow.
    counted_in
        ``"periods"`` or ``"weeks"``.

    Attributes
    ----------
    steps
        Steps in one unit.
    weights : int array (S,)
        Steps of each slot.
    asked
        Requirements and what follows from sequence rules.
    """

    def __init__(self, openings: Openings, histories: Histories, counted_in: str) -> None:
        problem = openings.problem
        self.openings = openings
        self.counted_in = counted_in
        amounts, steps = problem.amounts(counted_in)
        mine = [
            rule
            for rule in openings.rules
            if isinstance(rule, Requirement) and rule.counted_in == counted_in
        ]
        finer = [int(1 / rule.step(problem)) for rule in mine]
        self.steps = int(np.lcm.reduce([steps, *finer]))
        self.weights: Ints = amounts * (self.steps // steps)
        self.total: Ints = np.where(problem.present, self.weights, 0).sum(axis=1)
        self.asked = [self._requirement(rule) for rule in mine]
        self.asked += self._from_histories(histories)
        self._masks = [_mask(asked.codes) for asked in self.asked]
        everywhere = frozenset(range(problem.shape[2]))
        self._unasked = everywhere.difference(*(asked.codes for asked in self.asked))
        self._classes, self._class_of = self._alike()
        self._known: dict[Group, Limit] = {}

    def _alike(self) -> tuple[list[_Class], list[int]]:
        """Return classes of people of whom the same is asked, and the class of each person."""
        ever_open = [
            there.any(axis=0)
            for there in self.openings.open & self.openings.problem.present[:, :, None]
        ]
        numbers: dict[tuple[bytes, ...], int] = {}
        classes: list[_Class] = []
        class_of: list[int] = []
        for p in range(len(self.total)):
            lows = [int(asked.low[p]) for asked in self.asked]
            highs = [int(asked.high[p]) for asked in self.asked]
            key = (repr((lows, highs)).encode(), ever_open[p].tobytes())
            if key not in numbers:
                numbers[key] = len(classes)
                small_first = sorted(range(len(lows)), key=lambda n: len(self.asked[n].codes))
                low = [(n, self._masks[n], lows[n]) for n in small_first if lows[n] > 0]
                high = [(n, self._masks[n], highs[n]) for n in small_first if highs[n] < NO_LIMIT]
                classes.append(_Class(_mask(np.flatnonzero(ever_open[p]).tolist()), low, high))
            class_of.append(numbers[key])
        return classes, class_of

    def _requirement(self, rule: Requirement) -> Asked:
        """Return a requirement over the year: what it does not count is added to its maximum."""
        problem = self.openings.problem
        codes = problem.codes(rule.rotations)
        scale = self.steps // int(1 / rule.step(problem))
        low, high = rule.limits(problem)
        uncounted = self.openings.on(codes) & (rule.counts(problem) == 0)
        spare = np.where(uncounted, self.weights, 0).sum(axis=1)
        applies = rule.asked(problem)
        return Asked(
            rules=(rule,),
            codes=codes,
            low=np.where(applies, low * scale, 0),
            high=np.where(applies & (high < NO_LIMIT), high * scale + spare, NO_LIMIT),
            where=rule.counts(problem) > 0,
        )

    def _from_histories(self, histories: Histories) -> list[Asked]:
        openings, problem = self.openings, self.openings.problem
        groups = dict.fromkeys(histories.exact_groups())
        for asked in self.asked:
            groups[asked.codes] = None
        found = []
        for group in groups:
            counts = histories.counts(group, self.weights)
            if counts is None:
                continue
            going = counts.stuck < 0
            plain = np.where(openings.on(group), self.weights, 0).sum(axis=1)
            forced = np.where(openings.only(group), self.weights, 0).sum(axis=1)
            low = np.where(going & (counts.least > forced), counts.least, 0)
            high = np.where(going & (counts.most < plain), counts.most, NO_LIMIT)
            if low.any() or (high < NO_LIMIT).any():
                found.append(Asked(counts.rules, group, low, high, problem.present))
        return found

    def taken(self) -> Bools:
        """Return where only rotations of which nothing is asked are open: bool array (P, S)."""
        return self.openings.only(self._unasked)

    def available(self, codes: Iterable[int]) -> Ints:
        """Return the steps in which each person can be on `codes`, slot by slot: int array (P,)."""
        on = self.openings.on(frozenset(codes))
        result: Ints = np.where(on, self.weights, 0).sum(axis=1)
        return result

    def most(self, codes: Group) -> Limit:
        """Return an upper bound on every person's steps on `codes`."""
        if codes not in self._known:
            self._known[codes] = self._most(codes)
        return self._known[codes]

    def least(self, codes: Group) -> Limit:
        """Return a lower bound on every person's steps on `codes`: the year less the rest.

        `elsewhere` then says that maxima elsewhere make it, and not minima.
        """
        rest = self.most(frozenset(range(self.openings.problem.shape[2])) - codes)
        return Limit(self.total - rest.most, rest.used, ~rest.elsewhere)

    def _most(self, codes: Group) -> Limit:
        available = self.available(codes)
        outside = self.openings.only(self._unasked - codes)
        pinned = np.where(outside, self.weights, 0).sum(axis=1)
        wanted = _mask(codes)
        choices = [(*kind.covered(wanted), *kind.taken(wanted)) for kind in self._classes]
        sums, used, rest = (
            np.array(column) for column in zip(*map(self._stacked, choices), strict=True)
        )
        bounds = sums[self._class_of]
        bounds[:, 2:] = (self.total - pinned)[:, None] - bounds[:, 2:]
        for mask in set(rest.flat) - {0}:
            spare = self.available(_members(int(mask)))
            bounds += np.where(rest[self._class_of] == mask, spare[:, None], 0)
        simplest = bounds * (len(self.asked) + 1) + used.sum(axis=2)[self._class_of]
        best = simplest.argmin(axis=1)
        bound = bounds[np.arange(len(best)), best]
        binding = bound < available
        return Limit(
            most=np.where(binding, bound, available),
            used=used[self._class_of, best] & binding[:, None],
            elsewhere=binding & (best >= 2),
        )

    def _stacked(self, choices: Sequence[_Choice]) -> tuple[list[int], Bools, list[int]]:
        """Return sums, what is used (bool array (choices, N)) and what is left uncovered."""
        used = np.zeros((len(choices), len(self.asked)), dtype=np.bool_)
        for row, (_, numbers, _) in zip(used, choices, strict=True):
            row[numbers] = True
        return [total for total, _, _ in choices], used, [rest for _, _, rest in choices]

    def rules_of(self, numbers: Iterable[int]) -> tuple[Rule, ...]:
        """Return the rules behind some of `asked`."""
        return distinct([rule for number in numbers for rule in self.asked[number].rules])


def _mask(codes: Iterable[int]) -> int:
    return sum(1 << code for code in codes)


def _members(mask: int) -> Group:
    return frozenset(code for code in range(mask.bit_length()) if mask >> code & 1)
