"""Random programmes with duty, and schedules of them; the seed decides everything."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

import numpy as np

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.duties import SESSIONS, Assignment, DayDuties, DutyType
from app.scheduling.domain.people import Change, Half, Leave, Person
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType

T = TypeVar("T")

ZONES = ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Qatar", "Africa/Cairo")
STARTS = (date(2026, 10, 12), date(2027, 3, 1), date(2026, 7, 1), date(2026, 10, 21))
"""The clocks of these zones change soon after; in Cairo at midnight."""
DUTIES = (
    DutyType(code="DAY", kind="in_house", am="06:00-12:00", pm="12:00-18:00"),
    DutyType(
        code="CALL",
        kind="call",
        am="06:00-12:00",
        pm="12:00-18:00",
        night="18:00-06:00",
        next_morning="POST",
    ),
    DutyType(code="LATE", kind="call", night="20:00-08:00", next_morning="SIGN"),
    DutyType(code="POST", kind="transition", am="06:00-10:00"),
    DutyType(code="SIGN", kind="education", am="08:00-09:30"),
    DutyType(code="NF", kind="night_float", night="18:00-06:00"),
    DutyType(code="NFS", kind="night_float", night="18:00-06:00", next_morning="SIGN"),
    DutyType(code="FULL", kind="call", night="07:00-07:00", next_morning="HAND"),
    DutyType(code="HAND", kind="transition", am="07:00-11:00"),
    DutyType(code="ALL", kind="night_float", night="12:30-11:00", am="11:30-12:00"),
    DutyType(code="EVE", kind="in_house", pm="14:00-18:00", night="18:00-24:00"),
    DutyType(code="OWL", kind="in_house", night="19:00-07:00"),
    DutyType(code="CLIN", kind="in_house", am="08:00-12:00", pm="13:00-17:00", new_care=True),
    DutyType(
        code="HOME", kind="home_call", am="08:00-12:00", pm="12:00-17:00", night="17:00-08:00"
    ),
    DutyType(code="OFF", kind="off"),
)


def draw(seed: int) -> tuple[Program, Grid]:
    """Return a programme of some weeks and a schedule, not all of it filled."""
    return _Draw(seed).case()


class _Draw:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable on purpose
        self.start = self.one(STARTS)
        self.days = self.one((21, 28, 35))

    def one(self, things: Sequence[T]) -> T:
        return self.random.choice(things)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def day(self) -> date:
        return self.start + timedelta(self.random.randrange(self.days))

    def case(self) -> tuple[Program, Grid]:
        periods = -(-self.days // 7)
        splits: tuple[Split, ...] = ()
        if self.chance(0.3):
            splits = (Split(period=2, on=self.start + timedelta(7 + self.one((1, 3, 4)))),)
        kinds = [self.kind(code) for code in "ABCD"]
        kinds.append(RotationType(code="V", leave=True))
        people = tuple(self.person(f"p{number}", periods) for number in range(4))
        program = Program(
            name="Random",
            time_zone=self.one(ZONES),
            calendar=Calendar(
                start=self.start,
                end=self.start + timedelta(self.days - 1),
                period="1 week",
                splits=splits,
            ),
            rotation_types=tuple(kinds),
            people=people,
            duty_types=DUTIES,
            duty_hours=Policy(
                merge_gap_minutes=self.one((0, 60, 90)), vacation_week_days=self.one((5, 7))
            ),
            assignments=tuple(self.assignments(people)),
        )
        shape = (len(people), len(program.calendar.slots))
        values = [ABSENT, *range(len(kinds)), 0, 1]
        cells = [[self.one(values) for _ in range(shape[1])] for _ in range(shape[0])]
        return program, np.array(cells, dtype=np.int16)

    def kind(self, code: str) -> RotationType:
        week: dict[str, str | DayDuties] = {}
        favourite = self.one(DUTIES).code
        for day in ("mon,tue", "wed-thu", "fri", "sat", "sun"):
            if self.chance(0.4):
                week[day] = favourite
            elif self.chance(0.7):
                week[day] = self.one(DUTIES).code
            elif self.chance(0.7):
                said = {
                    session.lower(): self.one([d.code for d in DUTIES if d.has(session)])
                    for session in SESSIONS
                    if self.chance(0.7)
                }
                week[day] = DayDuties(**said) if said else "DAY"
        group = self.one(("", "", "A", "G")) if code in "BC" else ""
        zone = self.one(("", "", *ZONES))
        return RotationType(code=code, template=week, zone=zone, averaging_group=group)

    def person(self, name: str, periods: int) -> Person:
        leave = []
        if self.chance(0.4):
            day = self.day()
            kind = self.one(("vacation", "sick"))
            leave.append(Leave(start=day, end=day + timedelta(self.one((0, 2, 8))), kind=kind))
        halves: tuple[Half | None, ...] = (None, "first", "second")
        leave += [
            Leave(period=self.random.randint(1, periods), half=self.one(halves))
            for _ in range(self.one((0, 0, 1, 3)))
        ]
        changes = (Change(start=self.day(), pgy=2),) if self.chance(0.4) else ()
        start = self.day() if self.chance(0.25) else None
        end = self.start + timedelta(self.days - self.one((1, 2, 9))) if self.chance(0.25) else None
        if start and end and end < start:
            start = None
        return Person(id=name, pgy=1, leave=tuple(leave), changes=changes, start=start, end=end)

    def assignments(self, people: Sequence[Person]) -> list[Assignment]:
        found: dict[tuple[str, date, str], Assignment] = {}
        for _ in range(self.one((0, 10, 30))):
            person, day, session = self.one(people), self.day(), self.one(SESSIONS)
            if (person.start and day < person.start) or (person.end and day > person.end):
                continue
            duty = self.one([duty.code for duty in DUTIES if duty.has(session)])
            rotation = self.one((None, None, "A", "V"))
            found[person.id, day, session] = Assignment(
                person=person.id, date=day, session=session, duty=duty, rotation=rotation
            )
        return list(found.values())
