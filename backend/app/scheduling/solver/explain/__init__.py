"""Why nothing is feasible: arithmetic of supply and demand that needs no search.

Every module states one argument; each is a proof, so that nothing is said of a programme that has
a schedule. What no argument finds is left to the search.
"""

from collections.abc import Iterator, Sequence

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.requirement import Requirement
from app.scheduling.solver.explain import personal, slots, year
from app.scheduling.solver.explain.bounds import Bounds
from app.scheduling.solver.explain.deductions import deduce
from app.scheduling.solver.explain.histories import Histories
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import Proof
from app.scheduling.solver.explain.staffing import staffing

MOST_FINDINGS = 5


def why_infeasible(problem: Problem, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return what shows that no schedule can keep the hard rules; empty when nothing does.

    Parameters
    ----------
    problem
        The compiled programme.
    rules
        All its rules; those with a penalty or reward say nothing here.

    Returns
    -------
    tuple of Finding
        At most five, the most specific first: contradictions in single cells, then people, slots
        and sums over the year. A cause is left out whose rules one before it has named, or whose
        rules include all of one before it.
    """
    hard = [rule for rule in rules if rule.hard]
    chosen: list[Proof] = []
    named: list[frozenset[int]] = []
    for proof in _proofs(problem, hard):
        key = frozenset(id(rule) for rule in proof.rules)
        if not any(earlier <= key or (key and key <= earlier) for earlier in named):
            named.append(key)
            chosen.append(proof)
        if len(chosen) == MOST_FINDINGS:
            break
    return tuple(proof.finding(problem) for proof in chosen)


def _proofs(problem: Problem, hard: Sequence[Rule]) -> Iterator[Proof]:
    """Yield proofs, the most specific argument first and within it the largest excess."""
    openings = Openings(problem, hard)
    histories = Histories(openings)
    yield from _largest_first(openings.contradictions())
    yield from _largest_first(slots.contradicting(openings, staffing(openings)))
    yield from _largest_first(slots.beyond_leave_cap(openings))
    yield from _largest_first(deduce(openings, histories))
    rows = staffing(openings)
    yield from _largest_first(personal.out_of_reach(openings))
    yield from _largest_first(slots.understaffed(openings, rows))
    yield from _largest_first(slots.competing(openings, rows))
    yield from _largest_first(slots.overcrowded(openings, rows))
    units = {rule.counted_in for rule in hard if isinstance(rule, Requirement)}
    for unit in sorted(units) or ["periods"]:
        bounds = Bounds(openings, histories, unit)
        yield from _largest_first(personal.overfull(bounds))
        yield from _largest_first(personal.nowhere_to_be(bounds))
        yield from _largest_first(personal.crowded_out(bounds))
        yield from _largest_first(personal.competing(bounds))
        yield from _largest_first(year.too_few_places(bounds, rows))
        yield from _largest_first(year.too_few_people(bounds, rows))


def _largest_first(proofs: "Iterator[Proof] | Sequence[Proof]") -> list[Proof]:
    return sorted(proofs, key=lambda proof: -proof.excess)
