from dataclasses import replace
from datetime import date

from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.people import Preassignment
from app.scheduling.domain.scope import When
from app.scheduling.rules.preassignments import PreassignmentsKept
from tests.scheduling.builders import problem, program
from tests.scheduling.rules.found import found, told

DECIDED = problem(
    program(
        p1={
            "preassignments": (
                Preassignment(periods=("1-2",), one_of=("A", "B")),
                Preassignment(periods=(2,), never=("B",)),
            )
        }
    )
)
RULE = PreassignmentsKept(name="As decided")


def test_all_slots_of_all_decisions_hold() -> None:
    assert found(RULE, DECIDED, "BACC", "CCCC") == []
    assert found(RULE, DECIDED, "BBCC", "CCCC") == [(1, 0, 1)]
    assert found(RULE, DECIDED, "CCCC", "CCCC") == [(1, 0, 0), (1, 0, 1)]


def test_the_message_names_what_was_decided() -> None:
    assert told(RULE, DECIDED, "CBCC", "AAAA") == [
        "on C, pre-assigned to A or B,",
        "on B, pre-assigned off B,",
    ]


def test_decisions_out_of_scope_are_not_enforced() -> None:
    rule = PreassignmentsKept(name="As decided", when=When(periods=(1,)))
    assert found(rule, DECIDED, "ACCC", "CCCC") == []


def test_contradicting_decisions_break_once_per_slot() -> None:
    torn = problem(
        program(
            1,
            p1={
                "preassignments": (
                    Preassignment(periods=(1,), one_of=("A",)),
                    Preassignment(periods=(1,), never=("A",)),
                )
            },
        )
    )
    assert RULE.ideal(torn) == 1
    assert RULE.ideal(DECIDED) == 0
    assert found(RULE, torn, "BAAA") == [(1, 0, 0)]


def test_describe() -> None:
    assert RULE.describe() == "Everybody is where their pre-assignments say."


def test_a_half_is_one_part_of_a_split_period() -> None:
    calendar = Calendar(
        start=date(2026, 7, 1), periods=3, splits=(Split(period=2, on=date(2026, 8, 10)),)
    )
    decided = (
        Preassignment(periods=("1-3",), half="first", one_of=("A",)),
        Preassignment(periods=("1-3",), half="second", one_of=("B",)),
    )
    torn = problem(replace(program(p1={"preassignments": decided}), calendar=calendar))
    assert found(RULE, torn, "CABC", "CCCC") == []
    assert found(RULE, torn, "ABAA", "CCCC") == [(1, 0, 1), (1, 0, 2)]
