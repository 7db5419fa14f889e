from time import monotonic

from app.scheduling import api
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.score import scales
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.preferences import Preferences
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.worst_off import WorstOff
from app.scheduling.solver.decomposition import decompose
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.rows import read_rows
from tests.scheduling.builders import problem, program

ONE_A = Coverage(name="one on A", rotations=("A",), exactly=1)
LIKES_A = Preferences(name="likes A", points={"A": 2}, reward=1)
ENOUGH_B = Requirement(name="enough B", rotations=("B",), min=1, penalty=3)


def test_the_lowest_total_decides_between_schedules_that_are_worth_the_same() -> None:
    year = program(2, 4, "AB", [ONE_A, LIKES_A, WorstOff(name="worst", reward=1)])
    result = api.solve(year, SolveParams(time_s=20, workers=1), Watch(clock=monotonic))
    assert result.grid is not None
    assert (result.status, result.objective) == ("OPTIMAL", -12)
    assert [list(row).count(0) for row in result.grid] == [2, 2]


def test_each_person_is_charged_what_is_theirs_and_the_level_belongs_to_nobody() -> None:
    rules = (ONE_A, LIKES_A, ENOUGH_B, WorstOff(name="worst", reward=1))
    year = problem(program(3, 2, "AB", rules))
    model = RotationModel(year, rules, scales(year, rules, "minimize"))
    post_rules(model, rules)

    assert {name: list(share) for name, share in model.shares.items()} == {
        "likes A": [0, 1, 2],
        "enough B": [0, 1, 2],
    }
    apart = decompose(model, read_rows(model))
    assert apart is not None
    assert len(apart.levels) == 1
    assert all(len(people) == 3 for people in apart.links.people)
