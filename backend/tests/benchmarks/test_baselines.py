"""The baselines and the engine mean the same programme."""

from random import Random
from typing import Literal

import numpy as np
import pytest

from app.scheduling.api import check, evaluate
from app.scheduling.domain.problem import Grid
from benchmarks.baselines import Baseline, Form, run_baseline
from benchmarks.engine import run_engine
from benchmarks.planting import below
from benchmarks.synthetic import Level, Synthetic, generate
from benchmarks.trace import Limits

FORMS: tuple[Form, ...] = ("plain", "tricks")


def _changed(made: Synthetic, seed: int) -> Grid:
    """Return the hidden year with a few changes of the kinds that searches make."""
    random, grid = Random(seed), made.planted_grid()  # noqa: S311 - nothing secret
    people, slots = grid.shape
    for _ in range(1 + below(random, 3)):
        person, other = below(random, people), below(random, people)
        one, two = below(random, slots - 2), below(random, slots - 2)
        kind = below(random, 4)
        if kind == 0:
            grid[person, [one, two]] = grid[person, [two, one]]
        elif kind == 1:
            swapped = [*range(two, two + 2), *range(one, one + 2)]
            if abs(one - two) >= 2:
                grid[person, [*range(one, one + 2), *range(two, two + 2)]] = grid[person, swapped]
        elif kind == 2:
            grid[[person, other]] = grid[[other, person]]
        else:
            grid[person, one] = below(random, len(made.document["rotation_types"]))
    return grid


@pytest.mark.parametrize(
    ("form", "level", "slots"),
    [
        ("plain", "loose", 52),
        ("plain", "tight97", 26),
        ("tricks", "loose", 26),
        ("tricks", "tight97", 52),
    ],
)
def test_every_schedule_is_judged_as_the_engine_judges_it(
    form: Form, level: Level, slots: Literal[52, 26]
) -> None:
    made = generate(15, level, slots=slots)
    program, model = made.program(), Baseline(made.document, form)
    verdicts: list[bool] = []
    for seed in range(30):
        grid = _changed(made, seed) if seed else made.planted_grid()
        broken = any(finding.severity == "error" for finding in check(program, grid))
        value = model.value_of(grid)
        verdicts.append(broken)

        assert (value is None) == broken, seed
        if value is not None:
            assert value == evaluate(program, grid).objective, seed

    assert 0 < sum(verdicts) < len(verdicts)


def test_what_a_baseline_finds_is_a_schedule_with_that_value() -> None:
    made = generate(15, "tight97", slots=26)
    run = run_baseline(made.document, "tricks", Limits(time_s=10, workers=2, seed=1))

    assert run.grid is not None
    program = made.program()
    assert [f for f in check(program, run.grid) if f.severity == "error"] == []
    # A search that is cut off may not have drawn its auxiliary variables tight: it then claims more
    # than its schedule costs, never less.
    assert run.bound <= evaluate(program, run.grid).objective <= run.objective


def test_engine_and_baselines_agree_on_the_optimum() -> None:
    made = generate(15, "loose", slots=26)
    limits = Limits(time_s=120, workers=2, seed=1)
    runs = [run_baseline(made.document, form, limits) for form in FORMS]
    runs.append(run_engine(made.program(), limits))

    assert {run.status for run in runs} == {"OPTIMAL"}
    assert len({run.objective for run in runs}) == 1
    assert all(run.bound == run.objective for run in runs)


def test_what_is_not_understood_is_refused() -> None:
    document = generate(15, "loose").document
    document["rules"][2]["each"] = False

    with pytest.raises(ValueError, match="each"):
        Baseline(document, "plain")


def test_an_impossible_programme_has_no_points() -> None:
    made = generate(15, "loose", slots=26)
    made.document["rules"].append(
        {"kind": "coverage", "name": "Nobody is left", "rotations": ["WARD"], "max": 0}
    )
    run = run_baseline(made.document, "tricks", Limits(time_s=30, workers=2, seed=1))

    assert run.status == "INFEASIBLE"
    assert run.grid is None
    assert np.isinf(run.objective)
