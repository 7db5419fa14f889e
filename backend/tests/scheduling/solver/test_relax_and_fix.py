"""Head counts promise no less than schedules keep, and what is planned with them holds."""

from collections import deque
from math import inf
from time import monotonic

import numpy as np
import pytest

from app.scheduling import api
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import Who
from app.scheduling.rules.preferences import Preference, Preferences
from app.scheduling.solver import relax_and_fix
from app.scheduling.solver.decomposition import decompose
from app.scheduling.solver.relax_and_fix import Class, Step, enough_peers, plan
from app.scheduling.solver.responses import Responses
from app.scheduling.solver.rows import read_rows
from app.scheduling.solver.search import Search
from app.scheduling.solver.summed import Peers
from tests.scheduling.brute_force import truth
from tests.scheduling.builders import program
from tests.scheduling.random_programs import MODES, Case, draw_case
from tests.scheduling.test_search_by_people import Crowd, posted

DRAWN = 6
"""Programmes for every kind and mode."""


def promised(case: Case) -> float | None:
    """Return the least shortfall with everybody as one head count; None when not taken apart."""
    model, _ = posted(case)
    apart = decompose(model, read_rows(model))
    if apart is None:
        return None
    everybody = [person.person for person in apart.people]
    ours = Class([everybody], Peers(model, apart.people), deque([tuple(everybody)]), 4)
    step = Step(apart, Responses(apart, np.random.default_rng(1)), ours, (), set(everybody))
    optimum = step.program.minimize(gap=0)
    return inf if optimum is None else round(optimum.cost) + apart.constant


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_schedule_is_better_than_head_counts_promise(kind: str, mode: str) -> None:
    for number in range(DRAWN):
        case = draw_case(kind, mode, number)
        least, best = promised(case), truth(case).best
        if least is not None and best is not None:
            _, weights = posted(case)
            assert least <= best * weights.scale + weights.ideal_offset, case


def test_what_is_planned_keeps_everybodys_rules_and_staffs_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relax_and_fix, "_MOST_HANDFUL", 4)
    crowd = Crowd(15)
    crowd.everybody_chooses()
    before = crowd.schedule.shortfall
    search = Search(
        SolveParams(time_s=60, workers=1, deterministic=True),
        Watch(clock=monotonic),
        crowd.weights,
        monotonic(),
    )
    plan(search, crowd.model, crowd.program.rules, crowd.apart, crowd.schedule)
    grid = crowd.schedule.grid(crowd.model)
    assert [f for f in api.check(crowd.program, grid) if f.severity == "error"] == []
    value = api.evaluate(crowd.program, grid)
    assert crowd.weights.shortfall(value.objective) == crowd.schedule.shortfall < before


LIKE_A = Preferences(name="All like A", points={"A": 1}, reward=1)
DIFFER = Preferences(
    name="Each likes A more than the one before",
    personal=tuple(
        Preference(who=Who(people=(f"p{n}",)), points={"A": n, "B": 10 + n, "C": 20 + n})
        for n in range(1, 4)
    ),
    reward=1,
)


@pytest.mark.parametrize(
    ("people", "rule", "enough"), [(3, LIKE_A, 1), (2, LIKE_A, 0), (3, DIFFER, 0)]
)
def test_peers_are_added_up_where_there_are_three_alike(
    people: int, rule: Rule, enough: int
) -> None:
    model, _ = posted(Case("peers", program(people, rules=[rule]), None))
    apart = decompose(model, read_rows(model))
    assert apart is not None
    assert enough_peers(model, (rule,), apart) == bool(enough)
