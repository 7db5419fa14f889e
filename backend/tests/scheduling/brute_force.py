"""The truth about a small programme by trying every schedule, and how far the engine is from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import isclose, lcm
from random import Random
from time import monotonic

import numpy as np

from app.scheduling import api
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.problem import ABSENT
from app.scheduling.domain.problem import Grid as Array
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Rule
from tests.scheduling.oracle import (
    OVERALL,
    PART_OF_PERSON,
    PER_PERSON,
    PER_SLOT,
    Amount,
    Grid,
    Row,
    World,
    amount,
    personal_soft_rules,
)
from tests.scheduling.random_programs import PUSH, Case

STRUCTURE = "Complete and eligible"
STEPS = lcm(*range(1, 32)) * 1000
"""Steps in one point: enough for shares of a month, FTEs and weights with three decimals."""


@dataclass(frozen=True)
class Truth:
    """What is true of a programme.

    Parameters
    ----------
    best
        Least cost (penalties minus rewards) of a schedule that keeps the hard rules; None when
        there is none.
    binding
        Names of the rules without which `best` would be another.
    ideals
        By rule name: its best amount in any grid when only this rule counts.
    """

    best: Fraction | None
    binding: frozenset[str]
    ideals: dict[str, Fraction]


@dataclass(frozen=True)
class _Partial:
    """The rows of the first people: which hard rules they break, and what they cost in steps."""

    rows: tuple[Row, ...]
    broken: int
    cost: int
    costs: tuple[int, ...]


def signed(rule: Rule) -> Fraction:
    """Return what one unit of a soft rule costs."""
    return -rule.weight if rule.mode == "reward" else rule.weight


def in_steps(value: Amount) -> int:
    """Return a value in whole steps; all amounts of these small programmes are."""
    steps = value * STEPS
    assert steps.denominator == 1, value
    return int(steps)


def all_rows(world: World, p: int) -> Iterator[Row]:
    """Yield every row that fills a person's slots, eligible or not."""
    codes = tuple(world.kinds)
    return product(*(codes if there else (None,) for there in world.present[p]))


def all_columns(world: World, s: int) -> Iterator[Row]:
    """Yield every column that fills a slot, eligible or not."""
    codes = tuple(world.kinds)
    return product(*(codes if row[s] else (None,) for row in world.present))


