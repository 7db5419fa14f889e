"""Rows that tests of the service begin with."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from app.core.access import Role
from app.core.security import AccessToken, issue_access_token
from app.core.settings import Settings
from app.core.words import PersonKind
from app.db.base import Base, new_id
from app.db.session import Database
from app.models import (
    Assignment,
    Block,
    DutyType,
    Membership,
    Person,
    Program,
    RotationType,
    Schedule,
    User,
)
from app.repositories.engine_rows import new_year
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import SESSIONS

START = date(2026, 7, 1)
UNSEEN = {"audited": "what a test does behind the service's back"}
"""Execution options of statements that the audit trail need not see."""


async def delete_all_rows(database: Database) -> None:
    """Empty a database on PostgreSQL."""
    async with database.unit_of_work() as session:
        # Without triggers: some rows are never to be deleted.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608 - our names


async def add_program(database: Database, name: str = "Medicine", *, year: bool = True) -> Program:
    program = Program(name=name, time_zone="America/Chicago")
    async with database.unit_of_work() as session:
        session.add(program)
        await session.flush()
        if year:
            session.add(new_year(program.id, Calendar(start=START)))
    return program


async def add_user(
    database: Database, name: str, *, admin: bool = False, password_hash: str = ""
) -> User:
    user = User(username=name, password_hash=password_hash, is_admin=admin)
    async with database.unit_of_work() as session:
        session.add(user)
    return user


async def add_member(database: Database, name: str, program: Program, role: Role) -> User:
    user = await add_user(database, name)
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=user.id, program_id=program.id, role=role))
    return user


async def add_schedule(
    database: Database, program: Program, name: str = "Draft", days: int = 7
) -> Schedule:
    schedule = Schedule(
        program_id=program.id,
        name=name,
        start_date=START,
        end_date=START.replace(day=START.day + days - 1),
    )
    async with database.unit_of_work() as session:
        session.add(schedule)
    return schedule


class Cast:
    """One programme's person, rotation type, duty type, block and schedule."""

    def __init__(self, program_id: UUID) -> None:
        self.program_id = program_id
        self.schedule = Schedule(
            id=new_id(), program_id=program_id, name="Draft", start_date=START, end_date=START
        )
        self.people = [
            Person(
                id=new_id(),
                program_id=program_id,
                key=f"r{n}",
                name=f"R {n}",
                kind=PersonKind.RESIDENT,
            )
            for n in range(20)
        ]
        self.rotation = RotationType(
            id=new_id(), program_id=program_id, code="MICU", name="Intensive care"
        )
        self.duty = DutyType(
            id=new_id(),
            program_id=program_id,
            code="ward",
            name="Ward",
            kind="in_house",
            am="06:00-12:00",
            pm="12:00-18:00",
        )
        self.blocks = [Block(id=new_id(), date=START, session=half) for half in SESSIONS]

    def assignment(self, person: int = 0, block: int = 0) -> Assignment:
        return Assignment(
            program_id=self.program_id,
            schedule_id=self.schedule.id,
            person_id=self.people[person].id,
            block_id=self.blocks[block].id,
            rotation_type_id=self.rotation.id,
            duty_type_id=self.duty.id,
        )


async def add_cast(database: Database, program: Program) -> Cast:
    cast = Cast(program.id)
    rows = [cast.schedule, *cast.people, cast.rotation, cast.duty, *cast.blocks]
    async with database.unit_of_work() as session:
        session.add_all(rows)
    return cast


def bearer(user: User, settings: Settings) -> dict[str, str]:
    """Return the header with which a user calls."""
    token = AccessToken(user.id, user.token_generation or 0)
    secret = settings.secret_key.get_secret_value()
    return {"Authorization": f"Bearer {issue_access_token(token, secret, timedelta(minutes=5))}"}
