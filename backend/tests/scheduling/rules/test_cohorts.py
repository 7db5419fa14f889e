from typing import Any

import pytest

from app.scheduling.domain.people import Change, Leave
from app.scheduling.domain.scope import When
from app.scheduling.rules.cohorts import Cohorts
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told

YEAR = problem(
    program(
        3,
        slots=6,
        p1={"cohort": "red"},
        p2={"cohort": "blue", "leave": (Leave(period=2),)},
        p3={"cohort": "none"},
    )
)
PLAIN: dict[str, Any] = {
    "name": "2+1",
    "cycle": 3,
    "clinic": ("A",),
    "first": {"red": 1, "blue": 2},
}


def test_clinic_returns_in_the_cycle() -> None:
    rule = Cohorts(**PLAIN)
    assert found(rule, YEAR, "ABCABC", "BABCAB", "CCCAAA") == []
    assert found(rule, YEAR, "ABCBBC", "BABCAB", "CCCCCC") == [(1, 0, 3)]
    assert told(rule, YEAR, "ABCBAC", "BABCAB", "CCCCCC") == [
        "on B in the clinic of cohort red",
        "on A outside the clinic of cohort red",
    ]


def test_clinic_may_be_open_in_between() -> None:
    rule = Cohorts(**PLAIN, clinic_only_then=False)
    assert found(rule, YEAR, "AAAAAA", "AAAAAA", "CCCCCC") == []


def test_several_clinic_slots_in_a_row_wrap_around_the_cycle() -> None:
    rule = Cohorts(**PLAIN | {"first": {"red": 3}}, length=2)
    assert found(rule, YEAR, "ABAABA", "CCCCCC", "CCCCCC") == []
    assert found(rule, YEAR, "BBAABA", "CCCCCC", "CCCCCC") == [(1, 0, 0)]


def test_full_leave_is_exempt() -> None:
    assert found(Cohorts(**PLAIN), YEAR, "ABCABC", "BCBCAB", "CCCCCC") == []


def test_periods_out_of_scope_are_not_asked() -> None:
    rule = Cohorts(**PLAIN, when=When(periods=("4-6",)))
    assert found(rule, YEAR, "BAAABC", "AAACAB", "CCCCCC") == []


def test_the_cohort_of_the_day_counts() -> None:
    mover = problem(
        program(1, slots=6, p1={"cohort": "red", "changes": (Change(start=day(4), cohort="blue"),)})
    )
    assert found(Cohorts(**PLAIN), mover, "ABBBAB") == []


def test_ideal_counts_slots_without_any_way_out() -> None:
    assert Cohorts(**PLAIN).ideal(YEAR) == 0
    everything = Cohorts(**PLAIN | {"clinic": ("A", "B", "C")})
    assert everything.ideal(YEAR) == 4 + 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cycle": 1}, "cycle 1: expected at least 2"),
        ({"length": 0}, "length 0: expected 1 to 2"),
        ({"length": 3}, "length 3: expected 1 to 2"),
        ({"clinic": ()}, "at least one clinic rotation"),
        ({"first": {}}, "at least one cohort"),
        ({"first": {"red": 4}}, "first clinic 4 of cohort 'red': expected 1 to 3"),
        ({"first": {"red": 0}}, "first clinic 0"),
    ],
)
def test_cycles_that_do_not_fit_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cohorts(**PLAIN | wrong)


def test_describe() -> None:
    text = "Every 3 slots a cohort has A: red from slot 1 and blue from slot 2"
    assert Cohorts(**PLAIN).describe() == f"{text}, and none in between."
    assert Cohorts(**PLAIN, clinic_only_then=False).describe() == f"{text}."
    double = Cohorts(**PLAIN | {"first": {"red": 3}}, length=2)
    assert double.describe().startswith("Every 3 slots a cohort has 2 slots of A: red from slot 3")
