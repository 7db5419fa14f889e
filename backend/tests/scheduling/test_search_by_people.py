"""Best responses and the Lagrangian bound against the exhaustive search, and at work."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any

import numpy as np
import pytest

from app.scheduling import api
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.result import Result
from app.scheduling.domain.score import Scales, scales
from app.scheduling.rules.stability import Stability
from app.scheduling.solver import by_people, methods, relax_and_fix
from app.scheduling.solver.decomposition import Decomposition, decompose
from app.scheduling.solver.lagrangian import LinearRelaxation, lagrangian_bound
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.responses import Answer, Move, Responses
from app.scheduling.solver.rows import Rows, read_rows
from app.scheduling.solver.search import Search
from benchmarks.synthetic import generate
from tests.scheduling.brute_force import solve_disagreements, to_array, truth
from tests.scheduling.random_programs import MODES, Case, draw_case

SOLVED, BOUNDED = 3, 8
"""Programmes for every kind and mode that are solved, and that are only bounded."""


def posted(case: Case) -> tuple[RotationModel, Scales]:
    base = None if case.base is None else to_array(case.program, case.base)
    problem = compile_problem(case.program, base)
    weights = scales(problem, case.program.rules, case.program.objective)
    model = RotationModel(problem, case.program.rules, weights)
    post_rules(model, case.program.rules)
    model.minimize_shortfall()
    return model, weights


def bound_of(rows: Rows, model: RotationModel, apart: Decomposition, weights: Scales) -> Search:
    params = SolveParams(time_s=60, deterministic=True)
    search = Search(params, Watch(clock=monotonic), weights, monotonic())
    lagrangian_bound(search, LinearRelaxation(model, rows), apart, rows)
    return search


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_search_by_people_finds_what_exhaustive_search_finds(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "crowded", lambda _: True)
    monkeypatch.setattr(relax_and_fix, "_LEAST_ADDED", 1)
    monkeypatch.setattr(relax_and_fix, "_LEAST_HANDFUL", 1)
    monkeypatch.setattr(relax_and_fix, "_MOST_HANDFUL", 1)
    monkeypatch.setattr(by_people, "_MANY_BROKEN", 0)
    for number in range(SOLVED):
        case = draw_case(kind, mode, number)
        assert list(solve_disagreements(case, truth(case))) == [], case


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_schedule_is_better_than_the_bound(kind: str, mode: str) -> None:
    applied = 0
    for number in range(BOUNDED):
        case = draw_case(kind, mode, number)
        model, weights = posted(case)
        rows = read_rows(model)
        apart = decompose(model, rows)
        if apart is None:
            continue
        applied += 1
        search = bound_of(rows, model, apart, weights)
        best = truth(case).best
        if search.infeasible:
            assert best is None, case
        elif best is not None:
            assert search.bound <= best * weights.scale + weights.ideal_offset, case
    assert applied, "this kind is never taken apart"


class Crowd:
    """Residents under tight coverage, before anybody has chosen."""

    def __init__(self, residents: int = 24) -> None:
        self.program = generate(residents, "tight97").program()
        self.model, self.weights = posted(Case("crowd", self.program, None))
        apart = decompose(self.model, read_rows(self.model))
        assert apart is not None
        self.apart = apart
        self.schedule = Responses(apart, np.random.default_rng(3))

    def answer_to(self, move: Move) -> Answer | None:
        question = self.schedule.ask(move)
        return self.schedule.answer(question, question.solver.solve(question.part.cp))

    def everybody_chooses(self) -> None:
        for person in range(len(self.program.people)):
            answer = self.answer_to(year_of(person))
            assert answer is not None
            self.schedule.accept(answer)


def year_of(person: int) -> Move:
    return Move((person,), None, 0, noisy=False, seed=1)


def test_responses_keep_all_that_must_hold_and_know_what_it_is_worth() -> None:
    """Many moves on a crowded programme; the check shares nothing with the moves' arithmetic."""
    crowd = Crowd()
    crowd.everybody_chooses()
    schedule, windows = crowd.schedule, 0
    for number in range(60):
        move = schedule.next_move(set())
        if number % 4 == 3:
            move = replace(move, people=tuple(range(8)), window=(20, 26))
        answer = crowd.answer_to(move)
        if answer is not None and (schedule.gain(answer) or 0) >= 0:
            changed = any((schedule.values[p] != new).any() for p, new in answer.values.items())
            schedule.accept(answer)
            windows += changed and move.window is not None
        if schedule.legal:
            grid = schedule.grid(crowd.model)
            assert [f for f in api.check(crowd.program, grid) if f.severity == "error"] == []
            value = api.evaluate(crowd.program, grid)
            assert crowd.weights.shortfall(value.objective) == schedule.shortfall
    assert windows


