"""Requirements as one sum per person."""

import numpy as np

from app.scheduling.rules.coverage import NO_LIMIT
from app.scheduling.rules.requirement import Requirement
from app.scheduling.solver.model import RotationModel


def post_requirement(model: RotationModel, rule: Requirement) -> None:
    """Keep what each person has done by the end within the limits."""
    problem = model.problem
    wanted = model.bits(problem.codes(rule.rotations))
    counts = np.where(model.possible(wanted), rule.counts(problem), 0)
    low, high = rule.limits(problem)
    for person in rule.asked(problem).nonzero()[0].tolist():
        slots = counts[person].nonzero()[0]
        year = zip(slots.tolist(), counts[person, slots].tolist(), strict=True)
        done = model.counted(((person, slot, n) for slot, n in year), wanted)
        most = int(high[person])
        model.keep_between(rule, done, int(low[person]), None if most >= NO_LIMIT else most)
