from typing import Any

import pytest

from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.run_length import RunLength
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("C AA C", []),
        ("C AAA C", []),
        ("C A C", [(0, 1, 1)]),
        ("C AAAA C", [(0, 1, 1)]),
        ("C A B C", [(0, 1, 1), (0, 2, 1)]),
        ("C A C AAAAA", [(0, 1, 1), (0, 3, 2)]),
    ],
)
def test_a_run_keeps_to_its_limits(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = RunLength(name="blocks", rotations=("A", "B"), min=2, max=3)
    assert found(rule, row) == breaches


def test_a_run_may_go_from_one_rotation_to_another_when_they_count_together() -> None:
    rule = RunLength(name="wards", rotations=("A", "B"), min=2, each=False)
    assert found(rule, "C AB C BA C") == []
    assert found(rule, "C ABB C A C") == [(0, 5, 1)]


def test_a_run_cut_by_the_year_or_the_appointment_may_be_short_but_not_long() -> None:
    lenient = RunLength(name="blocks", rotations=("A",), min=3, max=3)
    strict = RunLength(name="blocks", rotations=("A",), min=3, max=3, cut_by_year=False)
    assert found(lenient, "A C AA") == []
    assert found(strict, "A C AA") == [(0, 0, 2), (0, 2, 1)]
    assert found(lenient, "AAAA") == [(0, 0, 1)]
    late = {"start": day(2), "end": day(5)}
    assert found(lenient, ".ACCA.", p1=late) == []
    assert found(strict, ".ACCA.", p1=late) == [(0, 1, 2), (0, 4, 2)]


def test_a_run_counts_when_it_begins_in_scope() -> None:
    rule = RunLength(name="blocks", rotations=("A",), max=1, when=When(periods=(2, 3)))
    assert found(rule, "AAAC") == []
    assert found(rule, "CAAC") == [(0, 1, 1)]
    seniors = RunLength(name="blocks", rotations=("A",), max=1, who=Who(pgy=(3,)))
    assert found(seniors, "AA", "AA", p2={"pgy": 3}) == [(1, 0, 1)]


@pytest.mark.parametrize("codes", ["A", "AB", "ABC"])
@pytest.mark.parametrize("cut_by_year", [True, False])
@pytest.mark.parametrize("each", [True, False])
@pytest.mark.parametrize("limits", [(None, 1), (3, 3), (6, None), (2, 4)])
def test_the_ideal_is_what_the_best_grid_has(
    *, codes: str, cut_by_year: bool, each: bool, limits: tuple[int | None, int | None]
) -> None:
    rule = RunLength(
        name="blocks",
        rotations=("A", "B") if "B" in codes else ("A",),
        min=limits[0],
        max=limits[1],
        each=each,
        cut_by_year=cut_by_year,
        penalty=1,
        when=When(periods=(1, 2, 4)),
    )
    made = problem(program(1, 5, codes, [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize("limits", [{}, {"min": 0}, {"max": 0}, {"min": 3, "max": 2}])
def test_limits_that_mean_nothing_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="run length"):
        RunLength(name="blocks", rotations=("A",), **limits)


def test_no_rotations_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one rotation"):
        RunLength(name="blocks", rotations=(), min=2)


def test_the_description_names_limits_and_exceptions() -> None:
    lenient = RunLength(name="blocks", rotations=("A", "B"), min=2, max=4)
    assert lenient.describe() == (
        "Whoever begins A or B (each by itself) stays for 2 to 4 periods in a row; "
        "at the beginning and end of the appointment it may be shorter."
    )
    longest = RunLength(name="blocks", rotations=("A", "B"), max=1, each=False)
    assert longest.describe() == (
        "Whoever begins A or B (counted together) stays for at most 1 period in a row."
    )
