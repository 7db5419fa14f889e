from time import monotonic

import pytest

from app.scheduling import api
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.scope import When
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.stability import Notice, Stability
from tests.scheduling.builders import day, grid, problem, program


@pytest.mark.parametrize(("at_most", "objective"), [(0, 1 * 3 + 1 + 1), (3, 1 + 1), (5, 0)])
def test_changes_on_short_notice_cost_their_times(at_most: int, objective: int) -> None:
    rules = (
        Stability(
            name="Keep",
            penalty=1,
            at_most=at_most,
            as_of=day(1),
            notice=(Notice(days=7, times=3),),
        ),
        Coverage(name="One on B", rotations=("B",), min=1, when=When(periods=("2-4",))),
    )
    year = program(rules=rules)
    base = grid(problem(year), "AAAA", "AAAA")
    watch = Watch(clock=monotonic)
    result = api.solve(year, SolveParams(time_s=20, workers=1), watch, base)
    assert (result.status, result.objective, result.bound) == ("OPTIMAL", objective, objective)
