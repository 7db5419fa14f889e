"""Stored programmes that tests of the service work on."""

from pathlib import Path

from app.db.base import new_id
from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import Program, Schedule, User
from app.repositories.block_repository import BlockRepository
from app.repositories.program_store import ProgramStore
from app.repositories.schedule_store import ScheduleStore, StoredSchedule
from app.scheduling.domain.program import Program as EngineProgram

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
