"""Coverage as one sum per slot."""

from app.scheduling.rules.coverage import NO_LIMIT, Coverage
from app.scheduling.solver.model import RotationModel


def post_coverage(model: RotationModel, rule: Coverage) -> None:
    """Keep the units that people bring within the limits of every slot."""
    problem = model.problem
    wanted = model.bits(problem.codes(rule.rotations))
    brought = rule.brought(problem)
    low, high = rule.limits(problem)
    for slot in ((low > 0) | (high < NO_LIMIT)).nonzero()[0].tolist():
        column = enumerate(brought[:, slot].tolist())
        here = model.counted(((person, slot, n) for person, n in column), wanted)
        most = int(high[slot])
        limit = None if most >= NO_LIMIT else most
        model.keep_between(rule, here, int(low[slot]), limit, slot)
