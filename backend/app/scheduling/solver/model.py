"""The CP-SAT model of an annual grid, and the few ways in which rules are posted to it.

Every (person, slot, rotation) that single-cell rules leave open is one Boolean. The objective is
the *shortfall*: the distance from the ideal, in whole steps of the scale, so that it is never
negative and CP-SAT's relative gap is the gap that is reported (CONTRACT §1).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model, cp_model_helper

from app.scheduling.domain.problem import ABSENT, Bools, Grid, Problem, true_cells
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import Scales
from app.scheduling.rules.runs import runs_of
from app.scheduling.solver.atoms import forced_together
from app.scheduling.solver.cells import open_cells
from app.scheduling.solver.posted import NO_HIGH, NO_LOW, Posted

Literal = cp_model_helper.Literal | bool
"""A Boolean variable, its negation, or the constants True and False."""

Variable = cp_model.IntVar | Literal

Terms = Sequence[tuple[int, Variable]]
"""A weighted sum."""

Meaning = tuple[int, int, int]
"""What a literal says: this person, in this slot, is on one of these rotations (a bit mask)."""

_PAIR = 2

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
    posted
        All rows.
    meanings
        What the literals of cells and of sets of rotations say, by variable index.
    sets
        The cell variables that a set's variable is the sum of, by its index.
    roles
        The role that a variable plays for its person, by index; other variables have none.
    row_keys
        The role of a row that limits a sum, by its number.
    limits
        Hard limits on sums: the number of a row with the sum, lowest, highest.
    conflicts
        The numbers of clauses that say that some literals cannot all hold.
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
        self.posted = Posted(self.cp)
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
        self.limits: list[tuple[int, int | None, int | None]] = []
        self.conflicts: list[int] = []
        self.stays: dict[tuple[int, int], tuple[int, list[Literal]]] = {}
        self.shares: dict[str, dict[int, Terms]] = {}
        people, slots, _ = problem.shape
        self._home = _first_of_joined(kept)
        # Nothing is open without an appointment.
        self._open_bits = _as_bits(self.open & problem.present[:, :, None])
        self._codes: dict[int, list[int]] = {}
        self._present: list[list[bool]] = problem.present.tolist()
        self.cell: list[list[dict[int, Literal]]] = [
            [self._make_cell(p, s) for s in range(slots)] for p in range(people)
        ]

    def _make_cell(self, person: int, slot: int) -> dict[int, Literal]:
        """Create the variables of one cell: exactly one of the open rotations."""
        if not self._present[person][slot] or self._home[person][slot] != slot:
            return {}
        codes = self._codes_of(self._open_bits[person][slot])
        if len(codes) == 1:
            return {codes[0]: True}
        literals = {code: self.posted.literal(f"x_{person}_{slot}_{code}") for code in codes}
        self._cell_rows.add(self.posted.exactly_one(self._numbers(literals.values())))
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
        if len(parts) == 1:
            return parts[0]
        key = frozenset(part.index for part in parts)
        if key not in self._wholes:
            self._wholes[key] = self._whole_literal(parts)
        return self._wholes[key]

    def _whole_literal(self, parts: list[cp_model_helper.Literal]) -> Literal:
        if not parts:
            return True
        whole = self.literal(("all", *(self.role(part) for part in parts)))
        for part in parts:
            self.posted.implication(whole.index, part.index)
        self.add_clause([whole, *(part.negated() for part in parts)])
        return whole

    def rule_out_wholes(self) -> None:
        """Say of every conjunction which two conflicting literals rule out that it never holds.

        Whole numbers follow from the clauses without it; the linear relaxation would have a half of
        a reward for each half of what cannot be.
        """
        pairs = {
            frozenset(-literal - 1 for literal, _ in row)
            for number in self.conflicts
            if len(row := self.posted.row(number)) == _PAIR
        }
        for parts, whole in self._wholes.items():
            if not isinstance(whole, bool) and any(
                frozenset(pair) in pairs for pair in combinations(parts, _PAIR)
            ):
                self.add_clause([negated(whole)])

    def _set_literal(self, person: int, slot: int, inside: int) -> Literal:
        cell = self.cell[person][slot]
        outside = self._open_bits[person][slot] & ~inside
        if inside.bit_count() == 1:
            return cell[inside.bit_length() - 1]
        if outside.bit_count() == 1:
            return negated(cell[outside.bit_length() - 1])
        chosen = self.posted.literal()
        members = variables_of(cell[code] for code in self._codes_of(inside))
        self.meanings[chosen.index] = (person, slot, inside)
        self.sets[chosen.index] = [literal.index for literal in members]
        self.posted.define(chosen.index, self.sets[chosen.index])
        return chosen

    def meaning(self, literal: Literal) -> Meaning | None:
        """Return what a literal says of one cell; None for other literals and for constants."""
        return None if isinstance(literal, bool) else self.meaning_of(literal.index)

    def meaning_of(self, index: int) -> Meaning | None:
        """Return what the literal with this index says of one cell; None for others."""
        if index >= 0:
            return self.meanings.get(index)
        opposite = self.meanings.get(-index - 1)
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

    def possible(self, wanted: int) -> Bools:
        """Return where people may be on one of these rotations: bool array (P, S)."""
        somewhere: Bools = np.logical_or.reduce(self.open[:, :, self._codes_of(wanted)], axis=2)
        return somewhere & self.problem.present

    def _codes_of(self, bits: int) -> list[int]:
        """Return the rotation indices of a bit mask."""
        codes = self._codes.get(bits)
        if codes is None:
            codes = [code for code in range(bits.bit_length()) if bits >> code & 1]
            self._codes[bits] = codes
        return codes

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
        terms: list[tuple[int, Literal]] = []
        for person, slot, amount in cells:
            inside = self._open_bits[person][slot] & wanted
            if inside and amount:
                cell = self.cell[person][self._home[person][slot]]
                terms += [(amount, cell[code]) for code in self._codes_of(inside)]
        return terms

    def limits_of(self, terms: Terms) -> tuple[int, int]:
        """Return limits between which a weighted sum always lies."""
        total, constant = _summed(terms)
        least, most = self._limits_of(total)
        return least + constant, most + constant

    def _limits_of(self, total: dict[int, int]) -> tuple[int, int]:
        lower, upper = self.posted.lower, self.posted.upper
        least = most = 0
        for index, weight in total.items():
            low, high = weight * lower[index], weight * upper[index]
            least += min(low, high)
            most += max(low, high)
        return least, most

    def keep_between(
        self, rule: Rule, terms: Terms, low: int | None, high: int | None, at: int | None = None
    ) -> None:
        """Post ``low <= sum(terms) <= high``; each step outside costs a soft rule its penalty.

        Parameters
        ----------
        at
            The slot that distinguishes the row from others of the same rule and person.
        """
        total, constant = _summed(terms)
        least, most = self._limits_of(total)
        short = 0 if low is None else max(0, low - constant - least)
        over = 0 if high is None else max(0, most + constant - high)
        if not short and not over:
            return
        lowest = low - constant if low is not None and short else None
        highest = high - constant if high is not None and over else None
        row = -1
        if lowest is not None:
            key: Key = ("short", rule.name, at)
            slack = {} if rule.hard else {self._slack(rule, short, key).index: 1}
            row = self.posted.between(total | slack, lowest, NO_HIGH)
            self.row_keys[row] = key
        if highest is not None:
            key = ("over", rule.name, at)
            slack = {} if rule.hard else {self._slack(rule, over, key).index: -1}
            row = self.posted.between(total | slack, NO_LOW, highest)
            self.row_keys[row] = key
        if rule.hard:
            self.limits.append((row, lowest, highest))

    def add_between(
        self, terms: Terms, low: int | None, high: int | None, key: Key | None = None
    ) -> None:
        """Post ``low <= sum(terms) <= high``, which always holds; None is no limit.

        Parameters
        ----------
        key
            The role of the row; None: what it consists of tells.
        """
        total, constant = _summed(terms)
        row = self.posted.between(
            total,
            NO_LOW if low is None else low - constant,
            NO_HIGH if high is None else high - constant,
        )
        if key is not None:
            self.row_keys[row] = key

    def add_clause(self, literals: Iterable[Literal]) -> None:
        """Post that at least one of these holds."""
        self.posted.at_least_one(self._numbers(literals))

    def add_at_most_one(self, literals: Iterable[Literal], key: Key | None = None) -> None:
        """Post that no two of these hold; for `key` see `add_between`."""
        row = self.posted.at_most_one(self._numbers(literals))
        if key is not None:
            self.row_keys[row] = key

    def _numbers(self, literals: Iterable[Literal]) -> list[int]:
        """Return literals by index."""
        return [
            self.posted.constant(int(literal)) if isinstance(literal, bool) else literal.index
            for literal in literals
        ]

    def number(self, least: int, most: int) -> cp_model.IntVar:
        """Return a new whole number that belongs to nobody in particular."""
        return self.posted.number(least, most)

    def _slack(self, rule: Rule, most: int, role: Key) -> cp_model.IntVar:
        slack = self.posted.number(0, most)
        self.roles[slack.index] = role
        self.charge(rule, slack)
        return slack

    def forbid(self, rule: Rule, literals: Iterable[Literal], amount: int = 1) -> None:
        """Post "not all of these": broken, it costs a soft rule `amount` steps."""
        parts = without_certain(literals)
        if parts is not None:
            self._exclude(rule, [parts], amount)

    def forbid_any(
        self, rule: Rule, conjunctions: Iterable[Iterable[Literal]], amount: int = 1
    ) -> None:
        """Post "none of these conjunctions": broken, they cost `amount` steps once."""
        possible = [parts for c in conjunctions if (parts := without_certain(c)) is not None]
        if possible:
            self._exclude(rule, possible, amount)

    def _exclude(
        self, rule: Rule, conjunctions: list[list[cp_model_helper.Literal]], amount: int
    ) -> None:
        clauses = [[-literal.index - 1 for literal in parts] for parts in conjunctions]
        if rule.hard:
            self.conflicts += [self.posted.at_least_one(clause) for clause in clauses]
            return
        roles = (self.role(part) for part in conjunctions[0])
        broken = self.literal(("broken", rule.name, *roles))
        self.charge(rule, broken, amount)
        for clause in clauses:
            self.posted.at_least_one([*clause, broken.index])

    def literal(self, role: Key) -> cp_model_helper.Literal:
        """Return a new literal that plays this role for its person."""
        literal = self.posted.literal()
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
        terms, constant = _summed(self._shortfall())
        variables = [self.cp.get_int_var_from_proto_index(index) for index in terms]
        total = cp_model.LinearExpr.weighted_sum(variables, list(terms.values()))
        self.cp.minimize(total + (constant + self.scales.ideal_offset))

    def _shortfall(self) -> Terms:
        """Return the distance from the ideal, which is the offset away from zero."""
        return [
            (term.cost * weight, variable)
            for term in self._terms.values()
            for weight, variable in term.parts
        ]

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
        self.clear_hints()
        for literal, holds in self.cells_in(grid):
            self.cp.add_hint(literal, holds)

    def cells_in(self, grid: Grid) -> Iterator[tuple[cp_model_helper.Literal, bool]]:
        """Yield the literals of cells, and whether they hold in a schedule: int16 array (P, S).

        Cells of which it says nothing, `ABSENT`, are left out.
        """
        for p, s in true_cells(grid != ABSENT):
            if self._home[p][s] == s:
                for code, literal in self.cell[p][s].items():
                    if not isinstance(literal, bool):
                        yield literal, bool(code == grid[p, s])

    def hint_values(self, values: dict[int, int]) -> None:
        """Suggest values by index, of all cells at least, instead of earlier hints."""
        self.clear_hints()
        for index, value in values.items():
            self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), value)
        for index, members in self.sets.items():
            chosen = sum(values[member] for member in members)
            self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), chosen)

    def clear_hints(self) -> None:
        """Suggest nothing."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # missing in its stubs

    def bound_below(self, shortfall: int) -> None:
        """State a proved bound of the shortfall."""
        self.add_between(self._shortfall(), shortfall - self.scales.ideal_offset, None)

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


