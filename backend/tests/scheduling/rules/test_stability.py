from datetime import timedelta
from typing import Any

import pytest

from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.scope import When
from app.scheduling.rules.stability import Notice, Stability
from tests.scheduling.builders import day, grid, problem, program
from tests.scheduling.rules.found import found, told

EMPTY = problem(program())


def based_on(*rows: str) -> Problem:
    return compile_problem(program(), grid(EMPTY, *rows))


YEAR = based_on("AAAA", "BBB.")


def test_changes_beyond_the_free_ones_count() -> None:
    rule = Stability(name="Keep", at_most=1)
    assert found(rule, YEAR, "AAAA", "BBBC") == []
    assert found(rule, YEAR, "AAAC", "BBBC") == []
    assert found(rule, YEAR, "CAAC", "BBBC") == [(1, None, None)]
    assert found(rule, YEAR, "CCCC", "BBAC") == [(4, None, None)]


def test_only_changes_in_scope_count() -> None:
    rule = Stability(name="Keep", when=When(periods=("1-2",)))
    assert found(rule, YEAR, "AACC", "BBAA") == []


def test_nothing_to_keep_without_a_schedule() -> None:
    assert found(Stability(name="Keep"), EMPTY, "AAAA", "BBBB") == []


@pytest.mark.parametrize(
    ("rows", "amount"),
    [(("CAAA", "BBBB"), 5), (("ACAA", "BBBB"), 5), (("AACA", "BBBB"), 2), (("AAAC", "BBBB"), 1)],
    ids=["already begun", "at the limit", "next entry", "beyond all entries"],
)
def test_short_notice_counts_more(rows: tuple[str, str], amount: int) -> None:
    rule = Stability(
        name="Keep",
        as_of=day(2) - timedelta(3),
        notice=(Notice(days=10, times=2), Notice(days=3, times=5)),
    )
    assert found(rule, YEAR, *rows) == [(amount, None, None)]


def test_the_message_shows_the_first_changes() -> None:
    assert told(Stability(name="Keep", at_most=1), YEAR, "CAAC", "BBBC") == [
        "2 changes of at most 1: p1 in period 1 to C; p1 in period 4 to C"
    ]
    (text,) = told(Stability(name="Keep"), YEAR, "CCCC", "BAB.")
    assert text == (
        "5 changes of at most 0: "
        "p1 in period 1 to C; p1 in period 2 to C; p1 in period 3 to C and 2 more"
    )


def test_a_placement_that_is_gone_is_a_change() -> None:
    (text,) = told(Stability(name="Keep"), YEAR, ".AAA", "BBBB")
    assert text == "1 changes of at most 0: p1 in period 1 to nothing"


def test_ideal_is_nothing() -> None:
    assert Stability(name="Keep").ideal(YEAR) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"at_most": -1}, "at most -1 changes"),
        ({"notice": (Notice(days=7, times=2),)}, "needs as_of"),
        (
            {"as_of": day(1), "notice": (Notice(days=7, times=2), Notice(days=7, times=3))},
            "same number of days",
        ),
    ],
)
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stability(name="Keep", **wrong)


@pytest.mark.parametrize(("days", "times"), [(-1, 2), (7, 0)])
def test_notice_that_means_nothing_is_refused(days: int, times: int) -> None:
    with pytest.raises(ValueError, match="expected at least 0 days and at least 1 time"):
        Notice(days=days, times=times)


def test_describe() -> None:
    nothing = "Nothing changes against the schedule that the solve starts from."
    assert Stability(name="Keep").describe() == nothing
    rule = Stability(
        name="Keep",
        at_most=3,
        as_of=day(1),
        notice=(Notice(days=28, times=2), Notice(days=7, times=5)),
    )
    assert rule.describe() == (
        "At most 3 changes against the schedule that the solve starts from; "
        "with up to 7 days of notice a change counts 5 times; "
        "with up to 28 days of notice a change counts 2 times (as of 2026-07-06)."
    )
