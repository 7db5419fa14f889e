"""The whole year: places of some rotations against what people must and can spend there.

Arguments over groups of coverage rules that never count one placement twice: all that people must
spend there exceeds the places (maxima, over the periods they limit); all that people can spend
there is less than the places to fill (minima). What each person must and can is a bound of
`bounds`, so requirements, leave, clinic weeks and sequence rules all take part.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.coverage import NO_LIMIT
from app.scheduling.rules.words import listed, number
from app.scheduling.solver.explain.bounds import Bounds
from app.scheduling.solver.explain.histories import Group
from app.scheduling.solver.explain.proof import Proof, distinct
from app.scheduling.solver.explain.staffing import Staffing, families
from app.scheduling.solver.explain.words import flags, names, rotations, whom


@dataclass(frozen=True, slots=True)
class Balance:
    """Places against what people must or can spend there, in steps.

    Parameters
    ----------
    rows
        The coverage rules.
    places
        What they offer or need.
    each : int array (P,)
        What each person must or can spend there.
    used : bool array (P, N)
        Which of `Bounds.asked` make up what each person must or can.
    deficit
        By how much it fails, above 0.
    """

    rows: tuple[Staffing, ...]
    places: int
    each: Ints
    used: Bools
    deficit: int


def too_few_places(bounds: Bounds, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield rotations with fewer places in the year than people must spend there."""
    capped = [row for row in rows if (row.high < NO_LIMIT).any()]

    def balance(chosen: tuple[Staffing, ...]) -> Balance:
        codes = _codes(chosen)
        inside, places = np.zeros_like(bounds.openings.open), 0
        for row in chosen:
            limited = row.high < NO_LIMIT
            inside[:, :, sorted(row.codes)] |= (row.counted & limited)[:, :, None]
            places += int((row.high * bounds.weights)[limited].sum())
        problem = bounds.openings.problem
        outside = bounds.openings.open & problem.present[:, :, None] & ~inside
        chosen_codes = sorted(codes)
        spare = np.where(outside[:, :, chosen_codes].any(axis=2), bounds.weights, 0).sum(axis=1)
        limit = bounds.least(codes)
        certain = problem.present & ~outside.any(axis=2)
        forced = np.where(certain, bounds.weights, 0).sum(axis=1)
        each: Ints = np.maximum(limit.most - spare, forced)
        used = limit.used & (each > forced)[:, None]
        return Balance(chosen, places, each, used, int(each.sum()) - places)

    for found in _search(capped, balance):
        yield _too_few(bounds, found)


