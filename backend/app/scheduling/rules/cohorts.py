"""X+Y cohorts: clinic weeks that return in a fixed cycle."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import FULL_LEAVE, Bools, Problem
from app.scheduling.domain.rule import CellRule, once
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts(CellRule):
    """Each cohort is in clinic together, every `cycle` slots.

    Slots are counted through the year from 1. People whose cohort has no first clinic slot are not
    asked, nor is anybody in a slot of full leave.

    Parameters
    ----------
    cycle
        Slots from one clinic to the next, at least 2: 5 for a 4+1 programme.
    clinic
        The clinic rotations.
    first
        Number of the first slot in clinic, 1 to `cycle`, by cohort.
    length
        Clinic slots in a row, 1 to ``cycle - 1``.
    clinic_only_then
        Whether the clinic rotations are closed in the other slots.
    """

    title: ClassVar[str] = "X+Y cohorts"

    kind: Literal["cohorts"] = "cohorts"
    cycle: int
    clinic: RotationCodes
    first: dict[str, int]
    length: int = 1
    clinic_only_then: bool = True

    def __post_init__(self) -> None:
        """Refuse cycles that do not fit."""
        CellRule.__post_init__(self)
        if self.cycle < 2:
            raise ValueError(f"cycle {self.cycle}: expected at least 2")
        if not 1 <= self.length < self.cycle:
            raise ValueError(f"length {self.length}: expected 1 to {self.cycle - 1}")
        if not self.clinic:
            raise ValueError("cohorts need at least one clinic rotation")
        if not self.first:
            raise ValueError("cohorts need the first clinic of at least one cohort")
        for cohort, slot in self.first.items():
            if not 1 <= slot <= self.cycle:
                raise ValueError(
                    f"first clinic {slot} of cohort {cohort!r}: expected 1 to {self.cycle}"
                )

    def in_clinic(self, problem: Problem) -> tuple[Bools, Bools]:
        """Return who is asked when, and who is in clinic then: two bool arrays (P, S)."""
        inside = problem.scope(self.who, self.when) & (problem.leave != FULL_LEAVE)
        starts = np.array(
            [[self.first.get(now.cohort or "", 0) for now in year] for year in problem.appointments]
        )
        numbers = np.arange(1, len(problem.slots) + 1)
        clinic: Bools = (numbers - starts) % self.cycle < self.length
        return inside & (starts > 0), clinic

    @once
    def allowed(self, problem: Problem) -> Bools:
        """Return clinic in clinic slots, and the rest (or everything) in the others."""
        asked, clinic = self.in_clinic(problem)
        rotations = np.zeros(len(problem.rotations), dtype=np.bool_)
        rotations[list(problem.codes(self.clinic))] = True
        elsewhere = ~rotations if self.clinic_only_then else np.ones_like(rotations)
        result: Bools = np.where(clinic[:, :, None], rotations, elsewhere) | ~asked[:, :, None]
        return result

    def cell_message(self, problem: Problem, person: int, slot: int, code: str) -> str:
        """Return which way the cycle is broken."""
        cohort = problem.appointments[person][slot].cohort or ""
        clinic = (slot + 1 - self.first[cohort]) % self.cycle < self.length
        where = "in" if clinic else "outside"
        return f"on {code} {where} the clinic of cohort {cohort}"

    def describe(self) -> str:
        """Return the cycle in words."""
        weeks = "" if self.length == 1 else f"{self.length} slots of "
        firsts = tuple(f"{cohort} from slot {slot}" for cohort, slot in self.first.items())
        text = (
            f"Every {self.cycle} slots a cohort has {weeks}{listed(self.clinic)}: "
            f"{listed(firsts, 'and')}"
        )
        return text + (", and none in between." if self.clinic_only_then else ".")
