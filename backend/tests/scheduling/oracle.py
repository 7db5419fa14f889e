"""What every rule kind means, in plain Python: the independent judge of checks and of searches.

Nothing here comes from `app.scheduling.rules` or `app.scheduling.solver`. A grid is a sequence of
rows, one per person, of rotation codes; None where there is no placement. Amounts are in units of
the rule: how much it is broken or, for a rule with a reward, how much is reached.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, product
from math import ceil, floor, lcm
from typing import Any

from app.scheduling.domain.calendar import Calendar, Slot
from app.scheduling.domain.people import Person, Wish
from app.scheduling.domain.program import Program
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import When, Who

Row = tuple[str | None, ...]
Grid = Sequence[Row]
Amount = Fraction | int
Codes = frozenset[str]

HALF, FULL = 1, 2


def exact(value: float) -> Fraction:
    """Return a number as it was written."""
    return Fraction(str(value))


def numbers(periods: Iterable[int | str]) -> set[int]:
    """Return the period numbers of a list such as ``(1, "4-6")``."""
    result: set[int] = set()
    for entry in periods:
        first, _, last = str(entry).partition("-")
        result |= set(range(int(first), int(last or first) + 1))
    return result


def beyond(value: Amount, low: Amount | None, high: Amount | None) -> Amount:
    """Return how far a value lies outside its limits."""
    if low is not None and value < low:
        return low - value
    if high is not None and value > high:
        return value - high
    return 0


class World:
    """A programme's people and slots, derived day by day from its dataclasses.

    Parameters
    ----------
    program
        The programme.
    base
        The schedule that stability rules compare with.
    """

    def __init__(self, program: Program, base: Grid | None = None) -> None:
        self.program = program
        self.base = base
        self.people = program.people
        self.slots = program.calendar.slots
        self.kinds = {kind.code: kind for kind in program.rotation_types}
        self._scopes: dict[str, list[list[bool]]] = {}
        self._codes: dict[tuple[str, ...], Codes] = {}

    def cells(self) -> Iterator[tuple[int, int]]:
        """Yield every (person, slot)."""
        return product(range(len(self.people)), range(len(self.slots)))

    def _table(self, value: Callable[[int, int], Any]) -> list[list[Any]]:
        return [[value(p, s) for s in range(len(self.slots))] for p in range(len(self.people))]

    @cached_property
    def present(self) -> list[list[bool]]:
        """Whether the person has an appointment on the slot's first day."""

        def appointed(p: int, s: int) -> bool:
            person, day = self.people[p], self.slots[s].start
            return (person.start or day) <= day <= (person.end or day)

        return self._table(appointed)

    @cached_property
    def leave(self) -> list[list[int]]:
        """0, `HALF` or `FULL` approved leave."""
        return self._table(
            lambda p, s: _leave(self.people[p], self.slots[s], self.program.calendar)
        )

    @cached_property
    def pgy(self) -> list[list[int]]:
        """The postgraduate year on the slot's first day."""
        return self._table(lambda p, s: _at(self.people[p], "pgy", self.slots[s].start))

    @cached_property
    def fte(self) -> list[list[float]]:
        """The full-time equivalent on the slot's first day."""
        return self._table(lambda p, s: _at(self.people[p], "fte", self.slots[s].start))

    @cached_property
    def cohort(self) -> list[list[str]]:
        """The cohort on the slot's first day."""
        return self._table(lambda p, s: _at(self.people[p], "cohort", self.slots[s].start))

    @cached_property
    def joined(self) -> list[list[bool]]:
        """Whether the person must keep the rotation of the slot before."""
        cut_for = {split.period: split.who for split in self.program.calendar.splits}

        def keeps(p: int, s: int) -> bool:
            here = self.present[p]
            if not self.slots[s].part or not (here[s - 1] and here[s]):
                return False
            return not self.holds(cut_for[self.slots[s].period], p, s)

        return self._table(keeps)

    def holds(self, who: Who, p: int, s: int) -> bool:
        """Return whether `who` is true of a person on a slot's first day, present or not."""
        person = self.people[p]
        conditions = (
            not who.pgy or self.pgy[p][s] in who.pgy,
            not who.track or _at(person, "track", self.slots[s].start) in who.track,
            not who.cohort or self.cohort[p][s] in who.cohort,
            not who.tags or not set(who.tags).isdisjoint(person.tags),
            not who.people or person.id in who.people,
            not who.groups or any(self.holds(self.program.groups[g], p, s) for g in who.groups),
            who.full_leave is None or who.full_leave == (FULL in self.leave[p]),
            who.exclude is None or not self.holds(who.exclude, p, s),
        )
        return all(conditions)

    def in_force(self, when: When, s: int) -> bool:
        """Return whether `when` is true of a slot."""
        slot = self.slots[s]
        last = slot.end - timedelta(1)
        holiday = any(slot.start <= day.on <= last for day in self.program.calendar.holidays)
        conditions = (
            not when.periods or slot.period in numbers(when.periods),
            slot.period not in numbers(when.except_periods),
            when.start is None or last >= when.start,
            when.end is None or slot.start <= when.end,
            when.holidays is None or when.holidays == holiday,
        )
        return all(conditions)

    def scope(self, rule: Rule) -> list[list[bool]]:
        """Return where a rule applies: present, of whom it speaks, when it speaks."""
        if rule.name not in self._scopes:
            self._scopes[rule.name] = self._table(
                lambda p, s: (
                    self.present[p][s]
                    and self.holds(rule.who, p, s)
                    and self.in_force(rule.when, s)
                )
            )
        return self._scopes[rule.name]

    def codes(self, names: tuple[str, ...]) -> Codes:
        """Return rotation codes with groups spelled out."""
        if names not in self._codes:
            groups = self.program.rotation_groups
            lists = [(name,) if name in self.kinds else groups[name] for name in names]
            self._codes[names] = frozenset(code for codes in lists for code in codes)
        return self._codes[names]

    def sets(self, rule: Any) -> list[Codes]:
        """Return the sets of rotations to which a rule applies one by one."""
        codes = self.codes(rule.rotations)
        return [frozenset((code,)) for code in sorted(codes)] if rule.each else [codes]

    def slots_of(self, periods: Iterable[int | str]) -> list[int]:
        """Return the slots of these periods."""
        wanted = numbers(periods)
        return [s for s, slot in enumerate(self.slots) if slot.period in wanted]

    def runs(self, p: int, row: Row, wanted: Codes) -> list[tuple[int, int]]:
        """Return first and last slot of every longest stay on some rotations."""
        found: list[tuple[int, int]] = []
        for s, code in enumerate(row):
            if self.present[p][s] and code in wanted:
                if found and found[-1][1] == s - 1:
                    found[-1] = (found[-1][0], s)
                else:
                    found.append((s, s))
        return found

    def begins_before(self, p: int, s: int) -> bool:
        """Return whether a run from this slot on may have begun before the person's year."""
        return s == 0 or not self.present[p][s - 1]

    def ends_after(self, p: int, s: int) -> bool:
        """Return whether a run to this slot may go on after the person's year."""
        return s == len(self.slots) - 1 or not self.present[p][s + 1]

    def may(self, p: int, s: int, code: str) -> bool:
        """Return whether a rotation type is open to a person in a slot."""
        return self.present[p][s] and self.holds(self.kinds[code].who, p, s)

    def well_formed(self, p: int, row: Row) -> bool:
        """Return whether a row is complete, eligible and whole where periods are not split."""
        for s, code in enumerate(row):
            if (code is not None) != self.present[p][s]:
                return False
            if code is not None and not self.may(p, s, code):
                return False
            if self.joined[p][s] and code != row[s - 1]:
                return False
        return True


