from itertools import product

from ortools.sat.python import cp_model

from app.scheduling.domain.score import scales
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.solver.model import Literal, RotationModel
from tests.scheduling.builders import problem, program


def empty_model() -> RotationModel:
    year = problem(program(1))
    return RotationModel(year, (), scales(year, (), "minimize"))


def test_all_of_holds_exactly_when_all_do() -> None:
    for chosen in product([0, 1, 2], repeat=3):
        model = empty_model()
        parts = [model.is_on(0, slot, 0b001) for slot in range(3)]
        whole = model.all_of(parts)
        for slot, code in enumerate(chosen):
            model.cp.add(model.cell[0][slot][code] == 1)
        solver = cp_model.CpSolver()
        assert solver.solve(model.cp) == cp_model.OPTIMAL
        assert solver.boolean_value(whole) == (chosen == (0, 0, 0))


def test_all_of_is_one_literal_however_it_is_asked_for() -> None:
    model = empty_model()
    first, second = (model.is_on(0, slot, 0b001) for slot in range(2))
    whole = model.all_of([first, second])
    variables = len(model.cp.proto.variables)
    again: list[Literal] = [second, True, first, second]
    assert model.all_of(again) is whole
    assert model.all_of([first, first]) is first
    assert model.all_of([first, False]) is False
    assert model.all_of([True, True]) is True
    assert len(model.cp.proto.variables) == variables


def test_a_conjunction_of_two_that_conflict_is_ruled_out() -> None:
    model = empty_model()
    first, second, third = (model.is_on(0, slot, 0b001) for slot in range(3))
    both, _ = model.all_of([first, second]), model.all_of([second, third])
    never = ForbiddenSequence(name="Never twice", pattern=(("A",), ("A",)))
    model.forbid(never, [first, second])
    before = len(model.posted.low)
    model.rule_out_wholes()
    said = [model.posted.row(number) for number in range(before, len(model.posted.low))]
    assert not isinstance(both, bool)
    assert said == [[(-both.index - 1, 1)]]


def test_limits_of_a_sum() -> None:
    model = empty_model()
    first, second = (model.is_on(0, slot, 0b001) for slot in range(2))
    assert model.limits_of([(3, first), (-2, second), (5, True), (7, False)]) == (3, 8)


def test_limits_know_how_large_a_number_can_be() -> None:
    model = empty_model()
    number, first = model.number(-2, 5), model.is_on(0, 0, 0b001)
    assert model.limits_of([(3, number), (-1, first), (1, True)]) == (-6, 16)
    assert model.limits_of([(-3, number), (2, first), (2, model.is_off(0, 0, 0b001))]) == (-13, 8)
