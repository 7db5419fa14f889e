from app.scheduling.domain.scope import When
from app.scheduling.rules.apart import Apart
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told

YEAR = problem(program())
PAIR = (("p2", "p1"),)
RING = (("p1", "p2"), ("p2", "p3"), ("p3", "p1"))


def test_the_pair_shares_no_rotation() -> None:
    rule = Apart(name="Siblings", pairs=PAIR)
    assert found(rule, YEAR, "ABCA", "BCAB") == []
    assert found(rule, YEAR, "ABCA", "BBAB") == [(1, 1, 1)]
    assert told(rule, YEAR, "ABCA", "BBAB") == ["on B, p1 on B, not apart,"]


def test_rotations_that_are_not_listed_may_be_shared() -> None:
    rule = Apart(name="Siblings", pairs=PAIR, rotations=("A",))
    assert found(rule, YEAR, "ABCA", "BBCB") == []
    assert found(rule, YEAR, "ABCA", "ABCB") == [(1, 1, 0)]


def test_only_slots_in_scope_with_both_present_count() -> None:
    rule = Apart(name="Siblings", pairs=PAIR, when=When(periods=("2-4",)))
    late = problem(program(p2={"start": day(3)}))
    assert found(rule, late, "AAAA", "..AB") == [(1, 1, 2)]
    assert found(rule, YEAR, "AAAA", "ABBB") == []


def test_ideal_counts_pairs_that_rotations_are_too_few_for() -> None:
    ring = Apart(name="Siblings", pairs=RING)
    assert ring.ideal(problem(program(3))) == 0
    assert ring.ideal(problem(program(3, codes="AB"))) == 4
    assert ring.ideal(problem(program(3, codes="A"))) == 3 * 4
    assert ring.ideal(problem(program(3, codes="AB", p3={"end": day(2)}))) == 2
    free = Apart(name="Siblings", pairs=RING, rotations=("A",))
    assert free.ideal(problem(program(3, codes="AB"))) == 0


def test_describe() -> None:
    rule = Apart(name="Siblings", pairs=PAIR)
    assert rule.describe() == "Never on the same rotation: p2 and p1."
    rule = Apart(name="Siblings", pairs=(("p1", "p2"), ("p1", "p3")), rotations=("A", "B"))
    assert rule.describe() == "Never on the same rotation of A or B: p1 and p2 or p1 and p3."
