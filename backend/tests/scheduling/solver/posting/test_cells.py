from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from app.scheduling import api
from app.scheduling.domain.calendar import Split
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Result
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.assignment import AssignmentRule
from tests.scheduling.builders import day, problem, program


def solve(program: Program) -> Result:
    return api.solve(program, SolveParams(time_s=20, workers=1), Watch(clock=monotonic))


def letters(program: Program, result: Result) -> list[str]:
    assert result.grid is not None
    codes = [kind.code for kind in problem(program).rotations]
    return ["".join(codes[cell] for cell in row) for row in result.grid]


def test_a_hard_cell_rule_leaves_only_what_it_allows() -> None:
    rules = (
        AssignmentRule(name="First half", one_of=("A",), when=When(periods=("1-2",))),
        AssignmentRule(name="Second half", never=("A", "B"), when=When(periods=("3-4",))),
    )
    year = program(rules=rules)
    result = solve(year)
    assert result.status == "OPTIMAL"
    assert letters(year, result) == ["AACC", "AACC"]


def test_hard_cell_rules_that_leave_nothing_are_infeasible() -> None:
    rules = (
        AssignmentRule(name="In", one_of=("A",), who=Who(people=("p2",)), when=When(periods=(3,))),
        AssignmentRule(name="Out", never=("A",)),
    )
    assert solve(program(rules=rules)).status == "INFEASIBLE"


def test_soft_cell_rules_cost_each_cell_and_the_dearer_wins() -> None:
    rules = (
        AssignmentRule(name="Cheap", one_of=("A",), penalty=1),
        AssignmentRule(name="Dear", one_of=("B",), penalty=3, when=When(periods=(2,))),
    )
    year = program(rules=rules)
    result = solve(year)
    assert letters(year, result) == ["ABAA", "ABAA"]
    assert (result.objective, result.bound) == (2, 2)


def test_a_soft_cell_rule_that_cannot_be_kept_costs_its_ideal() -> None:
    result = solve(program(rules=(AssignmentRule(name="None", never=("A", "B", "C"), penalty=2),)))
    assert (result.objective, result.ideal, result.gap) == (16, 16, 0)


@pytest.mark.parametrize(("who", "objective"), [(Who(), 0), (Who(people=("nobody",)), 1)])
def test_both_halves_of_a_period_that_is_not_split_share_their_cost(
    who: Who, objective: int
) -> None:
    rules = (
        AssignmentRule(name="A", one_of=("A",), penalty=1, when=When(end=day(2))),
        AssignmentRule(name="B", one_of=("B",), penalty=3, when=When(start=day(2) + timedelta(3))),
    )
    year = program(["p1", "nobody"], slots=2, rules=rules)
    split = Split(period=2, on=day(2) + timedelta(3), who=who)
    year = replace(year, calendar=replace(year.calendar, splits=(split,)))
    assert solve(year).objective == objective
