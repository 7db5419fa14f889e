"""Coverage, who is on, what is next and fairness, of random schedules, against plain Python.

The programmes have nights that end on the next day, sites in other zones, clocks that change,
leave, and assignments; the oracle of the timetable says what half-days mean.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

import numpy as np
import pytest

from app.core.words import AssignmentStatus, Source
from app.db.base import new_id
from app.files.publication_file import (
    Ids,
    PublicationFile,
    PublishedAssignment,
    PublishedPlacement,
    write_publication,
)
from app.files.schedule_document import build_display
from app.models import Schedule
from app.scheduling.acgme.kinds import MEANING, Kind
from app.scheduling.api import compile_program
from app.scheduling.domain.calendar import Holiday
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from app.scheduling.timetable import half_days
from app.services.coverage import coverage
from app.services.fairness import fairness
from app.services.on_duty import spells_at
from app.services.published import Published, opened
from app.services.seen_schedule import SeenSchedule
from app.services.upcoming import shown_half_days
from tests.scheduling.timetable.oracle import Days, Entry, World
from tests.scheduling.timetable.random_duty import draw

SEEDS = range(40)


@cache
def case(seed: int) -> tuple[Program, Grid, list[Days]]:
    program, grid = draw(seed)
    worlds = [World(program, grid, row) for row in range(len(program.people))]
    return program, grid, [world.half_days() for world in worlds]


def days_of(program: Program) -> Iterator[date]:
    day = program.calendar.start
    while day < program.calendar.stop:
        yield day
        day += timedelta(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_coverage_counts_whom_the_oracle_has_on_duty(seed: int) -> None:
    program, grid, said = case(seed)
    first, last = program.calendar.start - timedelta(2), program.calendar.last_day + timedelta(2)

    found = coverage(half_days(program, grid), grid, first, last)

    assert [one.date for one in found] == [
        first + timedelta(number) for number in range((last - first).days + 1)
    ]
    by_day = {one.date: one for one in found}
    bare = {kind.code for kind in program.rotation_types if not kind.week and not kind.leave}
    for day in days_of(program):
        people, places = set(), Counter[str]()
        for row, entries in enumerate(said):
            world = World(program, grid, row)
            where = {
                entry.rotation
                for (other, _), entry in entries.items()
                if other == day and entry.start is not None
            }
            placed = world.placed.get(day)
            if placed and placed.code in bare and world.appointed(day) and not world.on_leave(day):
                where.add(placed.code)
            if where:
                people.add(row)
            places.update(code for code in where if code is not None)
        assert by_day.pop(day).model_dump() == {
            "date": day,
            "assigned": len(people),
            "by_rotation": dict(places),
        }
    assert all(not one.assigned and not one.by_rotation for one in by_day.values())


class Spell(NamedTuple):
    person: int
    rotation: str | None
    duty: str
    start: int
    end: int


def expected_spells(seed: int, minute: int) -> set[Spell]:
    """Return who is on: from each half-day that covers the moment, on and on to both sides."""
    found = set()
    for row, entries in enumerate(case(seed)[2]):
        timed = [
            Spell(row, entry.rotation, entry.duty, entry.start, entry.end)
            for entry in entries.values()
            if entry.duty is not None and entry.start is not None and entry.end is not None
        ]
        for place, one in enumerate(timed):
            if not one.start <= minute < one.end:
                continue
            start, end = one.start, one.end
            for before in reversed(timed[:place]):
                if before[:3] != one[:3] or before.end < start:
                    break
                start = before.start
            for after in timed[place + 1 :]:
                if after[:3] != one[:3] or after.start > end:
                    break
                end = after.end
            found.add(one._replace(start=start, end=end))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_on_duty_is_whom_the_oracle_has_at_that_minute(seed: int) -> None:
    program, grid, _ = case(seed)
    found = half_days(program, grid)
    begin = datetime(*program.calendar.start.timetuple()[:3], tzinfo=UTC) - timedelta(days=1)
    several = 0
    # Minutes at which duty changes, and some between; nights of the last day end after the year.
    for hour in range(0, 24 * ((program.calendar.stop - program.calendar.start).days + 3), 5):
        for step in (0, 7):
            minute = int((begin + timedelta(hours=hour, minutes=30 * step)).timestamp() // 60)
            told = [
                Spell(
                    one.person,
                    None if one.rotation < 0 else program.rotation_types[one.rotation].code,
                    program.duty_types[one.duty].code,
                    one.start,
                    one.end,
                )
                for one in spells_at(found, minute)
            ]
            assert len(set(told)) == len(told)
            assert set(told) == expected_spells(seed, minute)
            several += len(told)
    assert several > 5


def published(program: Program, grid: Grid) -> tuple[Published, dict[str, UUID]]:
    """Return a schedule as it is read from its publication, with ids of the people."""
    people = {person.id: new_id() for person in program.people}
    problem = compile_program(replace(program, assignments=()))
    slots, kinds = program.calendar.slots, program.rotation_types
    file = PublicationFile(
        program=replace(program, assignments=()),
        display=build_display(program, problem),
        ids=Ids(people=people, rotations={}, duties={}),
        placements=tuple(
            PublishedPlacement(
                person=program.people[row].id,
                rotation=kinds[grid[row, column]].code,
                start=slots[column].start,
                end=slots[column].end - timedelta(1),
                source=Source.SOLVER,
                locked=False,
            )
            for row, column in np.argwhere(grid != ABSENT).tolist()
        ),
        assignments=tuple(
            PublishedAssignment(
                id=new_id(),
                person=one.person,
                date=one.date,
                session=one.session,
                rotation=one.rotation,
                duty=one.duty,
                status=AssignmentStatus.SCHEDULED,
                source=Source.MANUAL,
                locked=False,
                note="",
            )
            for one in program.assignments
        ),
    )
    return opened(write_publication(file).content), people


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_next_is_what_the_oracle_says_of_the_days(seed: int) -> None:
    program, grid, said = case(seed)
    told, ids = published(program, grid)
    stated = {(one.person, one.date, one.session): one.id for one in told.file.assignments}
    first = program.calendar.start + timedelta(seed % 15)
    last = first + timedelta(seed % 9)
    for person, entries in zip(program.people, said, strict=True):
        found = shown_half_days(told, ids[person.id], first, last)
        assert [
            (
                *(one.date, one.session, one.rotation_type, one.duty, one.source),
                None if one.start is None else one.start.timestamp() // 60,
                None if one.end is None else one.end.timestamp() // 60,
            )
            for one in found
        ] == [
            (*place, entry.rotation, entry.duty, entry.source, entry.start, entry.end)
            for place, entry in entries.items()
            if first <= place[0] <= last
        ]
        for one in found:
            assigned = stated.get((person.id, one.date, one.session))
            assert one.id == (assigned if one.source == "assignment" else None)


def minutes(entries: Iterable[Entry]) -> int:
    """Return how many different minutes entries cover."""
    covered: set[int] = set()
    for one in entries:
        if one.start is not None and one.end is not None:
            covered.update(range(one.start, one.end))
    return len(covered)


@pytest.mark.parametrize("seed", SEEDS)
def test_fairness_tallies_what_the_oracle_has(seed: int) -> None:
    program, grid, said = case(seed)
    start = program.calendar.start
    holidays = (Holiday(on=start + timedelta(seed % 20), name="H"), Holiday(on=start, name="I"))
    program = replace(program, calendar=replace(program.calendar, holidays=holidays))
    first, last = start + timedelta(seed % 7 - 3), program.calendar.last_day - timedelta(seed % 5)
    seen = SeenSchedule(
        schedule=Schedule(id=new_id()),
        revision=1,
        published=False,
        first=first,
        last=last,
        half_days=half_days(program, grid),
        grid=grid,
        people=tuple(new_id() for _ in program.people),
    )
    kinds = {duty.code: duty.kind for duty in program.duty_types}

    found = fairness(seen)

    for told, entries in zip(found.people, said, strict=True):
        timed = {
            place: (one, Kind(kinds[one.duty or ""]))
            for place, one in entries.items()
            if one.start is not None and first <= place[0] <= last
        }
        nights = [kind for (_, session), (_, kind) in timed.items() if session == "NIGHT"]
        days = {day for day, _ in timed}
        assert told.tally.model_dump() == {
            "nights": sum(MEANING[kind].presence != "away" for kind in nights),
            "home_calls": nights.count(Kind.HOME_CALL),
            "weekends": len({day.isocalendar()[:2] for day in days if day.weekday() >= 5}),
            "holidays": len(days & {one.on for one in holidays}),
            "hours": round(
                minutes(one for one, kind in timed.values() if MEANING[kind].worked) / 60, 2
            ),
        }
