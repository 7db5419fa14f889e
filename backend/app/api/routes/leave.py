from typing import Annotated
from uuid import UUID

from fastapi import Query, status

from app.api.deps import (
    AccessNotesDep,
    Colleague,
    Coordinator,
    Limit,
    ReadSessionDep,
    SessionDep,
    SettingsDep,
    Skip,
)
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import VersionsDep
from app.core.words import Decision
from app.models import Leave
from app.repositories.asked_repository import AskedFilter
from app.repositories.base import Page
from app.schemas.asking import (
    DecisionSet,
    LeaveCreate,
    LeaveList,
    LeaveResponse,
    LeaveUpdate,
    LeaveWithTouches,
    TouchedAssignment,
)
from app.schemas.base import Day
from app.services.leave_service import LeaveService

router = Router(prefix="/leave", tags=["leave"], route_class=IdempotentRoute)


@router.get("", response_model=LeaveList)
async def list_leave(
    session: ReadSessionDep,
    access: Colleague,
    settings: SettingsDep,
    notes: AccessNotesDep,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
    person_id: UUID | None = None,
    decision: Decision | None = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> Page[Leave]:
    """List leave, newest first: coordinators all of the programme's, others their own.

    The access log notes it, unless it is one's own.
    """
    people = None if person_id is None else [person_id]
    wanted = AskedFilter(people=people, decision=decision, first=first, last=last)
    service = LeaveService(session, access, settings)
    return await service.list_newest(program_id, wanted, skip, limit, notes)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_leave(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    new: LeaveCreate,
) -> LeaveWithTouches:
    """Ask for leave; what a coordinator enters is approved at once.

    The answer lists the assignments that stand on its days, once it is approved.
    """
    service = LeaveService(session, access, settings)
    leave = await service.create(
        new.program_id, new.person_id, new.academic_year_id, new.stated(), new.note
    )
    return await _with_touches(service, versions.tagged(leave))


@router.get("/{leave_id}", response_model=LeaveResponse)
async def get_leave(
    session: ReadSessionDep,
    access: Colleague,
    settings: SettingsDep,
    notes: AccessNotesDep,
    versions: VersionsDep,
    leave_id: UUID,
) -> Leave:
    """Return leave: one's own, or a coordinator's anybody's; the access log notes the latter."""
    return versions.tagged(await LeaveService(session, access, settings).get(leave_id, notes))


@router.patch("/{leave_id}")
async def update_leave(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    leave_id: UUID,
    update: LeaveUpdate,
) -> LeaveWithTouches:
    """Change only what is sent: one's own while it is open, a coordinator's anybody's.

    Days take the place of a period, and a period that of days. What was approved stays so.
    """
    service = LeaveService(session, access, settings)
    read = versions.read(update.version)
    leave = await service.update(leave_id, update.changes(), read)
    return await _with_touches(service, versions.tagged(leave))


@router.post("/{leave_id}/decision")
async def decide_leave(
    session: SessionDep,
    access: Coordinator,
    settings: SettingsDep,
    versions: VersionsDep,
    leave_id: UUID,
    decided: DecisionSet,
) -> LeaveWithTouches:
    """Approve or refuse leave; the answer lists the assignments that stand on its days."""
    service = LeaveService(session, access, settings)
    read = versions.read(decided.version)
    leave = await service.decide(leave_id, decided.decision, decided.reason, read)
    return await _with_touches(service, versions.tagged(leave))


@router.post("/{leave_id}/withdraw", response_model=LeaveResponse)
async def withdraw_leave(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    leave_id: UUID,
) -> Leave:
    """Take leave back: one's own while it is open, a coordinator's anybody's.

    Leave is not deleted otherwise: what was asked for and decided stays known.
    """
    service = LeaveService(session, access, settings)
    return versions.tagged(await service.withdraw(leave_id, versions.read()))


async def _with_touches(service: LeaveService, leave: Leave) -> LeaveWithTouches:
    touches = [
        TouchedAssignment(
            id=one.id, schedule_id=one.schedule_id, date=one.block.date, session=one.block.session
        )
        for one in await service.touched(leave)
    ]
    plain = LeaveResponse.model_validate(leave)
    return LeaveWithTouches(**plain.model_dump(), touches=touches)
