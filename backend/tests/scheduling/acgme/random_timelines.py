"""Random months of a few residents, near the limits; the seed decides everything."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.scheduling.acgme.intervals import Basis, DutyInterval, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Confirmation, HoursException, Policy
from tests.scheduling.acgme.diary import Case, days_between

T = TypeVar("T")

EMERGENCY, INTERNAL = "Emergency medicine", "Internal medicine"
PACK_SHARE = {"acgme-common": 0.85, "acgme-im": 0.6, "acgme-em": 0.6, "ny-405": 0.6}
CONFIRMABLE = {
    "acgme-common": ("CPR-6.25-APPROVAL", "CPR-6.25-VISA"),
    "acgme-im": ("acgme-im", "IM-Q3"),
    "acgme-em": ("acgme-em", "EM-WEEK-TOTAL"),
    "ny-405": ("ny-405",),
}
"""By pack, what a programme may confirm."""
BASES: tuple[Basis, ...] = ("plan", "record")
ZONES = ("America/New_York",) * 4 + ("Europe/London", "Asia/Kolkata", "America/Phoenix", "UTC")
STARTS = (
    date(2026, 2, 16),  # the clock goes forward on 8 March in New York, on 29 March in London
    date(2026, 10, 5),  # back on 25 October in London, on 1 November in New York
    date(2027, 2, 15),
    date(2027, 10, 11),
    date(2026, 7, 1),
    date(2026, 12, 7),
)
SPAN_DAYS = (7, 14, 14, 28, 28, 29, 30, 31, 33, 35, 35, 56, 63)
NEAR_80_H = (720, 750, 780, 799, 800, 801, 810, 840)
"""Minutes of a day of which 6 a week are about 80 hours; 800 are 80 hours exactly."""


class Person:
    """Draws what one resident does.

    Parameters
    ----------
    draw
        The case it belongs to.
    name, zone
        The resident's id, and where the clocks are that the duties go by.
    """

    def __init__(self, draw: "Draw", name: str, zone: str) -> None:
        self.draw, self.name, self.zone = draw, name, zone
        self.random = draw.random
        self.pgy = draw.one((1, 1, 2, 3, 4))
        self.promoted = draw.one(draw.days) if draw.chance(0.15) else None
        self.rotation = ""
        self.duties: list[DutyInterval] = []
        self.by_the_clock = draw.chance(0.6)
        """Whether a shift ends when the clock says so, or after its hours."""

    def add(self, day: date, at: float, minutes: int, kind: Kind, **more: Any) -> None:
        """Add duty from a time of the day on, given in hours."""
        begin = datetime.combine(day, time()) + timedelta(minutes=round(at * 60))
        zone = ZoneInfo(self.draw.one(ZONES) if self.draw.chance(0.005) else self.zone)
        start = begin.replace(tzinfo=zone)
        twice = start.replace(fold=1)
        if twice.timestamp() > start.timestamp() and self.draw.chance(0.5):
            start = twice
        end = (begin + timedelta(minutes=minutes)).replace(tzinfo=zone)
        if not self.by_the_clock or end.timestamp() <= start.timestamp():
            end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
        rotation = self.rotation
        for span in self.draw.spans:
            if span.person == self.name and span.first <= day <= span.last:
                rotation = span.rotation
        if self.draw.chance(0.01):
            rotation = self.draw.one(("", "ED", "WARD"))
        later = self.promoted is not None and day >= self.promoted
        self.duties.append(
            DutyInterval(
                person=self.name,
                start=start,
                end=end,
                kind=kind,
                rotation=rotation,
                pgy=self.pgy + later,
                **more,
            )
        )

    def stay(self, day: date, at: float, share: float) -> None:
        """Add, now and then, a stay of one's own choice; a plan has none."""
        if self.draw.basis == "record" and self.draw.chance(share):
            self.add(day, at, self.draw.one((30, 60, 120, 240, 360)), Kind.VOLUNTARY)

    # --- patterns, each over the days of a rotation ---

    def long_days(self, days: Sequence[date]) -> None:
        """Six long days a week, or with two days off after twelve, or with none."""
        minutes, cycle = self.draw.one(NEAR_80_H), self.draw.one((7, 7, 7, 14, 24, 1000))
        off = {6} if cycle == 7 else {12, 13} if cycle == 14 else {}
        varied = self.draw.chance(0.3)
        for n, day in enumerate(days):
            if n % cycle in off:
                continue
            length = minutes + varied * self.draw.one((-60, -30, 0, 0, 15, 30, 60))
            self.add(day, 6, length, Kind.IN_HOUSE, new_care=self.draw.chance(0.1))
            self.stay(day, 6 + length / 60, 0.05)

    def half_days(self, days: Sequence[date]) -> None:
        """Clinics in the morning and in the afternoon, with a lunch that may be teaching."""
        taught, weekdays = self.draw.chance(0.4), self.draw.one((5, 5, 5, 6, 7))
        for day in days:
            if day.weekday() >= weekdays:
                continue
            self.add(day, 8, 240, Kind.IN_HOUSE)
            self.add(day, 13, self.draw.one((240, 240, 300)), Kind.IN_HOUSE)
            if taught:
                self.add(day, 12, 60, self.draw.one((Kind.EDUCATION, Kind.ADMIN)))
            if self.draw.chance(0.2):
                self.add(day, self.draw.one((20, 21.5)), 60, Kind.WORK_FROM_HOME)
            if self.draw.chance(0.06):
                self.add(day, self.draw.one((7, 18, 22)), 90, Kind.EDUCATION)

    def call(self, days: Sequence[date]) -> None:
        """Long calls every few days, a hand-off after each, and shorter days between."""
        every = self.draw.one((2, 3, 3, 3, 4, 4, 5))
        skip = self.draw.one((0, 0, 7, 14))
        split, dated = self.draw.chance(0.2), self.draw.chance(0.5)
        tail = self.draw.one((180, 210, 240, 240, 240, 241, 270))
        day_off = self.draw.one((None, 5, 6))
        n = 0
        while n < len(days):
            day = days[n]
            if skip and n % skip == skip - 1:
                n += 1
            elif n % every == 0:
                self.call_night(day, tail, split=split, dated=dated)
                n += 1
                if self.draw.chance(0.9):
                    n += 1
            else:
                if day.weekday() != day_off:
                    self.add(day, 7, self.draw.one((540, 600, 600, 660)), Kind.IN_HOUSE)
                n += 1

    def call_night(self, day: date, tail: int, *, split: bool, dated: bool) -> None:
        """Add a 24-hour call from 7, what follows it and what should not."""
        night: dict[str, Any] = {"call_night": day} if dated else {}
        begins = self.draw.one((7, 7, 7, 7, 8, 17))
        length = self.draw.one((1440, 1440, 1440, 1440, 1441, 1380, 900))
        after = begins + length / 60
        if split:
            self.add(day, begins, 600, Kind.IN_HOUSE)
            self.add(day, begins + 10, length - 600, Kind.CALL, **night)
        else:
            self.add(day, begins, length, Kind.CALL, **night)
        what = self.draw.one(("hand-off",) * 6 + ("none", "clinic", "lecture", "late", "round"))
        if what == "hand-off":
            self.add(day, after, tail, Kind.TRANSITION, new_care=self.draw.chance(0.03))
            self.stay(day, after + tail / 60, 0.2)
        elif what == "clinic":
            self.add(day, after + self.draw.one((0, 1, 3.5, 4)), 180, Kind.IN_HOUSE)
        elif what == "lecture":
            self.add(day, after, 120, Kind.EDUCATION)
        elif what == "round":
            self.add(day, after, 180, self.draw.one((Kind.ADMIN, Kind.CALL, Kind.IN_HOUSE)))
        elif what == "late":
            self.add(day, after + 10, self.draw.one((60, 480)), self.draw.one(tuple(BY_THE_WAY)))
        else:
            self.stay(day, after, 0.6)
        if self.draw.chance(0.1):
            self.add(day, after + self.draw.one((5, 12, 13, 14)), 600, Kind.HOME_CALL)

    def night_float(self, days: Sequence[date]) -> None:
        """Five to seven nights a week, or all of them."""
        minutes, nights = self.draw.one((660, 720, 720, 810)), self.draw.one((5, 6, 6, 7, 7))
        begins = self.draw.one((18, 18, 19, 20, 24.5))
        for day in days:
            if day.weekday() < nights:
                self.add(day, begins, minutes, Kind.NIGHT_FLOAT)
                self.stay(day, begins + minutes / 60, 0.03)

    def shifts(self, days: Sequence[date]) -> None:
        """Shifts that begin at any hour, with conference."""
        lengths = self.draw.one(((480, 540, 600), (600, 660, 720), (720,), (720, 750)))
        on, cycle = self.draw.one(((5, 7), (6, 7), (7, 8), (4, 6), (5, 6), (9, 10)))
        rotating = self.draw.chance(0.5)
        begins = self.draw.one((7, 11, 15, 22))
        for n, day in enumerate(days):
            if n % cycle >= on:
                continue
            begins = self.draw.one((7, 9, 11, 14, 19)) if rotating else begins
            kind = Kind.NIGHT_FLOAT if begins >= 19 else Kind.IN_HOUSE
            length = self.draw.one(lengths)
            self.add(day, begins, length, kind)
            if self.draw.chance(0.08):
                late = self.draw.one((Kind.TRANSITION, Kind.ADMIN, Kind.EDUCATION))
                self.add(day, begins + length / 60, 45, late)
            if day.weekday() == 2 and self.draw.chance(0.7):
                self.add(day, 8, 300, self.draw.one((Kind.EDUCATION, Kind.CONFERENCE)))
            if self.draw.chance(0.01):
                self.add(day, 7, 1440, Kind.CALL)

    def home_call(self, days: Sequence[date]) -> None:
        """Days in house and nights within reach."""
        nights = self.draw.one((2, 3, 4, 5, 5, 7))
        for n, day in enumerate(days):
            if day.weekday() < 5:
                self.add(day, 8, 540, Kind.IN_HOUSE)
            if n % 7 < nights:
                around_the_clock = day.weekday() >= 5
                begins, length = (8, 1440) if around_the_clock else (17, 900)
                self.add(day, begins, length, Kind.HOME_CALL)
                if self.draw.chance(0.3):
                    self.add(day, 22, 90, Kind.HOME_CALL_ACTIVITY)
                if self.draw.chance(0.15):
                    self.add(day, self.draw.one((20, 25, 26)), 180, Kind.HOME_CALL_IN)

    def light(self, days: Sequence[date]) -> None:
        """Short weekdays."""
        for day in days:
            if day.weekday() < 5:
                self.add(day, 8, self.draw.one((480, 540)), Kind.IN_HOUSE)

    def mixed(self, days: Sequence[date]) -> None:
        """Another pattern every week."""
        for n in range(0, len(days), 7):
            choice = self.draw.one((Person.long_days, Person.call, Person.night_float))
            choice(self, days[n : n + 7])


