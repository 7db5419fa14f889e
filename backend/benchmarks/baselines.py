"""What one would write by hand: the synthetic programme in CP-SAT, twice.

Both models are built from the programme's document alone and share nothing with the engine, so that
they check its meaning as well as its speed. They know the rule kinds of `benchmarks.synthetic`,
with the parameters that it uses, and refuse anything else.

`plain`
    One Boolean per resident, slot and rotation, and every rule as it reads.
`tricks`
    The same with what is known to help: clinic slots as constants, one variable for two weeks that
    the run rules force together, prerequisites as a chain of "has been there", fairness as one
    sliding band.

CP-SAT runs with its default parameters but for workers, seed and time.
"""

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from ortools.sat.python import cp_model, cp_model_helper

from app.scheduling.domain.problem import Grid
from benchmarks.trace import Limits, Run, Trace

Form = Literal["plain", "tricks"]
Rule = dict[str, Any]
Bit = cp_model_helper.Literal

_TAKEN: Final = {
    "cohorts": {"cycle", "clinic", "first"},
    "coverage": {"rotations", "ramp", "max"},
    "fairness": {"points", "band"},
    "forbidden_sequence": {"pattern", "either_order"},
    "prerequisite": {"before", "after"},
    "requirement": {"rotations", "min", "max"},
    "run_length": {"rotations", "min", "max"},
    "window_limit": {"rotations", "window", "max"},
    "wishes": {"points", "ranks"},
}
"""The parameters that are understood, by kind."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Literals of one resident and slot by rotation; a rotation that is impossible has none."""

    open: dict[str, Bit]


