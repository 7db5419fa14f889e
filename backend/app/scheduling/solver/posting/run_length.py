"""Run lengths as clauses on where a run begins."""

from dataclasses import dataclass

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.runs import runs_of
from app.scheduling.solver.model import Literal, RotationModel, negated
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
    asked = set(true_rows(scope))
    for wanted in wanted_sets(model, rule.rotations, each=rule.each):
        for person, first, last in runs_of(model.problem.present):
            if person in asked:
                on, off = on_and_off(model, person, wanted)
                stretch = _Stretch(on, off, scope[person].tolist(), first, last)
                _post_min(model, rule, stretch)
                _post_max(model, rule, stretch)


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
