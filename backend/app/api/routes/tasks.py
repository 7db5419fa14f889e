from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, status
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.deps import (
    Coordinator,
    DatabaseDep,
    Limit,
    ReadSessionDep,
    SessionDep,
    Skip,
    require_roles,
)
from app.api.routing import Router
from app.controllers.jobs.following import follow
from app.core.access import Role
from app.core.words import JobState
from app.models import Job
from app.repositories.base import Page
from app.schemas.task import TaskList, TaskResponse
from app.services.job_service import JobService

router = Router(prefix="/tasks", tags=["tasks"])


@router.get("", response_model=TaskList)
async def list_tasks(
    session: ReadSessionDep,
    access: Coordinator,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
    schedule_id: UUID | None = None,
    state: JobState | None = None,
) -> Page[Job]:
    """List a programme's tasks, newest first; those of one schedule or in one state if asked."""
    service = JobService(session, access)
    return await service.list_newest(program_id, schedule_id, state, skip, limit)


@router.get("/{task_id}", response_model=TaskResponse)
async def get_task(session: ReadSessionDep, access: Coordinator, task_id: UUID) -> Job:
    """Return a task with its progress and, when it has ended, its result."""
    return await JobService(session, access).get(task_id)


@router.delete("/{task_id}", status_code=status.HTTP_202_ACCEPTED, response_model=TaskResponse)
async def stop_task(session: SessionDep, access: Coordinator, task_id: UUID) -> Job:
    """Ask a task to stop and keep the best it has; one that has ended stays as it is.

    Stopped with a result it becomes `succeeded` with `stopped: true`, without one `cancelled`.
    """
    return await JobService(session, access).stop(task_id)


async def known_task(session: ReadSessionDep, access: Coordinator, task_id: UUID) -> UUID:
    """Return the task's id if the caller may follow it; no connection is held afterwards."""
    job = await JobService(session, access).get(task_id)
    await session.close()
    return job.id


@router.get(
    "/{task_id}/events",
    response_class=EventSourceResponse,
    dependencies=[Depends(require_roles([Role.COORDINATOR]))],
)
async def follow_task(
    database: DatabaseDep,
    known: Annotated[UUID, Depends(known_task)],
    last_event_id: Annotated[
        int, Header(ge=0, le=2**31 - 1, description="Where an interrupted stream goes on.")
    ] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a task as server-sent events, from the beginning or from `Last-Event-ID` on.

    `state` holds `state` and `attempt`; `progress` holds `objective`, `bound`, `gap` and
    `elapsed_s`; `log` holds a `message`; `done` comes last, with `state`, `stopped` and `error`.
    Comments keep the connection alive while nothing happens.
    """
    async for sequence, kind, data in follow(database, known, last_event_id):
        identity = None if sequence is None else str(sequence)
        yield ServerSentEvent(id=identity, event=kind, data=data)
