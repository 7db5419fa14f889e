"""After a change, what the change concerns is checked again, and nothing else is needed."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.checking import Broken, Checker
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.spacing import Spacing
from tests.scheduling.brute_force import to_array
from tests.scheduling.builders import grid, problem, program
from tests.scheduling.random_programs import MODES, Case, draw_case, kind_of

PROGRAMS, EDITS = 8, 3
CHECKED = [(kind, mode) for kind, mode in MODES if mode != "reward"]


def edited(case: Case) -> Iterator[tuple[Broken, Broken, Broken]]:
    """Yield, edit by edit: what was wrong, what is said to be wrong after it, and what is.

    An edit changes up to six cells, whether anybody is there or not.
    """
    base = None if case.base is None else to_array(case.program, case.base)
    made = compile_problem(case.program, base)
    checker = Checker(made, case.program.rules)
    draw = np.random.default_rng(list(case.name.encode()))
    people, slots, rotations = made.shape
    now: Grid = draw.integers(ABSENT, rotations, (people, slots)).astype(np.int16)
    before = checker.check(now)
    for _ in range(EDITS):
        now = now.copy()
        rows = [
            rows.tolist() for rows in draw.integers((people, slots), size=(draw.integers(1, 7), 2))
        ]
        cells = {(person, slot) for person, slot in rows}
        for cell in cells:
            now[cell] = draw.integers(ABSENT, rotations)
        after = checker.revise(before, now, cells)
        yield before, after, Checker(made, case.program.rules).check(now)
        before = after


@pytest.mark.parametrize(("kind", "mode"), CHECKED)
def test_an_edit_is_checked_as_if_all_were(kind: str, mode: str) -> None:
    told = 0
    for number in range(PROGRAMS):
        for before, after, whole in edited(draw_case(kind, mode, number)):
            assert after == whole
            told += after[1] != before[1] or after[-1] != before[-1]
    assert told


@pytest.mark.parametrize(
    ("kind", "wrong"), [(Coverage, "person"), (RunLength, "slot"), (Spacing, "slot")]
)
def test_a_kind_that_says_too_little_of_itself_is_caught(
    kind: type[Rule], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "concern", wrong)
    cases = (draw_case(kind_of(kind), "hard", number) for number in range(PROGRAMS))

    assert any(after != whole for case in cases for _, after, whole in edited(case))


def test_what_a_change_does_not_concern_stays_the_same_object() -> None:
    rules = [
        Requirement(name="Twice on C", rotations=("C",), min=2),
        RunLength(name="Two at a time", rotations=("A",), min=2, cut_by_year=False),
    ]
    made = problem(program(3, rules=rules))
    checker = Checker(made, rules)
    first = grid(made, "ABAB", "ABAB", "ABAB")
    before = checker.check(first)

    after = checker.revise(before, grid(made, "CBAB", "ABAB", "ABAB"), {(0, 0)})

    was, now = (dict(one[1][1]) for one in (before, after))
    assert now[0] != was[0]
    assert now[1] is was[1]
    assert checker.revise(after, grid(made, "CBAB", "ABAB", "ABAB"), {(0, 0)})[1][1] is after[1][1]
