import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.batches import Batches
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("AABBAA", []),
        ("ACACCA", []),
        ("AAAABB", [(0, 1, 1)]),
        ("CAACCC", [(0, 1, 1)]),
        ("BBBBBB", [(0, 1, 1), (0, 3, 1)]),
    ],
)
def test_nobody_stays_beyond_an_end(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = Batches(name="pairs", rotations=("A", "B"), ends=(2, 4, 6))
    assert found(rule, row) == breaches


def test_going_to_another_of_the_set_is_staying_when_they_count_together() -> None:
    rule = Batches(name="pairs", rotations=("A", "B"), ends=(2,), each=False)
    assert found(rule, "AABB") == [(0, 1, 1)]
    assert found(rule, "AACB") == []


def test_a_batch_is_spent_as_a_whole_where_that_is_asked() -> None:
    rule = Batches(name="threes", rotations=("A",), ends=(3,), whole=True)
    assert found(rule, "AAACCC") == []
    assert found(rule, "CCCAAA") == []
    assert found(rule, "ACCCCC") == [(0, 0, 1)]
    assert found(rule, "CCCAAC") == [(0, 3, 1)]
    assert found(rule, "CAAACC") == [(0, 2, 1), (0, 0, 1), (0, 3, 1)]


def test_the_breach_of_a_batch_is_the_smaller_part() -> None:
    rule = Batches(name="fours", rotations=("A",), ends=(5,), whole=True)
    assert found(rule, "AACCC") == [(0, 0, 2)]
    assert found(rule, "AAACC") == [(0, 0, 2)]
    assert found(rule, "AAAAC") == [(0, 0, 1)]


def test_scope_and_absence_limit_what_counts() -> None:
    rule = Batches(
        name="pairs", rotations=("A",), ends=(2,), whole=True, when=When(except_periods=(2,))
    )
    assert found(rule, "CAACCC") == [(0, 2, 1)]
    whole = Batches(name="pairs", rotations=("A",), ends=(2,), whole=True)
    assert found(whole, ".AAA", p1={"start": day(2)}) == [(0, 1, 1)]


@pytest.mark.parametrize("codes", ["A", "AB", "ABC"])
@pytest.mark.parametrize("each", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_the_ideal_is_what_the_best_grid_has(*, codes: str, each: bool, whole: bool) -> None:
    rule = Batches(
        name="pairs",
        rotations=tuple(codes[:2]),
        ends=(1, 3, 5),
        each=each,
        whole=whole,
        penalty=1,
    )
    made = problem(program(1, 5, codes, [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(
    ("rotations", "ends"), [((), (1,)), (("A",), ()), (("A",), (2, 2)), (("A",), (0, 1))]
)
def test_empty_lists_and_ends_that_do_not_rise_are_refused(
    rotations: tuple[str, ...], ends: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"end|period"):
        Batches(name="pairs", rotations=rotations, ends=ends)


def test_the_description_names_the_ends() -> None:
    rule = Batches(name="pairs", rotations=("A",), ends=(2, 4), whole=True)
    assert rule.describe() == (
        "Nobody stays on A beyond the end of period 2 and 4; "
        "each batch is spent on it throughout or not at all."
    )
