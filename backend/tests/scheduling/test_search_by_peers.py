"""The search by peers against the exhaustive search, and on programmes large enough to need it."""

from dataclasses import replace
from time import monotonic

import pytest

from app.scheduling import api
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.people import Preassignment
from app.scheduling.domain.program import Program
from app.scheduling.domain.scope import Who
from app.scheduling.rules.cohorts import Cohorts
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.preassignments import PreassignmentsKept
from app.scheduling.rules.preferred_sequence import PreferredSequence
from app.scheduling.rules.requirement import Requirement
from app.scheduling.solver import methods
from app.scheduling.solver.construct import SOURCE
from app.scheduling.solver.peers import find_peers, in_handfuls
from tests.scheduling.brute_force import solve_disagreements, truth
from tests.scheduling.builders import program
from tests.scheduling.random_programs import MODES, draw_case


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_search_by_peers_finds_what_exhaustive_search_finds(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "worthwhile", lambda _: True)
    for number in range(8):
        case = draw_case(kind, mode, number)
        assert list(solve_disagreements(case, truth(case))) == [], case


def pairs_of_nights() -> Program:
    """Return sixty peers with two nights each, which are wanted in a row.

    Five people are on nights in each of the 24 periods. The pairs 1-2, 3-4, … show that all
    can have theirs in a row.
    """
    return program(
        rows=[f"p{number}" for number in range(60)],
        slots=24,
        codes="ND",
        rules=[
            Coverage(name="nights", rotations=("N",), exactly=5),
            Requirement(name="two nights", rotations=("N",), exactly=2),
            PreferredSequence(name="in a row", pattern=(("N",), ("N",)), reward=1),
        ],
    )


def test_head_counts_prove_what_they_construct() -> None:
    result = api.solve(pairs_of_nights(), SolveParams(time_s=120), Watch(clock=monotonic))
    assert (result.status, result.objective, result.bound) == ("OPTIMAL", -60, -60)
    assert result.bound_source == SOURCE


def test_personal_dates_do_not_part_peers() -> None:
    free = program(rows=3, slots=4, codes="AB", rules=[PreassignmentsKept(name="fixed")])
    fixed = replace(free.people[0], preassignments=(Preassignment(periods=(2,), one_of=("A",)),))
    bound = replace(free, people=(fixed, *free.people[1:]))
    assert find_peers(compile_problem(bound), bound.rules) == [[0, 1, 2]]


def test_scopes_and_cohorts_part_peers() -> None:
    rules = [
        Requirement(name="a", rotations=("A",), min=1, who=Who(tags=("x",))),
        Cohorts(name="clinic", cycle=2, clinic=("B",), first={"one": 1, "two": 2}),
    ]
    four = program(rows=4, slots=4, codes="AB", rules=rules)
    cohorts = ("one", "two", "one", "one")
    people = [replace(p, cohort=c) for p, c in zip(four.people, cohorts, strict=True)]
    people[3] = replace(people[3], tags=("x",))
    parted = replace(four, people=tuple(people))
    assert find_peers(compile_problem(parted), parted.rules) == [[0, 2], [1], [3]]


def test_handfuls_deal_out_everybody_once() -> None:
    peers = [list(range(25)), [25], list(range(26, 56))]
    hands = in_handfuls(peers, 12)
    assert sorted(person for hand in hands for person in hand) == list(range(56))
    assert [len(hand) for hand in hands] == [13, 12, 1, 15, 15]
