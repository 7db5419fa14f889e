"""What the service is measured on: the 4+1 example with a year that the engine has filled."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import select

from app.core.access import Role
from app.core.security import AccessToken, issue_access_token
from app.core.words import Source
from app.db.base import new_id
from app.db.migrations import upgrade
from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import Membership, Placement, Schedule, User
from app.repositories.block_repository import BlockRepository
from app.repositories.program_store import ProgramStore
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.api import solve
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program

SERVER = os.environ.get("HOUSESTAFF_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
NO_LIMIT = {
    f"HOUSESTAFF_RATE_LIMIT_{group}": ""
    for group in ("READS", "WRITES", "EXPENSIVE", "ACCOUNTS", "REFUSED")
}
SECRET = "a secret of the benchmark's own, on a port of its own"
_EXAMPLE = Path(__file__).parents[2] / "examples" / "im-4plus1" / "programme.yaml"
_SOLVE_S = 300.0
_SCHEDULES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Ids of what requests are about.

    `placement_id` and `rotation_type_ids` are a cell that is edited and what it is set to in turn.
    """

    token: str
    program_id: UUID
    schedule_id: UUID
    bare_id: UUID
    person_id: UUID
    day: str
    placement_id: UUID
    codes: tuple[str, str]
    rotation_type_ids: tuple[UUID, UUID]


def example() -> tuple[Program, Grid]:
    """Return the programme with a schedule of its year: the first that the engine finds."""
    program = load_programme(_EXAMPLE).program
    found: list[float] = []

    def note(progress: Progress) -> None:
        if progress.objective is not None:
            found.append(progress.objective)

    watch = Watch(clock=time.monotonic, stop=lambda: bool(found), progress=note)
    result = solve(program, SolveParams(time_s=_SOLVE_S, workers=2), watch)
    assert result.grid is not None
    return program, result.grid


@asynccontextmanager
async def databases(name: str, folder: Path) -> AsyncIterator[str | None]:
    """Give the URL of an empty database that is there for this run; None without a server."""
    if name == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'bench.db'}"
        return
    database = f"housestaff_bench_{uuid4().hex}"
    try:
        await on_server(f"CREATE DATABASE {database}")
    except (OSError, asyncpg.PostgresError):
        yield None
        return
    try:
        yield f"{SERVER.replace('postgresql:', 'postgresql+asyncpg:', 1)}/{database}"
    finally:
        await on_server(f"DROP DATABASE {database} WITH (FORCE)")


async def on_server(statement: str) -> None:
    """Have the server do something with databases."""
    connection = await asyncpg.connect(f"{SERVER}/postgres", timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def fill(url: str, program: Program, grid: Grid) -> World:
    """Store the programme with a hundred schedules, of which two have the grid."""
    await upgrade(url)
    database = Database.connect(url)
    user = User(username="bench", password_hash="-")
    async with database.unit_of_work() as session:
        session.add(user)
        await session.flush()
        made = await ProgramStore(session).save_new(replace(program, assignments=()), {}, user.id)
        member = Membership(user_id=user.id, program_id=made.row.id, role=Role.COORDINATOR)
        schedules = [
            Schedule(
                id=new_id(),
                program_id=made.row.id,
                name=f"Draft {number}",
                start_date=made.year.start_date,
                end_date=made.year.end_date,
            )
            for number in range(_SCHEDULES)
        ]
        session.add_all([member, *schedules])
        await BlockRepository(session).ensure([(made.year.start_date, made.year.end_date)])
        store = ScheduleStore(session)
        for schedule in schedules[:2]:
            await store.save_grid(await store.load(schedule), grid, Source.SOLVER)
        placement = await session.scalar(
            select(Placement).where(
                Placement.schedule_id == schedules[1].id,
                Placement.start_date == made.year.start_date + timedelta(70),
            )
        )
        assert placement is not None
    await database.close()
    kinds = made.rotation_types
    return World(
        token=issue_access_token(AccessToken(user.id, 0), SECRET, timedelta(hours=2)),
        program_id=made.row.id,
        schedule_id=schedules[0].id,
        bare_id=schedules[1].id,
        person_id=placement.person_id,
        day=str(placement.start_date),
        placement_id=placement.id,
        codes=(kinds[0].code, kinds[1].code),
        rotation_type_ids=(kinds[0].id, kinds[1].id),
    )
