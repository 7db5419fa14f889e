"""One slot: enough people for every rotation at once, and room for everybody.

Arguments, slot by slot: a minimum exceeds the people who can be there; minima of several rotations
exceed the people who can be on any of them (Hall's condition, by a small flow); maxima of several
rotations are less than the people who can be nowhere else; approved leave exceeds a leave cap; a
minimum of one coverage exceeds the maximum of another that contains it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from app.scheduling.rules.coverage import NO_LIMIT
from app.scheduling.rules.leave_cap import AWAY, LeaveCap
from app.scheduling.rules.words import number, people
from app.scheduling.solver.explain.deductions import because
from app.scheduling.solver.explain.flow import shortage
from app.scheduling.solver.explain.openings import Openings
from app.scheduling.solver.explain.proof import Proof, distinct
from app.scheduling.solver.explain.staffing import Staffing, families
from app.scheduling.solver.explain.words import (
    during,
    flags,
    how_many,
    names,
    rotations,
    whom,
)


def contradicting(openings: Openings, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield minima above the maximum of a rule that counts the same placements."""
    problem = openings.problem
    for low in rows:
        for high in rows:
            if low is high or not low.codes <= high.codes:
                continue
            inside = ~(low.counted & ~high.counted).any(axis=0)
            bad = inside & low.exact & high.exact & (low.low > high.high)
            if bad.any():
                first = flags(bad)[0]
                least, most = int(low.low[first]), int(high.high[first])
                yield Proof(
                    rules=(low.rule, high.rule),
                    message=(
                        f"“{low.rule.name}” needs at least {least} on "
                        f"{rotations(problem, low.codes, 'or')} in "
                        f"{during(problem, flags(bad))}, “{high.rule.name}” allows at most {most}."
                    ),
                    measured=least,
                    limit=most,
                    unit="people",
                    slot=first,
                )


