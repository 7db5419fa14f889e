"""Run lengths as clauses on where a run begins, or as stays where all are of one length."""

from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Bools, true_rows
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.runs import runs_of
from app.scheduling.solver.model import Literal, RotationModel, negated, variables_of
from app.scheduling.solver.posting.runs import on_and_off, wanted_sets


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A person's slots from `first` to `last`, all present; see `on_and_off`."""

    on: list[Literal]
    off: list[Literal]
    inside: list[bool]
    first: int
    last: int


def post_run_length(model: RotationModel, rule: RunLength) -> None:
    """Keep every run that begins in scope within the limits."""
    scope = model.problem.scope(rule.who, rule.when)
    asked, fixed = set(true_rows(scope)), _fixed(model, rule)
    for wanted in wanted_sets(model, rule.rotations, each=rule.each):
        for person, first, last in runs_of(model.problem.present):
            if person in asked:
                on, off = on_and_off(model, person, wanted)
                stretch = _Stretch(on, off, scope[person].tolist(), first, last)
                if fixed[person]:
                    _post_stays(model, rule, stretch, (person, wanted))
                else:
                    _post_min(model, rule, stretch)
                    _post_max(model, rule, stretch)


def _fixed(model: RotationModel, rule: RunLength) -> Bools:
    """Return for whom the rule fixes the length of every run: bool array (P,)."""
    exact = rule.hard and rule.min == rule.max and (rule.min or 1) > 1 and not rule.cut_by_year
    always = model.problem.scope(rule.who, rule.when) | ~model.problem.present
    result: Bools = np.logical_and.reduce(always, axis=1)
    return result if exact else np.zeros_like(result)


def _post_stays(
    model: RotationModel, rule: RunLength, stretch: _Stretch, whose: tuple[int, int]
) -> None:
    """Whoever is there has begun within the last slots; between two stays lies a slot."""
    length, on, first, last = rule.min or 1, stretch.on, stretch.first, stretch.last
    person, wanted = whose
    starts: list[Literal] = [False] * len(stretch.inside)
    for slot in range(first, last - length + 2):
        if all(there is not False for there in on[slot : slot + length]):
            starts[slot] = model.literal(("stays from", rule.name, slot, model.role(on[slot])))
    for slot in range(first, last + 1):
        begun = variables_of(starts[max(first, slot - length + 1) : slot + 1])
        if begun or on[slot] is not False:
            model.add_between([(1, on[slot]), *((-1, start) for start in begun)], 0, 0)
        near = variables_of(starts[slot : slot + length + 1])
        if len(near) > 1:
            model.add_at_most_one(near)
    if wanted.bit_count() == 1:
        _note_stays(model, (person, wanted.bit_length() - 1), length, starts)


def _note_stays(
    model: RotationModel, whose: tuple[int, int], length: int, starts: list[Literal]
) -> None:
    """Note the starts of one stretch; several stretches of a person have no slot in common."""
    _, known = model.stays.get(whose, (length, [False] * len(starts)))
    both = [one if other is False else other for one, other in zip(known, starts, strict=True)]
    model.stays[whose] = length, both


def _post_min(model: RotationModel, rule: RunLength, stretch: _Stretch) -> None:
    """Whoever begins stays; a soft rule pays for every length that is too short."""
    least, on, off, last = rule.min or 1, stretch.on, stretch.off, stretch.last
    for start in range(stretch.first, last + 1):
        if not stretch.inside[start] or (rule.cut_by_year and start == stretch.first):
            continue
        if off[start - 1] is False or on[start] is False:
            continue
        begins = [off[start - 1], on[start]]
        if rule.hard:
            if start + least - 1 > last and not rule.cut_by_year:
                model.forbid(rule, begins)
            for slot in range(start + 1, min(start + least - 1, last) + 1):
                model.forbid(rule, [*begins, off[slot]])
            continue
        for length in range(1, least):
            end = start + length - 1
            if end < last or (end == last and not rule.cut_by_year):
                through = on[start + 1 : end + 1]
                model.forbid(rule, [*begins, *through, off[end + 1]], least - length)


def _post_max(model: RotationModel, rule: RunLength, stretch: _Stretch) -> None:
    """Forbid, or charge, every window of `max` + 1 slots inside a run that began in scope."""
    if rule.max is None:
        return
    on, off, first = stretch.on, stretch.off, stretch.first
    counts: Literal = False
    for start in range(first, stretch.last - rule.max + 1):
        if all(stretch.inside[first : start + 1]):
            counts = on[start]
        elif stretch.inside[start] or counts is not False:
            # True at least where the run through this slot began in scope.
            chained = model.literal(("chained", rule.name, start, model.role(on[start])))
            model.add_clause([negated(counts), off[start], chained])
            if stretch.inside[start]:
                model.add_clause([on[start - 1], off[start], chained])
            counts = chained
        model.forbid(rule, [counts, *on[start + 1 : start + rule.max + 1]])