Pattern = Callable[[Person, Sequence[date]], None]
PATTERNS: tuple[Pattern, ...] = (
    Person.long_days,
    Person.long_days,
    Person.half_days,
    Person.call,
    Person.call,
    Person.call,
    Person.night_float,
    Person.night_float,
    Person.shifts,
    Person.home_call,
    Person.light,
    Person.mixed,
)

BY_THE_WAY: dict[Kind, tuple[int, ...]] = {
    Kind.EDUCATION: (60, 120),
    Kind.ADMIN: (60, 120),
    Kind.WORK_FROM_HOME: (30, 60, 120),
    Kind.CONFERENCE: (240, 480),
    Kind.HOME_CALL: (720, 900),
    Kind.HOME_CALL_ACTIVITY: (15, 60),
    Kind.HOME_CALL_IN: (60, 180),
    Kind.IN_HOUSE: (60, 240, 480),
    Kind.TRANSITION: (60,),
}
"""What comes on top of a pattern, anywhere, and how long it takes."""


class Draw:
    """Draws the parts of one case."""

    def __init__(self, seed: int) -> None:
        self.random = Random(f"duty hours {seed}")  # noqa: S311 - repeatable on purpose
        self.basis: Basis = self.one(BASES)
        chosen = [name for name in CONFIRMABLE if self.chance(PACK_SHARE[name])]
        self.packs = tuple(chosen) or ("acgme-common",)
        weeks = self.one((5, 5, 6, 7, 8, 9, 10, 10))
        start = self.one(STARTS) + timedelta(self.one((0, 0, 0, 1, 3, 6)))
        self.first, self.last = start, start + timedelta(7 * weeks - 1)
        self.days = days_between(self.first, self.last)
        self.specialty = self.one(("", "", "", EMERGENCY, INTERNAL))
        self.emergency = {"ED", "EDNIGHT"}
        self.spans: list[RotationSpan] = []
        self.leave: list[LeaveDays] = []
        self.intervals: list[DutyInterval] = []
        self.residents = tuple(self._resident(n) for n in range(self.one((1, 1, 2, 2, 3))))
        self.policy = self._policy()

    def chance(self, share: float) -> bool:
        """Return true in this share of the draws."""
        return self.random.random() < share

    def one(self, choices: Sequence[T]) -> T:
        """Return any of these."""
        return self.random.choice(choices)

    def _resident(self, number: int) -> Resident:
        zone = self.one(ZONES)
        person = Person(self, f"r{number + 1}", zone)
        before, after = self.one((0, 0, 0, 2, 7)), self.one((0, 0, 0, 1, 5))
        at, last = self.first + timedelta(before), self.last - timedelta(after)
        nights_only = self.chance(0.12)
        while at <= last:
            end = min(at + timedelta(self.one(SPAN_DAYS) - 1), last)
            self._span(person, at, end, Person.night_float if nights_only else self.one(PATTERNS))
            at = end + timedelta(1 + (self.one((2, 9)) if self.chance(0.1) else 0))
        if self.chance(0.4):
            self._edges(person)
        self._by_the_way(person)
        if self.chance(0.4):
            self._clock_change(person)
        if self.chance(0.5):
            self._moonlighting(person)
        if self.chance(0.5):
            self._leave(person)
        self.intervals += person.duties
        specialty = self.one(("", INTERNAL, INTERNAL.lower(), EMERGENCY))
        return Resident(id=person.name, zone=zone, specialty=specialty)

    def _span(self, person: Person, first: date, last: date, pattern: Pattern) -> None:
        if pattern is Person.shifts or self.chance(0.1):
            code, specialty = self.one(sorted(self.emergency)), EMERGENCY
        else:
            code, specialty = self.one(("WARD", "ICU", "CLINIC")), ""
        self.spans.append(
            RotationSpan(
                person=person.name, rotation=code, first=first, last=last, specialty=specialty
            )
        )
        person.rotation = code
        pattern(person, days_between(first, last))

    def _edges(self, person: Person) -> None:
        """Add duty before the first known day and after the last."""
        for day in (self.first - timedelta(2), self.first - timedelta(1)):
            kind = self.one((Kind.IN_HOUSE, Kind.CALL, Kind.NIGHT_FLOAT, Kind.HOME_CALL))
            person.add(day, self.one((6, 7, 19)), self.one((720, 1380, 1440, 1560)), kind)
        if self.chance(0.5):
            day = self.last + timedelta(1)
            person.add(day, self.one((0, 1, 6)), self.one((480, 780, 1500)), Kind.IN_HOUSE)

    def _by_the_way(self, person: Person) -> None:
        for _ in range(self.one((0, 0, 1, 3, 8))):
            kind = self.one(tuple(BY_THE_WAY))
            at = self.random.randrange(0, 96) / 4
            person.add(self.one(self.days), at, self.one(BY_THE_WAY[kind]), kind)
        for _ in range(self.one((0, 0, 0, 1, 2))):
            twin = self.one(person.duties) if person.duties else None
            if twin is not None:
                kind = self.one((twin.kind, Kind.EDUCATION, Kind.IN_HOUSE, Kind.TRANSITION))
                person.duties.append(replace(twin, kind=kind))

    def _clock_change(self, person: Person) -> None:
        """Put a long duty where the clock changes, and most of what else is around away."""
        for day in self.days:
            today, tomorrow = (
                datetime.combine(one, time(), ZoneInfo(person.zone)).timestamp()
                for one in (day, day + timedelta(1))
            )
            if tomorrow - today == 24 * 3600:
                continue
            near = (day - timedelta(1), day)
            person.duties = [x for x in person.duties if x.start.date() not in near]
            at, minutes, kind = self.one(
                (
                    (7, 1440, Kind.CALL),
                    (7, 1440, Kind.CALL),
                    (6.5, 1440, Kind.CALL),
                    (19, 720, Kind.NIGHT_FLOAT),
                    (12, 660, Kind.IN_HOUSE),
                )
            )
            person.add(near[0], at, minutes, kind)
            if kind is Kind.CALL and self.chance(0.5):
                person.add(near[0], at + 24, self.one((180, 240)), Kind.TRANSITION)
            elif kind is Kind.IN_HOUSE:
                person.add(day, self.one((7, 8)), 600, kind)

    def _moonlighting(self, person: Person) -> None:
        kind = self.one((Kind.MOONLIGHTING_INTERNAL, Kind.MOONLIGHTING_EXTERNAL))
        approved = self.one((None, True, True, False))
        for day in self.days:
            if day.weekday() == 5 and self.chance(0.5):
                at, length = self.one((8, 8, 18, 23)), self.one((240, 480, 720))
                person.add(day, at, length, kind, approved=approved)

    def _leave(self, person: Person) -> None:
        """Take leave, and most of the work on it away."""
        for _ in range(self.one((1, 1, 2, 3))):
            first = self.one(self.days)
            last = min(first + timedelta(self.one((0, 1, 4, 6, 6, 13))), self.last)
            self.leave.append(LeaveDays(person=person.name, first=first, last=last))
            stays = self.one((0, 0, 0, 0.1, 0.5))
            person.duties = [
                duty
                for duty in person.duties
                if not first <= duty.start.date() <= last or self.chance(stays)
            ]

    def _policy(self) -> Policy:
        one, chance = self.one, self.chance
        exceptions = [
            HoursException(
                hours=one((81, 84, 88)),
                approval="RC 7",
                rotations=one(((), ("WARD",), ("ICU", "ED"))),
                start=one((None, self.first + timedelta(14))),
                end=one((None, self.first + timedelta(28))),
            )
            for _ in range(one((0, 0, 0, 1, 2)))
        ]
        confirmable = [name for pack in self.packs for name in CONFIRMABLE[pack]]
        return Policy(
            specialty=self.specialty,
            averaging=one(("rotation",) * 4 + ("fixed28", "calendar_month", "rolling28_local")),
            remainder=one(("last28", "last28", "own")),
            rounding=one(("floor", "floor", "exact", "ceil")),
            merge_gap_minutes=one((0, 0, 60, 90, 180)),
            planner_buffer_hours=one((0, 4, 4, 10)),
            moonlighting_breaks_days_off=chance(0.7),
            moonlighting_has_rest_rules=chance(0.7),
            no_moonlighting=("r1",) if chance(0.2) else (),
            dst_grace_minutes=one((0, 30, 60, 60)),
            confirmed=tuple(
                Confirmation(rule=name, source="the PDF") for name in confirmable if chance(0.2)
            ),
            exceptions=tuple(exceptions),
        )


def random_case(seed: int) -> Case:
    """Return the case of a seed."""
    draw = Draw(seed)
    return Case(
        name=f"seed {seed}",
        basis=draw.basis,
        residents=draw.residents,
        intervals=tuple(draw.random.sample(draw.intervals, len(draw.intervals))),
        spans=tuple(draw.spans),
        leave=tuple(draw.leave),
        policy=draw.policy,
        packs=draw.packs,
        first=draw.first,
        last=draw.last,
    )
