"""Random small programmes, with every rule kind in every mode; the seed decides everything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any, TypeVar

from app.scheduling.domain.calendar import Calendar, Holiday, PeriodLength, Split
from app.scheduling.domain.people import Change, Half, Leave, Person, Preassignment, Wish
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import ALWAYS, EVERYBODY, When, Who
from app.scheduling.rules import RULE_BOOK
from app.scheduling.rules.coverage import Ramp, Weight
from app.scheduling.rules.preferences import Preference
from app.scheduling.rules.stability import Notice
from app.scheduling.rules.worst_off import WorstOff
from tests.scheduling.oracle import Row, World

MOST_GRIDS = 20_000
START = date(2026, 7, 1)
WEIGHTS = (1, 2, 3, 7, 0.5, 0.1, 0.3, 1.25, 40)
SIZES = ((2, 3), (2, 4), (2, 5), (3, 3), (3, 4), (2, 4), (2, 5), (3, 5))
SHAPES: dict[str, tuple[tuple[tuple[int, int], ...], float]] = {
    "spacing": (((2, 5), (2, 6), (3, 4)), 0),
    "required_sequence": (((2, 4), (2, 5), (2, 6)), 1),
    "forbidden_sequence": (((2, 4), (2, 5), (2, 6), (3, 4)), 0.5),
    "site_changes": (((2, 3), (2, 4)), 1),
    "waiting": (((2, 4), (2, 5), (2, 6)), 0.5),
}
"""People and slots, and how often three rotation types, for kinds that bind only then."""
PUSH = "Wanted"
"""Begins the names of rules that only pull the schedule away from what the others ask."""

T = TypeVar("T")


def kind_of(rule: type[Rule]) -> str:
    """Return the kind's name in programme files."""
    return next(str(item.default) for item in fields(rule) if item.name == "kind")


MAKE: dict[str, Callable[..., Rule]] = {kind_of(rule): rule for rule in RULE_BOOK}
MODES = [
    (kind_of(rule), mode)
    for rule in RULE_BOOK
    for mode in ("hard", "penalty", *(("reward",) if rule.rewardable else ()))
]


@dataclass(frozen=True)
class Case:
    """A programme, and the schedule that it starts from."""

    name: str
    program: Program
    base: tuple[Row, ...] | None


