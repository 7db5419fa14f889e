"""Leave eligibility: from which rotations one can take half a period off."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import HALF_LEAVE, Bools, Problem
from app.scheduling.domain.rule import CellRule, once
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveEligibility(CellRule):
    """A slot with half leave is spent on a rotation from which leave can be taken.

    Parameters
    ----------
    rotations
        From which leave can be taken; with none listed, half leave fits nowhere.
    """

    title: ClassVar[str] = "Leave eligibility"

    kind: Literal["leave_eligibility"] = "leave_eligibility"
    rotations: RotationCodes

    @once
    def allowed(self, problem: Problem) -> Bools:
        """Return the listed rotations on half leave, everything elsewhere."""
        open_to_leave = np.zeros(len(problem.rotations), dtype=np.bool_)
        if self.rotations:
            open_to_leave[list(problem.codes(self.rotations))] = True
        asked = problem.scope(self.who, self.when) & (problem.leave == HALF_LEAVE)
        result: Bools = open_to_leave | ~asked[:, :, None]
        return result

    def cell_message(
        self,
        problem: Problem,  # noqa: ARG002
        person: int,  # noqa: ARG002
        slot: int,  # noqa: ARG002
        code: str,
    ) -> str:
        """Return what the leave does not go with."""
        return f"half leave from {code}, which allows none,"

    def describe(self) -> str:
        """Return the list in words."""
        if not self.rotations:
            return "Half a period of leave can be taken from no rotation."
        return f"Half a period of leave is taken from {listed(self.rotations)} only."
