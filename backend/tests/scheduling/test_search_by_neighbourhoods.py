"""Neighbourhood search and the Lagrangian bound against the exhaustive search, and at work."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any

import numpy as np
import pytest
from ortools.sat.python import cp_model

from app.scheduling import api
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Result
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.score import Scales, scales
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.fairness import Fairness
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.stability import Stability
from app.scheduling.solver import methods
from app.scheduling.solver.decomposition import NO_SLOT, Decomposition, decompose
from app.scheduling.solver.improvement import Improvement
from app.scheduling.solver.lagrangian import Bounded, LinearRelaxation, lagrangian_bound
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.neighbourhoods import Kind, Neighbourhoods, classes_of
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.rows import Rows, read_rows
from app.scheduling.solver.search import Search
from app.scheduling.solver.whole import search_whole
from app.scheduling.solver.years import Answer, Question, Years, cells_of
from benchmarks.synthetic import Level, generate
from tests.scheduling import builders
from tests.scheduling.brute_force import solve_disagreements, to_array, truth
from tests.scheduling.random_programs import MODES, Case, draw_case

SOLVED, BOUNDED = 3, 8
"""Programmes for every kind and mode that are solved, and that are only bounded."""

SOME = 0.3
"""Share of the cells that are free in a move."""


def posted(case: Case) -> tuple[RotationModel, Scales]:
    base = None if case.base is None else to_array(case.program, case.base)
    problem = compile_problem(case.program, base)
    weights = scales(problem, case.program.rules, case.program.objective)
    model = RotationModel(problem, case.program.rules, weights)
    post_rules(model, case.program.rules)
    model.minimize_shortfall()
    return model, weights


def taken_apart(
    kind: str, mode: str, count: int
) -> Iterator[tuple[Case, Scales, RotationModel, Rows, Decomposition]]:
    """Yield those of so many programmes that can be taken apart, at least one."""
    applied = 0
    for number in range(count):
        case = draw_case(kind, mode, number)
        model, weights = posted(case)
        rows = read_rows(model)
        apart = decompose(model, rows)
        if apart is not None:
            applied += 1
            yield case, weights, model, rows, apart
    assert applied, "this kind is never taken apart"


def bound_of(rows: Rows, model: RotationModel, apart: Decomposition, weights: Scales) -> Search:
    params = SolveParams(time_s=60, deterministic=True)
    search = Search(params, Watch(clock=monotonic), weights, monotonic())
    lagrangian_bound(search, LinearRelaxation(model, rows, apart, 1e-5), apart)
    return search


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_neighbourhood_search_finds_what_exhaustive_search_finds(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "crowded", lambda _: True)
    monkeypatch.setattr(methods, "have_preferences", lambda _: False)
    monkeypatch.setattr(methods, "gap_for_cp_sat", lambda _: 0.0)
    for number in range(SOLVED):
        case = draw_case(kind, mode, number)
        assert list(solve_disagreements(case, truth(case))) == [], case


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_schedule_is_better_than_the_bound(kind: str, mode: str) -> None:
    for case, weights, model, rows, apart in taken_apart(kind, mode, BOUNDED):
        search = bound_of(rows, model, apart, weights)
        best = truth(case).best
        if search.infeasible:
            assert best is None, case
        elif best is not None:
            assert search.bound <= best * weights.scale + weights.ideal_offset, case


NOTHING = np.zeros(0, dtype=np.int64)


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_move_claims_more_than_it_brings(kind: str, mode: str) -> None:
    """Some people choose some slots anew; their rules are checked by other code."""
    for case, weights, model, rows, apart in taken_apart(kind, mode, BOUNDED):
        if rows.contradiction:
            continue
        schedule, rng = Years(apart), np.random.default_rng(1)
        everybody = range(schedule.people)
        firsts = (schedule.first_year(person, 4.0, NOTHING) for person in everybody)
        if not all(accepted(schedule, question) for question in firsts):
            continue
        for seed in range(6):
            free = {}
            for person in rng.permutation(schedule.people)[: rng.integers(1, schedule.people + 1)]:
                slots = apart.people[person].slots
                free[int(person)] = (slots == NO_SLOT) | (rng.random(len(slots)) < SOME)
            assert accepted(schedule, schedule.ask(free, 4.0, seed + 1)), case
            if schedule.legal:
                grid = schedule.grid(model)
                assert [f for f in api.check(case.program, grid) if f.severity == "error"] == []
                value = api.evaluate(case.program, grid)
                assert weights.shortfall(value.objective) <= schedule.shortfall, case


def accepted(schedule: Years, question: Question) -> bool:
    answer = schedule.answer(question, question.solve())
    if answer is not None:
        schedule.accept(answer)
    return answer is not None


class Crowd:
    """Residents under tight coverage, before anybody has chosen."""

    def __init__(self, program: Program | None = None, *, held: bool = False) -> None:
        self.program = program or generate(24, "tight97").program()
        self.model, self.weights = posted(Case("crowd", self.program, None))
        self.rows = read_rows(self.model)
        apart = decompose(self.model, self.rows)
        assert apart is not None
        self.apart = apart
        self.schedule = Years(apart, held=held)

    def answer_to(self, question: Question) -> Answer | None:
        return self.schedule.answer(question, question.solve())

    def everybody_chooses(self, near: Ints = NOTHING) -> None:
        for person in range(len(self.program.people)):
            answer = self.answer_to(self.schedule.first_year(person, 4.0, near))
            assert answer is not None
            self.schedule.accept(answer)

    def neighbourhoods(self) -> Neighbourhoods:
        classes = classes_of(self.model.problem, self.program.rules)
        return Neighbourhoods(self.model, self.apart, classes, 2, np.random.default_rng(3))

    def everything_of(self, person: int) -> dict[int, Bools]:
        return {person: np.ones(len(self.apart.people[person].cost), dtype=np.bool_)}

    def search(self, units: float) -> Search:
        params = SolveParams(time_s=units, deterministic=True)
        return Search(params, Watch(clock=monotonic), self.weights, monotonic())

    def bounded(self) -> Bounded:
        relaxation = LinearRelaxation(self.model, self.rows, self.apart, 1e-5)
        bounded = lagrangian_bound(self.search(60), relaxation, self.apart)
        assert bounded is not None
        return bounded


def test_moves_keep_all_that_must_hold_and_know_what_it_is_worth() -> None:
    """Many moves on a crowded programme; the check shares nothing with the moves' arithmetic."""
    crowd = Crowd()
    crowd.everybody_chooses()
    schedule, choosing = crowd.schedule, crowd.neighbourhoods()
    better: set[bool] = set()
    exact = True
    for number in range(40):
        if number == 20:
            choosing.heed(crowd.bounded())
        move = choosing.next_move(schedule, set())
        question = schedule.ask(move.free, 1.0, move.seed)
        status = question.solve()
        answer = schedule.answer(question, status)
        if answer is None:
            continue
        exact = exact and status == cp_model.OPTIMAL
        gain, before = schedule.gain(answer), schedule.priced
        assert gain is not None
        assert gain >= 0
        schedule.accept(answer)
        assert schedule.priced == before - gain
        if gain:
            better.add(all(free.all() for free in move.free.values()))
        move.kind.judge(gain, 0.1, ended=True)
        if schedule.legal:
            grid = schedule.grid(crowd.model)
            assert [f for f in api.check(crowd.program, grid) if f.severity == "error"] == []
            value = api.evaluate(crowd.program, grid)
            shortfall = crowd.weights.shortfall(value.objective)
            assert shortfall <= schedule.shortfall
            if not exact:  # auxiliary variables may be better than they were left
                assert schedule.begin_at(crowd.model, grid)
                exact = True
            assert shortfall == schedule.shortfall
    assert better == {False, True}


