"""What is posted to CP-SAT, kept beside it as rows: weighted sums between two limits.

CP-SAT is told each constraint in the kind that it handles best, and its own record of them is slow
to read; what else the engine does with a model needs linear rows only.
"""

from array import array
from collections.abc import Iterable, Sequence

from ortools.sat.python import cp_model

NO_LOW, NO_HIGH = -(2**63), 2**63 - 1
"""Stand for no limit, as they do for CP-SAT."""


class Constraints:
    """Adds constraints to a CP-SAT model by index, much faster than by expressions.

    A literal is the index of a variable, or ``-index - 1`` where it is the negation.

    Parameters
    ----------
    cp
        The model.
    """

    def __init__(self, cp: cp_model.CpModel) -> None:
        self._all = cp.proto.constraints

    def __len__(self) -> int:
        return len(self._all)

    def at_least_one(self, literals: Sequence[int]) -> None:
        """Add a clause."""
        self._all.add().bool_or.literals.extend(literals)

    def at_most_one(self, literals: Sequence[int]) -> None:
        """Add that no two of these hold."""
        self._all.add().at_most_one.literals.extend(literals)

    def exactly_one(self, literals: Sequence[int]) -> None:
        """Add that one of these holds, and no other."""
        self._all.add().exactly_one.literals.extend(literals)

    def implication(self, condition: int, then: int) -> None:
        """Add that one literal holds where another does."""
        constraint = self._all.add()
        constraint.enforcement_literal.append(condition)
        constraint.bool_and.literals.append(then)

    def between(
        self, variables: Sequence[int], weights: Sequence[int], low: int, high: int
    ) -> None:
        """Add ``low <= sum(weights * variables) <= high``; each variable occurs once."""
        linear = self._all.add().linear
        linear.vars.extend(variables)
        linear.coeffs.extend(weights)
        linear.domain.extend((low, high))


class Posted:
    """The constraints of a CP-SAT model, and what they say as rows.

    Whatever is posted returns the number of its row. Literals are numbered as in `Constraints`.

    Parameters
    ----------
    cp
        The empty model that everything is added to.

    Attributes
    ----------
    literals, weights : int arrays (N,)
        All rows one after the other.
    ends : int array (R + 1,)
        Where rows end: row n lies between ``ends[n]`` and ``ends[n + 1]``.
    low, high : int arrays (R,)
        Limits of the rows' sums; `NO_LOW` and `NO_HIGH` where there is none.
    lower, upper : int arrays (variables,)
        Bounds of the variables.
    """

    def __init__(self, cp: cp_model.CpModel) -> None:
        self._cp = cp
        self._constraints, self._variables = Constraints(cp), cp.proto.variables
        self._definitions = 0
        self.literals, self.weights, self.ends = array("i"), array("q"), array("q", [0])
        self.low, self.high = array("q"), array("q")
        self.lower, self.upper = array("q"), array("q")

    @property
    def complete(self) -> bool:
        """Whether nothing was added to the model by another way."""
        return (len(self._constraints), len(self._variables)) == (
            len(self.low) + self._definitions,
            len(self.lower),
        )

    def literal(self, name: str = "") -> cp_model.IntVar:
        """Add a Boolean variable."""
        self.lower.append(0)
        self.upper.append(1)
        return self._cp.new_bool_var(name)

    def number(self, lower: int, upper: int) -> cp_model.IntVar:
        """Add a whole number."""
        self.lower.append(lower)
        self.upper.append(upper)
        return self._cp.new_int_var(lower, upper, "")

    def constant(self, value: int) -> int:
        """Return the literal of 0 or 1: CP-SAT has a variable for it."""
        index = self._cp.get_or_make_boolean_index(bool(value))
        if index == len(self.lower):
            self.lower.append(value)
            self.upper.append(value)
        return index

    def at_least_one(self, literals: Sequence[int]) -> int:
        """Post a clause."""
        self._constraints.at_least_one(literals)
        return self._keep(literals, _ONE * len(literals), 1, NO_HIGH)

    def at_most_one(self, literals: Sequence[int]) -> int:
        """Post that no two of these hold."""
        self._constraints.at_most_one(literals)
        return self._keep(literals, _ONE * len(literals), NO_LOW, 1)

    def exactly_one(self, literals: Sequence[int]) -> int:
        """Post that one of these holds, and no other."""
        self._constraints.exactly_one(literals)
        return self._keep(literals, _ONE * len(literals), 1, 1)

    def implication(self, condition: int, then: int) -> int:
        """Post that one literal holds where another does."""
        self._constraints.implication(condition, then)
        return self._keep([then, condition], array("q", [1, -1]), 0, NO_HIGH)

    def between(self, terms: dict[int, int], low: int, high: int) -> int:
        """Post ``low <= sum(weight * variable) <= high``.

        Parameters
        ----------
        terms
            Weights by variable index.
        """
        variables = sorted(index for index, weight in terms.items() if weight)
        weights = [terms[index] for index in variables]
        self._constraints.between(variables, weights, low, high)
        return self._keep(variables, array("q", weights), low, high)

    def define(self, chosen: int, members: Iterable[int]) -> None:
        """Post that a new variable is the sum of older ones; this is not kept as a row."""
        variables = sorted(members)
        weights = [1] * len(variables)
        self._constraints.between([*variables, chosen], [*weights, -1], 0, 0)
        self._definitions += 1

    def row(self, number: int) -> list[tuple[int, int]]:
        """Return the literals of a row with their weights."""
        entries = slice(self.ends[number], self.ends[number + 1])
        return list(zip(self.literals[entries], self.weights[entries], strict=True))

    def _keep(self, literals: Iterable[int], weights: "array[int]", low: int, high: int) -> int:
        self.literals.extend(literals)
        self.weights.extend(weights)
        self.ends.append(len(self.literals))
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1


_ONE = array("q", [1])
