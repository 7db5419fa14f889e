from typing import Any

import pytest

from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.assignment import AssignmentRule
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told


def test_one_of_holds_in_scope_only() -> None:
    rule = AssignmentRule(
        name="ICU month", one_of=("A", "B"), who=Who(people=("p1",)), when=When(periods=("2-3",))
    )
    assert found(rule, problem(program()), "CABC", "CCCC") == []
    assert found(rule, problem(program()), "CACC", "CCCC") == [(1, 0, 2)]
    assert told(rule, problem(program()), "CACC", "CCCC") == ["on C, instead of A or B,"]


def test_never_rules_out_and_leaves_the_rest() -> None:
    rule = AssignmentRule(name="No nights", never=("A",), when=When(periods=(1,)))
    assert found(rule, problem(program()), "BAAA", "CAAA") == []
    assert found(rule, problem(program()), "BAAA", "ACCC") == [(1, 1, 0)]
    assert told(rule, problem(program()), "BAAA", "ACCC") == ["on A, which is ruled out,"]


def test_absent_people_are_not_asked() -> None:
    late = problem(program(1, p1={"start": day(3)}))
    assert found(AssignmentRule(name="A", one_of=("A",)), late, "..AA") == []


def test_ideal_counts_cells_where_nothing_is_left() -> None:
    late = problem(program(p2={"start": day(3)}))
    assert AssignmentRule(name="A", never=("A", "B")).ideal(late) == 0
    assert AssignmentRule(name="A", never=("A", "B", "C")).ideal(late) == 4 + 2


@pytest.mark.parametrize("lists", [{}, {"one_of": ("A",), "never": ("B",)}])
def test_exactly_one_list_is_needed(lists: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either one_of or never"):
        AssignmentRule(name="A", **lists)


def test_describe() -> None:
    assert AssignmentRule(name="A", one_of=("A", "B")).describe() == "On A or B."
    assert AssignmentRule(name="A", never=("A", "B")).describe() == "Never on A or B."
