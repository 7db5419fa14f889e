"""The rule catalogue: one kind per file; each is parameters, a check and a description."""

from typing import Final

from app.scheduling.domain.rule import Rule
from app.scheduling.rules.allowed_starts import AllowedStarts
from app.scheduling.rules.apart import Apart
from app.scheduling.rules.assignment import AssignmentRule
from app.scheduling.rules.batches import Batches
from app.scheduling.rules.cohorts import Cohorts
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.fairness import Fairness
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.leave import LeaveKept
from app.scheduling.rules.leave_cap import LeaveCap
from app.scheduling.rules.leave_eligibility import LeaveEligibility
from app.scheduling.rules.mirrored import Mirrored
from app.scheduling.rules.preassignments import PreassignmentsKept
from app.scheduling.rules.preferences import Preferences
from app.scheduling.rules.preferred_sequence import PreferredSequence
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.required_sequence import RequiredSequence
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.site_changes import SiteChanges
from app.scheduling.rules.spacing import Spacing
from app.scheduling.rules.stability import Stability
from app.scheduling.rules.together import Together
from app.scheduling.rules.waiting import Waiting
from app.scheduling.rules.window_limit import WindowLimit
from app.scheduling.rules.wishes import Wishes
from app.scheduling.rules.worst_off import WorstOff

AnyRule = (
    AllowedStarts
    | Apart
    | AssignmentRule
    | Batches
    | Cohorts
    | Coverage
    | Fairness
    | ForbiddenSequence
    | LeaveCap
    | LeaveEligibility
    | LeaveKept
    | Mirrored
    | PreassignmentsKept
    | Preferences
    | PreferredSequence
    | Prerequisite
    | RequiredSequence
    | Requirement
    | RunLength
    | SiteChanges
    | Spacing
    | Stability
    | Together
    | Waiting
    | WindowLimit
    | Wishes
    | WorstOff
)
"""A rule of any kind; `kind` tells which."""

RULE_BOOK: Final[tuple[type[Rule], ...]] = (
    Coverage,
    Requirement,
    RunLength,
    AllowedStarts,
    Batches,
    Spacing,
    WindowLimit,
    ForbiddenSequence,
    RequiredSequence,
    PreferredSequence,
    Prerequisite,
    SiteChanges,
    Waiting,
    AssignmentRule,
    PreassignmentsKept,
    LeaveKept,
    LeaveEligibility,
    LeaveCap,
    Wishes,
    Preferences,
    Cohorts,
    Together,
    Apart,
    Mirrored,
    Fairness,
    WorstOff,
    Stability,
)
"""Every rule kind, in the order in which a rule book prints them."""
