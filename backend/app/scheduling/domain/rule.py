"""What every rule is: a name, a scope, hard or soft, a measure and a sentence."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import wraps
from math import isfinite
from typing import Any, ClassVar, Literal, TypeVar

from app.scheduling.domain.limits import has_decimals, limited
from app.scheduling.domain.problem import Bools, Grid, Problem
from app.scheduling.domain.scope import ALWAYS, EVERYBODY, STRICT, When, Who

HIGHEST_WEIGHT = 1_000_000
_WEIGHT_DECIMALS = 4
_WEIGHTS = ("penalty", "reward")

Concern = Literal["person", "slot", "all"]
"""What breaches follow from: the year of the person whom each names, the placements of everybody
in the slot that it names, or the whole grid."""

Asked = TypeVar("Asked", bound="Rule")
Known = TypeVar("Known")


def once(method: Callable[[Asked, Problem], Known]) -> Callable[[Asked, Problem], Known]:
    """Work out what follows from a rule and a problem alone only once for the two."""

    @wraps(method)
    def recalled(rule: Asked, problem: Problem) -> Known:
        # The rule is held on to: the id of one that is gone may become another's.
        key = (id(rule), method.__qualname__)
        return problem.recall(key, lambda: (method(rule, problem), rule))[0]

    return recalled


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule is broken or, for a rule with a reward, where it is reached.

    Parameters
    ----------
    amount
        How much, in the rule's steps: positive, unless what is reached can be less than nothing.
    person, slot
        Indices in the problem; None where the rule does not speak of one.
    measured, limit
        What was found and what is allowed, in the rule's unit; None where no number applies.
    what
        The rest of the sentence: "2 of 3 residents on MICU".
    """

    amount: int
    person: int | None
    slot: int | None
    measured: float | None
    limit: float | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(ABC):
    """One requirement of a programme.

    A rule is hard unless it has a penalty (cost of each unit by which it is broken) or a reward
    (value of each unit reached).

    Parameters
    ----------
    name
        What a coordinator calls it; unique in the programme.
    penalty, reward
        Weight per unit, above 0 and at most a million, with at most four decimals; at most one of
        the two.
    who, when
        To whom and when it applies.
    source, author, reason
        Where it comes from, who asked for it, and why.

    Raises
    ------
    ValueError
        When the parameters contradict each other, or a number is too large or too fine.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    title: ClassVar[str]
    """The kind's name for people: "Coverage"."""
    unit: ClassVar[str]
    """What one step of one unit is called: "residents short or over"."""
    concern: ClassVar[Concern]
    """What has to be measured again when a placement changes."""
    rewardable: ClassVar[bool] = False
    """Whether the kind can carry a reward."""

    kind: str
    name: str
    penalty: float | None = None
    reward: float | None = None
    who: Who = EVERYBODY
    when: When = ALWAYS
    source: str = ""
    author: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse names and weights that mean nothing, and numbers beyond all sense."""
        if not self.name.strip():
            raise ValueError("a rule needs a name")
        if self.penalty is not None and self.reward is not None:
            raise ValueError("a rule has a penalty or a reward, not both")
        weight = self.penalty if self.reward is None else self.reward
        if weight is not None and not (isfinite(weight) and 0 < weight <= HIGHEST_WEIGHT):
            raise ValueError(f"weight {weight}: expected above 0 and at most {HIGHEST_WEIGHT}")
        if weight is not None and not has_decimals(weight, _WEIGHT_DECIMALS):
            raise ValueError(f"weight {weight}: expected at most {_WEIGHT_DECIMALS} decimals")
        if self.reward is not None and not self.rewardable:
            raise ValueError(f"a rule of kind {self.kind} has a penalty or is hard, not a reward")
        for field in fields(self):
            if field.name not in _WEIGHTS:
                for number in _numbers(getattr(self, field.name)):
                    limited(field.name, number)

    @property
    def hard(self) -> bool:
        """Whether the rule must hold."""
        return self.penalty is None and self.reward is None

    @property
    def scores_people(self) -> bool:
        """Whether the rule is soft and about single people: each has a score of their own."""
        return not self.hard and self.concern == "person"

    @property
    def mode(self) -> Literal["hard", "penalty", "reward"]:
        """How the rule counts."""
        if self.hard:
            return "hard"
        return "penalty" if self.reward is None else "reward"

    @property
    def weight(self) -> Fraction:
        """Penalty or reward per unit, exactly as it was written; 0 for a hard rule."""
        weight = self.penalty if self.reward is None else self.reward
        return Fraction(0) if weight is None else Fraction(str(weight))

    def step(self, problem: Problem) -> Fraction:  # noqa: ARG002 - kinds with fractions need it
        """Return the size in units of one step, in which amounts are counted."""
        return Fraction(1)

    @abstractmethod
    def measure(self, problem: Problem, grid: Grid) -> Iterable[Breach]:
        """Return every breach in `grid` or, for a rule with a reward, everything reached."""

    @abstractmethod
    def describe(self) -> str:
        """Return the rule as one or two sentences for people, without its name and scope."""

    def ideal(self, problem: Problem) -> int:  # noqa: ARG002 - kinds override it
        """Return the best total amount, in steps, that any grid has when only this rule counts.

        The least possible breach for a hard rule or a penalty, the most that can be reached for a
        reward. "Any grid" ignores every other rule, eligibility and leave included.
        """
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRule(Rule):
    """A rule about single cells: what a person may be on in a slot, whatever happens elsewhere.

    Checking and posting follow from the one mask.
    """

    unit: ClassVar[str] = "placements"
    concern: ClassVar[Concern] = "person"

    @abstractmethod
    def allowed(self, problem: Problem) -> Bools:
        """Return what is allowed: bool array (P, S, V)."""

    @abstractmethod
    def cell_message(self, problem: Problem, person: int, slot: int, code: str) -> str:
        """Return what is wrong with being on `code` there."""

    def measure(self, problem: Problem, grid: Grid) -> Iterable[Breach]:
        """Return one breach per cell that is not allowed."""
        people, slots = (grid >= 0).nonzero()
        bad = ~self.allowed(problem)[people, slots, grid[people, slots]]
        for person, slot in zip(people[bad].tolist(), slots[bad].tolist(), strict=True):
            code = problem.rotations[grid[person, slot]].code
            what = self.cell_message(problem, person, slot, code)
            yield Breach(1, person, slot, None, None, what)

    def ideal(self, problem: Problem) -> int:
        """Return the number of cells where nothing is allowed."""
        return int((~self.allowed(problem).any(axis=2) & problem.present).sum())


def _numbers(value: object) -> Iterator[float]:
    """Yield a parameter that is a number, or the numbers in one that is a tuple or a dict."""
    entries: Iterable[object] = (value,)
    if isinstance(value, dict):
        entries = value.values()
    elif isinstance(value, tuple):
        entries = value
    return (entry for entry in entries if isinstance(entry, int | float))