def _at(person: Person, name: str, day: date) -> Any:
    value = getattr(person, name)
    for change in person.changes:
        changed = getattr(change, name)
        if change.start <= day and changed is not None:
            value = changed
    return value


def _leave(person: Person, slot: Slot, calendar: Calendar) -> int:
    days = {slot.start + timedelta(n) for n in range((slot.end - slot.start).days)}
    left, halves = set(days), 0
    for leave in person.leave:
        if leave.period is not None:
            if leave.period == slot.period:
                parts = [s.part for s in calendar.slots if s.period == slot.period]
                if leave.half is None:
                    halves += FULL
                elif len(parts) == 1:
                    halves += HALF
                elif leave.half == ("first" if slot.part == 0 else "second"):
                    halves += FULL
        elif leave.start is not None and leave.end is not None:
            left -= {day for day in days if leave.start <= day <= leave.end}
    by_date = FULL if not left else HALF if left < days else 0
    return min(FULL, max(halves, by_date))


# --- rules that judge one person at a time ---


def requirement(w: World, rule: Any, p: int, row: Row) -> Amount:
    scope = w.scope(rule)[p]
    asked = any(scope)
    if rule.waived is not None and any(
        w.present[p][s] and w.holds(rule.waived, p, s) for s in range(len(row))
    ):
        asked = False
    if not asked:
        return 0
    days = [(slot.end - slot.start).days for slot in w.slots]
    of_period = [
        sum(d for d, other in zip(days, w.slots, strict=True) if other.period == slot.period)
        for slot in w.slots
    ]
    weeks = rule.counted_in == "weeks"
    worth = [Fraction(d, 7 if weeks else t) for d, t in zip(days, of_period, strict=True)]
    low, high = (rule.min, rule.max) if rule.exactly is None else (rule.exactly, rule.exactly)
    least, most = exact(low or 0), None if high is None else exact(high)
    if rule.prorate:
        whole = Fraction(1, 7 if weeks else lcm(*(value.denominator for value in worth)))
        for limit in (low, high):
            if limit is not None:
                whole = Fraction(1, lcm(whole.denominator, exact(limit).denominator))
        asked_of = [s for s in range(len(row)) if w.in_force(rule.when, s)]
        there = sum((worth[s] for s in asked_of if w.present[p][s]), Fraction(0))
        share = there / sum((worth[s] for s in asked_of), Fraction(0))
        least = floor(least * share / whole) * whole
        most = None if most is None else ceil(most * share / whole) * whole
    wanted = w.codes(rule.rotations)
    done = sum((worth[s] for s, code in enumerate(row) if scope[s] and code in wanted), Fraction(0))
    return beyond(done, least, most)