def test_a_schedule_is_taken_over_as_it_is() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    grid = crowd.schedule.grid(crowd.model)
    other = Crowd().schedule
    assert other.begin_at(crowd.model, grid)
    assert np.array_equal(other.grid(crowd.model), grid)
    assert other.shortfall == crowd.schedule.shortfall


def test_best_responses_begin_at_a_schedule() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    base = crowd.schedule.grid(crowd.model)
    value = api.evaluate(crowd.program, base).objective
    seen: list[Progress] = []
    watch = Watch(
        clock=monotonic,
        stop=lambda: bool(seen) and seen[-1].objective not in {None, value},
        progress=seen.append,
    )
    result = api.solve(crowd.program, SolveParams(time_s=300), watch, base)
    assert seen[-1].phase == "best responses"
    assert result.objective is not None
    assert result.objective < value


def test_an_answer_to_an_old_question_is_refused() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    question = crowd.schedule.ask(year_of(5))
    status = question.solver.solve(question.part.cp)
    meanwhile = crowd.answer_to(replace(year_of(5), noisy=True))
    assert meanwhile is not None
    crowd.schedule.accept(meanwhile)
    assert crowd.schedule.answer(question, status) is None


def test_a_crowded_programme_is_deterministic_where_asked() -> None:
    program = generate(24, "tight97").program()
    params = SolveParams(time_s=3, deterministic=True, seed=5)
    one, other = (api.solve(program, params, Watch(clock=monotonic)) for _ in range(2))
    assert one.grid is not None
    assert other.grid is not None
    assert np.array_equal(one.grid, other.grid)
    assert (one.objective, one.bound) == (other.objective, other.bound)


class Meanwhile:
    """A repair, whose bound waits until CP-SAT has begun."""

    def __init__(self, patch: pytest.MonkeyPatch, bound: Callable[..., object]) -> None:
        begun, whole = Event(), methods.search_whole
        self.bounded: list[bool] = []

        def beginning(*args: Any, **options: Any) -> None:
            begun.set()
            whole(*args, **options)

        def waiting(*args: Any) -> None:
            waited = begun.wait(timeout=60)
            bound(*args)
            self.bounded.append(waited)

        patch.setattr(methods, "search_whole", beginning)
        patch.setattr(methods, "lagrangian_bound", waiting)

    def solve(self, stop: Callable[[], bool]) -> Result:
        crowd = Crowd()
        crowd.everybody_chooses()
        base = crowd.schedule.grid(crowd.model)
        stable = Stability(name="Little changes", penalty=1)
        program = replace(crowd.program, rules=(*crowd.program.rules, stable))
        watch = Watch(clock=monotonic, stop=stop)
        return api.solve(program, SolveParams(time_s=300), watch, base)


def test_cp_sat_goes_on_from_a_schedule_while_it_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = Meanwhile(monkeypatch, lagrangian_bound)
    result = search.solve(stop=lambda: bool(search.bounded))
    assert search.bounded == [True]
    assert result.stopped


def test_a_bound_that_closes_the_gap_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def claimed(search: Search, *_: Any) -> None:
        assert search.best is not None
        search.raise_bound(search.best[1], "claimed")

    result = Meanwhile(monkeypatch, claimed).solve(stop=lambda: False)
    assert (result.status, result.bound_source) == ("OPTIMAL", "claimed")


def test_stopping_keeps_the_best() -> None:
    """Stopped at the first schedule, whenever that is."""
    seen: list[Progress] = []
    watch = Watch(
        clock=monotonic,
        stop=lambda: bool(seen) and seen[-1].objective is not None,
        progress=seen.append,
    )
    program = generate(24, "tight97").program()
    result = api.solve(program, SolveParams(time_s=300), watch)
    assert seen[-1].phase == "best responses"
    assert result.stopped
    assert result.status == "FEASIBLE"
    assert result.objective == seen[-1].objective