def odd_work() -> Program:
    """Two people who share three slots of work, so that one works more than the other."""
    return replace(
        builders.program(2, 3),
        rules=(
            Coverage(name="Work", rotations=("A",), min=1, max=1),
            Fairness(name="Even work", points={"A": 1}, penalty=5),
        ),
    )


def test_levels_that_cost_something_are_where_they_cost_least_while_held() -> None:
    crowd = Crowd(odd_work(), held=True)
    crowd.everybody_chooses()
    schedule = crowd.schedule
    everything = {**crowd.everything_of(0), **crowd.everything_of(1)}
    legal = []
    for held in (True, False):
        schedule.held = held
        answer = crowd.answer_to(schedule.ask(everything, 1.0, 1))
        assert answer is not None
        schedule.accept(answer)
        legal.append(schedule.legal)
    assert legal == [False, True]


def test_levels_are_let_go_where_no_schedule_has_them_at_their_least() -> None:
    program = odd_work()
    model, weights = posted(Case("odd", program, None))
    apart = decompose(model, read_rows(model))
    assert apart is not None
    search = Search(SolveParams(time_s=60), Watch(clock=monotonic), weights, monotonic())
    bounded: Future[Bounded | None] = Future()
    bounded.set_result(None)
    with ThreadPoolExecutor(1) as pool:
        Improvement(search, model, program.rules, apart, pool).run(bounded)
    assert search.best is not None
    assert api.evaluate(program, search.best[0]).objective == 5


