from pathlib import Path

import numpy as np
import pytest

from app.core.words import Source
from app.db.base import new_id
from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import Schedule
from app.repositories.block_repository import BlockRepository
from app.repositories.program_store import ProgramStore
from app.repositories.schedule_store import ScheduleStore, StoredSchedule
from app.scheduling.api import check, compile_program
from app.scheduling.domain.duties import Assignment
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from tests.rows import add_user

pytestmark = pytest.mark.anyio
EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def program() -> Program:
    return load_programme(EXAMPLES / "im-4plus1" / "programme.yaml").program


@pytest.fixture
async def schedule(database: Database, program: Program) -> Schedule:
    user = await add_user(database, "admin", admin=True)
    async with database.unit_of_work() as session:
        made = await ProgramStore(session).save_new(program, {}, user.id)
        schedule = Schedule(
            id=new_id(),
            program_id=made.row.id,
            name="Draft",
            start_date=made.year.start_date,
            end_date=made.year.end_date,
        )
        session.add(schedule)
        await BlockRepository(session).ensure([(schedule.start_date, schedule.end_date)])
    return schedule


def drawn(program: Program, seed: int) -> Grid:
    problem = compile_program(program)
    people, slots, rotations = problem.shape
    grid = np.random.default_rng(seed).integers(0, rotations, (people, slots)).astype(np.int16)
    return np.where(problem.present, grid, ABSENT).astype(np.int16)


async def loaded(database: Database, schedule: Schedule) -> StoredSchedule:
    async with database.reading() as session:
        return await ScheduleStore(session).load(schedule)


async def save(
    database: Database, schedule: Schedule, grid: Grid, source: Source = Source.SOLVER
) -> None:
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        await store.save_grid(await store.load(schedule), grid, source)


async def test_a_grid_comes_back(database: Database, schedule: Schedule, program: Program) -> None:
    assert ((await loaded(database, schedule)).grid == ABSENT).all()
    for seed in (1, 2):
        grid = drawn(program, seed)
        await save(database, schedule, grid)
        held = await loaded(database, schedule)
        assert np.array_equal(held.grid, grid)
        assert (held.locked == ABSENT).all()
        assert held.to_solve() == program


async def test_locked_cells_are_decisions_for_the_next_solve(
    database: Database, schedule: Schedule, program: Program
) -> None:
    grid = drawn(program, 1)
    await save(database, schedule, grid, Source.MANUAL)
    async with database.unit_of_work() as session:
        placements = await ScheduleStore(session).placements(schedule.id)
        placements[0].locked = True
    held = await loaded(database, schedule)
    [[row], [column]] = (held.locked != ABSENT).nonzero()
    assert held.locked[row, column] == grid[row, column]

    other = grid.copy()
    other[row, column] = (grid[row, column] + 1) % len(program.rotation_types)
    about = [found for found in check(held.to_solve(), other) if found.rule == "preassignments"]
    assert [one.person for one in about] == [program.people[row].id]
    assert not [one for one in check(held.to_solve(), grid) if one.rule == "preassignments"]

    await save(database, schedule, grid)
    kept = await loaded(database, schedule)
    assert np.array_equal(kept.locked, held.locked)
    assert {one.source for one in kept.placements} == {Source.MANUAL}
    await save(database, schedule, other)
    moved = await loaded(database, schedule)
    assert (moved.locked == ABSENT).all()
    assert sum(one.source == Source.SOLVER for one in moved.placements) == 1


async def test_assignments_come_back(
    database: Database, schedule: Schedule, program: Program
) -> None:
    duty = next(one for one in program.duty_types if one.has("PM"))
    stated = [
        Assignment(
            person=program.people[n].id,
            date=schedule.start_date.replace(day=2 + n),
            session="PM",
            duty=duty.code,
            rotation=None if n else program.rotation_types[0].code,
            note="cover",
        )
        for n in range(3)
    ]
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        held = await store.load(schedule)
        await store.add_assignments(schedule, held.stored, stated, Source.IMPORTED)

    assert (await loaded(database, schedule)).program.assignments == tuple(stated)