def _as_bits(opened: Bools) -> list[list[int]]:
    """Return what is open in each cell as a bit mask, of any length."""
    people, slots, _ = opened.shape
    bits = [[0] * slots for _ in range(people)]
    cells = (where.tolist() for where in opened.nonzero())
    for person, slot, code in zip(*cells, strict=True):
        bits[person][slot] |= 1 << code
    return bits


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


def without_certain(literals: Iterable[Literal]) -> list[cp_model_helper.Literal] | None:
    """Return a conjunction without its certain and repeated parts; None if it can never hold."""
    parts: dict[int, cp_model_helper.Literal] = {}
    for literal in literals:
        if literal is False:
            return None
        if not isinstance(literal, bool):
            index = literal.index
            if -index - 1 in parts:  # how CP-SAT numbers a negation
                return None
            parts[index] = literal
    return list(parts.values())


def _summed(terms: Terms) -> tuple[dict[int, int], int]:
    """Return a sum as weights by variable index, and its constant part."""
    weights: dict[int, int] = {}
    constant = 0
    for weight, variable in terms:
        if isinstance(variable, bool):
            constant += weight * variable
        elif (index := variable.index) >= 0:
            weights[index] = weights.get(index, 0) + weight
        else:
            constant += weight
            weights[-index - 1] = weights.get(-index - 1, 0) - weight
    return weights, constant
