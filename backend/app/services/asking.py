"""Leave and wishes: people ask for themselves, coordinators decide."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic
from uuid import UUID

from app.core.access import Access, Role
from app.core.clock import now
from app.core.exceptions import ConflictError, ForbiddenError, InvalidStateError
from app.core.settings import Settings
from app.core.words import Decision
from app.db.session import AsyncSession
from app.models import Assignment, Leave, Person, Request
from app.repositories import engine_json
from app.repositories.asked_repository import (
    AskedFilter,
    AskedRepository,
    LeaveRepository,
    RequestRepository,
    Row,
)
from app.repositories.base import Page
from app.repositories.engine_rows import leave_columns
from app.repositories.person_repository import PersonRepository
from app.repositories.program_repository import ProgramRepository
from app.repositories.program_store import ProgramStore
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.people import Leave as EngineLeave
from app.scheduling.domain.people import Person as EnginePerson
from app.scheduling.domain.people import Wish
from app.scheduling.domain.program import Program as EngineProgram
from app.services.notices import leave_decided
from app.services.notification_service import NotificationService
from app.services.program_check import begin_edit, check_program
from app.services.versions import check_version


class Asking(Generic[Row]):
    """What both have in common.

    Who is no coordinator sees and asks for the own person only. What a coordinator enters is
    approved at once.
    """

    asked: AskedRepository[Row]

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.people = PersonRepository(session, access)
        self.programs = ProgramRepository(session, access)

    async def list_newest(
        self, program_id: UUID | None, wanted: AskedFilter, skip: int, limit: int
    ) -> Page[Row]:
        """Return what was asked for, newest first: all of it, or the caller's own."""
        program = await self.programs.get(self.access.program(program_id))
        if not self._decides(program.id):
            own = await self._own(program.id)
            people = own if wanted.people is None else [id_ for id_ in own if id_ in wanted.people]
            wanted = replace(wanted, people=people)
        return await self.asked.list_newest(program.id, wanted, skip, limit)

    async def get(self, identity: UUID) -> Row:
        """Return one.

        Raises
        ------
        ForbiddenError
            When it is somebody else's, and the caller no coordinator.
        """
        row = await self.asked.get(identity)
        await self._check_own(row)
        return row

    async def decide(
        self, identity: UUID, decision: Decision, reason: str, version: int | None
    ) -> Row:
        """Approve or refuse.

        Raises
        ------
        InvalidStateError
            When it was withdrawn, or the programme would contradict itself with it.
        """
        row = await self.asked.get_to_decide(identity)
        await begin_edit(self.session, row.program_id)
        check_version(row.version, version)
        if row.decision == Decision.WITHDRAWN:
            raise InvalidStateError("It was withdrawn: there is nothing to decide.")
        self._mark(row, decision, reason)
        await self.asked.save(row)
        await check_program(self.session, row.program_id)
        return row

    async def withdraw(self, identity: UUID, version: int | None) -> Row:
        """Take back what was asked for, while it is open; coordinators also afterwards.

        Raises
        ------
        ConflictError
            When it was decided.
        """
        row = await self.asked.get_to_decide(identity)
        await self._check_own(row)
        await begin_edit(self.session, row.program_id)
        check_version(row.version, version)
        if row.decision != Decision.ASKED and not self._decides(row.program_id):
            raise ConflictError(
                f"It was {row.decision} already: ask a coordinator.", {"decision": row.decision}
            )
        row.decision = Decision.WITHDRAWN
        await self.asked.save(row)
        await check_program(self.session, row.program_id)
        return row

    async def _person(self, program_id: UUID | None, person_id: UUID | None) -> Person:
        """Return whom it is asked for: the own person, or whom a coordinator names."""
        if person_id is not None:
            person = await self.people.get(person_id)
            if self._decides(person.program_id) or person.user_id == self.access.user_id:
                return person
            raise ForbiddenError("You can ask for yourself alone.")
        program = await self.programs.get(self.access.program(program_id))
        people = await self.people.own(self.access.user_id)
        own = [one for one in people if one.program_id == program.id]
        if not own:
            raise InvalidStateError(
                "Nobody in this programme is you: send person_id, or have a coordinator link your "
                "account to a person."
            )
        return own[0]

    async def _enter(self, row: Row, stated: EngineLeave | Wish) -> Row:
        """Write a new one, if the programme would hold with it; a coordinator's is approved."""
        person = await self.people.get(row.person_id)
        await begin_edit(self.session, row.program_id)
        await check_program(self.session, row.program_id, _with(person.key, stated))
        if self._decides(row.program_id):
            self._mark(row, Decision.APPROVED, "")
        await self.asked.save(row)
        return row

    def _mark(self, row: Row, decision: Decision, reason: str) -> None:
        row.decision = decision
        row.decision_reason = reason
        row.decided_by = self.access.user_id
        row.decided_at = now()

    def _decides(self, program_id: UUID) -> bool:
        return self.access.is_admin or self.access.roles.get(program_id) == Role.COORDINATOR

    async def _own(self, program_id: UUID) -> list[UUID]:
        people = await self.people.own(self.access.user_id)
        return [person.id for person in people if person.program_id == program_id]

    async def _check_own(self, row: Row) -> None:
        if not self._decides(row.program_id) and row.person_id not in await self._own(
            row.program_id
        ):
            raise ForbiddenError("It is somebody else's.")


