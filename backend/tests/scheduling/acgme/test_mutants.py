"""The mutation test changes what it is there for, and a change reaches the code that runs."""

import os
import signal
from collections.abc import Callable

import pytest

from app.scheduling.acgme import facts
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.predicates import calls
from tests.scheduling.acgme.builders import diary, each
from tests.scheduling.acgme.mutants import Mutant, chosen_mutants, mutants, plant


def changes(source: str) -> list[str]:
    """Return what a line of a function may become."""
    found = mutants(f"def f(a, b, np):\n    return {source}\n", "f.py")
    return [one.words.rpartition("→ `")[2].rstrip("`").removeprefix("return ") for one in found]


@pytest.mark.parametrize(
    ("source", "others"),
    [
        ("a < b", ["a <= b"]),
        ("a >= b", ["a > b"]),
        ("a == b", ["a != b"]),
        ("a + b", ["a - b"]),
        ("a & ~b", ["a | ~b", "a & b"]),
        ("a * 60", ["a // 60", "a * 61", "a * 59"]),
        ("a / b", ["a * b"]),
        ("a and b", ["a or b"]),
        ("np.minimum(a, b)", ["np.maximum(a, b)"]),
        ("max(a, b)", ["min(a, b)"]),
        ("a.searchsorted(b, side='left')", ["a.searchsorted(b, side='right')"]),
        ("a[:-1]", ["a[:1]", "a[:-2]", "a[:-0]"]),
        ("a is True", ["a is not True", "a is False"]),
        ("a(b)", []),
        ("'text'", []),
        ("f'{a:.2f}'", []),
        ("isinstance(a, int | float)", []),
    ],
)
def test_one_place_changes_at_a_time(source: str, others: list[str]) -> None:
    assert changes(source) == others


def test_types_and_fields_of_rules_do_not_change_and_constants_do() -> None:
    source = (
        "Day = int | str\n"
        "MOST = 7\n"
        "class Rule:\n"
        "    hint: ClassVar[bool] = True\n"
        "    hours: int = 8\n"
        "    def of(self, days: 'int | None' = 2) -> 'int | None':\n"
        "        return days\n"
    )
    assert [(one.line, one.name) for one in mutants(source, "rules.py")] == [
        (2, "`rules.py`: `MOST = 7` → `MOST = 8`"),
        (2, "`rules.py`: `MOST = 7` → `MOST = 6`"),
        (4, "`rules.py` `Rule`: `hint: ClassVar[bool] = True` → `hint: ClassVar[bool] = False`"),
        (6, "`rules.py` `Rule.of`: `2` → `3`"),
        (6, "`rules.py` `Rule.of`: `2` → `1`"),
    ]


def test_every_mutant_has_a_name_of_its_own() -> None:
    names = [one.name for one in chosen_mutants("")]
    assert len(names) == len(set(names)) > 1000


pytestmark = pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")


def in_a_fork(check: Callable[[], bool]) -> bool:
    """Return what a check says in a process of its own, which a planted mutant does not leave."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    signal.alarm(60)
    try:
        kept = check()
    except BaseException:  # noqa: BLE001 - this process ends here
        kept = False
    os._exit(0 if kept else 1)


def the(only: str, words: str) -> Mutant:
    (found,) = [one for one in chosen_mutants(only) if words in one.words]
    return found


@pytest.mark.parametrize(
    ("only", "words"),
    [
        (
            "weekly_hours.py WeeklyHours.cases",
            "7 * restored > 60 * limit * put_back` → `7 * restored >=",
        ),
        ("weekly_hours.py _average", "minutes * 7 / (60 * np.maximum(days, 1))` → `minutes * 8"),
        ("facts.py chosen", "[kind in kinds for kind in KINDS]` → "),
        ("facts.py Facts.sums", "self.worked.before(end) - self.worked.before(start)` → "),
    ],
)
def test_a_mutant_reaches_the_code_that_runs(only: str, words: str) -> None:
    def kept() -> bool:
        made = diary().work(each("Mon-Sat"), "06:00-19:20")
        verdict = made.work(0, "06:00-12:00").verdict()
        return verdict.errors == [] and verdict.margin("CPR-6.20-80H").measured == 80

    mutant = the(only, words)

    def kept_all_the_same() -> bool:
        plant(mutant)
        return kept()

    assert in_a_fork(kept)
    assert not in_a_fork(kept_all_the_same)
    assert kept()


def test_a_mutant_reaches_constants_wherever_they_are_known() -> None:
    mutant = the("facts.py", "LOOK_BACK_DAYS = 8` → `LOOK_BACK_DAYS = 9")

    def known() -> bool:
        plant(mutant)
        made = facts.Facts(diary().work(1, "06:00-18:00").timeline(), Policy())
        lengths = made.all_begins.shape[1], vars(calls)["LOOK_BACK_DAYS"]
        return lengths == (28 + 2 * 9 + 1, 9)

    assert in_a_fork(known)
    assert facts.LOOK_BACK_DAYS == 8
