"""Stored programmes that tests of the service work on."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.words import Source
from app.db.base import new_id
from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import Program, Schedule, User
from app.repositories.block_repository import BlockRepository
from app.repositories.program_store import ProgramStore
from app.repositories.schedule_store import ScheduleStore, StoredSchedule
from app.scheduling.api import compile_program
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program as EngineProgram

_SEED = 7
EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> EngineProgram:
    return load_programme(EXAMPLES / name / "programme.yaml").program


async def store_draft(
    database: Database, user: User, program: EngineProgram
) -> tuple[Program, Schedule]:
    """Store a programme with an empty schedule of its year."""
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
    return made.row, schedule


async def held(database: Database, schedule: Schedule) -> StoredSchedule:
    """Return what stands in a schedule now."""
    async with database.reading() as session:
        store = ScheduleStore(session)
        return await store.load(await session.get_one(Schedule, schedule.id))


def drawn(program: EngineProgram, seed: int) -> Grid:
    """Return a grid drawn by lot; it breaks plenty."""
    problem = compile_program(program)
    people, slots, rotations = problem.shape
    grid = np.random.default_rng(seed).integers(0, rotations, (people, slots))
    return np.where(problem.present, grid, ABSENT).astype(np.int16)


async def store_drawn(
    database: Database, user: User, source: str = "im-4plus1", name: str = ""
) -> StoredSchedule:
    """Store an example with a schedule drawn by lot; a second one needs another name."""
    program = example(source)
    program = replace(program, name=name or program.name)
    _, schedule = await store_draft(database, user, program)
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        await store.save_grid(await store.load(schedule), drawn(program, _SEED), Source.SOLVER)
    return await held(database, schedule)