def _places(w: World, rule: Any, p: int, row: Row) -> Amount:
    """Return at how many slots in scope the pattern, or its reverse, begins."""
    steps = [w.codes(step) for step in rule.pattern]
    orders = [steps, steps[::-1]] if rule.either_order else [steps]
    count = 0
    for start in _pattern_starts(w, rule, p):
        values = [row[start + n * rule.lag] for n in range(len(steps))]
        count += any(
            all(v in step for v, step in zip(values, order, strict=True)) for order in orders
        )
    return count


def _pattern_starts(w: World, rule: Any, p: int) -> list[int]:
    reach = (len(rule.pattern) - 1) * rule.lag
    return [
        s
        for s in range(len(w.slots) - reach)
        if w.scope(rule)[p][s] and all(w.present[p][s : s + reach + 1])
    ]


def forbidden_sequence(w: World, rule: Any, p: int, row: Row) -> Amount:
    return _places(w, rule, p, row)


def preferred_sequence(w: World, rule: Any, p: int, row: Row) -> Amount:
    found = _places(w, rule, p, row)
    if rule.mode == "reward":
        return found
    return max(0, rule.at_least - found) if _pattern_starts(w, rule, p) else 0


def preferences(w: World, rule: Any, p: int, row: Row) -> Amount:
    scope, total = w.scope(rule)[p], Fraction(0)
    for s, code in enumerate(row):
        goes_on = s > 0 and code == row[s - 1] and rule.counted_in == "stays"
        if scope[s] and not goes_on:
            own = next((entry for entry in rule.personal if w.holds(entry.who, p, s)), rule)
            named = (exact(n) for name, n in own.points.items() if code in w.codes((name,)))
            total += sum(named, Fraction(0))
    if rule.mode == "reward":
        return total
    return max(Fraction(0), exact(rule.at_least) - total) if any(scope) else 0


