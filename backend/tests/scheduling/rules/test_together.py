from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.together import Together
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told

YEAR = problem(program())
PAIR = (("p1", "p2"),)


def test_the_pair_shares_every_rotation() -> None:
    rule = Together(name="Couple", pairs=PAIR)
    assert found(rule, YEAR, "ABCA", "ABCA") == []
    assert found(rule, YEAR, "ABCA", "ABBA") == [(1, 0, 2)]
    assert told(rule, YEAR, "ABCA", "ABBA") == ["on C, p2 on B, not together,"]


def test_only_listed_rotations_must_be_shared() -> None:
    rule = Together(name="Couple", pairs=PAIR, rotations=("A",))
    assert found(rule, YEAR, "ABCA", "ACBA") == []
    assert found(rule, YEAR, "ABCA", "BABA") == [(1, 0, 0), (1, 0, 1)]


def test_both_must_be_in_scope() -> None:
    second_half = Together(name="Couple", pairs=PAIR, when=When(periods=("3-4",)))
    assert found(second_half, YEAR, "ABCA", "CCCA") == []
    one_person = Together(name="Couple", pairs=PAIR, who=Who(people=("p1",)))
    assert found(one_person, YEAR, "AAAA", "BBBB") == []
    late = problem(program(p2={"start": day(3)}))
    assert found(Together(name="Couple", pairs=PAIR), late, "ABCA", "..CA") == []


def test_ideal_is_nothing() -> None:
    assert Together(name="Couple", pairs=PAIR).ideal(problem(program(codes="A"))) == 0


def test_describe() -> None:
    rule = Together(name="Couples", pairs=(("p1", "p2"), ("p3", "p4")))
    assert rule.describe() == "Together on the same rotation: p1 with p2 and p3 with p4."
    rule = Together(name="Couples", pairs=PAIR, rotations=("A", "B"))
    text = "Together on the same rotation whenever one is on A or B: p1 with p2."
    assert rule.describe() == text
