"""Coverage as one sum per slot."""

import numpy as np

from app.scheduling.rules.coverage import NO_LIMIT, Coverage
from app.scheduling.solver.model import RotationModel


def post_coverage(model: RotationModel, rule: Coverage) -> None:
    """Keep the units that people bring within the limits of every slot."""
    problem = model.problem
    wanted = model.bits(problem.codes(rule.rotations))
    brought = np.where(model.possible(wanted), rule.brought(problem), 0)
    low, high = rule.limits(problem)
    for slot in ((low > 0) | (high < NO_LIMIT)).nonzero()[0].tolist():
        people = brought[:, slot].nonzero()[0]
        column = zip(people.tolist(), brought[people, slot].tolist(), strict=True)
        here = model.counted(((person, slot, n) for person, n in column), wanted)
        most = int(high[slot])
        limit = None if most >= NO_LIMIT else most
        model.keep_between(rule, here, int(low[slot]), limit, slot)
