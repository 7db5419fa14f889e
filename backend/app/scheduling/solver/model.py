"""The CP-SAT model of an annual grid, and the few ways in which rules are posted to it.

Every (person, slot, rotation) that single-cell rules leave open is one Boolean. The objective is
the *shortfall*: the distance from the ideal, in whole steps of the scale, so that it is never
negative and CP-SAT's relative gap is the gap that is reported (CONTRACT §1).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model, cp_model_helper

from app.scheduling.domain.problem import ABSENT, Bools, Grid, Problem, true_cells
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import Scales
from app.scheduling.rules.runs import runs_of
from app.scheduling.solver.atoms import forced_together
from app.scheduling.solver.cells import open_cells

Literal = cp_model_helper.Literal | bool
"""A Boolean variable, its negation, or the constants True and False."""

Variable = cp_model.IntVar | Literal

Terms = Sequence[tuple[int, Variable]]
"""A weighted sum."""


Meaning = tuple[int, int, int]
"""What a literal says: this person, in this slot, is on one of these rotations (a bit mask)."""

Key = tuple[object, ...]
"""Names the role of a variable or a row, so that the same role is found with other people."""


@dataclass(frozen=True, slots=True)
class SoftTerm:
    """A soft rule's cost in the model: ``cost * sum(coefficient * variable) + constant``."""

    rule: Rule
    cost: int
    parts: list[tuple[int, Variable]] = field(default_factory=list)