class Baseline:
    """A hand-written CP-SAT model of a synthetic programme.

    Parameters
    ----------
    document
        From `benchmarks.synthetic.generate`.
    form
        Which of the two.
    """

    def __init__(self, document: dict[str, Any], form: Form) -> None:
        self.cp = cp_model.CpModel()
        self.coverage_rows: list[int] = []
        self._tricks = form == "tricks"
        self._document = document
        self._people: list[dict[str, Any]] = document["people"]
        self._codes: list[str] = [kind["code"] for kind in document["rotation_types"]]
        weeks = 1 if document["calendar"]["period"] == "1 week" else 2
        self._slots = 52 // weeks
        self._rules: list[Rule] = document["rules"]
        self._cost: list[cp_model.LinearExprT] = []
        for rule in self._rules:
            unknown = rule.keys() - _TAKEN[rule["kind"]] - {"kind", "name", "who"}
            if unknown - {"penalty", "reward"}:
                raise ValueError(f"{rule['name']}: {sorted(unknown)} is not understood")
        self._make_cells()
        for rule in self._rules:
            getattr(self, f"_post_{rule['kind']}")(rule)
        self.cp.minimize(cp_model.LinearExpr.sum(self._cost))

    def _make_cells(self) -> None:
        cohorts = next(rule for rule in self._rules if rule["kind"] == "cohorts")
        clinics = set(cohorts["clinic"])
        self._year: list[list[_Cell]] = []
        for number, person in enumerate(self._people):
            first = cohorts["first"][person["cohort"]] - 1
            clinic = [(s - first) % cohorts["cycle"] == 0 for s in range(self._slots)]
            same = self._forced_together(clinic) if self._tricks else set()
            year: list[_Cell] = []
            for slot in range(self._slots):
                if slot in same:
                    year.append(year[-1])
                    continue
                codes = self._codes
                if self._tricks:
                    codes = [c for c in self._codes if (c in clinics) == clinic[slot]]
                cell: dict[str, Bit] = {
                    c: self.cp.new_bool_var(f"{number} {slot} {c}") for c in codes
                }
                self.cp.add_exactly_one(cell.values())
                year.append(_Cell(cell))
            self._year.append(year)

    def _forced_together(self, clinic: list[bool]) -> set[int]:
        """Return the slots that must equal the one before.

        Four weeks between two clinic weeks, all runs at least two: two and two, or four of one. Not
        at the year's ends, where a run may be cut.
        """
        least = {
            code: rule["min"]
            for rule in self._rules
            if rule["kind"] == "run_length"
            for code in rule["rotations"]
        }
        if any(least.get(code, 2) < 2 for code in self._codes):
            return set()
        weeks = [s for s, there in enumerate(clinic) if there]
        return {
            slot
            for one, other in pairwise(weeks)
            if other - one == 5
            for slot in (one + 2, one + 4)
        }

    def _named(self, names: list[str]) -> list[str]:
        groups: dict[str, list[str]] = self._document["rotation_groups"]
        return [code for name in names for code in groups.get(name, [name])]

    def _on(self, person: int, slot: int, names: list[str]) -> list[Bit]:
        cell = self._year[person][slot].open
        return [cell[code] for code in self._named(names) if code in cell]

    def _who(self, rule: Rule) -> list[int]:
        who: dict[str, list[str]] = rule.get("who", {})
        groups: dict[str, dict[str, list[int]]] = self._document["groups"]
        pgys = [pgy for name in who.get("groups", []) for pgy in groups[name]["pgy"]]
        tags = set(who.get("tags", []))
        return [
            number
            for number, person in enumerate(self._people)
            if (not pgys or person["pgy"] in pgys) and (not tags or tags & set(person["tags"]))
        ]

    def _over_year(self, person: int, names: list[str]) -> list[Bit]:
        return [bit for slot in range(self._slots) for bit in self._on(person, slot, names)]

    def _at_least(self, rule: Rule, bits: list[Bit], low: int) -> None:
        """Ask for `low` of these; with a penalty what is missing is paid for."""
        total = cp_model.LinearExpr.sum(bits)
        if "penalty" in rule:
            missing = self.cp.new_int_var(0, low, "")
            total += missing
            self._cost.append(rule["penalty"] * missing)
        row = self.cp.add(total >= low)
        if rule["kind"] == "coverage":
            self.coverage_rows.append(row.index)

    def _post_cohorts(self, rule: Rule) -> None:
        if self._tricks:
            return
        for number, person in enumerate(self._people):
            first = rule["first"][person["cohort"]] - 1
            for slot in range(self._slots):
                there = int((slot - first) % rule["cycle"] == 0)
                self.cp.add(
                    cp_model.LinearExpr.sum(self._on(number, slot, rule["clinic"])) == there
                )

    def _post_coverage(self, rule: Rule) -> None:
        changes = {entry["period"] - 1: entry["min"] for entry in rule.get("ramp", [])}
        people, low = self._who(rule), 0
        for slot in range(self._slots):
            low = changes.get(slot, low)
            bits = [bit for p in people for bit in self._on(p, slot, rule["rotations"])]
            if low:
                self._at_least(rule, bits, low)
            if "max" in rule:
                self.cp.add(cp_model.LinearExpr.sum(bits) <= rule["max"])

    def _post_requirement(self, rule: Rule) -> None:
        for person in self._who(rule):
            bits = self._over_year(person, rule["rotations"])
            if rule.get("min"):
                self._at_least(rule, bits, rule["min"])
            if "max" in rule:
                self.cp.add(cp_model.LinearExpr.sum(bits) <= rule["max"])

    def _post_run_length(self, rule: Rule) -> None:
        least, most = rule["min"], rule["max"]
        for person in range(len(self._people)):
            for code in self._named(rule["rotations"]):
                on = [
                    cp_model.LinearExpr.sum(self._on(person, s, [code])) for s in range(self._slots)
                ]
                for first in range(1, self._slots):
                    for later in range(first + 1, min(first + least, self._slots)):
                        self.cp.add(on[first] - on[first - 1] <= on[later])
                for first in range(self._slots - most):
                    self.cp.add(cp_model.LinearExpr.sum(on[first : first + most + 1]) <= most)

    def _post_forbidden_sequence(self, rule: Rule) -> None:
        one, other = rule["pattern"]
        for person in range(len(self._people)):
            for slot in range(self._slots - 1):
                for a, b in ((one, other), (other, one)):
                    pair = self._on(person, slot, a) + self._on(person, slot + 1, b)
                    self.cp.add(cp_model.LinearExpr.sum(pair) <= 1)

    def _post_window_limit(self, rule: Rule) -> None:
        for person in range(len(self._people)):
            hard = [self._on(person, slot, rule["rotations"]) for slot in range(self._slots)]
            for first in range(self._slots - rule["window"] + 1):
                bits = [bit for some in hard[first : first + rule["window"]] for bit in some]
                self.cp.add(cp_model.LinearExpr.sum(bits) <= rule["max"])

    def _post_prerequisite(self, rule: Rule) -> None:
        for person in self._who(rule):
            earlier: list[Bit] = []
            for slot in range(self._slots):
                for bit in self._on(person, slot, rule["after"]):
                    self.cp.add_bool_or([bit.negated(), *earlier])
                here = self._on(person, slot, rule["before"])
                if self._tricks and here:
                    done = self.cp.new_bool_var("")
                    self.cp.add_bool_or([done.negated(), *earlier, *here])
                    earlier = [done]
                else:
                    earlier = [*earlier, *here]

    def _post_fairness(self, rule: Rule) -> None:
        ((name, points),) = rule["points"].items()
        levels = [
            points * cp_model.LinearExpr.sum(self._over_year(person, [name]))
            for person in self._who(rule)
        ]
        top = points * self._slots
        low = self.cp.new_int_var(0, top, "")
        if self._tricks:
            for level in levels:
                self.cp.add(level >= low)
                self.cp.add(level <= low + rule["band"])
            return
        high = self.cp.new_int_var(0, top, "")
        self.cp.add_min_equality(low, levels)
        self.cp.add_max_equality(high, levels)
        self.cp.add(high - low <= rule["band"])

    def _post_wishes(self, rule: Rule) -> None:
        for number, person in enumerate(self._people):
            for wish in person["wishes"]:
                if wish["rank"] not in rule["ranks"]:
                    continue
                granted = self.cp.new_bool_var("")
                for period in wish["periods"]:
                    bits = self._on(number, period - 1, wish["rotations"])
                    if wish["avoid"]:
                        for bit in bits:
                            self.cp.add_implication(granted, bit.negated())
                    else:
                        self.cp.add_bool_or([granted.negated(), *bits])
                worth = rule["points"][wish["rank"] - 1] * rule["reward"]
                self._cost.append(-worth * granted)

    def value_of(self, grid: Grid) -> int | None:
        """Return what the model says a schedule costs; None when it breaks a rule."""
        trial = self.cp.clone()
        for year, row in zip(self._year, grid.tolist(), strict=True):
            for cell, value in zip(year, row, strict=True):
                chosen = self._codes[value]
                if chosen not in cell.open:
                    return None
                trial.add(cell.open[chosen] == 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        if solver.solve(trial) != cp_model.OPTIMAL:
            return None
        return round(solver.objective_value)

    def grid(self, value: cp_model.CpSolverSolutionCallback) -> Grid:
        """Return the schedule of a solution: int16 array (P, S)."""
        index = {code: number for number, code in enumerate(self._codes)}
        rows = [
            [
                next(index[code] for code, bit in cell.open.items() if value.boolean_value(bit))
                for cell in year
            ]
            for year in self._year
        ]
        return np.array(rows, dtype=np.int16)


class _Recorder(cp_model.CpSolverSolutionCallback):
    """Writes the trace and keeps the best schedule."""

    def __init__(self, model: Baseline, trace: Trace) -> None:
        super().__init__()
        self._model = model
        self._trace = trace
        self.best: Grid | None = None

    def on_solution_callback(self) -> None:
        self._trace.note(objective=round(self.objective_value), bound=self.best_objective_bound)
        self.best = self._model.grid(self)


def run_baseline(document: dict[str, Any], form: Form, limits: Limits) -> Run:
    """Solve with one of the baselines; building the model counts against the time."""
    trace = Trace(time.monotonic)
    model = Baseline(document, form)
    built_s = trace.elapsed_s()
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = limits.workers
    solver.parameters.random_seed = limits.seed
    solver.parameters.max_time_in_seconds = max(0.1, limits.time_s - built_s)
    solver.best_bound_callback = lambda bound: trace.note(bound=bound)
    recorder = _Recorder(model, trace)
    status = solver.solve(model.cp, recorder)
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        trace.note(objective=round(solver.objective_value), bound=solver.best_objective_bound)
    return trace.run(solver.status_name(status), recorder.best)
