from typing import Any

import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.mirrored import Mirrored
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told

YEAR = problem(program())
PLAIN: dict[str, Any] = {
    "name": "Ward and clinic",
    "pairs": (("p1", "p2"),),
    "one": ("A",),
    "other": ("B",),
}
RING = (("p1", "p2"), ("p2", "p3"), ("p3", "p1"))


def test_each_is_on_one_side_while_the_other_faces_them() -> None:
    rule = Mirrored(**PLAIN)
    assert found(rule, YEAR, "ABCC", "BACC") == []
    assert found(rule, YEAR, "ABCC", "BACA") == [(1, 0, 3)]
    assert found(rule, YEAR, "ABCC", "AACC") == [(2, 0, 0)]
    assert told(rule, YEAR, "ABCC", "BACA") == ["on C, p2 on A, not mirrored,"]


def test_any_rotation_of_a_side_counts() -> None:
    rule = Mirrored(**PLAIN | {"other": ("B", "C")})
    assert found(rule, YEAR, "ABCA", "CAAB") == []
    assert found(rule, YEAR, "ABCA", "CABB") == [(2, 0, 2)]


def test_only_slots_in_scope_with_both_present_count() -> None:
    rule = Mirrored(**PLAIN, when=When(periods=("2-4",)))
    late = problem(program(p2={"start": day(3)}))
    assert found(rule, late, "AAAC", "..BC") == []
    assert found(rule, late, "AAAC", "..CC") == [(1, 0, 2)]


def test_ideal_counts_odd_rings_without_a_third_way() -> None:
    ring = PLAIN | {"pairs": RING}
    assert Mirrored(**ring).ideal(problem(program(3))) == 0
    assert Mirrored(**ring).ideal(problem(program(3, codes="AB"))) == 2 * 4
    assert Mirrored(**PLAIN).ideal(problem(program(codes="AB"))) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"one": ()}, "both sides"),
        ({"other": ()}, "both sides"),
        ({"one": ("A", "B"), "other": ("B", "A")}, "A and B: on both sides"),
        ({"pairs": ()}, "at least one pair"),
    ],
)
def test_sides_that_are_empty_or_overlap_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mirrored(**PLAIN | wrong)


def test_describe() -> None:
    rule = Mirrored(**PLAIN | {"other": ("B", "C")})
    assert rule.describe() == "One on A exactly while the other is on B or C: p1 and p2."
