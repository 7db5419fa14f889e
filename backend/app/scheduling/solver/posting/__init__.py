"""How each rule kind is posted to CP-SAT: one module per kind, named as the kind's in `rules`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from app.scheduling.domain.problem import true_rows
from app.scheduling.domain.rule import CellRule, Rule
from app.scheduling.domain.scope import Who
from app.scheduling.rules.allowed_starts import AllowedStarts
from app.scheduling.rules.apart import Apart
from app.scheduling.rules.batches import Batches
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.fairness import Fairness
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.leave_cap import LeaveCap
from app.scheduling.rules.mirrored import Mirrored
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
from app.scheduling.solver.model import RotationModel, Terms
from app.scheduling.solver.posting.allowed_starts import post_allowed_starts
from app.scheduling.solver.posting.apart import post_apart
from app.scheduling.solver.posting.batches import post_batches
from app.scheduling.solver.posting.cells import post_cells
from app.scheduling.solver.posting.coverage import post_coverage
from app.scheduling.solver.posting.fairness import post_fairness
from app.scheduling.solver.posting.forbidden_sequence import post_forbidden_sequence
from app.scheduling.solver.posting.leave_cap import post_leave_cap
from app.scheduling.solver.posting.mirrored import post_mirrored
from app.scheduling.solver.posting.preferences import post_preferences
from app.scheduling.solver.posting.preferred_sequence import post_preferred_sequence
from app.scheduling.solver.posting.prerequisite import post_prerequisite
from app.scheduling.solver.posting.required_sequence import post_required_sequence
from app.scheduling.solver.posting.requirement import post_requirement
from app.scheduling.solver.posting.run_length import post_run_length
from app.scheduling.solver.posting.site_changes import post_site_changes
from app.scheduling.solver.posting.spacing import post_spacing
from app.scheduling.solver.posting.stability import post_stability
from app.scheduling.solver.posting.together import post_together
from app.scheduling.solver.posting.waiting import post_waiting
from app.scheduling.solver.posting.window_limit import post_window_limit
from app.scheduling.solver.posting.wishes import post_wishes
from app.scheduling.solver.posting.worst_off import post_worst_off

Posting = Callable[[RotationModel, Any], None]

POSTINGS: Final[dict[type[Rule], Posting]] = {
    AllowedStarts: post_allowed_starts,
    Apart: post_apart,
    Batches: post_batches,
    Coverage: post_coverage,
    Fairness: post_fairness,
    ForbiddenSequence: post_forbidden_sequence,
    LeaveCap: post_leave_cap,
    Mirrored: post_mirrored,
    Preferences: post_preferences,
    PreferredSequence: post_preferred_sequence,
    Prerequisite: post_prerequisite,
    RequiredSequence: post_required_sequence,
    Requirement: post_requirement,
    RunLength: post_run_length,
    SiteChanges: post_site_changes,
    Spacing: post_spacing,
    Stability: post_stability,
    Together: post_together,
    Waiting: post_waiting,
    WindowLimit: post_window_limit,
    Wishes: post_wishes,
    WorstOff: post_worst_off,
}
"""Rule kinds other than single-cell ones; those share `post_cells`."""


def post_rules(model: RotationModel, rules: Iterable[Rule]) -> None:
    """Post every rule.

    Kinds that look at what hard rules say come after those that say much of that, and the
    worst-off kind last, since it adds up what others cost each person.

    Raises
    ------
    KeyError
        When a kind has no posting: a defect of this package.
    """
    ordered = sorted(rules, key=lambda rule: _LATE.get(type(rule), 0))
    shared = {
        counted.name
        for rule in ordered
        if isinstance(rule, WorstOff)
        for counted in rule.counted(model.problem)
    }
    for rule in ordered:
        if rule.name in shared:
            model.shares[rule.name] = dict(_post_person_by_person(model, rule))
        else:
            _post(model, rule)
    model.rule_out_wholes()


_LATE: Final[dict[type[Rule], int]] = {
    Preferences: 1,
    Prerequisite: 1,
    Waiting: 1,
    PreferredSequence: 2,
    WorstOff: 3,
}


def _post(model: RotationModel, rule: Rule) -> None:
    if isinstance(rule, CellRule):
        post_cells(model, rule)
    else:
        POSTINGS[type(rule)](model, rule)


def _post_person_by_person(model: RotationModel, rule: Rule) -> Iterator[tuple[int, Terms]]:
    """Post a rule to each person alone and yield what it costs the person."""
    for person in true_rows(model.problem.scope(rule.who, rule.when)):
        who = Who(people=(model.problem.people[person].id,), exclude=Who(exclude=rule.who))
        before = len(model.cost_of(rule))
        _post(model, replace(rule, who=who))
        yield person, model.cost_of(rule)[before:]
