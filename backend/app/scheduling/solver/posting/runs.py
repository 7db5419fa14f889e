"""What the kinds that speak of runs share when they are posted."""

from app.scheduling.rules.runs import run_sets
from app.scheduling.solver.model import Literal, RotationModel, negated


def wanted_sets(model: RotationModel, names: tuple[str, ...], *, each: bool) -> list[int]:
    """Return the sets whose runs a rule looks at, as bit masks; see `run_sets`."""
    problem = model.problem
    return [model.bits(problem.codes(those)) for those in run_sets(problem, names, each=each)]


def on_and_off(
    model: RotationModel, person: int, wanted: int
) -> tuple[list[Literal], list[Literal]]:
    """Return the literals "on" and "off" of a person's slots.

    One more entry stands for the slots before the first (index -1) and after the last (index S):
    off, as in every slot without appointment.
    """
    slots = range(len(model.problem.slots))
    on = [*(model.is_on(person, slot, wanted) for slot in slots), False]
    return on, [negated(literal) for literal in on]
