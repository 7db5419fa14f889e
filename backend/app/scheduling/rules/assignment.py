"""Assignment: what people may be on in some periods."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Problem
from app.scheduling.domain.rule import CellRule, once
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRule(CellRule):
    """Whoever is in scope is on one of some rotations, or on none of some.

    Parameters
    ----------
    one_of, never
        Exactly one of the two lists.
    """

    title: ClassVar[str] = "Assignment"

    kind: Literal["assignment"] = "assignment"
    one_of: RotationCodes = ()
    never: RotationCodes = ()

    def __post_init__(self) -> None:
        """Ask for exactly one of the two lists."""
        CellRule.__post_init__(self)
        if bool(self.one_of) == bool(self.never):
            raise ValueError("an assignment needs either one_of or never")

    @once
    def allowed(self, problem: Problem) -> Bools:
        """Return the listed rotations, or the others, in scope; everything elsewhere."""
        listed_ones = np.zeros(len(problem.rotations), dtype=np.bool_)
        listed_ones[list(problem.codes(self.one_of or self.never))] = True
        wanted = listed_ones if self.one_of else ~listed_ones
        result: Bools = wanted | ~problem.scope(self.who, self.when)[:, :, None]
        return result

    def cell_message(
        self,
        problem: Problem,  # noqa: ARG002
        person: int,  # noqa: ARG002
        slot: int,  # noqa: ARG002
        code: str,
    ) -> str:
        """Return what was asked instead."""
        asked = f"instead of {listed(self.one_of)}" if self.one_of else "which is ruled out"
        return f"on {code}, {asked},"

    def describe(self) -> str:
        """Return the lists in words."""
        return f"On {listed(self.one_of)}." if self.one_of else f"Never on {listed(self.never)}."