class _Judge:
    """Judges rows and grids of one programme, each part once."""

    def __init__(self, case: Case) -> None:
        self.world = World(case.program, case.base)
        self.rules = case.program.rules
        self.named = [rule for rule in self.rules if not rule.name.startswith(PUSH)]
        self.watched = [rule for rule in self.named if not rule.hard]
        hard = [rule for rule in self.rules if rule.hard]
        self.bits = {rule.name: 1 << n for n, rule in enumerate(hard)}
        self._by_slot = [rule for rule in self.rules if rule.kind in PER_SLOT]
        self._overall = [rule for rule in self.rules if rule.kind in OVERALL]
        self._columns: dict[tuple[int, Row], _Partial] = {}
        self._parts: dict[tuple[str, int, Row], Fraction | None] = {}

    def _partial(self, rows: tuple[Row, ...], amounts: Iterable[tuple[Rule, Amount]]) -> _Partial:
        broken, cost, costs = 0, 0, dict.fromkeys((rule.name for rule in self.watched), 0)
        for rule, units in amounts:
            if units and rule.hard:
                broken |= self.bits[rule.name]
            elif units:
                steps = in_steps(signed(rule) * units)
                cost += steps
                if rule.name in costs:
                    costs[rule.name] = steps
        return _Partial(rows, broken, cost, tuple(costs.values()))

    def row(self, p: int, row: Row) -> _Partial:
        """Return what one person's row breaks and costs."""
        of_person = [rule for rule in self.rules if rule.kind in PER_PERSON]
        amounts = ((r, PER_PERSON[r.kind](self.world, r, p, row)) for r in of_person)
        return self._partial((row,), amounts)

    def grid(self, partial: _Partial) -> _Partial:
        """Return what a whole grid breaks and costs."""
        whole = partial
        if self._by_slot:
            for s, column in enumerate(zip(*partial.rows, strict=True)):
                whole = together(whole, self._column(s, column))
        if self._overall:
            amounts = [(rule, self._compared(rule, partial.rows)) for rule in self._overall]
            whole = together(whole, self._partial((), amounts))
        return whole

    def _column(self, s: int, column: Row) -> _Partial:
        key = (s, column)
        if key not in self._columns:
            amounts = ((r, PER_SLOT[r.kind](self.world, r, s, column)) for r in self._by_slot)
            self._columns[key] = self._partial((), amounts)
        return self._columns[key]

    def _compared(self, rule: Rule, rows: Sequence[Row]) -> Amount:
        parts = []
        for p, row in enumerate(rows):
            key = (rule.name, p, row)
            if key not in self._parts:
                self._parts[key] = PART_OF_PERSON[rule.kind](self.world, rule, p, row)
            parts.append(self._parts[key])
        return OVERALL[rule.kind](self.world, rule, parts)

    def ideal(self, rule: Rule) -> Fraction:
        """Return a rule's best amount by itself, over all grids and not only eligible ones."""
        world = self.world

        def best(amounts: Iterable[Amount]) -> Fraction:
            exactly = map(Fraction, amounts)
            return max(exactly) if rule.mode == "reward" else min(exactly)

        people, slots = range(len(world.people)), range(len(world.slots))
        if rule.kind in PER_PERSON:
            of_person = PER_PERSON[rule.kind]
            parts = (
                best(of_person(world, rule, p, row) for row in all_rows(world, p)) for p in people
            )
            return sum(parts, Fraction(0))
        if rule.kind in PER_SLOT:
            of_slot = PER_SLOT[rule.kind]
            parts = (
                best(of_slot(world, rule, s, col) for col in all_columns(world, s)) for s in slots
            )
            return sum(parts, Fraction(0))
        if rule.kind == "worst_off":
            return self._ideal_of_worst_off(rule)
        grids = product(*(list(all_rows(world, p)) for p in people))
        return best(self._compared(rule, grid) for grid in grids)

    def _ideal_of_worst_off(self, rule: Rule) -> Fraction:
        """Return the amount when every rule that is added up does its best for everybody."""
        world, totals = self.world, list[Fraction | None]()
        for p in range(len(world.people)):
            total = Fraction(0)
            for other in personal_soft_rules(world, rule):
                of_person, worth = PER_PERSON[other.kind], -signed(other)
                total += max(worth * of_person(world, other, p, row) for row in all_rows(world, p))
            totals.append(total if any(world.scope(rule)[p]) else None)
        return Fraction(OVERALL[rule.kind](world, rule, totals))


def together(one: _Partial, other: _Partial) -> _Partial:
    """Return what two parts of a grid break and cost."""
    return _Partial(
        one.rows + other.rows,
        one.broken | other.broken,
        one.cost + other.cost,
        tuple(map(int.__add__, one.costs, other.costs)),
    )


def truth(case: Case) -> Truth:
    """Return what is true of a programme, by trying every schedule."""
    judge = _Judge(case)
    world = judge.world
    partials = [_Partial((), 0, 0, (0,) * len(judge.watched))]
    for p in range(len(world.people)):
        rows = [judge.row(p, row) for row in all_rows(world, p) if world.well_formed(p, row)]
        partials = [
            together(partial, row)
            for partial in partials
            for row in rows
            if (partial.broken | row.broken).bit_count() <= 1
        ]
    best: int | None = None
    without: dict[str, int] = {}
    names = {bit: name for name, bit in judge.bits.items()}
    for grid in map(judge.grid, partials):
        if grid.broken in names:
            name = names[grid.broken]
            without[name] = min(grid.cost, without.get(name, grid.cost))
        elif not grid.broken:
            best = grid.cost if best is None else min(best, grid.cost)
            for rule, part in zip(judge.watched, grid.costs, strict=True):
                cost = grid.cost - part
                without[rule.name] = min(cost, without.get(rule.name, cost))
    return Truth(
        best=None if best is None else Fraction(best, STEPS),
        binding=frozenset(
            rule.name for rule in judge.named if _binds(rule, best, without.get(rule.name))
        ),
        ideals={rule.name: judge.ideal(rule) for rule in judge.rules},
    )


def _binds(rule: Rule, best: int | None, without: int | None) -> bool:
    """Return whether the optimum without a rule is another, or there is one only then."""
    if without is None:
        return False
    if rule.hard:
        return best is None or without < best
    return without != best


def to_array(program: Program, grid: Grid) -> Array:
    """Return a grid of codes as the engine's array."""
    index: dict[str | None, int] = {k.code: n for n, k in enumerate(program.rotation_types)}
    index[None] = ABSENT
    return np.array([[index[code] for code in row] for row in grid], dtype=np.int16)


