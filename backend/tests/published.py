"""Publications that tests begin with."""

from pathlib import Path

import numpy as np
from sqlalchemy import select

from app.controllers.publish import Publishing
from app.core.access import Access
from app.core.settings import Settings
from app.core.words import Source
from app.db.base import new_id
from app.db.session import Database
from app.files.publication_file import pack, write_publication
from app.models import (
    AcademicYear,
    Appointment,
    Override,
    Person,
    Program,
    Publication,
    RotationType,
    Schedule,
    User,
)
from app.repositories.publication_repository import overrides_of
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.api import compile_program
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program as EngineProgram
from app.services.findings import finding_key, violation_key
from app.services.published import PublishedSchedules
from app.services.snapshots import publication_file
from app.services.verification import Verifier

CERTIFICATE = b"{}\n"

_VERIFIER = Verifier(64)
"""One for all tests, which keep judging the same schedules."""


def admin_access(user: User) -> Access:
    return Access(user_id=user.id, is_admin=True, roles={})


def publishing(database: Database, user: User, folder: Path) -> Publishing:
    """Return what publishes in a user's name, with a key in a folder."""
    settings = Settings(data_dir=folder)
    parts = _VERIFIER, PublishedSchedules()
    return Publishing(database, *parts, settings, admin_access(user))


async def add_publication(
    database: Database, schedule: Schedule, user: User, number: int = 1
) -> Publication:
    """Write a publication of a schedule as it stands, whatever is wrong with it.

    The certificate is none: whoever needs one publishes.
    """
    async with database.unit_of_work() as session:
        warm = await _VERIFIER.warm(session, schedule)
        held = await ScheduleStore(session).load(schedule)
        overrides = await overrides_of(session, schedule.id)
        packed = write_publication(publication_file(held, warm, overrides))
        publication = Publication(
            program_id=schedule.program_id,
            schedule_id=schedule.id,
            number=number,
            revision=schedule.revision,
            name=schedule.name,
            start_date=schedule.start_date,
            end_date=schedule.end_date,
            snapshot=packed.content,
            snapshot_sha256=packed.sha256,
            certificate=pack(CERTIFICATE).content,
            published_by=user.id,
            published_by_name=user.username,
        )
        session.add(publication)
    return publication


async def appoint(database: Database, program: Program) -> Person:
    """Give a programme somebody and a rotation type, without which it cannot be judged."""
    person = Person(id=new_id(), program_id=program.id, key="r1", name="R 1")
    rotation = RotationType(id=new_id(), program_id=program.id, code="MICU", name="MICU")
    async with database.unit_of_work() as session:
        session.add_all([person, rotation])
        years = select(AcademicYear).where(AcademicYear.program_id == program.id)
        year = (await session.scalars(years)).one()
        await session.flush()
        session.add(
            Appointment(program_id=program.id, person_id=person.id, academic_year_id=year.id, pgy=1)
        )
    return person


def drawn(program: EngineProgram, seed: int) -> Grid:
    """Return a grid drawn by lot: it breaks plenty."""
    problem = compile_program(program)
    people, slots, rotations = problem.shape
    grid = np.random.default_rng(seed).integers(0, rotations, (people, slots)).astype(np.int16)
    return np.where(problem.present, grid, ABSENT).astype(np.int16)


async def accept_everything(database: Database, schedule: Schedule, user: User) -> int:
    """Override every error of a draft; return how many there are."""
    async with database.unit_of_work() as session:
        warm = await _VERIFIER.warm(session, await session.get_one(Schedule, schedule.id))
        hours = [
            Override(
                origin="duty_hours",
                finding_key=violation_key(one),
                rule=one.rule,
                person=one.person,
                message=one.message,
                reason="agreed for this year",
            )
            for one in warm.duty_hours
            if one.severity == "error"
        ]
        broken = [
            Override(
                origin="rules",
                finding_key=finding_key(one),
                rule=one.rule,
                person=one.person,
                message=one.message,
                reason="agreed for this year",
            )
            for one in warm.broken
            if one.severity == "error"
        ]
        accepted = set(
            await session.scalars(
                select(Override.finding_key).where(Override.schedule_id == schedule.id)
            )
        )
        new = [one for one in (*hours, *broken) if one.finding_key not in accepted]
        for one in new:
            one.program_id, one.schedule_id = schedule.program_id, schedule.id
            one.author_id, one.author = user.id, user.username
        session.add_all(new)
    return len(hours) + len(broken)


async def fill_row(
    database: Database, schedule: Schedule, person: Person, rotation: RotationType
) -> Schedule:
    """Put somebody on one rotation type for the whole year, as the next revision."""
    async with database.reading() as session:
        held = await ScheduleStore(session).load(schedule)
    row = [one.id for one in held.stored.people].index(person.id)
    grid = held.grid.copy()
    grid[row] = [one.id for one in held.stored.rotation_types].index(rotation.id)
    return await fill(database, schedule, grid)


async def fill(database: Database, schedule: Schedule, grid: Grid) -> Schedule:
    """Write a grid into a draft, as the next revision."""
    async with database.unit_of_work() as session:
        held = await session.get_one(Schedule, schedule.id)
        store = ScheduleStore(session)
        await store.save_grid(await store.load(held), grid, Source.SOLVER)
        held.revision += 1
    return held
