"""What follows for single cells from rules that look at more than one.

Arguments, each closing cells that no feasible schedule can use:

* a limit that certain cells use up leaves nothing for the others (coverage per slot, requirements
  per person);
* "after" rotations are closed until "before" can have been done (the July trap);
* a rotation is closed where no run, gap, batch or window that is allowed can contain it.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from app.scheduling.domain.problem import Bools, Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.solver.explain.histories import Counts, Group, Histories
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import Proof, distinct
from app.scheduling.solver.explain.words import (
    during,
    flags,
    how_many,
    names,
    rotations,
    verb,
    whom,
)

_ROUNDS = 3


def deduce(openings: Openings, histories: Histories) -> list[Proof]:
    """Close what cannot be, and return who has no possible year under the sequence rules."""
    proofs: list[Proof] = []
    for _ in range(_ROUNDS):
        before = int(openings.open.sum())
        _use_up(openings)
        for group in histories.exact_groups():
            proofs += _close_impossible(openings, histories, group)
        for rule in openings.rules:
            if isinstance(rule, Prerequisite):
                _close_early(openings, histories, rule)
        proofs += openings.emptied()
        if int(openings.open.sum()) == before:
            break
    return proofs


def _slots(problem: Problem) -> Ints:
    """Return weights with which every slot counts 1."""
    return np.ones(problem.shape[1], dtype=np.int64)


def cells_of(problem: Problem, where: Bools, codes: Group) -> Bools:
    """Return the cells of some rotations in some slots: bool array (P, S, V)."""
    chosen = np.zeros(len(problem.rotations), dtype=np.bool_)
    chosen[sorted(codes)] = True
    result: Bools = where[:, :, None] & chosen
    return result


def _use_up(openings: Openings) -> None:
    """Close what is more than a coverage or requirement leaves beside its certain cells."""
    problem = openings.problem
    for rule in openings.rules:
        if isinstance(rule, Coverage):
            counts, high, axis = rule.brought(problem), rule.limits(problem)[1], 0
            left = high[None, :]
        elif isinstance(rule, Requirement):
            asked = rule.asked(problem)
            counts = rule.counts(problem) * asked[:, None]
            left, axis = rule.limits(problem)[1][:, None], 1
        else:
            continue
        codes = problem.codes(rule.rotations)
        certain = openings.only(codes)
        used = np.where(certain, counts, 0).sum(axis=axis, keepdims=True)
        # A limit that is already broken proves nothing about the other cells: it is said elsewhere.
        full = (counts > 0) & ~certain & (used <= left) & (used + counts > left)
        openings.close((rule,), cells_of(problem, full, codes))


def _close_impossible(openings: Openings, histories: Histories, group: Group) -> list[Proof]:
    """Close where the histories of a group cannot be on or off it."""
    counts = histories.counts(group, _slots(openings.problem))
    if counts is None:
        return []
    problem = openings.problem
    proofs = list(_stuck(openings, histories, counts, group))
    going = (counts.stuck < 0)[:, None] & problem.present
    others = frozenset(range(len(problem.rotations))) - group
    closing = [
        (_closers(histories, group, shut, bit), cells_of(problem, shut, codes))
        for bit, codes in ((1, group), (0, others))
        if (shut := going & openings.on(codes) & ~counts.possible[:, :, bit]).any()
    ]
    for closer, cells in closing:
        openings.close(closer, cells)
    for person in flags(counts.stuck >= 0):
        openings.forget(problem.present & (np.arange(problem.shape[0]) == person)[:, None])
    return proofs


def _closers(histories: Histories, group: Group, shut: Bools, bit: int) -> tuple[Rule, ...]:
    """Return the rules by which nobody can be off (0) or on (1) a group in cells (P, S)."""
    people: Bools = np.logical_or.reduce(shut, axis=1)
    cells = shut[people]
    return histories.needed(
        group, people, lambda counts: not (counts.possible[:, :, bit] & cells).any()
    )


def _stuck(
    openings: Openings, histories: Histories, counts: Counts, group: Group
) -> Iterator[Proof]:
    """Yield the people for whom no history of the group is possible, by the slot it ends at."""
    problem = openings.problem
    stuck = counts.stuck
    on = rotations(problem, group)
    for slot in sorted(set(stuck[stuck >= 0].tolist())):
        people = flags(stuck == slot)
        row = np.isin(np.arange(problem.shape[0]), people)[:, None] & problem.present
        row = row & (np.arange(problem.shape[1]) <= slot)
        others = frozenset(range(len(problem.rotations))) - group
        pinned, shut = row & openings.only(group), row & ~openings.on(group)
        closers = [*openings.why_not(pinned, others), *openings.why_not(shut, group)]
        behind = histories.needed(group, stuck == slot, partial(_all_stuck, slot))
        rules = distinct([*behind, *(rule for by in closers for rule in by)])
        parts = []
        if pinned.any():
            parts.append(f"{on} is fixed in {during(problem, flags(pinned.any(axis=0)))}")
        if shut.any():
            parts.append(f"{on} is closed in {during(problem, flags(shut.any(axis=0)))}")
        because = f": {' and '.join(parts)}" if parts else ""
        yield Proof(
            rules=rules,
            message=(
                f"{names(rules)} cannot {'all ' if len(rules) > 1 else ''}be kept on {on} by "
                f"{whom(problem, people)} "
                f"up to {problem.slot_label(slot)}{because}."
            ),
            slot=slot,
            person=people[0] if len(people) == 1 else None,
        )


def _all_stuck(slot: int, counts: Counts) -> bool:
    """Return whether no history of anybody goes on after a slot."""
    return bool((counts.stuck == slot).all())


def _close_early(openings: Openings, histories: Histories, rule: Prerequisite) -> None:
    """Close what comes before the prerequisite can have been done."""
    problem = openings.problem
    done = most_before(openings, histories, problem.codes(rule.before))
    early = problem.scope(rule.who, rule.when) & (done < rule.amount)
    openings.close((rule,), cells_of(problem, early, problem.codes(rule.after)))


def most_before(openings: Openings, histories: Histories, codes: Group) -> Ints:
    """Return the most slots that each person can have been on `codes` before each slot (P, S)."""
    on = openings.on(codes)
    most: Ints = np.cumsum(on, axis=1, dtype=np.int64) - on
    counts = histories.counts(codes, _slots(openings.problem))
    if counts is not None:
        going = (counts.stuck < 0)[:, None]
        most = np.where(going, np.minimum(most, counts.before), most)
    return most


def because(openings: Openings, cells: Bools, codes: Group) -> tuple[str, tuple[Rule, ...]]:
    """Return why nobody can be on `codes` in `cells` (P, S): a clause, and the rules it names."""
    causes = openings.why_not(cells, codes)
    people = flags(cells.any(axis=1))
    clauses: list[str] = []
    rules: list[Rule] = []
    for closer in causes[:3]:
        cause = closer[0] if len(closer) == 1 else None
        clause = ""
        others: tuple[Rule, ...] = ()
        if isinstance(cause, Prerequisite):
            clause = _comes_first(openings, people, codes, cause)
        elif isinstance(cause, RunLength):
            clause, others = _short_stretches(openings, cells, codes, cause)
        elif not closer:
            clause = "not everybody is eligible"
        if not clause:
            clause = f"{names(closer)} {verb(closer, 'closes', 'together close')} it"
        clauses.append(clause)
        rules += [*closer, *others]
    return "; ".join(clauses), distinct(rules)


def _comes_first(openings: Openings, people: list[int], codes: Group, rule: Prerequisite) -> str:
    """Say from when on people can have done what comes first."""
    problem = openings.problem
    first = _earliest(openings, people, codes)
    until = "" if first is None else f" before {problem.slot_label(first)}"
    before = rotations(problem, problem.codes(rule.before), "or")
    return (
        f"nobody of {whom(problem, people)} can be on {rotations(problem, codes, 'or')}{until}: "
        f"{before} ({how_many(rule.amount, 'periods')}) come first (“{rule.name}”)"
    )


def _earliest(openings: Openings, people: list[int], codes: Group) -> int | None:
    """Return the first slot in which one of these people can be on one of `codes`."""
    slots = flags(openings.on(codes)[people].any(axis=0))
    return slots[0] if slots else None


def _short_stretches(
    openings: Openings, cells: Bools, codes: Group, rule: RunLength
) -> tuple[str, tuple[Rule, ...]]:
    """Say how long people could stay if the run rule did not ask for more, and what ends it.

    Nothing is said where some stretch that the rule closed in `cells` (P, S) is long enough.
    """
    people = flags(cells.any(axis=1))
    own = openings.closers.index((rule,))
    shut = openings.closed_by[people][:, :, sorted(codes)]
    mine = (shut == own).any(axis=2) & openings.problem.present[people]
    free = mine | openings.on(codes)[people]
    longest = 0
    for row, closed in zip(free, mine & cells[people], strict=True):
        edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
        lengths = [b - a for a, b in zip(edges[::2], edges[1::2], strict=True) if closed[a:b].any()]
        longest = max(longest, *lengths, 0)
    if rule.min is None or longest >= rule.min:
        return "", ()
    others = shut[(shut >= 0) & (shut != own)]
    ending = openings.closers[int(np.bincount(others).argmax())] if others.size else ()
    between = f" between what {names(ending)} {verb(ending, 'closes', 'close')}" if ending else ""
    clause = (
        f"“{rule.name}” asks for at least {rule.min} periods in a row, "
        f"and at most {longest} {verb(range(longest), 'is', 'are')} open{between}"
    )
    return clause, ending
