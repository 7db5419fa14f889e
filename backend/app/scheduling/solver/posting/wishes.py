"""Ranked wishes as one literal each."""

from app.scheduling.rules.wishes import CountedWish, Wishes
from app.scheduling.solver.model import Literal, RotationModel, negated


def granted(model: RotationModel, wish: CountedWish) -> Literal:
    """Return the literal that holds exactly when the wish is granted."""
    wanted = model.bits(wish.granted_by)
    return model.all_of(model.is_on(wish.person, slot, wanted) for slot in wish.slots)


def post_wishes(model: RotationModel, rule: Wishes) -> None:
    """Reward what is granted, or charge (forbid, if hard) what is denied."""
    for wish in rule.counted(model.problem):
        literal = granted(model, wish)
        if rule.mode == "reward":
            model.earn(rule, literal, wish.worth)
        else:
            model.forbid(rule, [negated(literal)], wish.worth)