def site_changes(w: World, rule: Any, p: int, row: Row) -> Amount:
    last, count = "", 0
    for s, code in enumerate(row):
        site = "" if code is None else w.kinds[code].site
        if site:
            count += bool(last) and site != last and w.scope(rule)[p][s]
            last = site
    return beyond(count, None, Fraction(rule.at_most))


def waiting(w: World, rule: Any, p: int, row: Row) -> Amount:
    idle, count = w.codes(rule.rotations), 0
    for s, code in enumerate(row):
        later = any(other is not None and other not in idle for other in row[s + 1 :])
        count += code in idle and later and w.scope(rule)[p][s]
    return beyond(count, None, Fraction(rule.at_most))


def leave(w: World, rule: Any, p: int, row: Row) -> Amount:
    needs_approval = w.codes(rule.only_when_approved)
    count = 0
    for s, code in enumerate(row):
        if w.scope(rule)[p][s] and code is not None:
            away = w.kinds[code].leave
            count += not away if w.leave[p][s] == FULL else code in needs_approval
    return count


def run_length(w: World, rule: Any, p: int, row: Row) -> Amount:
    total = 0
    for wanted in w.sets(rule):
        for first, last in w.runs(p, row, wanted):
            if not w.scope(rule)[p][first]:
                continue
            length = last - first + 1
            cut = w.begins_before(p, first) or w.ends_after(p, last)
            if rule.min is not None and not (cut and rule.cut_by_year):
                total += max(0, rule.min - length)
            if rule.max is not None:
                total += max(0, length - rule.max)
    return total


def allowed_starts(w: World, rule: Any, p: int, row: Row) -> Amount:
    firsts = {s for s in w.slots_of(rule.periods) if w.slots[s].part == 0}
    count = 0
    for wanted in w.sets(rule):
        for first, _ in w.runs(p, row, wanted):
            excused = rule.cut_by_year and w.begins_before(p, first)
            count += w.scope(rule)[p][first] and first not in firsts and not excused
    return count


def batches(w: World, rule: Any, p: int, row: Row) -> Amount:
    scope, total = w.scope(rule)[p], 0
    ends = sorted({w.slots_of((period,))[-1] for period in rule.ends})
    cuts = [0, *(t + 1 for t in ends if t + 1 < len(row)), len(row)]
    for wanted in w.sets(rule):
        on = [code in wanted and w.present[p][s] for s, code in enumerate(row)]
        total += sum(scope[t] and on[t] and on[t + 1] for t in ends if t + 1 < len(row))
        if rule.whole:
            for first, stop in pairwise(cuts):
                if all(scope[first:stop]):
                    total += min(sum(on[first:stop]), stop - first - sum(on[first:stop]))
    return total


def spacing(w: World, rule: Any, p: int, row: Row) -> Amount:
    total = 0
    for wanted in w.sets(rule):
        for (_, end), (start, _) in pairwise(w.runs(p, row, wanted)):
            related = all(w.present[p][end : start + 1])
            if related and w.scope(rule)[p][start]:
                total += max(0, rule.min_gap - (start - end - 1))
    return total


