from datetime import date

import pytest

from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.people import Half, Leave, Person
from app.scheduling.domain.problem import FULL_LEAVE, HALF_LEAVE, NO_LEAVE
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType

SPLIT = (Split(period=2, on=date(2026, 7, 20)),)


def leave_of_year(*halves: Half | None, splits: tuple[Split, ...] = ()) -> list[int]:
    """Return the leave, by slot, of a person with these leaves in the second of three periods."""
    program = Program(
        name="Leave",
        calendar=Calendar(start=date(2026, 7, 1), period="2 weeks", periods=3, splits=splits),
        rotation_types=(RotationType(code="W"),),
        people=(Person(id="p", pgy=1, leave=tuple(Leave(period=2, half=h) for h in halves)),),
    )
    return [int(amount) for amount in compile_problem(program).leave[0]]


@pytest.mark.parametrize(
    ("halves", "expected"),
    [
        (("first",), HALF_LEAVE),
        (("second",), HALF_LEAVE),
        (("first", "second"), FULL_LEAVE),
        (("first", "first"), FULL_LEAVE),
        ((None,), FULL_LEAVE),
        ((), NO_LEAVE),
    ],
)
def test_halves_of_a_whole_period_add_up(halves: tuple[Half | None, ...], expected: int) -> None:
    assert leave_of_year(*halves) == [NO_LEAVE, expected, NO_LEAVE]


@pytest.mark.parametrize(
    ("halves", "expected"),
    [
        (("first",), [FULL_LEAVE, NO_LEAVE]),
        (("second",), [NO_LEAVE, FULL_LEAVE]),
        (("first", "second"), [FULL_LEAVE, FULL_LEAVE]),
        (("first", "first"), [FULL_LEAVE, NO_LEAVE]),
        ((None,), [FULL_LEAVE, FULL_LEAVE]),
    ],
)
def test_a_half_of_a_split_period_is_one_part(
    halves: tuple[Half | None, ...], expected: list[int]
) -> None:
    assert leave_of_year(*halves, splits=SPLIT) == [NO_LEAVE, *expected, NO_LEAVE]
