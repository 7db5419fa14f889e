"""How much coverage binds: dual values of the LP relaxation.

A programme in which hardly any coverage row has a price falls apart into single residents, and says
little about methods for whole programmes. The relaxation is that of baseline b, solved by GLOP; a
coverage minimum binds when its dual value is not zero.
"""

import sys
import time
from dataclasses import dataclass
from math import inf, nan
from typing import Any

from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from benchmarks.baselines import Baseline
from benchmarks.suites.common import Options, Report, in_child
from benchmarks.synthetic import Level, generate
from benchmarks.tables import Table, shown

_ZERO = 1e-6
_UNLIMITED = 2**62


@dataclass(frozen=True, slots=True)
class Case:
    """One programme, and seconds for its LP."""

    residents: int
    level: Level
    seed: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Duals:
    """Coverage minima, how many have a price, the LP value, and seconds; nan when out of time."""

    rows: int
    priced: float
    value: float
    seconds: float


def measure(case: Case) -> Duals:
    """Solve one relaxation."""
    started = time.perf_counter()
    model = Baseline(generate(case.residents, case.level, case.seed).document, "tricks")
    relaxed, rows = relaxation(model.cp)
    solver = model_builder.Solver("GLOP")
    solver.set_time_limit_in_seconds(case.time_s)
    optimal = solver.solve(relaxed) == model_builder.SolveStatus.OPTIMAL
    took = time.perf_counter() - started
    if not optimal:
        return Duals(len(model.coverage_rows), nan, nan, took)
    prices = [solver.dual_value(rows[index]) for index in model.coverage_rows]
    priced = sum(1 for price in prices if abs(float(price)) > _ZERO)
    return Duals(len(prices), priced, solver.objective_value, took)


def relaxation(
    model: cp_model.CpModel,
) -> tuple[model_builder.Model, dict[int, model_builder.LinearConstraint]]:
    """Return the LP relaxation of a CP-SAT model, and its rows by constraint index.

    Minimum and maximum constraints are left out: the bound stays valid.
    """
    lp = model_builder.Model()  # type: ignore[no-untyped-call]
    variables = []
    for variable in model.proto.variables:
        low, *_, high = list(variable.domain)
        variables.append(lp.new_num_var(low, high, ""))
    rows: dict[int, model_builder.LinearConstraint] = {}

    def value(literal: int) -> model_builder.LinearExprT:
        return variables[literal] if literal >= 0 else 1 - variables[-literal - 1]

    def any_of(wanted: list[int], conditions: list[int]) -> None:
        """Ask for one of these literals when all conditions hold."""
        clause = [*wanted, *(-condition - 1 for condition in conditions)]
        values = [value(literal) for literal in clause]
        lp.add_linear_constraint(model_builder.LinearExpr.sum(values), 1, inf)

    for index, row in enumerate(model.proto.constraints):
        if row.has_linear():
            chosen = [variables[n] for n in row.linear.vars]
            left = model_builder.LinearExpr.weighted_sum(chosen, list(row.linear.coeffs))
            low, *_, high = list(row.linear.domain)
            least = -inf if low < -_UNLIMITED else low
            most = inf if high > _UNLIMITED else high
            rows[index] = lp.add_linear_constraint(left, least, most)
        elif row.has_exactly_one():
            values = [value(literal) for literal in row.exactly_one.literals]
            lp.add_linear_constraint(model_builder.LinearExpr.sum(values), 1, 1)
        elif row.has_bool_or():
            any_of(list(row.bool_or.literals), list(row.enforcement_literal))
        elif row.has_bool_and():
            for literal in row.bool_and.literals:
                any_of([literal], list(row.enforcement_literal))
    objective = model.proto.objective
    goal = [variables[n] for n in objective.vars]
    lp.minimize(model_builder.LinearExpr.weighted_sum(goal, list(objective.coeffs)))
    return lp, rows


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    return len(options.residents) * len(options.levels) * (options.time_s + 15)


def run(options: Options) -> Report:
    """Measure every size and level once, with seed 1."""
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    for residents in options.residents:
        for level in options.levels:
            found = in_child(measure, Case(residents, level, 1, options.time_s))
            print(f"  {residents} x 52 {level}: {found}", file=sys.stderr)
            lines.append(
                (
                    f"{residents} x 52 {level}",
                    str(found.rows),
                    shown(found.priced, 0),
                    shown(100 * found.priced / found.rows),
                    shown(found.value),
                    shown(found.seconds),
                )
            )
            rows.append(
                {
                    "residents": residents,
                    "level": level,
                    "rows": found.rows,
                    "priced": found.priced,
                    "value": found.value,
                    "seconds": found.seconds,
                }
            )
    table = Table(
        "Binding coverage in the LP relaxation of the synthetic programmes",
        ("programme", "minima", "priced", "priced %", "LP value", "s"),
        tuple(lines),
        (f"Seed 1; a dash where GLOP did not end in {options.time_s:.0f} s.",),
    )
    return Report((table,), rows)