def to_codes(program: Program, array: Array) -> tuple[Row, ...]:
    """Return the engine's array as a grid of codes."""
    codes = [*(kind.code for kind in program.rotation_types), None]
    return tuple(tuple(codes[value] for value in row) for row in array.tolist())


def near(value: float | None, expected: Fraction) -> bool:
    """Return whether a printed number is the exact one, but for its rounding to a float."""
    return value is not None and isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)


def solve_disagreements(case: Case, known: Truth) -> Iterator[str]:
    """Yield every way in which a solve differs from the truth."""
    program = case.program
    base = None if case.base is None else to_array(program, case.base)
    params = SolveParams(workers=1, time_s=3600)
    result = api.solve(program, params, Watch(clock=monotonic), base)
    status = "INFEASIBLE" if known.best is None else "OPTIMAL"
    if result.status != status:
        yield f"status {result.status} is {status}"
    sense = 1 if program.objective == "minimize" else -1
    soft = [rule for rule in program.rules if not rule.hard]
    ideal = sum((signed(rule) * known.ideals[rule.name] for rule in soft), Fraction(0)) * sense
    if not near(result.ideal, ideal):
        yield f"ideal {result.ideal} is {ideal}"
    if result.grid is None or known.best is None:
        return
    best = known.best * sense
    if not near(result.objective, best):
        yield f"objective {result.objective} is {best}"
    if not near(result.bound, best):
        yield f"bound {result.bound} is {best}"
    world, grid = World(program, case.base), to_codes(program, result.grid)
    cost = sum((signed(rule) * amount(world, rule, grid) for rule in soft), Fraction(0))
    if not near(result.objective, cost * sense):
        yield f"objective {result.objective} of a schedule worth {cost * sense}"
    yield from grid_disagreements(case, known, grid)


def grid_disagreements(case: Case, known: Truth, grid: Grid) -> Iterator[str]:
    """Yield every way in which the check and the value of a grid differ from the truth."""
    program, world = case.program, World(case.program, case.base)
    base = None if case.base is None else to_array(program, case.base)
    array = to_array(program, grid)
    problem = api.compile_program(program, base)
    sense = 1 if program.objective == "minimize" else -1
    amounts = {rule.name: amount(world, rule, grid) for rule in program.rules}
    for rule in program.rules:
        steps = sum(breach.amount for breach in rule.measure(problem, array))
        if steps * rule.step(problem) != amounts[rule.name]:
            measured = steps * rule.step(problem)
            yield f"{rule} measures {measured}, is {amounts[rule.name]} in {grid}"
        ideal = rule.ideal(problem) * rule.step(problem)
        if ideal != known.ideals[rule.name]:
            yield f"{rule} has the ideal {ideal}, is {known.ideals[rule.name]}"
    wrong = {rule.name for rule in program.rules if rule.hard and amounts[rule.name]}
    if not all(world.well_formed(p, row) for p, row in enumerate(grid)):
        wrong.add(STRUCTURE)
    found = {finding.name for finding in api.check(program, array, base) if _error(finding)}
    if found != wrong:
        yield f"errors {found} are {wrong} in {grid}"
    value = api.evaluate(program, array, base)
    soft = {rule.name: rule for rule in program.rules if not rule.hard}
    for term in value.terms:
        worth = signed(soft[term.name]) * amounts[term.name] * sense
        if not near(term.value, worth):
            yield f"term {term} is {worth} in {grid}"
    total = sum((signed(rule) * amounts[name] for name, rule in soft.items()), Fraction(0)) * sense
    if not near(value.objective, total) or len(value.terms) != len(soft):
        yield f"value {value} is {total} in {grid}"


def _error(finding: Finding) -> bool:
    return finding.severity == "error"


def random_grids(case: Case, count: int) -> Iterator[Grid]:
    """Yield grids that fill every slot, whether or not anything else holds."""
    world = World(case.program, case.base)
    draw = Random(case.name)  # noqa: S311 - repeatable on purpose
    codes = list(world.kinds)
    for _ in range(count):
        yield tuple(
            tuple(draw.choice(codes) if there else None for there in row) for row in world.present
        )


def disagreements(case: Case, known: Truth, grids: int = 6) -> list[str]:
    """Return every way in which the engine differs from the truth."""
    found = list(solve_disagreements(case, known))
    for grid in random_grids(case, grids):
        found += grid_disagreements(case, known, grid)
    return found