class RotationModel:
    """Variables of one problem, and helpers with which rule kinds post themselves.

    Parameters
    ----------
    problem
        The compiled programme.
    rules
        All its rules; hard single-cell rules are applied at once, as missing variables.
    scales
        Whole-number weights of the soft rules.

    Attributes
    ----------
    open : bool array (P, S, V)
        Which cells have a variable (or are certain).
    meanings
        What the literals of cells and of sets of rotations say, by variable index.
    sets
        The cell variables that a set's variable is the sum of, by its index.
    roles
        The role that a variable plays for its person, by index; other variables have none.
    row_keys
        The role of a row that limits a sum, by constraint index.
    limits
        Hard limits on sums: terms, lowest, highest.
    conflicts
        Literals that cannot all hold.
    stays
        By person and rotation where hard rules fix how long every stay is: its length, and by slot
        the literals "a stay begins here".
    shares
        What a rule that scores people costs each of them, by rule name and person, where another
        rule asks for it.
    """

    def __init__(self, problem: Problem, rules: Iterable[Rule], scales: Scales) -> None:
        self.problem = problem
        self.scales = scales
        self.cp = cp_model.CpModel()
        every = tuple(rules)
        alone = open_cells(problem, every)
        kept = problem.joined | forced_together(problem, every, alone)
        self.open = _shared(alone, kept)
        self._terms: dict[str, SoftTerm] = {}
        self._sets: dict[tuple[int, int, int], Literal] = {}
        self._wholes: dict[frozenset[int], Literal] = {}
        self.meanings: dict[int, Meaning] = {}
        self.sets: dict[int, list[int]] = {}
        self.roles: dict[int, Key] = {}
        self.row_keys: dict[int, Key] = {}
        self._cell_rows: set[int] = set()
        self._ranges: dict[int, tuple[int, int]] = {}
        self.limits: list[tuple[Terms, int | None, int | None]] = []
        self.conflicts: list[list[Literal]] = []
        self.stays: dict[tuple[int, int], tuple[int, list[Literal]]] = {}
        self.shares: dict[str, dict[int, Terms]] = {}
        people, slots, _ = problem.shape
        self._home = _first_of_joined(kept)
        self._open_bits = [
            [sum(1 << v for v in self.open[p, s].nonzero()[0].tolist()) for s in range(slots)]
            for p in range(people)
        ]
        self.cell: list[list[dict[int, Literal]]] = [
            [self._make_cell(p, s) for s in range(slots)] for p in range(people)
        ]

    def _make_cell(self, person: int, slot: int) -> dict[int, Literal]:
        """Create the variables of one cell: exactly one of the open rotations."""
        if not self.problem.present[person, slot] or self._home[person][slot] != slot:
            return {}
        codes = self.open[person, slot].nonzero()[0].tolist()
        if len(codes) == 1:
            return {codes[0]: True}
        literals = {code: self.cp.new_bool_var(f"x_{person}_{slot}_{code}") for code in codes}
        self._cell_rows.add(self.cp.add_exactly_one(literals.values()).index)
        for code, literal in literals.items():
            self.meanings[literal.index] = (person, slot, 1 << code)
            self.roles[literal.index] = ("cell", slot, code)
        return dict(literals)

    @property
    def rows(self) -> int:
        """How many constraints there are."""
        return len(self.cp.proto.constraints)

    def bits(self, codes: Iterable[int]) -> int:
        """Return a set of rotation indices as a bit mask."""
        return sum(1 << code for code in codes)

    def is_on(self, person: int, slot: int, wanted: int) -> Literal:
        """Return the literal "this person is on one of these rotations in this slot".

        Parameters
        ----------
        wanted
            Bit mask of rotation indices.
        """
        if not self.problem.present[person, slot]:
            return False
        open_bits = self._open_bits[person][slot]
        inside = open_bits & wanted
        if not inside:
            return False
        if inside == open_bits:
            return True
        slot = self._home[person][slot]
        key = (person, slot, inside)
        if key not in self._sets:
            self._sets[key] = self._set_literal(person, slot, inside)
        return self._sets[key]

    def is_off(self, person: int, slot: int, wanted: int) -> Literal:
        """Return the literal "this person is not on any of these rotations in this slot"."""
        return negated(self.is_on(person, slot, wanted))

    def all_of(self, literals: Iterable[Literal]) -> Literal:
        """Return the literal that holds exactly when all of these do."""
        parts = without_certain(literals)
        if parts is None:
            return False
        variables = {part.index: part for part in parts if not isinstance(part, bool)}
        if len(variables) == 1:
            return parts[0]
        key = frozenset(variables)
        if key not in self._wholes:
            self._wholes[key] = self._whole_literal(list(variables.values()))
        return self._wholes[key]

    def _whole_literal(self, parts: list[cp_model_helper.Literal]) -> Literal:
        if not parts:
            return True
        whole = self.literal(("all", *(self.role(part) for part in parts)))
        for part in parts:
            self.cp.add_implication(whole, part)
        self.cp.add_bool_or([whole, *(part.negated() for part in parts)])
        return whole

    def _set_literal(self, person: int, slot: int, inside: int) -> Literal:
        cell = self.cell[person][slot]
        outside = self._open_bits[person][slot] & ~inside
        if inside.bit_count() == 1:
            return cell[inside.bit_length() - 1]
        if outside.bit_count() == 1:
            return negated(cell[outside.bit_length() - 1])
        chosen = self.cp.new_bool_var("")
        members = [literal for code, literal in cell.items() if inside >> code & 1]
        self.cp.add(cp_model.LinearExpr.sum(members) == chosen)
        self.meanings[chosen.index] = (person, slot, inside)
        self.sets[chosen.index] = [literal.index for literal in variables_of(members)]
        return chosen

    def meaning(self, literal: Literal) -> Meaning | None:
        """Return what a literal says of one cell; None for other literals and for constants."""
        if isinstance(literal, bool):
            return None
        if literal.index >= 0:
            return self.meanings.get(literal.index)
        opposite = self.meanings.get(literal.negated().index)
        if opposite is None:
            return None
        person, slot, bits = opposite
        return person, slot, self._open_bits[person][slot] & ~bits

    def role(self, literal: Literal) -> Key:
        """Return the role of a literal, to be part of the role of what is built on it."""
        if isinstance(literal, bool):
            return (literal,)
        positive = literal if literal.index >= 0 else literal.negated()
        meaning = self.meanings.get(positive.index)
        role = self.roles.get(positive.index, ()) if meaning is None else meaning[1:]
        return (literal.index >= 0, *role)

    def cells(self, person: int, slot: int, wanted: int) -> list[Literal]:
        """Return the literals of these rotations in a cell: what a sum over them needs."""
        if not self.problem.present[person, slot]:
            return []
        home = self._home[person][slot]
        return [lit for code, lit in self.cell[person][home].items() if wanted >> code & 1]

    def counted(
        self, cells: Iterable[tuple[int, int, int]], wanted: int
    ) -> list[tuple[int, Literal]]:
        """Return the weighted sum of being on some rotations.

        Parameters
        ----------
        cells
            (person, slot, what it counts) for every cell of the sum.
        wanted
            Bit mask of rotation indices.
        """
        return [
            (amount, literal)
            for person, slot, amount in cells
            if amount
            for literal in self.cells(person, slot, wanted)
        ]

    def total(self, terms: Terms) -> tuple[cp_model.LinearExpr, int, int]:
        """Return a weighted sum, and limits between which it always lies."""
        constant, variables = _split(terms)
        least = most = constant
        for weight, variable in variables:
            low, high = self._ranges.get(variable.index, (0, 1))
            least += min(weight * low, weight * high)
            most += max(weight * low, weight * high)
        return _weighted(variables) + constant, least, most

    def keep_between(
        self, rule: Rule, terms: Terms, low: int | None, high: int | None, at: int | None = None
    ) -> None:
        """Post ``low <= sum(terms) <= high``; each step outside costs a soft rule its penalty.

        Parameters
        ----------
        at
            The slot that distinguishes the row from others of the same rule and person.
        """
        total, least, most = self.total(terms)
        short = 0 if low is None else max(0, low - least)
        over = 0 if high is None else max(0, most - high)
        if rule.hard and (short or over):
            self.limits.append((terms, low if short else None, high if over else None))
        if low is not None and short:
            slack = 0 if rule.hard else self._slack(rule, short, ("short", rule.name, at))
            row = self.cp.add(total + slack >= low)
            self.row_keys[row.index] = ("short", rule.name, at)
        if high is not None and over:
            slack = 0 if rule.hard else self._slack(rule, over, ("over", rule.name, at))
            row = self.cp.add(total - slack <= high)
            self.row_keys[row.index] = ("over", rule.name, at)

    def add_row(self, terms: Terms, low: int | None, high: int | None) -> None:
        """Post ``low <= sum(terms) <= high``, which holds whether a rule is hard or soft."""
        total, least, most = self.total(terms)
        if low is not None and low == high and (least < low or most > low):
            self.cp.add(total == low)
            return
        if low is not None and least < low:
            self.cp.add(total >= low)
        if high is not None and most > high:
            self.cp.add(total <= high)

    def _slack(self, rule: Rule, most: int, role: Key) -> cp_model.IntVar:
        slack = self.number(0, most)
        self.roles[slack.index] = role
        self.charge(rule, slack)
        return slack

    def forbid(self, rule: Rule, literals: Iterable[Literal], amount: int = 1) -> None:
        """Post "not all of these": broken, it costs a soft rule `amount` steps."""
        self.forbid_any(rule, [literals], amount)

    def forbid_any(
        self, rule: Rule, conjunctions: Iterable[Iterable[Literal]], amount: int = 1
    ) -> None:
        """Post "none of these conjunctions": broken, they cost `amount` steps once."""
        possible = [parts for c in conjunctions if (parts := without_certain(c)) is not None]
        if not possible:
            return
        broken = None
        if rule.hard:
            self.conflicts.extend(possible)
        else:
            roles = (self.role(part) for part in possible[0])
            broken = self.literal(("broken", rule.name, *roles))
            self.charge(rule, broken, amount)
        for parts in possible:
            clause = [negated(literal) for literal in parts]
            self.cp.add_bool_or(clause if broken is None else [*clause, broken])

    def number(self, low: int, high: int) -> cp_model.IntVar:
        """Return a new whole number from `low` to `high`, which plays no role yet."""
        variable = self.cp.new_int_var(low, high, "")
        self._ranges[variable.index] = low, high
        return variable

    def literal(self, role: Key) -> cp_model_helper.Literal:
        """Return a new literal that plays this role for its person."""
        literal = self.cp.new_bool_var("")
        self.roles[literal.index] = role
        return literal

    def charge(self, rule: Rule, variable: Variable, amount: int = 1) -> None:
        """Charge `amount` steps of a penalty for each unit of a variable."""
        self._term(rule).parts.append((amount, variable))

    def earn(self, rule: Rule, variable: Variable, amount: int = 1) -> None:
        """Grant `amount` steps of a reward for each unit of a variable."""
        self._term(rule).parts.append((-amount, variable))

    def cost_of(self, rule: Rule) -> Terms:
        """Return what a soft rule costs, in its steps, as far as it is posted."""
        return tuple(self._term(rule).parts)

    def _term(self, rule: Rule) -> SoftTerm:
        if rule.name not in self._terms:
            self._terms[rule.name] = SoftTerm(rule, self.scales.cost(rule))
        return self._terms[rule.name]

    def minimize_shortfall(self) -> None:
        """Set the objective: distance from the ideal, in steps of the scale."""
        self.cp.minimize(self.shortfall())

    def shortfall(self) -> cp_model.LinearExpr:
        """Return the distance from the ideal, in steps of the scale."""
        constant, variables = _split(
            [
                (term.cost * weight, variable)
                for term in self._terms.values()
                for weight, variable in term.parts
            ]
        )
        return _weighted(variables) + constant + self.scales.ideal_offset

    def costs(self) -> tuple[dict[int, tuple[str, int]], int]:
        """Return rule name and steps of the shortfall by variable index, and the constant part."""
        costs: dict[int, tuple[str, int]] = {}
        constant = self.scales.ideal_offset
        for name, term in self._terms.items():
            for weight, variable in term.parts:
                steps = term.cost * weight
                if isinstance(variable, bool):
                    constant += steps * variable
                    continue
                index = variable.index
                if index < 0:
                    constant += steps
                    index, steps = -index - 1, -steps
                costs[index] = (name, costs.get(index, (name, 0))[1] + steps)
        return costs, constant

    def is_cell_row(self, number: int) -> bool:
        """Return whether a constraint says that a cell has exactly one rotation."""
        return number in self._cell_rows

    def hint(self, grid: Grid) -> None:
        """Suggest a schedule to start from, instead of earlier hints: int16 array (P, S).

        It may say nothing: `ABSENT`.
        """
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # missing in its stubs
        for p, s in true_cells(grid != ABSENT):
            if self._home[p][s] == s:
                for code, literal in self.cell[p][s].items():
                    if not isinstance(literal, bool):
                        self.cp.add_hint(literal, bool(code == grid[p, s]))

    def hint_values(self, values: dict[int, int]) -> None:
        """Suggest values for all variables but those of sets, instead of earlier hints."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # missing in its stubs
        for index, value in values.items():
            self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), value)
        for index, members in self.sets.items():
            chosen = sum(values[member] for member in members)
            self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), chosen)

    def bound_below(self, shortfall: int) -> None:
        """State a proved bound of the shortfall."""
        self.cp.add(self.shortfall() >= shortfall)

    def grid(self, holds: Callable[[cp_model_helper.Literal], bool]) -> Grid:
        """Return the schedule in which the cell literals that hold are the placements."""
        people, slots, _ = self.problem.shape
        grid = np.full((people, slots), ABSENT, dtype=np.int16)
        for p in range(people):
            for s in range(slots):
                for code, literal in self.cell[p][self._home[p][s]].items():
                    if literal if isinstance(literal, bool) else holds(literal):
                        grid[p, s] = code
                        break
        grid[~self.problem.present] = ABSENT
        return grid


def _shared(opened: Bools, kept: Bools) -> Bools:
    """Return what is open in every cell that shares its variables: bool array (P, S, V)."""
    result = opened.copy()
    for person, first, last in runs_of(kept):
        together = slice(first - 1, last + 1)
        result[person, together] = np.logical_and.reduce(result[person, together], axis=0)
    return result


def _first_of_joined(kept: Bools) -> list[list[int]]:
    """Return the slot whose variables each cell uses: cells that are kept use the one before."""
    home = np.tile(np.arange(kept.shape[1]), (kept.shape[0], 1))
    for person, first, last in runs_of(kept):
        home[person, first : last + 1] = first - 1
    result: list[list[int]] = home.tolist()
    return result


def negated(literal: Literal) -> Literal:
    """Return the literal that holds when this one does not."""
    return not literal if isinstance(literal, bool) else literal.negated()


def variables_of(literals: Iterable[Literal]) -> list[cp_model_helper.Literal]:
    """Return the literals that are not certain."""
    return [literal for literal in literals if not isinstance(literal, bool)]


def without_certain(literals: Iterable[Literal]) -> list[Literal] | None:
    """Return a conjunction without its certain and repeated parts; None if it can never hold."""
    parts: dict[int, Literal] = {}
    for literal in literals:
        if literal is False:
            return None
        if literal is not True:
            index = literal.index
            if -index - 1 in parts:  # how CP-SAT numbers a negation
                return None
            parts[index] = literal
    return list(parts.values())


def _split(
    terms: Terms,
) -> tuple[int, list[tuple[int, cp_model.IntVar | cp_model_helper.Literal]]]:
    """Return the constant part of a sum, and the rest."""
    constant = 0
    rest: list[tuple[int, cp_model.IntVar | cp_model_helper.Literal]] = []
    for weight, literal in terms:
        if isinstance(literal, bool):
            constant += weight * int(literal)
        else:
            rest.append((weight, literal))
    return constant, rest


def _weighted(terms: Sequence[tuple[int, cp_model.LinearExpr]]) -> cp_model.LinearExpr:
    weights, variables = [weight for weight, _ in terms], [variable for _, variable in terms]
    if set(weights) <= {1}:
        return cp_model.LinearExpr.sum(variables)
    return cp_model.LinearExpr.weighted_sum(variables, weights)
