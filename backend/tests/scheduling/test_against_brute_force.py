"""The engine against the exhaustive search: every rule kind, in every mode."""

import os

import pytest

from app.scheduling import api
from app.scheduling.rules import RULE_BOOK
from tests.scheduling.brute_force import (
    STRUCTURE,
    disagreements,
    random_grids,
    to_array,
    truth,
)
from tests.scheduling.oracle import OVERALL, PER_PERSON, PER_SLOT, World
from tests.scheduling.random_programs import MODES, PARAMETERS, draw_case, kind_of

PROGRAMS = int(os.environ.get("HOUSESTAFF_FUZZ", "12"))
"""Programmes drawn for every kind and mode, at least."""
LEAST_BINDING = 3
MOST_PROGRAMS = max(PROGRAMS, 60)


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_engine_finds_what_exhaustive_search_finds(kind: str, mode: str) -> None:
    binding = 0
    for number in range(MOST_PROGRAMS):
        if number >= PROGRAMS and binding >= LEAST_BINDING:
            break
        case = draw_case(kind, mode, number)
        known = truth(case)
        assert disagreements(case, known) == [], case
        binding += case.program.rules[0].name in known.binding
    assert binding >= LEAST_BINDING


def test_every_kind_has_an_oracle_and_is_drawn() -> None:
    kinds = {kind_of(rule) for rule in RULE_BOOK}
    assert kinds == PER_PERSON.keys() | PER_SLOT.keys() | OVERALL.keys()
    assert kinds == PARAMETERS.keys()


@pytest.mark.parametrize("number", range(10))
def test_incomplete_rows_are_errors(number: int) -> None:
    case = draw_case("coverage", "hard", number)
    world = World(case.program, case.base)
    for grid in random_grids(case, 3):
        for p, s in world.cells():
            rows = [list(row) for row in grid]
            rows[p][s] = None if world.present[p][s] else next(iter(world.kinds))
            damaged = to_array(case.program, [tuple(row) for row in rows])
            person = case.program.people[p].id
            found = api.check(case.program, damaged)
            places = {(f.person, f.date) for f in found if f.name == STRUCTURE}
            assert (person, world.slots[s].start) in places
