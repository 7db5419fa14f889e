"""Column generation against the exhaustive search, and at work."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import ceil
from time import monotonic

import numpy as np
import pytest

from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Ints
from app.scheduling.domain.program import Program
from app.scheduling.solver import methods, pricing
from app.scheduling.solver.columns import Columns
from app.scheduling.solver.decomposition import Decomposition, decompose, grid_of
from app.scheduling.solver.lagrangian import GRAIN, Bounded, Duals, LinearRelaxation
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.pricing import Choice, Pricer
from app.scheduling.solver.rows import read_rows
from app.scheduling.solver.search import Search
from benchmarks.medical_students import program_of, read_instance
from benchmarks.synthetic import generate
from tests.benchmarks.test_mss import SMALL
from tests.scheduling.brute_force import solve_disagreements, truth
from tests.scheduling.random_programs import MODES, Case, draw_case
from tests.scheduling.test_search_by_neighbourhoods import Crowd, posted, taken_apart

SOLVED, BOUNDED = 2, 6
"""Programmes for every kind and mode that are solved, and that are only bounded."""

STOPS_S = 2
"""Far above what stopping takes, on a machine that does other things as well."""


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate columns whatever the programme."""
    monkeypatch.setattr(methods, "crowded", lambda _: True)
    monkeypatch.setattr(methods, "have_preferences", lambda _: True)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_column_generation_finds_what_exhaustive_search_finds(kind: str, mode: str) -> None:
    for number in range(SOLVED):
        case = draw_case(kind, mode, number)
        assert list(solve_disagreements(case, truth(case))) == [], case


def nothing(apart: Decomposition) -> Duals:
    """Return prices of nothing."""
    return Duals(
        np.zeros(len(apart.links.low)), [np.zeros(len(person.tied)) for person in apart.people]
    )


def generate_columns(
    search: Search,
    model: RotationModel,
    apart: Decomposition,
    start: Duals | None,
    years: list[Ints],
) -> Bounded | None:
    """Search by column generation alone."""
    with ThreadPoolExecutor(2) as pool:
        columns = Columns(search, apart, pool, partial(grid_of, model, apart))
        return columns.generate(start, years)


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_schedule_is_better_than_the_bound(kind: str, mode: str) -> None:
    for case, weights, model, rows, apart in taken_apart(kind, mode, BOUNDED):
        best = truth(case).best
        if rows.contradiction:
            assert best is None, case
            continue
        params = SolveParams(time_s=60, deterministic=True)
        search = Search(params, Watch(clock=monotonic), weights, monotonic())
        generate_columns(search, model, apart, nothing(apart), [])
        if best is None:
            assert search.best is None, case
            continue
        assert not search.infeasible, case
        optimum = best * weights.scale + weights.ideal_offset
        assert search.bound <= optimum, case
        assert search.best is None or search.best[1] >= optimum, case


def crowd_of(watch: Watch, params: SolveParams) -> Search:
    model, weights = posted(Case("crowd", generate(24, "loose").program(), None))
    apart = decompose(model, read_rows(model))
    assert apart is not None
    search = Search(params, watch, weights, monotonic())
    generate_columns(search, model, apart, nothing(apart), [])
    return search


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_first_choices_give_the_first_prices_where_the_relaxation_is_not_done(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LinearRelaxation, "duals", lambda *_: None)
    case = draw_case(kind, mode, SOLVED)
    assert list(solve_disagreements(case, truth(case))) == [], case


def test_years_alone_lead_to_a_bound() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    years = [crowd.schedule.values[person] for person in range(24)]
    with_years, without = (
        generate_columns(crowd.search(3), crowd.model, crowd.apart, None, given)
        for given in (years, [])
    )
    assert with_years is not None
    assert with_years.bound <= crowd.schedule.priced
    assert without is None


def test_column_generation_is_deterministic_where_asked() -> None:
    params = SolveParams(time_s=0.5, deterministic=True, seed=5)
    one, other = (crowd_of(Watch(clock=monotonic), params) for _ in range(2))
    assert one.bound == other.bound > 0
    assert one.left == other.left
    assert (one.best is None) == (other.best is None)
    if one.best is not None and other.best is not None:
        assert np.array_equal(one.best[0], other.best[0])


def test_column_generation_stops_when_asked() -> None:
    """Asked at the first bound; what has begun by then is interrupted."""
    seen: list[Progress] = []
    asked: list[float] = []

    def stop() -> bool:
        if not asked and seen and seen[-1].bound:
            asked.append(monotonic())
        return bool(asked)

    watch = Watch(clock=monotonic, stop=stop, progress=seen.append)
    search = crowd_of(watch, SolveParams(time_s=300))
    assert search.stopped
    assert monotonic() - asked[0] < STOPS_S


def test_regret_is_told_at_the_prices_of_the_best_bound() -> None:
    crowd = Crowd()
    crowd.everybody_chooses()
    search = crowd.search(3)
    bounded = generate_columns(search, crowd.model, crowd.apart, nothing(crowd.apart), [])
    assert bounded is not None
    assert search.bound == ceil(bounded.bound)
    regret = bounded.regret(crowd.schedule.values, range(24))
    assert 0 < regret.sum() / GRAIN <= crowd.schedule.priced - bounded.bound


def test_what_is_proved_of_a_year_in_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = Crowd().apart
    intern = apart.people[0]
    costs = -GRAIN * intern.cost - 7

    def choice(units: float) -> Choice:
        monkeypatch.setattr(pricing, "_YEAR_UNITS", units)
        return Pricer(apart, intern).choose(costs, None, seed=1)

    whole, part, nothing_ = choice(16.0), choice(1e-4), choice(0.0)
    assert whole.bound is not None
    assert part.bound is not None
    assert part.bound < whole.bound == costs @ whole.years[-1]
    assert nothing_.bound is None
    assert not any(one.impossible or one.years for one in (part, nothing_))


@pytest.mark.parametrize(
    ("program", "care"),
    [
        (program_of(read_instance(SMALL), "students who rank disciplines and hospitals"), True),
        (generate(24, "loose").program(), False),
    ],
    ids=["students", "residents"],
)
def test_years_are_mixed_of_people_who_care_what_they_do(program: Program, *, care: bool) -> None:
    model, _ = posted(Case("whoever", program, None))
    apart = decompose(model, read_rows(model))
    assert apart is not None
    assert methods.have_preferences(apart) == care
