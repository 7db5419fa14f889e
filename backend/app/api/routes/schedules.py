from typing import Annotated, Literal
from uuid import UUID

from fastapi import BackgroundTasks, Body, status

from app.api.deps import (
    BrokerDep,
    Coordinator,
    DatabaseDep,
    Expensive,
    Limit,
    ReadSessionDep,
    SessionDep,
    Skip,
)
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.controllers.jobs.dispatch import announce
from app.controllers.jobs.generate import ask_generation
from app.models import Schedule
from app.repositories.base import Page
from app.schemas.base import Deleted
from app.schemas.generation import GenerationRequest
from app.schemas.schedule import (
    ScheduleCreate,
    ScheduleList,
    ScheduleResponse,
    ScheduleUpdate,
    ScheduleWithAssignments,
)
from app.schemas.task import TaskStarted
from app.services.assignments.shown import nested
from app.services.schedule_service import NewSchedule, ScheduleService

# Anything but an id is no schedule: `/bulk` answers for itself.
_ONE = "/{schedule_id:uuid}"
router = Router(prefix="/schedules", tags=["schedules"], route_class=IdempotentRoute)


@router.get("", response_model=ScheduleList)
async def list_schedules(
    session: ReadSessionDep,
    access: Coordinator,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> Page[Schedule]:
    """List a programme's schedules, newest first."""
    return await ScheduleService(session, access).list_newest(program_id, skip, limit)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=ScheduleResponse)
async def create_schedule(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: ScheduleCreate
) -> Schedule:
    """Make a schedule, with the blocks of all its days."""
    [made] = await ScheduleService(session, access).create([_new(new)])
    return tagging.tagged(made)


@router.post("/bulk", status_code=status.HTTP_201_CREATED, response_model=list[ScheduleResponse])
async def create_schedules(
    session: SessionDep,
    access: Coordinator,
    news: Annotated[list[ScheduleCreate], Body(min_length=1)],
) -> list[Schedule]:
    """Make up to 100 schedules: all or none."""
    return await ScheduleService(session, access).create([_new(new) for new in news])


@router.get(_ONE, response_model=ScheduleWithAssignments | ScheduleResponse)
async def get_schedule(
    session: ReadSessionDep,
    access: Coordinator,
    tagging: TaggingDep,
    schedule_id: UUID,
    include: Literal["assignments"] | None = None,
) -> ScheduleResponse:
    """Return a schedule, with its assignments if asked."""
    service = ScheduleService(session, access)
    schedule = await service.get(schedule_id)
    plain = ScheduleResponse.model_validate(schedule)
    if include is None:
        return tagging.tagged(plain)
    assigned = [nested(one) for one in await service.assignments(schedule)]
    return ScheduleWithAssignments(**plain.model_dump(), assignments=assigned)


@router.patch(_ONE, response_model=ScheduleResponse)
async def update_schedule(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    schedule_id: UUID,
    update: ScheduleUpdate,
) -> Schedule:
    """Change only what is sent; with `If-Match` or `version`, only if nobody was faster."""
    service = ScheduleService(session, access)
    read = versions.read(update.version)
    return versions.tagged(await service.update(schedule_id, update.changes(), read))


@router.delete(_ONE)
async def delete_schedule(
    session: SessionDep, access: Coordinator, versions: VersionsDep, schedule_id: UUID
) -> Deleted:
    """Delete a schedule with all that stands in it; with `If-Match`, only if nobody was faster."""
    await ScheduleService(session, access).delete(schedule_id, versions.read())
    return Deleted(status="deleted")


@router.post(
    "/{schedule_id}/generate", status_code=status.HTTP_202_ACCEPTED, dependencies=[Expensive]
)
async def generate_schedule(
    session: SessionDep,
    access: Coordinator,
    database: DatabaseDep,
    broker: BrokerDep,
    after: BackgroundTasks,
    schedule_id: UUID,
    request: GenerationRequest,
) -> TaskStarted:
    """Have a schedule generated: locked cells stay, everything else is planned anew.

    The answer comes at once; follow the task at `/api/tasks/{task_id}/events`. The result replaces
    the schedule's placements and makes a new revision. If the schedule or the programme was changed
    in the meantime, it is kept as a branch: `result.branch_id`.
    """
    job = await ask_generation(session, access, schedule_id, request)
    # After the commit: a worker that is quick must find the job.
    after.add_task(announce, database, broker, job.id, job.kind)
    return TaskStarted(task_id=job.id, status="queued")


def _new(new: ScheduleCreate) -> NewSchedule:
    return NewSchedule(new.name, new.start_date, new.end_date, new.description, new.program_id)