class Draw:
    """Draws the parts of one programme.

    Parameters
    ----------
    seed
        The same one draws the same programme.
    sizes
        People and slots to choose from.
    more_codes
        How often there are three rotation types, where the year is short enough.
    """

    def __init__(
        self, seed: str, sizes: Sequence[tuple[int, int]] = SIZES, more_codes: float = 0.5
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable on purpose
        self.persons, self.slots = self.one(sizes)
        self.codes = ["W", "V"] if self.chance(0.6) else ["W", "E"]
        if self.persons * self.slots <= 9 and self.chance(more_codes):
            self.codes = ["W", "E", "V"]
        self.ids = ["ann", "ben", "cas"][: self.persons]
        self.rotation_groups = {"both": tuple(self.codes[:2])}
        self.calendar = self._calendar()
        self.periods = len(self.calendar.period_starts)

    def chance(self, share: float) -> bool:
        """Return true in this share of the draws."""
        return self.random.random() < share

    def one(self, choices: Sequence[T]) -> T:
        """Return any of these."""
        return self.random.choice(choices)

    def some(self, choices: Sequence[T], least: int = 1, most: int | None = None) -> tuple[T, ...]:
        """Return at least `least` of these, in their order."""
        most = len(choices) if most is None else min(most, len(choices))
        chosen = self.random.sample(range(len(choices)), self.random.randint(least, most))
        return tuple(choices[n] for n in sorted(chosen))

    def _calendar(self) -> Calendar:
        split = self.chance(0.4)
        periods = self.slots - split
        length: PeriodLength = self.one(("1 week", "2 weeks", "month"))
        if length == "month":
            years, month = divmod(START.month - 1 + periods, 12)
            end = date(START.year + years, month + 1, 1) - timedelta(1)
        else:
            end = START + timedelta(periods * int(length[0]) * 7 - 1 + self.one((0, 0, 3)))
        plain = Calendar(start=START, end=end, period=length, periods=periods)
        splits: tuple[Split, ...] = ()
        if split:
            cut = self.one(plain.slots)
            on = cut.start + timedelta(self.random.randint(1, cut.days - 1))
            who = self.one((EVERYBODY, Who(people=("ann",)), Who(pgy=(1,)), Who(tags=("chief",))))
            splits = (Split(period=cut.period, on=on, who=who),)
        days = (end - START).days
        holidays = tuple(
            Holiday(on=START + timedelta(self.random.randint(0, days)), name=f"Day {n}")
            for n in range(self.one((0, 1, 2)))
        )
        return Calendar(
            start=START, end=end, period=length, periods=periods, splits=splits, holidays=holidays
        )

    def day(self) -> date:
        """Return a day of the year."""
        last = self.calendar.slots[-1].end
        return START + timedelta(self.random.randint(0, (last - START).days - 1))

    def period(self) -> int:
        """Return a period number."""
        return self.random.randint(1, self.periods)

    def period_list(self, most: int | None = None) -> tuple[int | str, ...]:
        """Return some periods, at times as a range."""
        if self.periods > 1 and self.chance(0.2):
            first = self.random.randint(1, self.periods - 1)
            return (f"{first}-{first + 1}",)
        return self.some(range(1, self.periods + 1), 1, most)

    def rotations(self, most: int = 2) -> tuple[str, ...]:
        """Return some rotation codes, or a group of them."""
        return ("both",) if self.chance(0.1) else self.some(self.codes, 1, most)

    def code(self) -> tuple[str, ...]:
        """Return one rotation code, where a list is asked."""
        return (self.one(self.codes),)

    def who(self, plain: float = 0.6) -> Who:
        """Return a scope of people."""
        if self.chance(plain):
            return EVERYBODY
        inner = self.one(
            (
                Who(pgy=self.some((1, 2, 3), 1, 2)),
                Who(track=("basic",)),
                Who(cohort=self.some(("blue", "red"))),
                Who(tags=("chief",)),
                Who(people=self.some(self.ids)),
                Who(groups=("seniors",)),
                Who(full_leave=self.chance(0.5)),
            )
        )
        return Who(exclude=inner) if self.chance(0.2) else inner

    def when(self, plain: float = 0.65) -> When:
        """Return a scope of time."""
        if self.chance(plain):
            return ALWAYS
        first, last = sorted((self.day(), self.day()))
        return self.one(
            (
                When(periods=self.period_list()),
                When(except_periods=self.period_list(1)),
                When(start=first),
                When(end=last),
                When(start=first, end=last),
                When(holidays=self.chance(0.5)),
            )
        )

    def person(self, id_: str) -> Person:
        """Return a person with everything that rules may speak of."""
        start = self.day() if self.chance(0.12) else None
        end = self.day() if self.chance(0.12) else None
        if start and end and end < start:
            start, end = end, start
        changes: tuple[Change, ...] = ()
        if self.chance(0.25):
            values: dict[str, Any] = self.one(
                ({"pgy": 2}, {"pgy": 3}, {"cohort": "red"}, {"fte": 0.5}, {"track": "basic"})
            )
            changes = (Change(start=self.day(), **values),)
        return Person(
            id=id_,
            pgy=self.one((1, 1, 2, 3)),
            track=self.one(("", "basic")),
            cohort=self.one(("red", "blue", "blue")),
            fte=self.one((1.0, 1.0, 0.5, 0.8)),
            start=start,
            end=end,
            tags=self.some(("chief", "Spanish"), 0),
            changes=changes,
            leave=tuple(self._leave() for _ in range(self.one((0, 0, 1, 1, 2)))),
            wishes=tuple(self._wish(rank) for rank in range(1, self.one((1, 2, 3, 4)))),
            preassignments=tuple(self._decided() for _ in range(self.one((0, 1, 1, 2)))),
            carry_over={"nights": self.one((0, 1, 2, 0.5))} if self.chance(0.7) else {},
        )

    def _leave(self) -> Leave:
        if self.chance(0.2):
            first, last = sorted((self.day(), self.day()))
            return Leave(start=first, end=last)
        halves: tuple[Half | None, ...] = (None, "first", "second")
        return Leave(period=self.period(), half=self.one(halves))

    def _wish(self, rank: int) -> Wish:
        return Wish(
            rank=rank,
            rotations=self.code(),
            periods=self.period_list(2),
            avoid=self.chance(0.3),
        )

    def _decided(self) -> Preassignment:
        periods = self.period_list(1)
        if self.chance(0.6):
            return Preassignment(periods=periods, one_of=self.code())
        return Preassignment(periods=periods, never=self.code())

    def rotation_type(self, code: str) -> RotationType:
        """Return a rotation type; few are not open to everybody."""
        site = "" if code == "V" else self.one(("", "North", "North", "South"))
        return RotationType(code=code, leave=code == "V", who=self.who(plain=0.88), site=site)

    def limits(self, most: int) -> dict[str, int]:
        """Return some of min, max and exactly."""
        low, high = sorted((self.random.randint(0, most), self.random.randint(0, most)))
        return self.one(({"min": high}, {"max": low}, {"min": low, "max": high}, {"exactly": low}))

    def two_limits(self, least: int, most: int) -> dict[str, int]:
        """Return min, max or both."""
        low = self.random.randint(least, most)
        high = self.random.randint(low, most)
        return self.one(({"min": high}, {"max": low}, {"min": low, "max": high}))

    def pattern(self) -> tuple[tuple[str, ...], ...]:
        """Return a pattern of two or three steps."""
        steps = 3 if self.chance(0.25) else 2
        return tuple(self.code() if self.chance(0.85) else self.rotations() for _ in range(steps))

    def disjoint(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return two lists of rotations with nothing in common."""
        codes = list(self.codes)
        self.random.shuffle(codes)
        return (codes[0],), tuple(codes[1 : self.random.randint(2, len(codes))])

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return some pairs of people."""
        every = list(combinations(self.ids, 2))
        chosen = self.some(every, 1, len(every) if self.chance(0.4) else 1)
        return tuple(pair if self.chance(0.5) else pair[::-1] for pair in chosen)

    def weight(self) -> float:
        """Return a penalty or reward."""
        return self.one(WEIGHTS)


def _coverage(d: Draw) -> dict[str, Any]:
    units = {"units": 2, "half_leave_units": d.one((None, 0, 1))} if d.chance(0.4) else {}
    ramp: tuple[Ramp, ...] = ()
    if d.chance(0.3):
        ramp = (Ramp(period=d.period(), **d.two_limits(0, 2)),)
    weights: tuple[Weight, ...] = ()
    if d.chance(0.3):
        weights = (Weight(who=d.who(plain=0), units=d.one((0, 2, 3)), half_leave_units=0),)
    most = d.persons + (1 if units or weights else 0)
    return {
        "rotations": d.rotations(),
        "weights": weights,
        "fte": d.chance(0.3),
        "ramp": ramp,
        **units,
        **d.limits(most),
    }


def _requirement(d: Draw) -> dict[str, Any]:
    counted_in = d.one(("periods", "periods", "weeks"))
    limits: dict[str, float] = dict(d.limits(d.periods))
    if d.chance(0.3):
        limits = {key: value + 0.5 for key, value in limits.items()}
    return {
        "rotations": d.rotations(),
        "counted_in": counted_in,
        "waived": d.who(plain=0) if d.chance(0.2) else None,
        "prorate": d.chance(0.3),
        **limits,
    }


def _forbidden_sequence(d: Draw) -> dict[str, Any]:
    return {"pattern": d.pattern(), "lag": d.one((1, 1, 2)), "either_order": d.chance(0.4)}


def _preferred_sequence(d: Draw) -> dict[str, Any]:
    return {**_forbidden_sequence(d), "at_least": d.one((1, 1, 2))}


def _required_sequence(d: Draw) -> dict[str, Any]:
    first, rest = d.disjoint()
    if d.chance(0.15):
        return {"first": d.rotations(), "then": d.rotations(), "lag": d.one((1, 2))}
    if len(d.codes) > 2:
        return {"first": first, "then": rest[:1], "lag": d.one((1, 1, 2))}
    return {"first": first, "then": d.one((first, rest)), "lag": 2}


def _leave(d: Draw) -> dict[str, Any]:
    away = ("V",) if "V" in d.codes and d.chance(0.6) else ()
    return {"only_when_approved": away}


def _run_length(d: Draw) -> dict[str, Any]:
    return {
        "rotations": d.rotations(),
        "each": d.chance(0.6),
        "cut_by_year": d.chance(0.5),
        **d.two_limits(1, 3),
    }


def _allowed_starts(d: Draw) -> dict[str, Any]:
    return {
        "rotations": d.rotations(),
        "each": d.chance(0.6),
        "periods": d.period_list(d.periods - 1),
        "cut_by_year": d.chance(0.5),
    }


def _batches(d: Draw) -> dict[str, Any]:
    return {
        "rotations": d.rotations(),
        "each": d.chance(0.6),
        "ends": d.some(range(1, d.periods), 1, 2),
        "whole": d.chance(0.5),
    }


def _spacing(d: Draw) -> dict[str, Any]:
    each = d.chance(0.5)
    rotations = d.rotations() if each else d.code()
    return {"rotations": rotations, "each": each, "min_gap": 1 if d.chance(0.1) else d.one((2, 3))}


def _window_limit(d: Draw) -> dict[str, Any]:
    return {"rotations": d.rotations(), "window": d.one((2, 3)), **d.two_limits(0, 2)}


def _prerequisite(d: Draw) -> dict[str, Any]:
    before, after = d.disjoint()
    return {"before": before, "after": after, "amount": d.one((1, 1, 2))}


def _assignment(d: Draw) -> dict[str, Any]:
    return {d.one(("one_of", "never")): d.code()}


def _leave_eligibility(d: Draw) -> dict[str, Any]:
    return {"rotations": d.one((d.code(), d.rotations(), ()))}


def _leave_cap(d: Draw) -> dict[str, Any]:
    return {"max": d.one((0, 0.5, 1, 1.5))}


def _wishes(d: Draw) -> dict[str, Any]:
    points = d.one(((4, 3, 2, 1), (1,), (2, 0.5), (0, 1.5), (1.5, 1)))
    worth = [rank for rank, value in enumerate(points, 1) if value]
    return {"points": points, "ranks": d.some(worth) if d.chance(0.4) else ()}


def _points(d: Draw) -> dict[str, float]:
    return {name: d.one((1, 2, 3, 0.5)) for name in d.some([*d.codes, "both"], 1, 2)}


def _preferences(d: Draw) -> dict[str, Any]:
    personal = tuple(
        Preference(who=d.who(plain=0), points=_points(d)) for _ in range(d.one((0, 1, 1, 2)))
    )
    return {
        "points": _points(d),
        "personal": personal,
        "counted_in": d.one(("periods", "stays")),
        "at_least": d.one((1, 2, 4.5)) * d.periods,
    }


def _site_changes(d: Draw) -> dict[str, Any]:
    return {"at_most": d.one((0, 0, 1))}


def _waiting(d: Draw) -> dict[str, Any]:
    return {"rotations": d.one((d.code(), d.code(), d.rotations())), "at_most": d.one((0, 0, 1))}


def _worst_off(d: Draw) -> dict[str, Any]:
    return {"at_least": d.one((-4, -1.5, 0, 1, 3))}


def _cohorts(d: Draw) -> dict[str, Any]:
    cycle = d.one((2, 3))
    first = {name: d.random.randint(1, cycle) for name in d.some(("red", "blue"))}
    return {
        "cycle": cycle,
        "clinic": d.code(),
        "first": first,
        "length": d.random.randint(1, cycle - 1),
        "clinic_only_then": d.chance(0.6),
    }


def _pair_rotations(d: Draw) -> dict[str, Any]:
    return {"pairs": d.pairs(), "rotations": d.one(((), d.code(), d.rotations()))}


def _mirrored(d: Draw) -> dict[str, Any]:
    one, other = d.disjoint()
    return {"pairs": d.pairs(), "one": one, "other": other}


def _fairness(d: Draw) -> dict[str, Any]:
    counted: dict[str, Any] = {"wishes": d.one(((1,), (3, 1), (2, 1.5, 0.5)))}
    if d.chance(0.7):
        names = d.some([*d.codes, "both"], 1, 2)
        counted = {"points": {name: d.one((1, 1, 2, 0.5)) for name in names}}
    return {
        **counted,
        "carry_over": d.one(("", "", "", "nights")),
        "band": d.one((0, 0, 1, 0.5)),
        "part_year": d.one(("exclude", "include", "include")),
    }


def _stability(d: Draw) -> dict[str, Any]:
    notices: tuple[Notice, ...] = ()
    if d.chance(0.5):
        notices = (Notice(days=7, times=3), Notice(days=20, times=2))
        if d.chance(0.3):
            notices = notices[:1]
    return {
        "at_most": d.one((0, 1, 1, 2)),
        "notice": notices,
        "as_of": d.day() if notices else None,
    }


PARAMETERS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    "coverage": _coverage,
    "requirement": _requirement,
    "forbidden_sequence": _forbidden_sequence,
    "preferred_sequence": _preferred_sequence,
    "required_sequence": _required_sequence,
    "leave": _leave,
    "run_length": _run_length,
    "allowed_starts": _allowed_starts,
    "batches": _batches,
    "spacing": _spacing,
    "window_limit": _window_limit,
    "prerequisite": _prerequisite,
    "assignment": _assignment,
    "preassignments": lambda _: {},
    "leave_eligibility": _leave_eligibility,
    "leave_cap": _leave_cap,
    "wishes": _wishes,
    "preferences": _preferences,
    "site_changes": _site_changes,
    "waiting": _waiting,
    "worst_off": _worst_off,
    "cohorts": _cohorts,
    "together": _pair_rotations,
    "apart": _pair_rotations,
    "mirrored": _mirrored,
    "fairness": _fairness,
    "stability": _stability,
}
"""By kind: parameters of its own, drawn so that they often bind."""


def draw_rule(d: Draw, kind: str, mode: str, name: str) -> Rule:
    """Return a rule of this kind and mode."""
    parameters = {"who": d.who(0.6), "when": d.when(0.75), **PARAMETERS[kind](d)}
    if mode != "hard":
        parameters[mode] = d.weight()
    if mode == "reward":
        parameters.pop("at_least", None)
    return MAKE[kind](kind=kind, name=name, **parameters)


def push(d: Draw) -> list[Rule]:
    """Return penalties for not having some random schedule, cell by cell."""
    rules: list[Rule] = []
    least = d.periods if d.chance(0.8) else 1
    for number, id_ in enumerate(d.ids):
        for period in d.some(range(1, d.periods + 1), least):
            name = f"{PUSH} {number}-{period}"
            who, when = Who(people=(id_,)), When(periods=(period,))
            rules.append(
                MAKE["assignment"](
                    kind="assignment",
                    name=name,
                    who=who,
                    when=when,
                    penalty=d.weight(),
                    one_of=d.code(),
                )
            )
    return rules


def name_some(d: Draw, rule: WorstOff, rules: Sequence[Rule]) -> WorstOff:
    """Return the rule with the names of some others to add up, at times; else it adds up all."""
    named = [other.name for other in rules if other.scores_people]
    return replace(rule, rules=d.some(named)) if named and d.chance(0.5) else rule


def draw_case(kind: str, mode: str, number: int) -> Case:
    """Return a programme that has a rule of this kind and mode, and up to three others."""
    attempt = 0
    while True:
        name = f"{kind} {mode} {number}.{attempt}"
        case = _attempt(name, kind, mode)
        present = sum(map(sum, World(case.program).present))
        if len(case.program.rotation_types) ** present <= MOST_GRIDS:
            return case
        attempt += 1


def _attempt(name: str, kind: str, mode: str) -> Case:
    d = Draw(name, *SHAPES.get(kind, (SIZES, 0.5)))
    chosen = [(kind, mode), *(d.one(MODES) for _ in range(d.one((0, 0, 1, 1, 2, 3))))]
    rules = [draw_rule(d, *pair, name=f"Rule {n}") for n, pair in enumerate(chosen)]
    if d.chance(0.9):
        rules += push(d)
    rules = [name_some(d, rule, rules) if isinstance(rule, WorstOff) else rule for rule in rules]
    program = Program(
        name=name,
        objective=d.one(("minimize", "maximize")),
        calendar=d.calendar,
        rotation_types=tuple(d.rotation_type(code) for code in d.codes),
        people=tuple(d.person(id_) for id_ in d.ids),
        groups={"seniors": Who(pgy=(2, 3))},
        rotation_groups=d.rotation_groups,
        rules=tuple(rules),
    )
    with_base = any(rule.kind == "stability" for rule in rules) or d.chance(0.3)
    return Case(name, program, _base(d, World(program)) if with_base else None)


def _base(d: Draw, world: World) -> tuple[Row, ...]:
    """Return a schedule with a hole here and there."""
    return tuple(
        tuple(d.one(d.codes) if there and d.chance(0.9) else None for there in row)
        for row in world.present
    )
