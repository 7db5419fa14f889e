"""Preferred sequences as one literal per occurrence, tied together as tightly as rules allow."""

from collections.abc import Sequence

from app.scheduling.rules.patterns import variants, windows
from app.scheduling.rules.preferred_sequence import PreferredSequence
from app.scheduling.solver.known import Known
from app.scheduling.solver.model import (
    Key,
    Literal,
    RotationModel,
    negated,
    variables_of,
    without_certain,
)

Occurrence = tuple[Literal, list[Literal]]
"""The literal of an occurrence, and the literals without which it cannot hold."""


def post_preferred_sequence(model: RotationModel, rule: PreferredSequence) -> None:
    """Reward every occurrence, or ask everybody for some."""
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)
    both = [
        [model.bits(problem.codes(step)) for step in pattern]
        for pattern in variants(rule.pattern, either_order=rule.either_order)
    ]
    found: dict[int, list[Occurrence]] = {}
    known = Known.of(model)
    for person, slots in windows(problem, scope, len(rule.pattern), rule.lag):
        conjunctions = [
            [model.is_on(person, slot, wanted) for slot, wanted in zip(slots, steps, strict=True)]
            for steps in both
        ]
        found.setdefault(person, []).extend(_occurrences(model, known, conjunctions))
    everywhere = 0
    for steps in both:
        for wanted in steps:
            everywhere |= wanted
    for person, occurrences in found.items():
        _link(model, known, rule, occurrences)
        literals = [literal for literal, _ in occurrences]
        if rule.lag == 1 and known.least(person, everywhere) >= len(rule.pattern) - 1:
            _limit_by_count(model, rule, person, everywhere, literals)
        if rule.mode == "reward":
            for literal in literals:
                model.earn(rule, literal)
        else:
            model.keep_between(rule, [(1, literal) for literal in literals], rule.at_least, None)


def _occurrences(
    model: RotationModel, known: Known, conjunctions: Sequence[Sequence[Literal]]
) -> list[Occurrence]:
    """Return the occurrences in one window; at most one of their literals holds."""
    possible = [
        parts
        for conjunction in conjunctions
        if (parts := without_certain(conjunction)) is not None and not known.excluded(parts)
    ]
    if not all(possible):
        return [(True, [])]
    if len(possible) == 1 and len(possible[0]) == 1:
        return [(possible[0][0], [])]
    found: list[Occurrence] = [(model.literal(_role(model, p)), [*p]) for p in possible]
    if len(found) > 1:
        model.add_at_most_one(literal for literal, _ in found)
    return found


def _role(model: RotationModel, parts: Sequence[Literal]) -> Key:
    return ("occurrence", *(model.role(part) for part in parts))


def _link(
    model: RotationModel, known: Known, rule: PreferredSequence, occurrences: list[Occurrence]
) -> None:
    """Let an occurrence hold only where its parts do.

    Occurrences that exclude each other share a part in one row, which is what makes the linear
    relaxation see that a slot is used once.
    """
    users: dict[Literal, list[Occurrence]] = {}
    for occurrence in occurrences:
        for part in variables_of(occurrence[1]):
            users.setdefault(part, []).append(occurrence)
    for shared, sharing in users.items():
        cliques: list[list[Occurrence]] = []
        for occurrence in sharing:
            for clique in cliques:
                if all(known.excluded([*occurrence[1], *other[1]]) for other in clique):
                    clique.append(occurrence)
                    break
            else:
                cliques.append([occurrence])
        for number, clique in enumerate(cliques):
            literals = [literal for literal, _ in clique]
            key = ("link", rule.name, model.role(shared), number)
            model.add_at_most_one([*literals, negated(shared)], key)


def _limit_by_count(
    model: RotationModel,
    rule: PreferredSequence,
    person: int,
    wanted: int,
    literals: list[Literal],
) -> None:
    """Limit occurrences to what a year of n slots on the pattern's rotations can hold.

    A run of n slots holds n - length + 1 occurrences, so the whole year holds no more than that,
    as long as it has at least length - 1 such slots.
    """
    slots = range(len(model.problem.slots))
    there = model.counted(((person, slot, -1) for slot in slots), wanted)
    reached = [(1, literal) for literal in literals]
    _, most = model.limits_of(reached)
    if most:
        model.add_between([*reached, *there], None, 1 - len(rule.pattern), ("count", rule.name))