def window_limit(w: World, rule: Any, p: int, row: Row) -> Amount:
    wanted, total = w.codes(rule.rotations), Fraction(0)
    for first in range(len(row) - rule.window + 1):
        span = range(first, first + rule.window)
        if all(w.scope(rule)[p][s] for s in span):
            total += beyond(sum(row[s] in wanted for s in span), rule.min, rule.max)
    return total


def required_sequence(w: World, rule: Any, p: int, row: Row) -> Amount:
    then, count = w.codes(rule.then), 0
    for _, end in w.runs(p, row, w.codes(rule.first)):
        after = end + rule.lag
        if w.ends_after(p, end) or not w.scope(rule)[p][end]:
            continue
        if after < len(row) and w.present[p][after]:
            count += row[after] not in then
    return count


def prerequisite(w: World, rule: Any, p: int, row: Row) -> Amount:
    before, after, count = w.codes(rule.before), w.codes(rule.after), 0
    for s, code in enumerate(row):
        if w.scope(rule)[p][s] and code in after:
            count += sum(earlier in before for earlier in row[:s]) < rule.amount
    return count


def assignment(w: World, rule: Any, p: int, row: Row) -> Amount:
    one_of, never = w.codes(rule.one_of), w.codes(rule.never)
    return sum(
        code not in one_of if one_of else code in never
        for s, code in enumerate(row)
        if w.scope(rule)[p][s] and code is not None
    )


def preassignments(w: World, rule: Any, p: int, row: Row) -> Amount:
    wrong = set()
    for decided in w.people[p].preassignments:
        one_of, never = w.codes(decided.one_of), w.codes(decided.never)
        for s in w.slots_of(decided.periods):
            if w.scope(rule)[p][s] and row[s] is not None:
                bad = row[s] not in one_of if one_of else row[s] in never
                wrong |= {s} if bad else set()
    return len(wrong)


def leave_eligibility(w: World, rule: Any, p: int, row: Row) -> Amount:
    open_to_half_leave = w.codes(rule.rotations)
    return sum(
        code not in open_to_half_leave
        for s, code in enumerate(row)
        if w.scope(rule)[p][s] and w.leave[p][s] == HALF and code is not None
    )


def cohorts(w: World, rule: Any, p: int, row: Row) -> Amount:
    clinic, count = w.codes(rule.clinic), 0
    for s, code in enumerate(row):
        first = rule.first.get(w.cohort[p][s])
        if first is None or not w.scope(rule)[p][s] or w.leave[p][s] == FULL or code is None:
            continue
        if (s + 1 - first) % rule.cycle < rule.length:
            count += code not in clinic
        elif rule.clinic_only_then:
            count += code in clinic
    return count


def _granted(w: World, wish: Wish, p: int, row: Row) -> bool:
    wanted = w.codes(wish.rotations)
    return all(
        (row[s] in wanted) != wish.avoid for s in w.slots_of(wish.periods) if w.present[p][s]
    )


def _wishes(
    w: World, rule: Any, points: tuple[float, ...], p: int, ranks: tuple[int, ...] = ()
) -> list[tuple[Wish, Fraction]]:
    """Return the wishes that count, with their points."""
    counted = []
    for wish in w.people[p].wishes:
        if wish.rank > len(points) or not points[wish.rank - 1]:
            continue
        if ranks and wish.rank not in ranks:
            continue
        if any(w.scope(rule)[p][s] for s in w.slots_of(wish.periods)):
            counted.append((wish, exact(points[wish.rank - 1])))
    return counted


def wishes(w: World, rule: Any, p: int, row: Row) -> Amount:
    counted = _wishes(w, rule, rule.points, p, rule.ranks)
    reward = rule.mode == "reward"
    return sum((n for wish, n in counted if _granted(w, wish, p, row) == reward), Fraction(0))


# --- rules that judge one slot at a time ---


