from uuid import UUID

from app.api.deps import Admin, Coordinator, Cursor, Limit, ReadSessionDep, SessionOnly
from app.api.routing import Router
from app.models import AuditEvent
from app.repositories.audit_repository import list_events
from app.repositories.cursors import CursorPage
from app.repositories.program_repository import ProgramRepository
from app.schemas.audit import AuditEventList

router = Router(prefix="/audit", tags=["audit"], dependencies=[SessionOnly])


@router.get("", response_model=AuditEventList)
async def list_changes(
    session: ReadSessionDep,
    access: Coordinator,
    cursor: Cursor = None,
    limit: Limit = 100,
    program_id: UUID | None = None,
    object_id: UUID | None = None,
) -> CursorPage[AuditEvent]:
    """List who has changed what of a programme, newest first; of one object if asked.

    `housestaff audit verify` checks that nothing of it was changed or taken out since.
    """
    program = await ProgramRepository(session, access).get(access.program(program_id))
    return await list_events(session, program.id, object_id, cursor, limit)


@router.get("/platform", response_model=AuditEventList)
async def list_platform_changes(
    session: ReadSessionDep,
    access: Admin,  # noqa: ARG001 - it belongs to no programme
    cursor: Cursor = None,
    limit: Limit = 100,
    object_id: UUID | None = None,
) -> CursorPage[AuditEvent]:
    """List who has changed what belongs to no programme: users, and tokens for everything."""
    return await list_events(session, None, object_id, cursor, limit)
