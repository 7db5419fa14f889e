"""What a solve promises: any time, stoppable, repeatable, honest about what it knows."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import count, pairwise
from random import Random
from time import monotonic
from typing import Any

import numpy as np
import pytest

from app.scheduling import api
from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.people import Wish
from app.scheduling.domain.problem import ABSENT
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Result
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.apart import Apart
from app.scheduling.rules.assignment import AssignmentRule
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.fairness import Fairness
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.together import Together
from app.scheduling.rules.wishes import Wishes
from app.scheduling.solver.model import RotationModel
from tests.scheduling.builders import day, grid, program

LONG_S = 3600.0
QUIET = Watch(clock=monotonic)


@cache
def hard_to_prove(needed: int = 5) -> Program:
    """Return a programme with schedules in a moment and a proof in much more than a second.

    Parameters
    ----------
    needed
        People on each of three services; there are 20.
    """
    draw = Random(5)  # noqa: S311 - repeatable on purpose
    people = [f"p{number}" for number in range(1, 21)]
    wishes = {
        name: {
            "wishes": tuple(
                Wish(rank=rank, rotations=(draw.choice("ABCD"),), periods=(draw.randint(1, 20),))
                for rank in range(1, 9)
            )
        }
        for name in people
    }
    rules = [
        *(
            Coverage(name=f"Staff {code}", rotations=(code,), min=needed, penalty=4)
            for code in "ABC"
        ),
        Requirement(name="Do A", rotations=("A",), min=3, max=6),
        RunLength(name="Runs", rotations=tuple("ABC"), min=2, max=3, penalty=3),
        ForbiddenSequence(name="Nights", pattern=(("A",), ("B",)), either_order=True, penalty=2),
        Fairness(name="Even", points={"A": 2, "B": 1.5, "C": 1}, penalty=1.5),
        Wishes(name="Wishes", points=tuple(range(8, 0, -1)), reward=0.7),
    ]
    return program(people, 20, "ABCD", rules, **wishes)


def solve(made: Program, watch: Watch = QUIET, base: Any = None, **params: Any) -> Result:
    return api.solve(made, SolveParams(**{"workers": 1, "time_s": LONG_S, **params}), watch, base)


def is_honest(result: Result, made: Program) -> bool:
    """Return whether a result without proof has a clean schedule, its value and a bound."""
    assert result.grid is not None
    assert result.bound is not None
    assert result.objective is not None
    value = api.evaluate(made, result.grid)
    return (
        not any(finding.severity == "error" for finding in api.check(made, result.grid))
        and value.objective == result.objective
        and value.terms == result.terms
        and result.bound <= result.objective
        and result.ideal <= result.bound
        and (result.status == "OPTIMAL") == (result.gap == 0)
    )


def test_deterministic_solves_are_the_same() -> None:
    made = hard_to_prove()
    first, second = (
        solve(made, workers=2, deterministic=True, time_s=0.5, seed=3) for _ in range(2)
    )
    assert first.status == second.status == "FEASIBLE"
    assert first.grid is not None
    assert second.grid is not None
    assert first.grid.tolist() == second.grid.tolist()
    assert is_honest(first, made)
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_stop_keeps_the_best() -> None:
    seen: list[Progress] = []

    def stop() -> bool:
        return len({p.objective for p in seen if p.objective is not None}) > 1

    made = hard_to_prove()
    result = solve(made, Watch(clock=monotonic, stop=stop, progress=seen.append))
    assert result.stopped
    assert result.status == "FEASIBLE"
    assert is_honest(result, made)
    assert result.objective is not None
    assert result.objective <= min(p.objective for p in seen if p.objective is not None)


def test_progress_only_gets_better() -> None:
    seen: list[Progress] = []
    clock = count(0.0, 0.25)
    watch = Watch(clock=lambda: next(clock), progress=seen.append)
    made = hard_to_prove()
    solve(made, watch, deterministic=True, time_s=1.0)
    phases = [p.phase for p in seen]
    assert phases[:3] == ["arithmetic", "model", "search"]
    assert set(phases[3:]) == {"search"}
    # Half a second of this clock passes between two looks at most, so nothing is left out.
    assert max(b.elapsed_s - a.elapsed_s for a, b in pairwise(seen[2:])) <= 1
    objectives = [p.objective for p in seen if p.objective is not None]
    bounds = [p.bound for p in seen if p.bound is not None]
    assert len(set(objectives)) > 1
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert bounds[-1] <= objectives[-1]


def test_gap_stops_the_search() -> None:
    made = hard_to_prove(needed=9)
    result = solve(made, workers=2, gap=0.8)
    assert result.status == "FEASIBLE"
    assert result.gap is not None
    assert 0 < result.gap <= 0.8
    assert is_honest(result, made)


@pytest.mark.parametrize(("time_s", "status"), [(1e-6, "UNKNOWN"), (0.5, "FEASIBLE")])
def test_time_that_runs_out_proves_nothing(time_s: float, status: str) -> None:
    made = hard_to_prove()
    result = solve(made, workers=2, deterministic=True, time_s=time_s)
    assert result.status == status
    assert not result.stopped
    assert result.bound is not None
    assert result.ideal <= result.bound
    if status == "UNKNOWN":
        assert (result.grid, result.objective, result.gap) == (None, None, None)
    else:
        assert is_honest(result, made)


def test_building_the_model_counts_against_the_time() -> None:
    started = monotonic()
    calls = count()

    def clock() -> float:
        return 0.0 if next(calls) == 0 else LONG_S - 0.3 + (monotonic() - started)

    result = solve(hard_to_prove(), Watch(clock=clock))
    assert result.status in {"FEASIBLE", "UNKNOWN"}
    assert not result.stopped


PAIR = (("p1", "p2"),)


@pytest.mark.parametrize(
    "rules",
    [
        [Coverage(name="Staff", rotations=("A",), min=3)],
        [Requirement(name="Do", rotations=("A",), min=5)],
        [Together(name="With", pairs=PAIR), Apart(name="Without", pairs=PAIR)],
        [
            RunLength(name="Pairs", rotations=("A",), min=2, cut_by_year=False),
            Requirement(name="Three", rotations=("A",), exactly=3),
            AssignmentRule(name="Not then", never=("A",), when=When(periods=(2,))),
        ],
    ],
)
def test_infeasible_is_a_result_with_findings(rules: list[Rule]) -> None:
    result = solve(program(2, 4, rules=rules))
    assert result.status == "INFEASIBLE"
    assert (result.grid, result.objective, result.bound, result.gap) == (None, None, None, None)
    assert result.terms == ()
    assert result.findings
    assert {finding.severity for finding in result.findings} == {"error"}


def test_search_begins_at_the_base() -> None:
    made = hard_to_prove()

    def found(time_s: float, base: Any = None) -> Result:
        return solve(made, base=base, workers=2, deterministic=True, time_s=time_s)

    long = found(0.5)
    short, beginning = found(0.3), found(0.3, long.grid)
    assert beginning.objective is not None
    assert short.objective is None or beginning.objective < short.objective


def test_base_may_have_holes_and_what_is_not_allowed() -> None:
    rules = [Coverage(name="Staff", rotations=("A",), min=1, penalty=1)]
    made = program(2, 3, rules=rules, p2={"start": day(2)})
    split = Split(period=2, on=day(2) + timedelta(2), who=Who(people=("p1",)))
    made = replace(
        made,
        calendar=replace(made.calendar, splits=(split,)),
        rotation_types=(
            *made.rotation_types[:2],
            replace(made.rotation_types[2], who=Who(people=("p1",))),
        ),
    )
    base = grid(api.compile_program(made), "A.BC", "ACAC")
    result = solve(made, base=base)
    assert (result.status, result.objective) == ("OPTIMAL", 0)


def test_maximised_objective_is_the_minimised_one_negated() -> None:
    rules = [
        Coverage(name="Staff", rotations=("A",), min=2, penalty=1),
        Wishes(name="Wishes", points=(3,), reward=0.5),
    ]
    wish = {"wishes": (Wish(rotations=("B",), periods=(1,)),)}
    least = program(2, 3, rules=rules, p1=wish)
    results = [solve(least), solve(replace(least, objective="maximize"))]
    assert [result.objective for result in results] == [-0.5, 0.5]
    assert [result.bound for result in results] == [-0.5, 0.5]
    assert [result.ideal for result in results] == [-1.5, 1.5]
    assert [term.value for term in results[1].terms] == [-1, 1.5]


@pytest.mark.parametrize("codes", ["A", "AB"])
def test_nothing_to_decide(codes: str) -> None:
    gone = {"end": day(1) + timedelta(1), "start": day(1) + timedelta(1)}
    made = program(2, 3, codes, p1=gone, p2=gone if len(codes) > 1 else {})
    result = solve(made)
    assert (result.status, result.objective, result.gap) == ("OPTIMAL", 0, 0)
    assert result.grid is not None
    assert result.grid.tolist()[0] == [ABSENT] * 3


def solve_four_short() -> Result:
    """Solve a programme whose every schedule has one person too many in each of 4 periods."""
    rules = [
        Coverage(name="Staff", rotations=("A", "B"), max=1, penalty=1),
        AssignmentRule(name="Never", never=("B",), when=When(periods=(3,))),
    ]
    return solve(program(2, 4, "AB", rules=rules))


def test_true_claim_is_trusted() -> None:
    result = solve_four_short()
    assert (result.status, result.objective, result.bound, result.gap) == ("OPTIMAL", 4, 4, 0)


@pytest.mark.parametrize(("steps", "message"), [(-1, "claims 3"), (1, "bound 5")])
def test_false_value_is_an_error(steps: int, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = RotationModel.minimize_shortfall

    def wrong(model: RotationModel) -> None:
        right(model)
        model.cp.proto.objective.offset += steps

    monkeypatch.setattr(RotationModel, "minimize_shortfall", wrong)
    with pytest.raises(RuntimeError, match=message):
        solve_four_short()


@pytest.mark.parametrize(
    ("value", "message"), [(1, "breaks hard rules.*Never"), (ABSENT, "breaks hard rules.*no rota")]
)
def test_false_schedule_is_an_error(
    value: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = np.full((2, 4), value, dtype=np.int16)
    monkeypatch.setattr(RotationModel, "grid", lambda *_: wrong)
    with pytest.raises(RuntimeError, match=message):
        solve_four_short()


def test_input_hash_depends_on_programme_and_base() -> None:
    plain = program(2, 3)
    base = grid(api.compile_program(plain), "AAA", "BBB")
    first, again, other = (
        solve(plain, seed=seed, base=start) for seed, start in ((1, None), (2, None), (1, base))
    )
    renamed = solve(replace(plain, name="Other"))
    assert first.input_hash == again.input_hash
    assert len({result.input_hash for result in (first, other, renamed)}) == 3
    assert (first.seed, first.workers) == (1, 1)


def test_sevenths_of_weeks_do_not_hide_an_optimum() -> None:
    """Months are no whole weeks; sums of their sevenths must not be compared as floats."""
    weekly = program(
        rows=2,
        slots=4,
        codes="AB",
        rules=[
            Requirement(name="a", rotations=("A",), exactly=7, counted_in="weeks", penalty=0.3),
            Requirement(name="b", rotations=("B",), min=9.1, counted_in="weeks", penalty=0.7),
            Coverage(name="c", rotations=("A",), exactly=1),
        ],
    )
    months = Calendar(start=day(1), end=day(1) + timedelta(days=119), period="month")
    result = api.solve(replace(weekly, calendar=months), SolveParams(time_s=LONG_S), QUIET)
    assert result.status == "OPTIMAL"
    assert (result.objective, result.gap) == (result.bound, 0)
