"""Leave: approved leave is kept."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import FULL_LEAVE, Bools, Problem
from app.scheduling.domain.rule import CellRule, once
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveKept(CellRule):
    """A period of full approved leave is spent on a leave rotation.

    Parameters
    ----------
    only_when_approved
        Leave rotations that nobody may be on without a full period of approved leave.
    """

    title: ClassVar[str] = "Leave"

    kind: Literal["leave"] = "leave"
    only_when_approved: RotationCodes = ()

    @once
    def allowed(self, problem: Problem) -> Bools:
        """Return leave rotations on full leave; elsewhere all but those that need approval."""
        away = list(problem.leave_rotations)
        on_leave, elsewhere = np.zeros((2, len(problem.rotations)), dtype=np.bool_)
        on_leave[away] = True
        elsewhere[:] = True
        if self.only_when_approved:
            elsewhere[list(problem.codes(self.only_when_approved))] = False
        full = (problem.leave == FULL_LEAVE)[:, :, None]
        inside = problem.scope(self.who, self.when)[:, :, None]
        result: Bools = np.where(full, on_leave, elsewhere) | ~inside
        return result

    def cell_message(self, problem: Problem, person: int, slot: int, code: str) -> str:
        """Return which of the two went wrong."""
        if problem.leave[person, slot] == FULL_LEAVE:
            return f"on {code} in a period of approved leave"
        return f"on {code} without approved leave"

    def describe(self) -> str:
        """Return the rule in words."""
        text = "A period of approved leave is spent on leave."
        if self.only_when_approved:
            text += f" {listed(self.only_when_approved)} only with approved leave."
        return text
