"""Rules that fit a given schedule as tightly as they can are never called infeasible."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.allowed_starts import AllowedStarts
from app.scheduling.rules.batches import Batches
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.spacing import Spacing
from app.scheduling.rules.window_limit import WindowLimit
from app.scheduling.solver.explain import why_infeasible

CODES = "ABCDE"
SLOTS, PEOPLE = 14, 9


def tight_rules(problem: Problem, grid: Grid, random: Random) -> Iterator[Rule]:
    """Yield rules of many kinds, most of them with the very limits that the grid reaches."""
    number = 0
    while True:
        number += 1
        name = f"Rule {number}"
        codes = tuple(random.sample(CODES, random.choice((1, 1, 2, 3))))
        who = random.choice((Who(), Who(pgy=(random.randint(1, 3),))))
        first, last = sorted(random.sample(range(1, SLOTS + 1), 2))
        when = random.choice((When(), When(periods=(f"{first}-{last}",))))
        inside = problem.scope(who, when)
        on = problem.on(grid, codes) & inside
        columns, rows = on.sum(axis=0)[inside.any(axis=0)], on.sum(axis=1)[inside.any(axis=1)]
        if not rows.size:
            continue
        low, high = int(columns.min()), int(columns.max())
        yield Coverage(name=f"{name}a", rotations=codes, who=who, when=when, min=low, max=high)
        low, high = int(rows.min()), int(rows.max())
        yield Requirement(name=f"{name}b", rotations=codes, who=who, when=when, min=low, max=high)
        each, length = random.random() < 0.5, random.randint(1, 4)
        yield RunLength(
            name=f"{name}c",
            rotations=codes,
            who=who,
            each=each,
            min=random.randint(1, length),
            max=length,
            cut_by_year=random.random() < 0.7,
        )
        yield Spacing(name=f"{name}d", rotations=codes, each=each, min_gap=length, who=who)
        window = random.randint(2, 7)
        totals = np.lib.stride_tricks.sliding_window_view(problem.on(grid, codes), window, axis=1)
        within = totals.sum(axis=2)[inside.any(axis=1)]
        yield WindowLimit(
            name=f"{name}e",
            rotations=codes,
            who=who,
            window=window,
            min=int(within.min()),
            max=int(within.max()),
        )
        steps = tuple(tuple(random.sample(CODES, random.randint(1, 2))) for _ in range(2))
        yield ForbiddenSequence(name=f"{name}f", pattern=steps, who=who)
        yield Prerequisite(name=f"{name}g", before=steps[0], after=steps[1], amount=1, who=who)
        yield Batches(name=f"{name}h", rotations=codes, ends=(first, last), each=each, who=who)
        starts = tuple(random.sample(range(1, SLOTS + 1), SLOTS - 3))
        yield AllowedStarts(name=f"{name}i", rotations=codes, periods=starts, each=each, who=who)


def drawn_grid(random: Random) -> Grid:
    """Return a grid of runs of one to four slots."""
    rows = []
    for _ in range(PEOPLE):
        row: list[int] = []
        while len(row) < SLOTS:
            row += [random.randrange(len(CODES))] * random.randint(1, 4)
        rows.append(row[:SLOTS])
    return np.array(rows, dtype=np.int16)


@pytest.mark.parametrize("seed", range(60))
def test_rules_that_a_schedule_keeps_are_not_called_infeasible(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    start = date(2026, 7, 6)
    program = Program(
        name="Feasible by construction",
        calendar=Calendar(
            start=start, end=start + timedelta(weeks=SLOTS, days=-1), period="1 week"
        ),
        rotation_types=tuple(RotationType(code=code) for code in CODES),
        people=tuple(Person(id=f"p{n}", pgy=1 + n % 3) for n in range(PEOPLE)),
    )
    problem, grid = compile_problem(program), drawn_grid(random)
    kept: list[Rule] = []
    for rule in tight_rules(problem, grid, random):
        if not list(rule.measure(problem, grid)):
            kept.append(rule)
        if len(kept) == 40:
            break
    assert [finding.message for finding in why_infeasible(problem, kept)] == []