@pytest.mark.parametrize(("level", "over"), [("loose", False), ("tight97", True)])
def test_another_method_takes_over_early_only_where_rows_are_kept_easily(
    level: Level, *, over: bool
) -> None:
    crowd = Crowd(generate(24, level).program())
    params = SolveParams(time_s=4, deterministic=True)
    search = Search(params, Watch(clock=monotonic), crowd.weights, monotonic())
    bounded: Future[Bounded | None] = Future()
    bounded.set_result(None)
    with ThreadPoolExecutor(1) as pool:
        improvement = Improvement(search, crowd.model, crowd.program.rules, crowd.apart, pool)
        improvement.run(bounded, close=1.0)
    assert search.over == over


def exact_stays(slots: int, stay: int) -> Program:
    """Everybody has one stay on each of four services, which need the same people at all times."""
    each = 24 * stay // slots
    rules = [
        rule
        for code in "ABCD"
        for rule in (
            RunLength(name=f"Stays on {code}", rotations=(code,), min=stay, max=stay),
            Requirement(name=f"Once on {code}", rotations=(code,), min=stay, max=stay),
            Coverage(name=f"Staffing of {code}", rotations=(code,), min=each, max=each),
        )
    ]
    return builders.program(24, slots, "ABCDE", rules)


@pytest.mark.parametrize(("slots", "stay", "far"), [(12, 3, False), (24, 4, True)])
def test_cp_sat_looks_for_a_schedule_where_first_choices_are_far_from_one(
    slots: int, stay: int, *, far: bool
) -> None:
    crowd = Crowd(exact_stays(slots, stay))
    seen: list[Progress] = []
    watch = Watch(clock=monotonic, progress=seen.append)
    search = Search(SolveParams(time_s=60), watch, crowd.weights, monotonic())
    bounded: Future[Bounded | None] = Future()
    bounded.set_result(None)
    with ThreadPoolExecutor(1) as pool:
        Improvement(search, crowd.model, crowd.program.rules, crowd.apart, pool).run(bounded)
    assert search.best is not None
    assert not any(f.severity == "error" for f in api.check(crowd.program, search.best[0]))
    assert ("search" in {progress.phase for progress in seen}) == far


def test_moves_are_of_people_who_are_not_busy() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    choosing, everybody = crowd.neighbourhoods(), set(range(24))
    interns, others = set(range(8)), {23}
    assert interns in map(set, classes_of(crowd.model.problem, crowd.program.rules))
    for busy in (interns, everybody - others):
        for _ in range(20):
            assert busy.isdisjoint(choosing.next_move(crowd.schedule, busy).free)


