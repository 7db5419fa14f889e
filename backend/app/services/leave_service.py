from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import InvalidStateError
from app.core.settings import Settings
from app.core.words import Decision
from app.db.session import AsyncSession
from app.models import AcademicYear, Assignment, Leave
from app.repositories.asked_repository import LeaveRepository
from app.repositories.engine_rows import leave_columns, leave_of
from app.repositories.program_store import ProgramStore
from app.scheduling.domain.people import Leave as EngineLeave
from app.services.academic_year_service import calendar_of
from app.services.asking import CHANGED, Asking
from app.services.notices import leave_became
from app.services.notification_service import Notice
from app.services.program_check import begin_edit

_DAYS = {"start_date": "start", "end_date": "end"}
_PERIOD = {"period": "period", "half": "half"}


class LeaveService(Asking[Leave]):
    """Absences."""

    def __init__(self, session: AsyncSession, access: Access, settings: Settings) -> None:
        super().__init__(session, access, settings)
        self.asked = self.leaves = LeaveRepository(session, access)
        self.store = ProgramStore(session)

    def _stated(self, row: Leave) -> EngineLeave:
        """Return the absence as the engine knows it."""
        return leave_of(row)

    async def _years(self, row: Leave) -> Iterable[AcademicYear]:
        """Return the academic years that have days of an absence."""
        first, last = row.start_date, row.end_date
        years = await self.store.years(row.program_id)
        return [one for one in years if one.start_date <= last and one.end_date >= first]

    def _notice(self, row: Leave, became: str) -> Notice:
        """Return what the person is told."""
        return leave_became(row, became)

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
            When there is no academic year with these days, the year has no such period, or the
            programme would contradict itself.
        """
        person = await self._person(program_id, person_id)
        await begin_edit(self.session, person.program_id)
        if stated.start is not None:
            year = await self.store.year_on(person.program_id, stated.start)
        else:
            year = await self.people.need_year(person.program_id, year_id)
        leave = Leave(
            program_id=person.program_id,
            person_id=person.id,
            requested_by=self.access.user_id,
            note=note,
            **_columns(stated, year),
        )
        return await self._enter(leave)

    async def update(
        self, identity: UUID, changes: Mapping[str, Any], version: int | None
    ) -> Leave:
        """Change what is given; approved leave stays approved.

        A period takes the place of days, and days that of a period; it is one of the same academic
        year.

        Raises
        ------
        ConflictError
            When it was decided, and the caller is no coordinator.
        InvalidStateError
            When it was withdrawn, the changes do not fit together, or the programme would
            contradict itself with them.
        StaleError
            When it is not the version that the caller has read.
        """
        leave = await self._hold_own(identity, version)
        before = leave.version
        try:
            stated = _restated(leave_of(leave), changes)
        except ValueError as error:
            raise InvalidStateError(f"{error}.".capitalize()) from error
        day = stated.start or leave.start_date
        columns = _columns(stated, await self.store.year_on(leave.program_id, day))
        for name, value in columns.items():
            setattr(leave, name, value)
        leave.note = changes.get("note", leave.note)
        await self._write(leave)
        if leave.version != before:
            await self._tell(leave, CHANGED)
        return leave

    async def touched(self, leave: Leave) -> Sequence[Assignment]:
        """Return the assignments on the days of an approved absence, in order of time."""
        if leave.decision != Decision.APPROVED:
            return ()
        return await self.leaves.touched_assignments(leave)


def _restated(leave: EngineLeave, changes: Mapping[str, Any]) -> EngineLeave:
    given = {name: changes[field] for field, name in (_DAYS | _PERIOD).items() if field in changes}
    other: dict[str, Any] = {}
    if given.keys() & _PERIOD.values():
        other |= {"start": None, "end": None}
    if given.keys() & _DAYS.values():
        other |= {"period": None, "half": None}
    return replace(leave, **(other | given), kind=changes.get("kind", leave.kind))


def _columns(stated: EngineLeave, year: AcademicYear) -> dict[str, Any]:
    try:
        return leave_columns(stated, calendar_of(year))
    except ValueError as error:
        raise InvalidStateError(f"{error}.".capitalize()) from error
