"""What the engine says when its input is wrong. Infeasible is not here: it is a result."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where a value stands in the programme: ``("rules", 3, "rotations", 0)``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a programme.

    Parameters
    ----------
    path
        Where it stands, as keys and zero-based positions from the programme's root.
    message
        What is wrong, naming the thing.
    mend
        What would be right.
    """

    path: Path
    message: str
    mend: str = ""

    def __str__(self) -> str:
        """Return the fault on one line, without its place."""
        return f"{self.message}: {self.mend}" if self.mend else self.message


class InvalidProgram(ValueError):  # noqa: N818 - the name says what is invalid
    """The programme contradicts itself; every fault found is listed.

    Parameters
    ----------
    faults
        At least one fault.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))