def too_few_people(bounds: Bounds, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield rotations that need more in the year than all people can spend there."""
    needed = [row for row in rows if row.low.any()]

    def balance(chosen: tuple[Staffing, ...]) -> Balance:
        could = np.zeros_like(bounds.openings.problem.present)
        places = 0
        for row in chosen:
            could |= row.possible & (row.low > 0)
            places += int((row.low * bounds.weights).sum())
        limit = bounds.most(_codes(chosen))
        here = np.where(could, bounds.weights, 0).sum(axis=1)
        each: Ints = np.clip(limit.most, 0, here)
        used = limit.used & (each < here)[:, None]
        return Balance(chosen, places, each, used, places - int(each.sum()))

    for found in _search(needed, balance):
        yield _too_many(bounds, found)


def _codes(rows: Sequence[Staffing]) -> Group:
    return frozenset().union(*(row.codes for row in rows))


def _search(
    rows: Sequence[Staffing], balance: Callable[[tuple[Staffing, ...]], Balance]
) -> Iterator[Balance]:
    """Yield failing sets of rows: every single one, or else the smallest found among several.

    From a whole family, and from its worst row, rows are taken out and put in while that makes the
    deficit larger; equal deficits prefer fewer rows.
    """
    if not rows:
        return
    singles = [balance((row,)) for row in rows]
    failing = [single for single in singles if single.deficit > 0]
    if failing or len(rows) == 1:
        yield from failing
        return
    deficits = [single.deficit for single in singles]
    tried: list[set[int]] = []
    for family in families(rows, np.array(deficits)):
        members = {id(row) for row in family}
        if members in tried:
            continue
        tried.append(members)
        worst = max(family, key=lambda row: deficits[rows.index(row)])
        for start in (tuple(family), (worst,)):
            best = _climb(balance(start), family, balance)
            if best.deficit > 0:
                yield replace(best, rows=tuple(sorted(best.rows, key=rows.index)))
                break


def _climb(
    current: Balance,
    family: Sequence[Staffing],
    balance: Callable[[tuple[Staffing, ...]], Balance],
) -> Balance:
    improving = True
    while improving:
        improving = False
        for row in family:
            fewer = tuple(other for other in current.rows if other is not row)
            if not fewer:
                continue
            within = len(fewer) < len(current.rows)
            trial = balance(fewer if within else (*fewer, row))
            if trial.deficit + within > current.deficit:
                current, improving = trial, True
    return current


def _too_few(bounds: Bounds, found: Balance) -> Proof:
    problem = bounds.openings.problem
    needs = _each(bounds, found, "needs", "need")
    places = _places(bounds, found.rows, [row.high for row in found.rows])
    behind = _behind(bounds, found)
    total, offered = int(found.each.sum()) / bounds.steps, found.places / bounds.steps
    on = rotations(problem, _codes(found.rows))
    has = "has" if len(_codes(found.rows)) == 1 else "have"
    rules = [row.rule for row in found.rows]
    return Proof(
        rules=distinct([*rules, *behind]),
        message=(
            f"{on} {has} {places} places a year ({names(rules)}); {needs} "
            f"{bounds.counted_in} there, together {number(total)}"
            + (f" ({names(behind)})" if behind else "")
            + f": {number(total - offered)} too many."
        ),
        measured=total,
        limit=offered,
        unit=bounds.counted_in,
    )


def _too_many(bounds: Bounds, found: Balance) -> Proof:
    problem = bounds.openings.problem
    can = _each(bounds, found, "can fill", "can fill")
    places = _places(bounds, found.rows, [row.low for row in found.rows])
    behind = _behind(bounds, found)
    total, needed = int(found.each.sum()) / bounds.steps, found.places / bounds.steps
    on = rotations(problem, _codes(found.rows))
    need = "needs" if len(_codes(found.rows)) == 1 else "need"
    rules = [row.rule for row in found.rows]
    return Proof(
        rules=distinct([*rules, *behind]),
        message=(
            f"{on} {need} {places} places a year filled ({names(rules)}); {can}"
            + (f" {bounds.counted_in}, together {number(total)}" if total else "")
            + (f" ({names(behind)})" if behind else "")
            + f": {number(needed - total)} too few."
        ),
        measured=needed,
        limit=total,
        unit=bounds.counted_in,
    )


def _each(bounds: Bounds, found: Balance, one: str, many: str) -> str:
    """Return what each class must or can do: "PGY-2 need at least 50 x 1 and PGY-3 50 x 2"."""
    problem = bounds.openings.problem
    extreme = "at least" if one == "needs" else "at most"
    classes: dict[int, list[int]] = defaultdict(list)
    for p in flags(found.each > 0):
        classes[problem.people[p].pgy].append(p)
    parts: list[str] = []
    for _, members in sorted(classes.items()):
        amounts = found.each[members]
        verb = "" if parts else f" {one if len(members) == 1 else many} {extreme}"
        if len(set(amounts.tolist())) == 1:
            sum_ = f"{len(members)} x {number(int(amounts[0]) / bounds.steps)}"
        else:
            sum_ = number(int(amounts.sum()) / bounds.steps)
        parts.append(f"{whom(problem, members)}{verb} {sum_}")
    return listed(tuple(parts), "and") if parts else f"nobody {one} any"


def _places(bounds: Bounds, rows: Sequence[Staffing], heads: Sequence[Ints]) -> str:
    """Return the places of the year: "13 x 10 = 130", or their sum alone."""
    parts: list[str] = []
    total = 0
    for row, limits in zip(rows, heads, strict=True):
        counts: Bools = (limits > 0) & (limits < NO_LIMIT) & row.counted.any(axis=0)
        values, weights = limits[counts], bounds.weights[counts]
        total += int((values * weights).sum())
        if len(set(values.tolist())) == 1 and (weights == bounds.steps).all():
            parts.append(f"{len(values)} x {values[0]}")
        else:
            parts.append(number(int((values * weights).sum()) / bounds.steps))
    sum_ = number(total / bounds.steps)
    text = " + ".join(parts)
    return sum_ if text == sum_ or len(parts) > 4 else f"{text} = {sum_}"


def _behind(bounds: Bounds, found: Balance) -> tuple[Rule, ...]:
    """Return the rules behind what people must or can do."""
    return bounds.rules_of(np.flatnonzero(found.used.any(axis=0)).tolist())