def understaffed(openings: Openings, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield coverage that needs more than all who can be there bring."""
    problem = openings.problem
    for row in rows:
        brought = np.where(row.possible, row.rule.brought(problem), 0).sum(axis=0)
        low = row.rule.limits(problem)[0]
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for slot in flags(brought < low):
            groups[int(low[slot]), int(brought[slot])].append(slot)
        if not groups:
            continue
        (least, there), slots = max(groups.items(), key=lambda item: item[0][0] - item[0][1])
        steps = int(1 / row.rule.step(problem))
        chosen = np.isin(np.arange(problem.shape[1]), slots)
        why, others = because(openings, row.counted & ~row.possible & chosen, row.codes)
        also = sorted(set(flags(brought < low)) - set(slots))
        counted = bool(row.exact[slots].all()) and not row.rule.fte
        on = rotations(problem, row.codes, "or")
        yield Proof(
            rules=distinct([row.rule, *others]),
            message=(
                f"{on} {'needs' if len(row.codes) == 1 else 'need'} "
                f"{_needed(row, least / steps, counted=counted)} in {during(problem, slots)} "
                f"(“{row.rule.name}”), but "
                + ("nobody" if not there else f"at most {number(there / steps)}")
                + " can be there"
                + (f": {why}" if why else "")
                + (f". It is short in {during(problem, also)} too." if also else ".")
            ),
            measured=least / steps,
            limit=there / steps,
            unit="people" if counted else "units",
            slot=slots[0],
        )


def _needed(row: Staffing, amount: float, *, counted: bool) -> str:
    who = people(row.rule.who)
    if counted:
        return how_many(amount, "people") + (f" ({who})" if who else "")
    return how_many(amount, "units") + (f" of {who}" if who else "")


def competing(openings: Openings, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield rotations that need more people in a slot than can be on any of them."""
    found: dict[tuple[tuple[int, ...], int, int], list[int]] = defaultdict(list)
    for slot in range(openings.problem.shape[1]):
        needed = [row for row in rows if row.low[slot] > 0]
        weights = np.array([row.low[slot] for row in needed])
        for family in families(needed, weights, slot):
            supply = Counter(_masks(family, slot))
            short = shortage([int(row.low[slot]) for row in family], supply)
            if short is not None and len(short.demands) > 1:
                members = tuple(sorted(rows.index(family[d]) for d in short.demands))
                key = (members, short.asked, short.there)
                if slot not in found[key]:
                    found[key].append(slot)
    for (members, asked, there), slots in _worst(found):
        yield _competition(openings, [rows[n] for n in members], asked, there, slots)


def _masks(family: Sequence[Staffing], slot: int) -> list[int]:
    """Return for everybody, as a bit mask, which rows of a family one can serve in a slot."""
    if not family:
        return []
    bits = np.packbits([row.possible[:, slot] for row in family], axis=0, bitorder="little")
    return [int.from_bytes(column.tobytes(), "little") for column in bits.T]


def _competition(
    openings: Openings, rows: Sequence[Staffing], asked: int, there: int, slots: list[int]
) -> Proof:
    problem = openings.problem
    codes = frozenset().union(*(row.codes for row in rows))
    chosen = np.isin(np.arange(problem.shape[1]), slots)
    counted = np.array([row.counted for row in rows]).any(axis=0) & chosen
    could = np.array([row.possible for row in rows]).any(axis=0)
    why, others = because(openings, counted & ~could, codes)
    parts = " + ".join(str(int(row.low[slots[0]])) for row in rows)
    rules = [row.rule for row in rows]
    return Proof(
        rules=distinct([*rules, *others]),
        message=(
            f"{rotations(problem, codes)} together need {parts} = {asked} people in "
            f"{during(problem, slots)} ({names(rules)}), but only {there} can be on any of them"
            + (f": {why}." if why else ".")
        ),
        measured=asked,
        limit=there,
        unit="people",
        slot=slots[0],
    )


def overcrowded(openings: Openings, rows: Sequence[Staffing]) -> Iterator[Proof]:
    """Yield people who can be only where there is too little room for them."""
    problem = openings.problem
    found: dict[tuple[tuple[int, ...], tuple[int, ...], int], list[int]] = defaultdict(list)
    for slot in range(problem.shape[1]):
        capped = [row for row in rows if row.high[slot] < NO_LIMIT and row.counted[:, slot].any()]
        weights = -np.array([row.high[slot] for row in capped])
        for family in families(capped, weights, slot):
            for crowd, members, room in _crowds(openings, family, slot):
                key = (tuple(sorted(map(rows.index, members))), crowd, room)
                if slot not in found[key]:
                    found[key].append(slot)
    for (members_, crowd_, room_), slots in _worst_crowds(found):
        yield _crowd(openings, [rows[n] for n in members_], list(crowd_), room_, slots)


def _crowds(
    openings: Openings, family: Sequence[Staffing], slot: int
) -> Iterator[tuple[tuple[int, ...], list[Staffing], int]]:
    """Yield people, the rows that are all they have, and the room there."""
    problem = openings.problem
    open_ = openings.open[:, slot] & problem.present[:, slot, None]
    contained = np.zeros_like(open_)
    reach: dict[int, list[int]] = defaultdict(list)
    for row in family:
        contained[:, sorted(row.codes)] |= row.counted[:, slot, None]
    confined = problem.present[:, slot] & ~(open_ & ~contained).any(axis=1)
    for person, mask in enumerate(_masks(family, slot)):
        if confined[person] and mask:
            reach[mask].append(person)
    kinds = list(reach)
    supply: Counter[int] = Counter()
    for n, row in enumerate(family):
        serves = sum(1 << place for place, mask in enumerate(kinds) if mask >> n & 1)
        supply[serves] += int(row.high[slot])
    short = shortage([len(reach[mask]) for mask in kinds], supply)
    if short is None:
        return
    union = 0
    for demand in short.demands:
        union |= kinds[demand]
    crowd = tuple(sorted(p for demand in short.demands for p in reach[kinds[demand]]))
    yield crowd, [row for n, row in enumerate(family) if union >> n & 1], short.there


def _crowd(
    openings: Openings, rows: Sequence[Staffing], crowd: list[int], room: int, slots: list[int]
) -> Proof:
    problem = openings.problem
    codes = frozenset().union(*(row.codes for row in rows))
    rules = [row.rule for row in rows]
    there = np.isin(np.arange(problem.shape[0]), crowd)[:, None]
    there = there & np.isin(np.arange(problem.shape[1]), slots)
    rest = frozenset(range(problem.shape[2])) - codes
    others = distinct([rule for by in openings.why_not(there, rest)[:3] for rule in by])
    parts = " + ".join(str(int(row.high[slots[0]])) for row in rows)
    held = parts if len(rows) == 1 else f"{parts} = {room}"
    return Proof(
        rules=distinct([*rules, *others]),
        message=(
            f"In {during(problem, slots)} {whom(problem, crowd)} can only be on "
            f"{rotations(problem, codes, 'or')}"
            + (f" ({names(others)})" if others else "")
            + f", {len(crowd)} in all, but there is room for at most {held} ({names(rules)})."
        ),
        measured=len(crowd),
        limit=room,
        unit="people",
        slot=slots[0],
    )


def beyond_leave_cap(openings: Openings) -> Iterator[Proof]:
    """Yield slots in which more people are certainly away than a leave cap allows."""
    problem = openings.problem
    on_leave = openings.only(problem.leave_rotations)
    for rule in openings.rules:
        if not isinstance(rule, LeaveCap):
            continue
        inside = problem.scope(rule.who, rule.when)
        away = np.where(inside & on_leave, AWAY, rule.certain(problem)).sum(axis=0)
        slots = flags(away > rule.limit)
        if slots:
            worst = max(slots, key=lambda slot: int(away[slot]))
            measured = int(away[worst]) / AWAY
            also = [slot for slot in slots if slot != worst]
            yield Proof(
                rules=(rule,),
                message=(
                    f"In {problem.slot_label(worst)} {how_many(measured, 'people')} "
                    f"{'is' if measured == 1 else 'are'} away on approved or fixed leave, but "
                    f"“{rule.name}” allows {number(rule.max)}"
                    + (f"; too many are away in {during(problem, also)} too." if also else ".")
                ),
                measured=measured,
                limit=rule.max,
                unit="people",
                slot=worst,
            )


def _worst(
    found: dict[tuple[tuple[int, ...], int, int], list[int]],
) -> Iterator[tuple[tuple[tuple[int, ...], int, int], list[int]]]:
    """Yield one case per set of rules, the one that is short by most."""
    best: dict[tuple[int, ...], tuple[int, int, int]] = {}
    for members, asked, there in found:
        if members not in best or asked - there > best[members][0]:
            best[members] = (asked - there, asked, there)
    for members, (_, asked, there) in best.items():
        yield (members, asked, there), found[members, asked, there]


def _worst_crowds(
    found: dict[tuple[tuple[int, ...], tuple[int, ...], int], list[int]],
) -> Iterator[tuple[tuple[tuple[int, ...], tuple[int, ...], int], list[int]]]:
    """Yield one case per set of rules, the one with most people too many."""
    best: dict[tuple[int, ...], tuple[int, ...]] = {}
    rooms: dict[tuple[int, ...], int] = {}
    for members, crowd, room in found:
        if members not in best or len(crowd) - room > len(best[members]) - rooms[members]:
            best[members], rooms[members] = crowd, room
    for members, crowd in best.items():
        yield (members, crowd, rooms[members]), found[members, crowd, rooms[members]]
