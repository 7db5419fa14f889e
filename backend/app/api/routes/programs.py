from uuid import UUID

from fastapi import status

from app.api.deps import Admin, Coordinator, Limit, Reader, ReadSessionDep, SessionDep, Skip
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.models import Program
from app.repositories.base import Page
from app.repositories.program_repository import ProgramRepository
from app.scheduling.domain.calendar import Calendar
from app.schemas.program import ProgramCreate, ProgramList, ProgramResponse, ProgramUpdate
from app.schemas.program_settings import ProgramSettingsResponse, ProgramSettingsUpdate
from app.services.program_service import ProgramService
from app.services.program_settings import ProgramSettings

router = Router(prefix="/programs", tags=["programmes"], route_class=IdempotentRoute)


@router.get("", response_model=ProgramList)
async def list_programs(
    session: ReadSessionDep, access: Reader, skip: Skip = 0, limit: Limit = 100
) -> Page[Program]:
    """List the programmes that the caller belongs to, by name; ADMIN sees all."""
    return await ProgramService(ProgramRepository(session, access)).list_by_name(skip, limit)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=ProgramResponse)
async def create_program(
    session: SessionDep, access: Admin, tagging: TaggingDep, new: ProgramCreate
) -> Program:
    """Make a programme with its first academic year."""
    year = Calendar(start=new.year_start, period=new.period)
    columns = new.model_dump(exclude={"year_start", "period"})
    service = ProgramService(ProgramRepository(session, access))
    return tagging.tagged(await service.create(columns, year))


@router.get("/{program_id:uuid}", response_model=ProgramResponse)
async def get_program(
    session: ReadSessionDep, access: Reader, tagging: TaggingDep, program_id: UUID
) -> Program:
    """Return a programme."""
    service = ProgramService(ProgramRepository(session, access))
    return tagging.tagged(await service.get(program_id))


@router.patch("/{program_id:uuid}", response_model=ProgramResponse)
async def update_program(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    program_id: UUID,
    update: ProgramUpdate,
) -> Program:
    """Change only what is sent; with `If-Match` or `version`, only if nobody was faster."""
    service = ProgramService(ProgramRepository(session, access))
    read = versions.read(update.version)
    return versions.tagged(await service.update(program_id, update.changes(), read))


@router.get("/{program_id}/settings")
async def get_program_settings(
    session: ReadSessionDep, access: Reader, program_id: UUID
) -> ProgramSettingsResponse:
    """Return what a programme file says beside its lists: objective, groups, duty-hour policy."""
    settings = await ProgramSettings(session, access).get(program_id)
    return ProgramSettingsResponse(**settings)


@router.patch("/{program_id}/settings")
async def update_program_settings(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    program_id: UUID,
    update: ProgramSettingsUpdate,
) -> ProgramSettingsResponse:
    """Replace the sections that are sent; refused when the programme would contradict itself."""
    sent = update.model_fields_set - {"version"}
    changes = {name: getattr(update, name) for name in sent}
    read = versions.read(update.version)
    settings = await ProgramSettings(session, access).update(program_id, changes, read)
    return ProgramSettingsResponse(**settings)
