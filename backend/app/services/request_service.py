from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.core.settings import Settings
from app.core.words import Decision
from app.db.base import new_id
from app.db.session import AsyncSession
from app.models import AcademicYear, Request
from app.repositories.asked_repository import RequestRepository
from app.repositories.engine_rows import wish_columns, wish_of
from app.scheduling.domain.people import Wish
from app.services.asking import CHANGED, Asking
from app.services.notices import request_became
from app.services.notification_service import Notice
from app.services.program_check import begin_edit


class RequestService(Asking[Request]):
    """Ranked wishes."""

    def __init__(self, session: AsyncSession, access: Access, settings: Settings) -> None:
        super().__init__(session, access, settings)
        self.asked = self.requests = RequestRepository(session, access)

    def _stated(self, row: Request) -> Wish:
        """Return the wish as the engine knows it."""
        return wish_of(row)

    async def _years(self, row: Request) -> Iterable[AcademicYear]:
        """Return the academic year of a wish."""
        return [await self.people.need_year(row.program_id, row.academic_year_id)]

    def _notice(self, row: Request, became: str) -> Notice:
        """Return what the person is told."""
        return request_became(row, became)

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
        await begin_edit(self.session, person.program_id)
        year = await self.people.need_year(person.program_id, year_id)
        request = Request(
            id=new_id(),
            program_id=person.program_id,
            person_id=person.id,
            academic_year_id=year.id,
            requested_by=self.access.user_id,
            note=note,
            **wish_columns(stated),
        )
        return await self._enter(request)

    async def update(
        self, identity: UUID, changes: Mapping[str, Any], version: int | None
    ) -> Request:
        """Change what is given; an approved wish stays approved.

        Raises
        ------
        ConflictError
            When it was decided, and the caller is no coordinator; or the person has another wish
            of that rank in the year.
        InvalidStateError
            When it was withdrawn, or the programme would contradict itself with the changes.
        StaleError
            When it is not the version that the caller has read.
        """
        request = await self._hold_own(identity, version)
        before = request.version
        wished = {name: value for name, value in changes.items() if name != "note"}
        try:
            stated = replace(wish_of(request), **wished)
        except ValueError as error:
            raise InvalidStateError(f"{error}.".capitalize()) from error
        for name, value in wish_columns(stated).items():
            setattr(request, name, value)
        request.note = changes.get("note", request.note)
        await self._write(request)
        if request.version != before:
            await self._tell(request, CHANGED)
        return request

    async def _write(self, row: Request) -> None:
        """Write one, if its rank is free and the programme holds with it.

        Raises
        ------
        ConflictError
            When the rank is taken.
        """
        if Decision(row.decision).stands and await self.requests.has_rival(row):
            raise ConflictError(f"There is a wish of rank {row.rank} already.", {"rank": row.rank})
        await super()._write(row)