def _with(key: str, stated: EngineLeave | Wish) -> Callable[[EngineProgram], EngineProgram]:
    """Return what gives somebody more leave or another wish."""

    def given(person: EnginePerson) -> EnginePerson:
        if person.id != key:
            return person
        if isinstance(stated, Wish):
            return replace(person, wishes=(*person.wishes, stated))
        return replace(person, leave=(*person.leave, stated))

    return lambda program: replace(program, people=tuple(map(given, program.people)))


class LeaveService(Asking[Leave]):
    """Absences."""

    def __init__(self, session: AsyncSession, access: Access, settings: Settings) -> None:
        super().__init__(session, access)
        self.asked = self.leaves = LeaveRepository(session, access)
        self.notifications = NotificationService(session, settings)

    async def create(
        self,
        program_id: UUID | None,
        person_id: UUID | None,
        year_id: UUID | None,
        stated: EngineLeave,
        note: str,
    ) -> Leave:
        """Ask for leave, or enter it.

        Raises
        ------
        InvalidStateError
            When the year has no such period, or the programme would contradict itself.
        """
        person = await self._person(program_id, person_id)
        calendar = await self._calendar(person.program_id, year_id, stated)
        try:
            columns = leave_columns(stated, calendar)
        except ValueError as error:
            raise InvalidStateError(f"{error}.".capitalize()) from error
        leave = Leave(
            program_id=person.program_id,
            person_id=person.id,
            requested_by=self.access.user_id,
            note=note,
            **columns,
        )
        return await self._enter(leave, stated)

    async def decide(
        self, identity: UUID, decision: Decision, reason: str, version: int | None
    ) -> Leave:
        """Approve or refuse, and tell the person."""
        leave = await super().decide(identity, decision, reason, version)
        notice = leave_decided(leave)
        await self.notifications.tell(leave.program_id, [leave.person_id], notice)
        return leave

    async def touched(self, leave: Leave) -> Sequence[Assignment]:
        """Return the assignments that stand on the days of an absence, in order of time."""
        return await self.leaves.touched_assignments(leave)

    async def _calendar(
        self, program_id: UUID, year_id: UUID | None, stated: EngineLeave
    ) -> Calendar:
        store = ProgramStore(self.session)
        if stated.start is not None:
            year = await store.year_on(program_id, stated.start)
        else:
            year = await self.people.need_year(program_id, year_id)
        calendar: Calendar = engine_json.load(Calendar, year.calendar)
        return calendar


class RequestService(Asking[Request]):
    """Ranked wishes."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        super().__init__(session, access)
        self.asked = self.requests = RequestRepository(session, access)

    async def create(
        self,
        program_id: UUID | None,
        person_id: UUID | None,
        year_id: UUID | None,
        stated: Wish,
        note: str,
    ) -> Request:
        """Ask for something, or enter it.

        Raises
        ------
        ConflictError
            When the person has another wish of that rank in the year.
        InvalidStateError
            When the programme would contradict itself.
        """
        person = await self._person(program_id, person_id)
        year = await self.people.need_year(person.program_id, year_id)
        await begin_edit(self.session, person.program_id)
        if await self.requests.has_rank(person.id, year.id, stated.rank):
            raise ConflictError(f"There is a wish of rank {stated.rank} already.")
        request = Request(
            program_id=person.program_id,
            person_id=person.id,
            academic_year_id=year.id,
            rank=stated.rank,
            rotations=list(stated.rotations),
            periods=list(stated.periods),
            avoid=stated.avoid,
            note=note,
            requested_by=self.access.user_id,
        )
        return await self._enter(request, stated)
