"""What leave and wishes have in common: people ask for themselves, coordinators decide."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Generic
from uuid import UUID

from app.core.access import Access
from app.core.clock import now
from app.core.exceptions import ConflictError, ForbiddenError, InvalidStateError
from app.core.settings import Settings
from app.core.words import Decision
from app.db.session import AsyncSession
from app.models import AcademicYear, Person
from app.repositories.asked_repository import AskedFilter, AskedRepository, Row
from app.repositories.base import Page
from app.repositories.person_repository import PersonRepository
from app.repositories.program_repository import ProgramRepository
from app.scheduling.domain.people import Leave as EngineLeave
from app.scheduling.domain.people import Person as EnginePerson
from app.scheduling.domain.people import Wish
from app.scheduling.domain.program import Program as EngineProgram
from app.services.access_log import AccessNotes
from app.services.notification_service import Notice, NotificationService
from app.services.program_check import begin_edit, check_years
from app.services.versions import check_version

CHANGED = "changed"


class Asking(ABC, Generic[Row]):
    """Rows of one of the two.

    Who is no coordinator sees and asks for the own person only. What a coordinator enters is
    approved at once. People are told what others do with what is theirs.
    """

    asked: AskedRepository[Row]

    def __init__(self, session: AsyncSession, access: Access, settings: Settings) -> None:
        self.session = session
        self.access = access
        self.people = PersonRepository(session, access)
        self.programs = ProgramRepository(session, access)
        self.notifications = NotificationService(session, settings)

    @abstractmethod
    def _stated(self, row: Row) -> EngineLeave | Wish:
        """Return what is asked for, as the engine knows it."""

    @abstractmethod
    async def _years(self, row: Row) -> Iterable[AcademicYear]:
        """Return the academic years that it is about."""

    @abstractmethod
    def _notice(self, row: Row, became: str) -> Notice:
        """Return what the person is told; `became` is a decision, or `CHANGED`."""

    async def list_newest(
        self,
        program_id: UUID | None,
        wanted: AskedFilter,
        skip: int,
        limit: int,
        notes: AccessNotes,
    ) -> Page[Row]:
        """Return what was asked for, newest first: all of it, or the caller's own."""
        program = await self.programs.get(self.access.program(program_id))
        own = {
            person.id
            for person in await self.people.own(self.access.user_id)
            if person.program_id == program.id
        }
        people = None if wanted.people is None else set(wanted.people)
        if not self.access.coordinates(program.id):
            people = own if people is None else own & people
        elif people is None or not people <= own:
            person_id = next(iter(people)) if people is not None and len(people) == 1 else None
            notes.read(self.asked.resource, program.id, person_id=person_id)
        wanted = replace(wanted, people=people)
        return await self.asked.list_newest(program.id, wanted, skip, limit)

    async def get(self, identity: UUID, notes: AccessNotes) -> Row:
        """Return one.

        Raises
        ------
        ForbiddenError
            When it is somebody else's, and the caller no coordinator.
        """
        row = await self.asked.get(identity)
        person = await self._check_own(row)
        notes.read(
            self.asked.resource,
            row.program_id,
            row.id,
            person_id=person.id,
            owner=person.user_id,
        )
        return row

    async def decide(
        self, identity: UUID, decision: Decision, reason: str, version: int | None
    ) -> Row:
        """Approve or refuse.

        Raises
        ------
        InvalidStateError
            When it was withdrawn, or the programme would contradict itself with it.
        StaleError
            When it is not the version that the caller has read.
        """
        row = await self._hold(await self.asked.get(identity), version)
        self._mark(row, decision, reason)
        await self._write(row)
        await self._tell(row, decision)
        return row

    async def withdraw(self, identity: UUID, version: int | None) -> Row:
        """Take back what was asked for, while it is open; coordinators also afterwards.

        This is how something goes away: nothing is deleted, so that what was decided stays known.

        Raises
        ------
        ConflictError
            When it was decided.
        """
        row = await self._hold_own(identity, version)
        row.decision = Decision.WITHDRAWN
        await self._write(row)
        await self._tell(row, Decision.WITHDRAWN)
        return row

    async def _person(self, program_id: UUID | None, person_id: UUID | None) -> Person:
        """Return whom it is asked for: the own person, or whom a coordinator names."""
        if person_id is not None:
            person = await self.people.get(person_id)
            if self._theirs(person):
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

    async def _enter(self, row: Row) -> Row:
        """Write a new one; a coordinator's is approved."""
        if self.access.coordinates(row.program_id):
            self._mark(row, Decision.APPROVED, "")
        else:
            row.decision = Decision.ASKED
        await self._write(row)
        await self._tell(row, Decision.APPROVED)
        return row

    async def _hold(self, row: Row, version: int | None) -> Row:
        """Return one that is to change, as it is now; it is held until the end.

        Its programme is held before it, as by every edit: one that deletes the person reaches the
        row last, and each would wait for the other.

        Raises
        ------
        InvalidStateError
            When it was withdrawn.
        StaleError
            When it is not the version that the caller has read.
        """
        await begin_edit(self.session, row.program_id)
        row = await self.asked.get_to_change(row.id)
        check_version(row.version, version)
        if row.decision == Decision.WITHDRAWN:
            raise InvalidStateError("It was withdrawn: ask for it anew.")
        return row

    async def _hold_own(self, identity: UUID, version: int | None) -> Row:
        """Return one as `_hold` does, if the caller may change it: the person while it is open.

        Raises
        ------
        ConflictError
            When it was decided, and the caller is no coordinator.
        """
        row = await self.asked.get(identity)
        await self._check_own(row)
        row = await self._hold(row, version)
        if row.decision != Decision.ASKED and not self.access.coordinates(row.program_id):
            raise ConflictError(
                f"It was {row.decision} already: ask a coordinator.", {"decision": row.decision}
            )
        return row

    async def _write(self, row: Row) -> None:
        """Write one, if the programme holds with it: what is only asked for is tried on it."""
        await self.asked.save(row)
        if not Decision(row.decision).stands:
            return
        change = None
        if row.decision == Decision.ASKED:
            person = await self.people.get(row.person_id)
            change = _with(person.key, self._stated(row))
        await check_years(self.session, await self._years(row), change)

    async def _tell(self, row: Row, became: str) -> None:
        """Tell the person, unless it was they themselves."""
        person = await self.people.get(row.person_id)
        if person.user_id != self.access.user_id:
            notice = self._notice(row, became)
            await self.notifications.tell(row.program_id, [person.id], notice)

    def _mark(self, row: Row, decision: Decision, reason: str) -> None:
        row.decision = decision
        row.decision_reason = reason
        row.decided_by = self.access.user_id
        row.decided_at = now()

    def _theirs(self, person: Person) -> bool:
        return self.access.coordinates(person.program_id) or person.user_id == self.access.user_id

    async def _check_own(self, row: Row) -> Person:
        person = await self.people.get(row.person_id)
        if not self._theirs(person):
            raise ForbiddenError("It is somebody else's.")
        return person


def _with(key: str, stated: EngineLeave | Wish) -> Callable[[EngineProgram], EngineProgram]:
    """Return what gives somebody more leave or another wish."""

    def given(person: EnginePerson) -> EnginePerson:
        if person.id != key:
            return person
        if isinstance(stated, Wish):
            return replace(person, wishes=(*person.wishes, stated))
        return replace(person, leave=(*person.leave, stated))

    return lambda program: replace(program, people=tuple(map(given, program.people)))
