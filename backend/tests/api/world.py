"""One programme with a row of everything that a path can name, and how it is called."""

from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import select

from app.core.access import Role
from app.core.clock import now
from app.core.words import JobState
from app.db.base import new_id
from app.db.session import Database
from app.models import (
    AcademicYear,
    Appointment,
    Assignment,
    Block,
    DutyType,
    Invitation,
    Job,
    Leave,
    Person,
    Program,
    Request,
    RotationType,
    Rule,
    Schedule,
)
from app.repositories.block_repository import BlockRepository
from app.repositories.publication_repository import overrides_of
from tests.api.permission_table import CASES
from tests.api.support import Client
from tests.published import accept_everything, add_publication, fill_row
from tests.rows import START, add_member, add_schedule

Headers = dict[str, str]


class World:
    """The rows' ids, by the names that paths give them."""

    def __init__(self, client: Client, ids: dict[str, UUID | str]) -> None:
        self.client = client
        self.ids = ids

    async def call(self, operation: str, headers: Headers | None = None) -> httpx2.Response:
        """Make the operation's call of the table."""
        method, path = operation.split()
        case = CASES[operation]
        ids = self.ids | {name: self.ids[other] for name, other in case.path.items()}
        url = path.removeprefix("/api").format(**ids)
        return await self.client.request(
            method,
            f"{url}?{case.query.format(**self.ids)}" if case.query else url,
            json=self._filled(case.body),
            files=case.files,
            headers=headers,
        )

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, str) and value.startswith("{"):
            return value.format(**self.ids)
        return value


async def make_world(client: Client, database: Database, program: Program) -> World:
    """Make the rows; a new kind of path parameter gets its row here."""
    invitation = Invitation(
        id=new_id(),
        program_id=program.id,
        email="open@b.example",
        role=Role.VIEWER,
        token_hash="-",  # noqa: S106 - nobody's
        expires_at=now(),
    )
    person, placed = [
        Person(id=new_id(), program_id=program.id, key=key, name=key) for key in ("r1", "r2")
    ]
    rotation = RotationType(id=new_id(), program_id=program.id, code="ELEC", name="Elective")
    used = RotationType(id=new_id(), program_id=program.id, code="MICU", name="MICU")
    duty = DutyType(id=new_id(), program_id=program.id, code="FREE", name="Free", kind="off")
    rule = Rule(id=new_id(), program_id=program.id, kind="leave", name="Leave is kept")
    off = DutyType(id=new_id(), program_id=program.id, code="OFF", name="Off", kind="off")
    block = Block(id=new_id(), date=START, session="AM")
    async with database.unit_of_work() as session:
        session.add_all([invitation, person, placed, rotation, used, duty, off, block, rule])
        years = select(AcademicYear).where(AcademicYear.program_id == program.id)
        year = (await session.scalars(years)).one()
        schedule = Schedule(
            id=new_id(),
            program_id=program.id,
            name="Draft",
            start_date=year.start_date,
            end_date=year.end_date,
        )
        # It has ended, so that following it comes to an end.
        task = Job(id=new_id(), kind="generate", program_id=program.id, state=JobState.SUCCEEDED)
        session.add_all([schedule, task])
        await session.flush()
        await BlockRepository(session).ensure([(START, START)])
        assignment = Assignment(
            id=new_id(),
            program_id=program.id,
            schedule_id=schedule.id,
            person_id=placed.id,
            block_id=block.id,
            rotation_type_id=used.id,
            duty_type_id=off.id,
        )
        session.add(assignment)
        for one in (person, placed):
            appointed = {"person_id": one.id, "academic_year_id": year.id}
            session.add(Appointment(program_id=program.id, pgy=1, **appointed))
        leave = Leave(
            id=new_id(),
            program_id=program.id,
            person_id=placed.id,
            start_date=START,
            end_date=START,
        )
        wish = Request(
            id=new_id(),
            program_id=program.id,
            person_id=placed.id,
            academic_year_id=year.id,
            rotations=["MICU"],
            periods=[2],
        )
        session.add_all([leave, wish])
    told = await add_schedule(database, program, "Told")
    member = await add_member(database, "member", program, Role.VIEWER)
    publication, other = [
        await add_publication(database, told, member, number) for number in (1, 2)
    ]
    unpublished = await add_schedule(database, program, "Unpublished")
    await fill_row(database, unpublished, placed, used)
    await accept_everything(database, unpublished, member)
    async with database.reading() as session:
        override = (await overrides_of(session, unpublished.id))[0]
    ids: dict[str, UUID | str] = {
        "leave_id": leave.id,
        "request_id": wish.id,
        "assignment_id": assignment.id,
        "override_id": override.id,
        "finding_key": override.finding_key,
        "publication_id": publication.id,
        "other_id": other.id,
        "told_id": told.id,
        "unpublished_id": unpublished.id,
        "person_id": person.id,
        "placed_id": placed.id,
        "rotation_type_id": rotation.id,
        "duty_type_id": duty.id,
        "rule_id": rule.id,
        "academic_year_id": year.id,
        "program_id": program.id,
        "schedule_id": schedule.id,
        "task_id": task.id,
        "user_id": member.id,
        "other_schedule_id": (await add_schedule(database, program, "Other")).id,
        "invitation_id": invitation.id,
        "token_id": new_id(),
        "notification_id": new_id(),
        "token": new_id(),
    }
    return World(client, ids)
