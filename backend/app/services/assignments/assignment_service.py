"""Assignments: judged before they are written, as edits of their schedule."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import AppException, ConflictError, InvalidStateError, NotFoundError
from app.core.settings import Settings
from app.core.words import AssignmentStatus
from app.db.session import AsyncSession, Database
from app.models import Assignment
from app.repositories.assignment_repository import AssignmentFilter, AssignmentRepository
from app.repositories.base import Page
from app.repositories.block_repository import BlockRepository
from app.repositories.cells import Assigned, ChangedHalfDay, HalfDay
from app.repositories.edit_repository import Held, NewEdit
from app.repositories.person_repository import PersonRepository
from app.repositories.publication_repository import is_published
from app.repositories.schedule_repository import ScheduleRepository
from app.schemas.assignment import AssignmentCreate, AssignmentQuery
from app.schemas.finding import DutyHourFinding
from app.services.assignments.content import (
    OnLeaveError,
    changed_content,
    check_leave,
    new_content,
)
from app.services.assignments.shown import shown
from app.services.edits.draft import Draft, Drafts, to_judge, with_locks
from app.services.findings import duty_hours, leave_key
from app.services.idempotency_service import Once
from app.services.judgement import Judgement
from app.services.notices import assignment_changed
from app.services.notification_service import NotificationService
from app.services.override_service import Accepted, OverrideService, as_accepted
from app.services.verification import Verifier, judged
from app.services.versions import check_version
from app.services.warm_schedule import WarmSchedule


class DutyHourError(AppException):
    """Duty hours would be violated, in a new way or worse than before."""

    code = "ACGME_VIOLATION"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class _Written:
    """An assignment that was written, and what is to be kept warm once it is committed."""

    assignment: Assignment
    after: WarmSchedule | None = None


class AssignmentService:
    """Makes and changes assignments, in transactions of its own.

    Each is an edit of its schedule: a new revision, with an entry in the log that may be undone.
    """

    def __init__(
        self, database: Database, verifier: Verifier, settings: Settings, access: Access
    ) -> None:
        self.database = database
        self.settings = settings
        self.drafts = Drafts(database, verifier, access)
        self.verifier = verifier
        self.access = access

    async def create(self, new: AssignmentCreate, once: Once | None) -> Assignment:
        """Make an assignment; a repeated request is answered as the first was.

        Raises
        ------
        NotFoundError
            When there is no such schedule, person or block.
        InvalidStateError
            When a code names nothing, or the person is not appointed on the day.
        ConflictError
            When the person has one in this half-day.
        OnLeaveError
            When the person is on leave, and no override says that it is meant.
        DutyHourError
            When it would violate duty hours, and no override says that it is meant.
        """
        reason = None if new.override is None else new.override.reason
        async with self.drafts.reading(new.schedule_id):
            pass  # the schedule is warm now
        async with self.drafts.writing(new.schedule_id, once) as draft:
            await PersonRepository(draft.session, self.access).get(new.person_id)
            cell = await _cell(draft.session, new)
            said = (new.rotation_type, new.duty, new.note)
            content = new_content(draft.schedule, draft.warm, cell, said)
            held = await draft.held([cell])
            if cell in held.contents:
                raise ConflictError(
                    f"The person has an assignment on {cell.date} {cell.session} already.",
                    {"assignment_id": str(held.rows[cell].id)},
                )
            await self._accept_leave(draft, cell, reason)
            change = ChangedHalfDay(cell, None, content)
            after = await self._write(draft, held, change, reason)
            made = await self._assignments(draft.session).whole_at(draft.schedule.id, cell)
            await self._tell(draft, made, "new")
            if once is not None:
                once.keep(shown(made))
        self.verifier.keep(after)
        return made

    async def update(
        self,
        assignment_id: UUID,
        changes: dict[str, Any],
        version: int | None,
        reason: str | None = None,
    ) -> Assignment:
        """Change what is given.

        Parameters
        ----------
        reason
            Why duty hours may be violated by it.

        Raises
        ------
        StaleError
            When it is not the version that the caller has read.
        ConflictError
            When it is cancelled, or locked.
        InvalidStateError
            When a code names nothing, or the status cannot follow.
        DutyHourError
            When it would violate duty hours, and no override says that it is meant.
        """
        schedule_id = await self._schedule_of(assignment_id)
        async with self.drafts.reading(schedule_id):
            pass  # the schedule is warm now
        async with self.drafts.writing(schedule_id) as draft:
            written = await self._update(draft, assignment_id, changes, version, reason)
        if written.after is not None:
            self.verifier.keep(written.after)
        return written.assignment

    async def _update(
        self,
        draft: Draft,
        assignment_id: UUID,
        changes: dict[str, Any],
        version: int | None,
        reason: str | None,
    ) -> _Written:
        assignments = self._assignments(draft.session)
        assignment = await assignments.whole_to_change(assignment_id)
        check_version(assignment.version, version)
        if assignment.status == AssignmentStatus.CANCELLED:
            raise ConflictError("The assignment is cancelled: make a new one.", code="CANCELLED")
        block = assignment.block
        cell = HalfDay(assignment.person_id, block.date, block.session)
        held = await draft.held([cell])
        before = held.contents[cell]
        assert isinstance(before, Assigned)  # noqa: S101 - what half-days hold
        content = changed_content(draft.warm, cell, before, changes)
        if content == before:
            return _Written(await assignments.whole(assignment_id))
        after = await self._write(draft, held, ChangedHalfDay(cell, before, content), reason)
        changed = await assignments.whole(assignment_id)
        if content is None:
            await self._tell(draft, changed, "cancelled")
        elif content.duty_type_id != before.duty_type_id:
            await self._tell(draft, changed, "changed")
        return _Written(changed, after)

    async def _tell(
        self, draft: Draft, assignment: Assignment, what: Literal["new", "changed", "cancelled"]
    ) -> None:
        """Tell somebody of their half-day, unless nobody knows of the schedule yet."""
        duty, block = assignment.duty_type, assignment.block
        if duty is None or not await is_published(draft.session, draft.schedule.id):
            return
        event, name = (assignment.id, assignment.version), duty.name or duty.code
        notice = assignment_changed(event, block.date, block.session, what, name)
        service = NotificationService(draft.session, self.settings)
        await service.tell(draft.schedule.program_id, [assignment.person_id], notice)

    async def _accept_leave(self, draft: Draft, cell: HalfDay, reason: str | None) -> None:
        try:
            check_leave(draft.warm, cell)
        except OnLeaveError as error:
            if reason is None:
                raise
            row = draft.warm.names.person_rows[cell.person_id]
            person = draft.warm.program.people[row]
            message = f"{person.label}: duty on leave, on {cell.date} {cell.session}."
            key = leave_key(person.id, cell.date, cell.session)
            accepted = Accepted(key, "leave", error.error_code, person.id, message)
            await self._overrides(draft).accept(draft.schedule, [accepted], reason)

    async def _write(
        self, draft: Draft, held: Held, change: ChangedHalfDay, reason: str | None
    ) -> WarmSchedule:
        """Write a change, and return the schedule as it is then."""
        judgement = await judged(draft.warm, [to_judge(change)])
        worse = list(_worse(judgement))
        if worse and reason is None:
            count = "one violation" if len(worse) == 1 else f"{len(worse)} violations"
            raise DutyHourError(
                f"Duty hours would have {count} more: {worse[0].message}",
                {"violations": [one.model_dump(mode="json") for one in worse]},
            )
        if worse and reason is not None:
            accepted = [as_accepted(one) for one in worse]
            await self._overrides(draft).accept(draft.schedule, accepted, reason)
        await draft.edits.write(draft.schedule, held, [change], {})
        revision = await draft.edits.advance(draft.schedule)
        new = NewEdit(changes=(change,))
        await draft.edits.log(draft.schedule, self.access.user_id, new)
        return with_locks(replace(judgement.after, revision=revision), [change])

    async def _schedule_of(self, assignment_id: UUID) -> UUID:
        async with self.database.reading() as session:
            return (await self._assignments(session).get(assignment_id)).schedule_id

    def _assignments(self, session: AsyncSession) -> AssignmentRepository:
        return AssignmentRepository(session, self.access)

    def _overrides(self, draft: Draft) -> OverrideService:
        return OverrideService(draft.session, self.access)


async def get_assignment(session: AsyncSession, access: Access, assignment_id: UUID) -> Assignment:
    """Return one assignment."""
    return await AssignmentRepository(session, access).whole(assignment_id)


async def list_assignments(
    session: AsyncSession, access: Access, query: AssignmentQuery
) -> Page[Assignment]:
    """Return assignments of a schedule in order of time."""
    schedule = await ScheduleRepository(session, access).get(query.schedule_id)
    wanted = AssignmentFilter(query.person_id, query.first, query.last, query.status)
    repository = AssignmentRepository(session, access)
    return await repository.list_in_order(schedule.id, wanted, query.skip, query.limit)


def _worse(judgement: Judgement) -> list[DutyHourFinding]:
    """Return the duty-hour errors that are new or worse than they were."""
    return list(duty_hours(judgement.after, judgement.duty_hours.worsened))


async def _cell(session: AsyncSession, new: AssignmentCreate) -> HalfDay:
    """Return the half-day that is meant."""
    if new.date is not None and new.session is not None:
        return HalfDay(new.person_id, new.date, new.session)
    if new.block_id is None:
        raise InvalidStateError("Say when: send block_id, or date and session.")
    block = await BlockRepository(session).find(new.block_id)
    if block is None:
        raise NotFoundError("block", new.block_id)
    return HalfDay(new.person_id, block.date, block.session)
