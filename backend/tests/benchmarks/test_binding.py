import pytest
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from benchmarks.suites.binding import relaxation


def test_the_relaxation_has_the_rows_of_the_model() -> None:
    model = cp_model.CpModel()
    a, b, c = (model.new_bool_var(name) for name in "abc")
    level = model.new_int_var(0, 9, "level")
    model.add_exactly_one(a, b, c)
    model.add_implication(a, b.negated())
    model.add_bool_or([c.negated(), a])
    asked = model.add(level + 4 * b >= 3)
    slack = model.add(level <= 8)
    model.minimize(5 * b + 2 * level)

    lp, rows = relaxation(model)
    solver = model_builder.Solver("GLOP")

    # b = 0.75 costs 3.75 and level = 3 costs 6: the row's price is 5 / 4.
    assert solver.solve(lp) == model_builder.SolveStatus.OPTIMAL
    assert solver.objective_value == pytest.approx(3.75)
    assert solver.dual_value(rows[asked.index]) == pytest.approx(1.25)
    assert solver.dual_value(rows[slack.index]) == pytest.approx(0)