def coverage(w: World, rule: Any, s: int, column: Row) -> Amount:
    if not w.in_force(rule.when, s):
        return 0
    low, high = (rule.min, rule.max) if rule.exactly is None else (rule.exactly, rule.exactly)
    for step in rule.ramp:
        if step.period <= w.slots[s].period:
            low, high = step.min, step.max
    wanted, there = w.codes(rule.rotations), Fraction(0)
    for p, code in enumerate(column):
        if w.scope(rule)[p][s] and code in wanted:
            weight = next((x for x in rule.weights if w.holds(x.who, p, s)), rule)
            on_half_leave = w.leave[p][s] == HALF and weight.half_leave_units is not None
            units = weight.half_leave_units if on_half_leave else weight.units
            there += units * (exact(w.fte[p][s]) if rule.fte else 1)
    return beyond(there, low, high)


def leave_cap(w: World, rule: Any, s: int, column: Row) -> Amount:
    away = Fraction(0)
    for p, code in enumerate(column):
        if w.scope(rule)[p][s]:
            if w.leave[p][s] == FULL or (code is not None and w.kinds[code].leave):
                away += 1
            elif w.leave[p][s] == HALF:
                away += Fraction(1, 2)
    return beyond(away, None, exact(rule.max))


def _pairs(w: World, rule: Any, s: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of which both are there."""
    index = {person.id: p for p, person in enumerate(w.people)}
    scope = w.scope(rule)
    for one, other in rule.pairs:
        if scope[index[one]][s] and scope[index[other]][s]:
            yield index[one], index[other]


def together(w: World, rule: Any, s: int, column: Row) -> Amount:
    wanted = w.codes(rule.rotations) or frozenset(w.kinds)
    seen = [code if code in wanted else None for code in column]
    return sum(seen[a] != seen[b] for a, b in _pairs(w, rule, s))


def apart(w: World, rule: Any, s: int, column: Row) -> Amount:
    wanted = w.codes(rule.rotations) or frozenset(w.kinds)
    return sum(column[a] == column[b] and column[a] in wanted for a, b in _pairs(w, rule, s))


def mirrored(w: World, rule: Any, s: int, column: Row) -> Amount:
    one, other, count = w.codes(rule.one), w.codes(rule.other), 0
    for a, b in _pairs(w, rule, s):
        count += (column[a] in one) != (column[b] in other)
        count += (column[a] in other) != (column[b] in one)
    return count


# --- rules that add up over people and compare then ---


def _level(w: World, rule: Any, p: int, row: Row) -> Fraction | None:
    """Return what fairness compares; None for people who are left out."""
    scope, carried = w.scope(rule)[p], w.people[p].carry_over
    everywhere = all(scope[s] for s in range(len(row)) if w.in_force(rule.when, s))
    counted = any(scope) and (everywhere or rule.part_year == "include")
    if not counted or (rule.carry_over and rule.carry_over not in carried):
        return None
    level = exact(carried[rule.carry_over]) if rule.carry_over else Fraction(0)
    for name, points in rule.points.items():
        spent = sum(scope[s] and row[s] in w.codes((name,)) for s in range(len(row)))
        level += exact(points) * spent
    asked = _wishes(w, rule, rule.wishes, p)
    if rule.wishes and not asked:
        return None
    return level + sum((n for wish, n in asked if _granted(w, wish, p, row)), Fraction(0))


def fairness(_: World, rule: Any, parts: Sequence[Fraction | None]) -> Amount:
    levels = [level for level in parts if level is not None]
    spread = max(levels) - min(levels) if len(levels) > 1 else Fraction(0)
    return beyond(spread, None, exact(rule.band))


def _changes(w: World, rule: Any, p: int, row: Row) -> Fraction | None:
    """Return how many cells differ from the base, the near ones several times."""
    total = Fraction(0)
    for s, now in enumerate(row):
        was = None if w.base is None else w.base[p][s]
        if was is None or now is None or not w.scope(rule)[p][s] or was == now:
            continue
        near = []
        if rule.as_of is not None:
            days = (w.slots[s].start - rule.as_of).days
            near = [notice for notice in rule.notice if notice.days >= days]
        total += min(near, key=lambda notice: notice.days).times if near else 1
    return total


def stability(w: World, rule: Any, parts: Sequence[Fraction | None]) -> Amount:
    if w.base is None:
        return 0
    return beyond(sum((part or 0 for part in parts), Fraction(0)), None, Fraction(rule.at_most))


def personal_soft_rules(w: World, rule: Any) -> list[Rule]:
    """Return the soft rules about single people that the worst-off kind adds up."""
    return [
        other
        for other in w.program.rules
        if other.kind in PER_PERSON
        and not other.hard
        and (not rule.rules or other.name in rule.rules)
    ]


def _total(w: World, rule: Any, p: int, row: Row) -> Fraction | None:
    """Return what a person's row earns less what it costs; None for people who are left out."""
    if not any(w.scope(rule)[p]):
        return None
    total = Fraction(0)
    for other in personal_soft_rules(w, rule):
        units = PER_PERSON[other.kind](w, other, p, row)
        total += units * other.weight * (1 if other.mode == "reward" else -1)
    return total


def worst_off(_: World, rule: Any, parts: Sequence[Fraction | None]) -> Amount:
    lowest = min((total for total in parts if total is not None), default=None)
    if lowest is None:
        return 0
    return lowest if rule.mode == "reward" else max(Fraction(0), exact(rule.at_least) - lowest)


PER_PERSON: dict[str, Callable[[World, Any, int, Row], Amount]] = {
    "requirement": requirement,
    "forbidden_sequence": forbidden_sequence,
    "preferred_sequence": preferred_sequence,
    "required_sequence": required_sequence,
    "leave": leave,
    "run_length": run_length,
    "allowed_starts": allowed_starts,
    "batches": batches,
    "spacing": spacing,
    "window_limit": window_limit,
    "prerequisite": prerequisite,
    "assignment": assignment,
    "preassignments": preassignments,
    "leave_eligibility": leave_eligibility,
    "cohorts": cohorts,
    "wishes": wishes,
    "preferences": preferences,
    "site_changes": site_changes,
    "waiting": waiting,
}
"""By kind: the amount in one person's row; a grid's amount is the sum over its rows."""

PER_SLOT: dict[str, Callable[[World, Any, int, Row], Amount]] = {
    "coverage": coverage,
    "leave_cap": leave_cap,
    "together": together,
    "apart": apart,
    "mirrored": mirrored,
}
"""By kind: the amount in one slot's column; a grid's amount is the sum over its columns."""

PART_OF_PERSON: dict[str, Callable[[World, Any, int, Row], Fraction | None]] = {
    "fairness": _level,
    "stability": _changes,
    "worst_off": _total,
}
"""By kind: what one person's row adds to what is compared."""

OVERALL: dict[str, Callable[[World, Any, Sequence[Fraction | None]], Amount]] = {
    "fairness": fairness,
    "stability": stability,
    "worst_off": worst_off,
}
"""By kind: the amount in a grid, from its people's parts."""


def amount(world: World, rule: Rule, grid: Grid) -> Amount:
    """Return how much a rule is broken, or how much of it is reached, in a grid."""
    rows, columns = enumerate(grid), enumerate(zip(*grid, strict=True))
    if rule.kind in PER_PERSON:
        of_person = PER_PERSON[rule.kind]
        return sum((of_person(world, rule, p, row) for p, row in rows), Fraction(0))
    if rule.kind in PER_SLOT:
        of_slot = PER_SLOT[rule.kind]
        return sum((of_slot(world, rule, s, column) for s, column in columns), Fraction(0))
    part = PART_OF_PERSON[rule.kind]
    return OVERALL[rule.kind](world, rule, [part(world, rule, p, row) for p, row in rows])
