from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import When
from app.scheduling.rules.site_changes import SiteChanges
from tests.scheduling.builders import best_amount, day, problem, program
from tests.scheduling.rules.found import found

NORTH_AND_SOUTH = (
    RotationType(code="A", site="North"),
    RotationType(code="B", site="North"),
    RotationType(code="C", site="South"),
    RotationType(code="V"),
)


def sites(rule: SiteChanges, slots: int, rows: int = 1, **overrides: dict[str, Any]) -> Problem:
    """Return a problem of rotations A and B in the north, C in the south and V nowhere."""
    made = program(rows, slots, "ABCV", [rule], **overrides)
    return problem(replace(made, rotation_types=NORTH_AND_SOUTH))


@pytest.mark.parametrize(
    ("row", "slots"),
    [("ABBA", []), ("ABCC", [2]), ("ACCB", [1, 3]), ("CAVV", [1]), ("VVVV", [])],
)
def test_each_change_is_a_breach(row: str, slots: Sequence[int]) -> None:
    rule = SiteChanges(name="few moves", penalty=1)
    assert found(rule, sites(rule, 4), row) == [(1, 0, slot) for slot in slots]


@pytest.mark.parametrize(("row", "slots"), [("AVVB", []), ("AVVC", [3]), ("VAVCV", [3])])
def test_what_lies_between_without_a_site_is_none(row: str, slots: Sequence[int]) -> None:
    rule = SiteChanges(name="few moves", penalty=1)
    assert found(rule, sites(rule, len(row)), row) == [(1, 0, slot) for slot in slots]


def test_nor_is_time_without_an_appointment() -> None:
    rule = SiteChanges(name="few moves", penalty=1)
    assert found(rule, sites(rule, 3, p1={"start": day(2)}), ".AC") == [(1, 0, 2)]


@pytest.mark.parametrize(("at_most", "slots"), [(0, [1, 2, 3]), (2, [3]), (3, [])])
def test_some_changes_may_be_free(at_most: int, slots: Sequence[int]) -> None:
    rule = SiteChanges(name="few moves", at_most=at_most)
    assert found(rule, sites(rule, 4), "ACBC") == [(1, 0, slot) for slot in slots]


def test_a_change_counts_where_it_leads_to_a_slot_in_scope() -> None:
    rule = SiteChanges(name="few moves", when=When(periods=(3,)))
    made = sites(rule, 4)
    assert found(rule, made, "ACCA") == []
    assert found(rule, made, "AVCA") == [(1, 0, 2)]


def test_nobody_needs_to_change() -> None:
    rule = SiteChanges(name="few moves", penalty=1)
    made = sites(rule, 3, 2)
    assert rule.ideal(made) == best_amount(rule, made) == 0


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="at most -1 changes of site"):
        SiteChanges(name="few moves", at_most=-1)


def test_the_description_says_how_often() -> None:
    assert SiteChanges(name="m").describe() == "Nobody changes from one site to another."
    once = "Each person changes from one site to another at most once."
    assert SiteChanges(name="m", at_most=1).describe() == once
    assert SiteChanges(name="m", at_most=3).describe() == once.replace("once", "3 times")
