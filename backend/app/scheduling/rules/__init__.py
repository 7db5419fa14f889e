"""The rule catalogue: one kind per file; each is parameters, a check and a description."""

from typing import Final

from app.scheduling.domain.rule import Rule
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.leave import LeaveKept
from app.scheduling.rules.requirement import Requirement

AnyRule = Coverage | ForbiddenSequence | LeaveKept | Requirement
"""A rule of any kind; `kind` tells which."""

RULE_BOOK: Final[tuple[type[Rule], ...]] = (
    Coverage,
    Requirement,
    ForbiddenSequence,
    LeaveKept,
)
"""Every rule kind, in the order in which a rule book prints them."""
