from dataclasses import replace
from fractions import Fraction

import pytest

from app.scheduling.domain.people import Leave
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.leave_cap import LeaveCap
from tests.scheduling.builders import grid, problem, program
from tests.scheduling.rules.found import found

KINDS = (RotationType(code="A"), RotationType(code="L", leave=True))
HALF = {"leave": (Leave(period=2, half="first"),)}
FULL = {"leave": (Leave(period=2),)}
YEAR = problem(replace(program(3, p1=HALF, p2=FULL), rotation_types=KINDS))


@pytest.mark.parametrize(
    ("most", "rows", "breaches"),
    [
        (1.5, ("AAAA", "ALAA", "AAAA"), []),
        (1, ("AAAA", "ALAA", "AAAA"), [(1, None, 1)]),
        (1, ("AAAA", "AAAA", "AAAA"), [(1, None, 1)]),
        (2, ("ALAA", "ALAA", "AAAA"), []),
        (2, ("ALAA", "ALAA", "ALAA"), [(2, None, 1)]),
        (1, ("AAAL", "ALAA", "AAAL"), [(1, None, 1), (2, None, 3)]),
    ],
    ids=["at the cap", "half over", "leave not kept", "half counts once", "one over", "no leave"],
)
def test_people_away_in_halves(
    most: float, rows: tuple[str, ...], breaches: list[tuple[int, None, int]]
) -> None:
    assert found(LeaveCap(name="Cap", max=most), YEAR, *rows) == breaches


def test_only_people_and_periods_in_scope_count() -> None:
    rule = LeaveCap(name="Cap", max=0, who=Who(people=("p3",)), when=When(periods=("1-2",)))
    assert found(rule, YEAR, "LLLL", "LLLL", "AALL") == []
    assert found(rule, YEAR, "AAAA", "AAAA", "LAAA") == [(2, None, 0)]


def test_a_breach_is_told_in_people() -> None:
    rule = LeaveCap(name="Cap", max=0.5)
    assert rule.step(YEAR) == Fraction(1, 2)
    (breach,) = rule.measure(YEAR, grid(YEAR, "AAAA", "AAAA", "AAAA"))
    assert (breach.measured, breach.limit) == (1.5, 0.5)
    assert breach.what == "1.5 away of at most 0.5"


def test_ideal_is_what_approved_leave_alone_exceeds() -> None:
    assert LeaveCap(name="Cap", max=1.5).ideal(YEAR) == 0
    assert LeaveCap(name="Cap", max=0.5).ideal(YEAR) == 2
    only_leave = problem(replace(program(1), rotation_types=KINDS[1:]))
    assert LeaveCap(name="Cap", max=0.5).ideal(only_leave) == 4


@pytest.mark.parametrize("most", [-0.5, 0.25, float("nan"), float("inf")])
def test_caps_are_halves_from_nothing(most: float) -> None:
    with pytest.raises(ValueError, match="max"):
        LeaveCap(name="Cap", max=most)


def test_describe() -> None:
    text = "At most 2.5 away at once; half a period of leave counts one half."
    assert LeaveCap(name="Cap", max=2.5).describe() == text
