"""How each rule kind is posted to CP-SAT: one module per kind, named as the kind's in `rules`."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from app.scheduling.domain.rule import CellRule, Rule
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.requirement import Requirement
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting.cells import post_cells
from app.scheduling.solver.posting.coverage import post_coverage
from app.scheduling.solver.posting.forbidden_sequence import post_forbidden_sequence
from app.scheduling.solver.posting.requirement import post_requirement

Posting = Callable[[RotationModel, Any], None]

POSTINGS: Final[dict[type[Rule], Posting]] = {
    Coverage: post_coverage,
    Requirement: post_requirement,
    ForbiddenSequence: post_forbidden_sequence,
}
"""Rule kinds other than single-cell ones; those share `post_cells`."""


def post_rules(model: RotationModel, rules: Iterable[Rule]) -> None:
    """Post every rule.

    Raises
    ------
    KeyError
        When a kind has no posting: a defect of this package.
    """
    for rule in rules:
        if isinstance(rule, CellRule):
            post_cells(model, rule)
        else:
            POSTINGS[type(rule)](model, rule)