def test_there_may_be_more_rotation_types_than_bits_in_a_number() -> None:
    seventy = tuple(RotationType(code=f"R{n}", name=f"Rotation {n}") for n in range(70))
    program = replace(
        builders.program(4, 3),
        rotation_types=seventy,
        rules=tuple(
            Coverage(name=f"Staffing of {kind.code}", rotations=(kind.code,), max=1)
            for kind in seventy
        ),
    )
    model, _ = posted(Case("many", program, None))
    apart = decompose(model, read_rows(model))
    assert apart is not None
    schedule = Years(apart)
    for person in range(4):
        question = schedule.first_year(person, 4.0, NOTHING)
        answer = schedule.answer(question, question.solve())
        assert answer is not None
        schedule.accept(answer)
    choosing = Neighbourhoods(
        model, apart, classes_of(model.problem, program.rules), 2, np.random.default_rng(1)
    )
    assert choosing.next_move(schedule, set()).free


def test_a_move_that_brings_nothing_or_is_cheap_makes_the_next_one_larger() -> None:
    kind = Kind(size=4, most=5)
    sizes = []
    for gain, units in ((0, 1.0), (9, 1.0), (9, 0.01)):
        kind.judge(gain, units, ended=True)
        sizes.append(kind.size)
    assert sizes == pytest.approx([4.1, 4, 4.1])
    for _ in range(30):
        kind.judge(0, 0.1, ended=True)
    assert kind.size == kind.most
    for _ in range(30):
        kind.judge(0, 0.1, ended=False)
    assert kind.size == 1


def test_regret_is_what_a_year_costs_more_than_it_must() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    bounded = crowd.bounded()
    people = list(range(24))
    regret = bounded.regret(crowd.schedule.values, people)
    assert regret.min() >= 0
    assert 0 < regret.sum() / 1000 <= crowd.schedule.priced - bounded.bound


def test_a_schedule_is_taken_over_as_it_is() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    grid = crowd.schedule.grid(crowd.model)
    other = Crowd().schedule
    assert other.begin_at(crowd.model, grid)
    assert np.array_equal(other.grid(crowd.model), grid)
    assert other.shortfall == crowd.schedule.shortfall


def test_neighbourhood_search_begins_at_a_schedule() -> None:
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
    assert seen[-1].phase == "neighbourhoods"
    assert result.objective is not None
    assert result.objective < value


def test_first_choices_are_near_a_schedule_that_is_given() -> None:
    made = generate(24, "tight97")
    given = made.planted_grid()
    given[0], given[1] = given[1].copy(), given[0].copy()

    def kept(crowd: Crowd, near: Ints) -> float:
        crowd.everybody_chooses(near)
        return float(np.mean(crowd.schedule.grid(crowd.model) == given))

    crowd = Crowd()
    assert kept(crowd, cells_of(crowd.model, given)) > 0.8 > kept(Crowd(), NOTHING)


def test_one_worker_makes_first_choices_beside_the_relaxation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, meanwhile = Event(), list[bool]()

    def busy(*_: object) -> None:
        meanwhile.append(chosen.wait(60))

    def see(progress: Progress) -> None:
        if progress.phase == "neighbourhoods":
            chosen.set()

    monkeypatch.setattr(LinearRelaxation, "duals", busy)
    watch = Watch(clock=monotonic, stop=chosen.is_set, progress=see)
    api.solve(generate(24, "loose").program(), SolveParams(time_s=120, workers=1), watch)
    assert meanwhile == [True]


def test_an_answer_to_an_old_question_is_refused() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    schedule = crowd.schedule
    old = schedule.ask(crowd.everything_of(5), 1.0, 1)
    meanwhile = crowd.answer_to(schedule.ask(crowd.everything_of(5), 1.0, 2))
    assert meanwhile is not None
    schedule.accept(meanwhile)
    assert crowd.answer_to(old) is None


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
        begun = Event()
        self.bounded: list[bool] = []

        def beginning(*args: Any, **options: Any) -> None:
            begun.set()
            search_whole(*args, **options)

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
    assert seen[-1].phase == "neighbourhoods"
    assert result.stopped
    assert result.status == "FEASIBLE"
    assert result.objective == seen[-1].objective
