from uuid import UUID

from app.api.deps import Coordinator, Cursor, Limit, ReadSessionDep, SessionOnly
from app.api.routing import Router
from app.models import AccessEntry
from app.repositories.access_repository import list_entries
from app.repositories.cursors import CursorPage
from app.repositories.program_repository import ProgramRepository
from app.schemas.access_log import AccessEntryList

router = Router(prefix="/access-log", tags=["audit"], dependencies=[SessionOnly])


@router.get("", response_model=AccessEntryList)
async def list_accesses(
    session: ReadSessionDep,
    access: Coordinator,
    cursor: Cursor = None,
    limit: Limit = 100,
    program_id: UUID | None = None,
    person_id: UUID | None = None,
) -> CursorPage[AccessEntry]:
    """List who has read whose record in a programme, newest first; some seconds behind.

    Reading one's own is not noted.
    """
    program = await ProgramRepository(session, access).get(access.program(program_id))
    return await list_entries(session, program.id, person_id, cursor, limit)
