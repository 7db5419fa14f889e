import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.people import Wish
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import scales
from app.scheduling.rules import RULE_BOOK
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.fairness import Fairness
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.stability import Notice
from tests.scheduling.builders import problem, program

HUGE = 10**12
_NUMERIC = [
    (kind, field.name, str(field.type))
    for kind in RULE_BOOK
    for field in fields(kind)
    if re.search(r"\b(int|float)\b", str(field.type))
]


def _huge(declared: str) -> Any:
    if "dict[" in declared:
        return {"A": HUGE}
    return (HUGE,) if "tuple[" in declared else HUGE


@pytest.mark.parametrize(("kind", "name", "declared"), _NUMERIC)
def test_no_parameter_of_any_kind_is_huge(kind: type[Rule], name: str, declared: str) -> None:
    needed: dict[str, Any] = {
        field.name: ()
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }
    said = "weight" if name in ("penalty", "reward") else name
    with pytest.raises(ValueError, match=f"^{said} .*expected .*at most 10000"):
        kind(**{**needed, "name": "huge", name: _huge(declared)})


@pytest.mark.parametrize(
    ("made", "numbers"),
    [
        (Ramp, {"period": 1, "min": 1, "max": 1}),
        (Notice, {"days": 1, "times": 1}),
    ],
)
def test_no_entry_of_a_parameter_is_huge(made: type[Any], numbers: dict[str, int]) -> None:
    assert made(**dict.fromkeys(numbers, 10_000))
    for name in numbers:
        with pytest.raises(ValueError, match=f"^{name} {HUGE}: expected at most 10000"):
            made(**{**numbers, name: HUGE})


def test_no_rank_is_huge() -> None:
    with pytest.raises(ValueError, match="rank"):
        Wish(rank=HUGE, rotations=("A",), periods=(1,))


def test_weights_and_amounts_have_few_decimals() -> None:
    assert Coverage(name="ward", rotations=("A",), min=1, penalty=0.0001).penalty == 0.0001
    with pytest.raises(ValueError, match=r"weight 0\.33333: expected at most 4 decimals"):
        Coverage(name="ward", rotations=("A",), min=1, penalty=0.33333)
    assert Requirement(name="ward", rotations=("A",), min=2.125).min == 2.125
    with pytest.raises(ValueError, match=r"from 0\.3333 to None: expected at most 3 decimals"):
        Requirement(name="ward", rotations=("A",), min=0.3333)


def test_weights_that_no_whole_numbers_hold_together_are_refused() -> None:
    heavy = Prerequisite(name="heavy", before=("A",), after=("B",), penalty=1_000_000)
    coarse = Fairness(name="nights", points={"A": 1}, penalty=0.001)
    fine = Fairness(name="nights", points={"A": 0.5}, penalty=0.0001)
    made = problem(program())
    assert scales(made, [heavy, coarse], "minimize").costs == {"heavy": 10**9, "nights": 1}
    with pytest.raises(InvalidProgram, match=r"'nights' are too fine beside .*'heavy'") as error:
        scales(made, [heavy, fine], "minimize")
    assert error.value.faults[0].path == ("rules", 1)
