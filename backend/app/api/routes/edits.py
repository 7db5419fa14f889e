from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.deps import Coordinator, DatabaseDep, ReadSessionDep, VerifierDep
from app.api.idempotency import OnceDep, RepeatableRoute
from app.api.routing import Router
from app.schemas.edit import EditLog, EditRequest, EditResponse, RevisionRequest
from app.services.edits.edit_service import EditService

router = Router(prefix="/schedules", tags=["edits"], route_class=RepeatableRoute)


@router.post("/{schedule_id}/edits")
async def edit_schedule(
    database: DatabaseDep,
    verifier: VerifierDep,
    access: Coordinator,
    once: OnceDep,
    schedule_id: UUID,
    request: EditRequest,
) -> EditResponse:
    """Edit cells of a draft, all edits or none, and tell what that does to its findings.

    A cell is a slot of the annual grid or, with `session`, a half-day. An edit of a revision that
    is over is refused (409 `STALE`) with what was changed since, by whom and when; with `rebase`
    it is done all the same if nobody has touched its cells. Locked cells refuse (409 `LOCKED`).
    With `dry_run` nothing is written: `legal` says whether any error is new or worse.
    """
    return await EditService(database, verifier, access).edit(schedule_id, request, once)


@router.post("/{schedule_id}/undo")
async def undo_edit(
    database: DatabaseDep,
    verifier: VerifierDep,
    access: Coordinator,
    once: OnceDep,
    schedule_id: UUID,
    request: RevisionRequest,
) -> EditResponse:
    """Take back the caller's newest edit, as a new revision.

    Needs `revision` or an `Idempotency-Key` (400 `REVISION_REQUIRED`): a request that is sent again
    must not undo one more. Refused with 409 `CHANGED_SINCE` when others have changed its cells, and
    with `NOTHING_TO_UNDO`.
    """
    return await EditService(database, verifier, access).undo(schedule_id, request.revision, once)


@router.post("/{schedule_id}/redo")
async def redo_edit(
    database: DatabaseDep,
    verifier: VerifierDep,
    access: Coordinator,
    once: OnceDep,
    schedule_id: UUID,
    request: RevisionRequest,
) -> EditResponse:
    """Do again what the caller has undone last, as a new revision.

    Needs `revision` or an `Idempotency-Key`, as undoing does.
    """
    return await EditService(database, verifier, access).redo(schedule_id, request.revision, once)


@router.get("/{schedule_id}/edits")
async def list_edits(
    session: ReadSessionDep,
    database: DatabaseDep,
    verifier: VerifierDep,
    access: Coordinator,
    schedule_id: UUID,
    since: Annotated[int, Query(ge=0, le=2**31 - 1, description="A revision.")] = 0,
) -> EditLog:
    """Tell what was changed since a revision: by whom, when, and which cells."""
    return await EditService(database, verifier, access).log(session, schedule_id, since)
