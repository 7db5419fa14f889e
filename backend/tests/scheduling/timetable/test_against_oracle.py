from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from app.scheduling.acgme.kinds import KINDS
from app.scheduling.acgme.timeline import NONE
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.domain.problem import FULL_LEAVE, NO_LEAVE, Grid
from app.scheduling.domain.program import Program
from app.scheduling.timetable import compile_timetable, expand, expand_person, half_days
from app.scheduling.timetable.cells import SOURCES
from tests.scheduling.timetable.oracle import Days, Entry, World
from tests.scheduling.timetable.random_duty import draw

SEEDS = range(100)


@cache
def case(seed: int) -> tuple[Program, Grid, list[Days]]:
    """Return a programme, a schedule, and everybody's half-days as the oracle has them."""
    program, grid = draw(seed)
    rows = range(len(program.people))
    return program, grid, [World(program, grid, row).half_days() for row in rows]


@pytest.mark.parametrize("seed", SEEDS)
def test_half_days_are_those_of_the_oracle(seed: int) -> None:
    program, grid, wanted = case(seed)
    found = half_days(program, grid)
    kinds, duties = program.rotation_types, program.duty_types
    days: list[Days] = [{} for _ in program.people]
    for n in range(len(found)):
        place = program.calendar.start + timedelta(int(found.day[n])), SESSIONS[found.session[n]]
        timed = found.start[n] != found.end[n]
        days[found.person[n]][place] = Entry(
            None if found.rotation[n] == NONE else kinds[found.rotation[n]].code,
            None if found.duty[n] == NONE else duties[found.duty[n]].code,
            SOURCES[found.source[n]],
            int(found.start[n]) if timed else None,
            int(found.end[n]) if timed else None,
        )
    assert days == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_intervals_cover_what_the_oracle_says(seed: int) -> None:
    program, grid, oracle = case(seed)
    timeline = expand(program, grid)
    duties = {duty.code: duty for duty in program.duty_types}
    worked: set[tuple[int, str, str, int]] = set()
    for row in range(len(timeline)):
        code = timeline.rotation[row]
        rotation = "" if code == NONE else timeline.rotations[code]
        minutes = range(int(timeline.start[row]), int(timeline.end[row]), 30)
        kind = KINDS[timeline.kind[row]]
        worked |= {(int(timeline.person[row]), kind, rotation, minute) for minute in minutes}
    wanted = {
        (row, duties[entry.duty].kind, entry.rotation or "", minute)
        for row in range(len(program.people))
        for entry in oracle[row].values()
        if entry.start is not None and entry.end is not None and entry.duty is not None
        for minute in range(entry.start, entry.end, 30)
    }
    assert worked == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_leave_and_pgy_are_those_of_each_day(seed: int) -> None:
    program, grid = draw(seed)
    timeline = expand(program, grid)
    for row, person in enumerate(program.people):
        world = World(program, grid, row)
        assert timeline.leave[row].tolist() == [
            world.on_leave(timeline.day(day)) for day in range(timeline.days)
        ]
        mine = timeline.of(row)
        words = [reference.split()[0] for reference in mine.references]
        dates = [timeline.day(day) for day in range(timeline.days)]
        years = {str(day): person.appointment(day).pgy for day in dates}
        assert mine.pgy.tolist() == [years[word] for word in words]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_person_alone_is_that_person_s_part(seed: int) -> None:
    program, grid = draw(seed)
    timetable = compile_timetable(program)
    together = expand(timetable, grid)
    for row, person in enumerate(program.people):
        whole = together.of(row)
        own = [one for one in program.assignments if one.person == person.id]
        for alone in (
            expand_person(timetable, grid, row),
            expand_person(timetable, grid, row, own),
        ):
            for name in whole.__slots__:
                assert _plain(getattr(alone, name)) == _plain(getattr(whole, name)), name
        assert list(half_days(timetable, grid, slice(row, row + 1))) == [
            one for one in half_days(timetable, grid) if one.person == person.id
        ]


@pytest.mark.parametrize("seed", SEEDS)
def test_intervals_are_sorted_and_of_one_date(seed: int) -> None:
    program, grid = draw(seed)
    timeline = expand(program, grid)
    order = np.lexsort((timeline.start, timeline.person))
    assert (order == np.arange(len(timeline))).all()
    assert (timeline.start < timeline.end).all()
    assert (timeline.end - timeline.start <= 25 * 60).all()
    assert len(timeline.references) == len(timeline)


@pytest.mark.parametrize("seed", SEEDS)
def test_days_of_leave_are_what_the_rotations_stage_reads(seed: int) -> None:
    """No leave in a slot means no day of it, full leave means every day."""
    program, grid = draw(seed)
    absent = np.full_like(grid, -1)
    if program.duty_hours.vacation_week_days == 5:
        return
    problem, days = compile_problem(program), expand(program, absent).leave
    first = program.calendar.start
    for row in range(len(program.people)):
        for column, slot in enumerate(problem.slots):
            if not problem.present[row, column]:
                continue
            inside = days[row, (slot.start - first).days : (slot.end - first).days]
            person = program.people[row]
            last = person.end or slot.end
            inside = inside[: (last - slot.start).days + 1]
            if problem.leave[row, column] == NO_LEAVE:
                assert not inside.any()
            if problem.leave[row, column] == FULL_LEAVE:
                assert inside.all()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.tolist())
    if hasattr(value, "__slots__") and not isinstance(value, tuple | str):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value
