"""The first start: somebody who may do everything, and a programme to look at."""

from app.controllers.jobs.dispatch import announce
from app.controllers.jobs.generate import ask_generation
from app.core.access import Access
from app.core.celery_app import Broker
from app.core.security import hash_password
from app.core.words import JobState, Source
from app.db.base import new_id
from app.db.session import Database
from app.models import Job, Schedule, User
from app.repositories.block_repository import BlockRepository
from app.repositories.program_repository import ProgramRepository
from app.repositories.program_store import ProgramStore
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.schedule_store import ScheduleStore
from app.repositories.user_repository import UserRepository
from app.scheduling.domain.program import Program
from app.schemas.generation import GenerationRequest
from app.services.job_service import JobService
from app.services.user_service import OneTimePassword, UserService

ADMIN = "admin"
DEMO_SCHEDULE = "First draft"


async def first_admin(database: Database, password: str | None) -> str | None:
    """Make the ADMIN `admin` if there is nobody yet.

    Parameters
    ----------
    password
        The password to log in with; None: one for the first login is made.

    Returns
    -------
    str or None
        The one-time password, to be told now and never again.
    """
    async with database.reading() as session:
        if await UserRepository(session).all_by_name():
            return None
    if password is None:
        once = await OneTimePassword.make()
    else:
        once = OneTimePassword(password=password, password_hash=await hash_password(password))
    async with database.unit_of_work() as session:
        user = await UserService(session).create({"username": ADMIN, "is_admin": True}, once)
        user.must_change_password = password is None
    return once.password if password is None else None


async def somebody_with_all_rights(database: Database) -> User | None:
    """Return an active ADMIN, in whose name the demo is made."""
    async with database.reading() as session:
        users = await UserRepository(session).all_by_name()
    admins = [user for user in users if user.is_admin and user.is_active]
    return admins[0] if admins else None


async def seed_demo(database: Database, program: Program, user: User) -> Schedule | None:
    """Store a programme with an empty draft, unless there is any programme already.

    Returns
    -------
    Schedule or None
        The demo's draft if nothing stands in it, which is to be generated then.
    """
    access = _all_rights(user)
    async with database.unit_of_work() as session:
        programs = await ProgramRepository(session, access).list_by_name(0, 500)
        schedules = ScheduleRepository(session, access)
        if not programs.total:
            stored = await ProgramStore(session).save_new(program, {}, user.id)
            draft = Schedule(
                id=new_id(),
                program_id=stored.row.id,
                created_by=user.id,
                name=DEMO_SCHEDULE,
                start_date=stored.year.start_date,
                end_date=stored.year.end_date,
            )
            await BlockRepository(session).ensure([(draft.start_date, draft.end_date)])
            await schedules.add([draft])
            store = ScheduleStore(session)
            await store.add_assignments(draft, stored, program.assignments, Source.IMPORTED)
            return draft
        for one in programs.items:
            if one.name == program.name:
                drafts = (await schedules.list_newest(one.id, 0, 500)).items
                empty = [d for d in drafts if d.name == DEMO_SCHEDULE and d.revision == 1]
                return empty[0] if empty else None
    return None


async def generation_of(
    database: Database, broker: Broker, draft: Schedule, user: User, time_s: float
) -> Job:
    """Return the generation of a draft: the one that waits or runs, or a new one."""
    access = _all_rights(user)
    async with database.unit_of_work() as session:
        jobs = JobService(session, access)
        known = await jobs.list_newest(draft.program_id, draft.id, None, 0, 1)
        if known.items and not JobState(known.items[0].state).finished:
            return known.items[0]
        request = GenerationRequest(time_s=time_s)
        job = await ask_generation(session, access, draft.id, request)
    await announce(database, broker, job.id, job.kind)
    return job


def _all_rights(user: User) -> Access:
    return Access(user_id=user.id, is_admin=True, roles={})
