"""Checking a schedule against a programme's rules, without any solver."""

from collections.abc import Sequence

from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Breach, Rule
from app.scheduling.rules.structure import structural_breaches

Broken = tuple[tuple[Rule | None, tuple[Breach, ...]], ...]
"""Breaches by rule: first those of the structure, then of hard rules, then of penalties."""


def check_grid(problem: Problem, rules: Sequence[Rule], grid: Grid) -> tuple[Finding, ...]:
    """Return what is wrong: errors first (hard rules), then warnings (penalties)."""
    return findings_of(problem, breaches(problem, rules, grid))


def breaches(problem: Problem, rules: Sequence[Rule], grid: Grid) -> Broken:
    """Return what is wrong, not in words yet; rules without a breach have none."""
    asked = [rule for rule in rules if rule.hard]
    asked += [rule for rule in rules if rule.mode == "penalty"]
    return (
        (None, tuple(structural_breaches(problem, grid))),
        *((rule, tuple(rule.measure(problem, grid))) for rule in asked),
    )


def findings_of(problem: Problem, broken: Broken) -> tuple[Finding, ...]:
    """Return breaches in words."""
    return tuple(_finding(problem, rule, breach) for rule, found in broken for breach in found)


def _finding(problem: Problem, rule: Rule | None, breach: Breach) -> Finding:
    person = None if breach.person is None else problem.people[breach.person]
    slot = None if breach.slot is None else problem.slots[breach.slot]
    where = "" if breach.slot is None else f" in {problem.slot_label(breach.slot)}"
    subject = "" if person is None else f"{person.label}: "
    name = "Complete and eligible" if rule is None else rule.name
    return Finding(
        rule="structure" if rule is None else rule.kind,
        name=name,
        severity="error" if rule is None or rule.hard else "warning",
        person=None if person is None else person.id,
        period=None if slot is None else slot.period,
        date=None if slot is None else slot.start,
        measured=breach.measured,
        limit=breach.limit,
        unit=None if rule is None else rule.unit,
        message=f"{name}: {subject}{breach.what}{where}",
        source=None if rule is None else rule.source or None,
    )
