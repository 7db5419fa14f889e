"""Required sequence: what must follow what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredSequence(Rule):
    """Whoever leaves one of `first` is on one of `then`, `lag` periods after the last one.

    It is asked when the last slot on `first` is in scope, and not when the slot `lag` later lies
    outside the year or the appointment, nor at the end of the year or of the appointment.

    Parameters
    ----------
    first
        Going from one of these to another is not leaving; at least one.
    then
        At least one.
    lag
        Slots from the last one on `first` to the one on `then`, at least 1.
    """

    title: ClassVar[str] = "Required sequence"
    unit: ClassVar[str] = "occurrences"
    concern: ClassVar[Concern] = "person"

    kind: Literal["required_sequence"] = "required_sequence"
    first: RotationCodes
    then: RotationCodes
    lag: int = 1

    def __post_init__(self) -> None:
        """Refuse empty lists and lags."""
        Rule.__post_init__(self)
        if not self.first or not self.then:
            raise ValueError("a required sequence needs at least one rotation in first and in then")
        if self.lag < 1:
            raise ValueError(f"lag {self.lag}: expected at least 1")

    def asked(self, problem: Problem) -> Iterator[tuple[int, int]]:
        """Yield person and slot where leaving `first` asks for something."""
        present = problem.present
        reach = max(0, len(problem.slots) - self.lag)
        asked = problem.scope(self.who, self.when)[:, :reach] & present[:, self.lag :]
        asked &= present[:, 1 : reach + 1]
        people, slots = asked.nonzero()
        yield from zip(people.tolist(), slots.tolist(), strict=True)

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per departure to something else."""
        on_first, on_then = problem.on(grid, self.first), problem.on(grid, self.then)
        what = f"not on {listed(self.then)} {_later(self.lag)} the end of {listed(self.first)}"
        for p, t in self.asked(problem):
            if on_first[p, t] and not on_first[p, t + 1] and not on_then[p, t + self.lag]:
                yield Breach(1, p, t, None, None, what)

    # The ideal is 0: nobody leaves who stays on one rotation.

    def describe(self) -> str:
        """Return the sequence in words."""
        first, then = listed(self.first), listed(self.then)
        return f"{first} is followed by {then}, {_later(self.lag)} its end."


def _later(lag: int) -> str:
    return "1 period after" if lag == 1 else f"{lag} periods after"
