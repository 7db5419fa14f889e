from typing import Annotated
from uuid import UUID

from fastapi import Query, status

from app.api.deps import Coordinator, DatabaseDep, ReadSessionDep, SettingsDep, VerifierDep
from app.api.idempotency import OnceDep, RepeatableRoute
from app.api.routing import Router
from app.api.versions import VersionsDep
from app.core.words import AssignmentStatus
from app.schemas.assignment import (
    AssignmentCreate,
    AssignmentList,
    AssignmentQuery,
    AssignmentResponse,
    AssignmentUpdate,
)
from app.schemas.base import Deleted
from app.services.assignments.assignment_service import (
    AssignmentService,
    get_assignment,
    list_assignments,
)
from app.services.assignments.shown import shown

router = Router(prefix="/assignments", tags=["assignments"], route_class=RepeatableRoute)


@router.get("")
async def list_all(
    session: ReadSessionDep, access: Coordinator, query: Annotated[AssignmentQuery, Query()]
) -> AssignmentList:
    """List a schedule's assignments in order of time, cancelled ones included."""
    found = await list_assignments(session, access, query)
    items = [shown(one) for one in found.items]
    return AssignmentList(items=items, total=found.total, skip=query.skip, limit=query.limit)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_assignment(
    database: DatabaseDep,
    verifier: VerifierDep,
    settings: SettingsDep,
    access: Coordinator,
    versions: VersionsDep,
    once: OnceDep,
    new: AssignmentCreate,
) -> AssignmentResponse:
    """Give somebody a duty in a half-day of a draft.

    Refused when the person has an assignment there (409 `CONFLICT`), is on leave (400 `ON_LEAVE`),
    or when duty hours would be violated in a new way or worse (422 `ACGME_VIOLATION`, the findings
    in `details.violations`). The last two are done all the same with `override`, which is recorded
    and shown with the findings. It makes a new revision of the schedule, which may be undone. The
    person is notified if the schedule was ever published.
    """
    service = AssignmentService(database, verifier, settings, access)
    return versions.tagged(shown(await service.create(new, once)))


@router.get("/{assignment_id}")
async def get_one(
    session: ReadSessionDep, access: Coordinator, versions: VersionsDep, assignment_id: UUID
) -> AssignmentResponse:
    """Return an assignment."""
    return versions.tagged(shown(await get_assignment(session, access, assignment_id)))


@router.patch("/{assignment_id}")
async def update_assignment(
    database: DatabaseDep,
    verifier: VerifierDep,
    settings: SettingsDep,
    access: Coordinator,
    versions: VersionsDep,
    assignment_id: UUID,
    update: AssignmentUpdate,
) -> AssignmentResponse:
    """Change only what is sent; with `If-Match` or `version`, only if nobody was faster.

    `status` goes from scheduled to confirmed to completed, or to cancelled, which frees the
    half-day for good. Judged as a new assignment is. A locked one has to be unlocked first, or in
    the same call.
    """
    service = AssignmentService(database, verifier, settings, access)
    reason = None if update.override is None else update.override.reason
    read = versions.read(update.version)
    return versions.tagged(
        shown(await service.update(assignment_id, update.changes(), read, reason))
    )


@router.delete("/{assignment_id}")
async def cancel_assignment(
    database: DatabaseDep,
    verifier: VerifierDep,
    settings: SettingsDep,
    access: Coordinator,
    versions: VersionsDep,
    assignment_id: UUID,
) -> Deleted:
    """Cancel an assignment: its half-day is free again, and the template shows.

    With `If-Match`, only if nobody was faster.
    """
    service = AssignmentService(database, verifier, settings, access)
    cancelled = {"status": AssignmentStatus.CANCELLED}
    await service.update(assignment_id, cancelled, versions.read())
    return Deleted(status="deleted")
