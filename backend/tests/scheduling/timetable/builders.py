"""Small programmes with duty, and timelines as one reads them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from app.scheduling.acgme.kinds import KINDS
from app.scheduling.acgme.timeline import NONE, Timeline
from app.scheduling.acgme.zones import at
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import Assignment, DutyType, Session
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import HalfDays, expand

MONDAY = date(2026, 8, 3)
"""Day 0 of `program`."""

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
    DutyType(code="POST", kind="transition", am="06:00-10:00"),
    DutyType(code="NF", kind="night_float", night="18:00-06:00"),
    DutyType(code="HOME", kind="home_call", night="17:00-08:00"),
    DutyType(code="CLIN", kind="in_house", am="08:00-12:00", pm="13:00-17:00", new_care=True),
    DutyType(code="TALK", kind="education", pm="13:00-17:00"),
    DutyType(code="OFF", kind="off"),
)


def program(
    *kinds: RotationType,
    people: Sequence[Person] = (Person(id="p", pgy=1),),
    assignments: Sequence[Assignment] = (),
    weeks: int = 2,
    start: date = MONDAY,
    duties: Sequence[DutyType] = DUTIES,
    **others: Any,
) -> Program:
    """Return a programme of weekly periods that start on a Monday."""
    others.setdefault(
        "calendar", Calendar(start=start, end=start + timedelta(7 * weeks - 1), period="1 week")
    )
    return Program(
        name="Test",
        rotation_types=kinds,
        people=tuple(people),
        duty_types=tuple(duties),
        assignments=tuple(assignments),
        **others,
    )


def grid(made: Program, *rows: str) -> Grid:
    """Return a grid from one row of codes per person; ``.`` for absent."""
    index = {kind.code: number for number, kind in enumerate(made.rotation_types)} | {".": ABSENT}
    return np.array([[index[code] for code in row.split()] for row in rows], dtype=np.int16)


def assigned(day: int, session: Session, duty: str, **others: str) -> Assignment:
    """Return an assignment of ``p``; days count from `MONDAY`."""
    others = {"person": "p"} | others
    return Assignment(date=MONDAY + timedelta(day), session=session, duty=duty, **others)


def shown(timeline: Timeline, zone: str = "") -> list[str]:
    """Return the intervals as ``03 06:00-18:00 in_house WARD``, by the clock of a zone."""
    lines = []
    for row in range(len(timeline)):
        person = timeline.people[timeline.person[row]]
        start, end = (
            at(int(column[row]), zone or person.zone) for column in (timeline.start, timeline.end)
        )
        rotation = timeline.rotation[row]
        code = "" if rotation == NONE else timeline.rotations[rotation]
        kind = KINDS[timeline.kind[row]]
        lines.append(f"{start:%d %H:%M}-{end:%H:%M} {kind} {code}".rstrip())
    return lines


def expanded(made: Program, *rows: str) -> list[str]:
    """Return the intervals of a schedule as `shown`."""
    return shown(expand(made, grid(made, *rows)))


def spans(timeline: Timeline) -> list[str]:
    """Return the rotation spans as ``p WARD 0-13``."""
    columns = timeline.spans
    return [
        f"{timeline.people[person].id} {timeline.rotations[rotation]} {first}-{last}"
        for person, rotation, first, last in zip(
            *(column.tolist() for column in (columns.person, columns.rotation)),
            *(column.tolist() for column in (columns.first, columns.last)),
            strict=True,
        )
    ]


def listed(found: HalfDays) -> list[str]:
    """Return half-days as ``03 AM WARD DAY template``."""
    return [
        f"{one.date:%d} {one.session} {one.rotation or '-'} {one.duty or '-'} {one.source}"
        for one in found
    ]
