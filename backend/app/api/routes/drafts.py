import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Body, Response, status
from fastapi.responses import StreamingResponse

from app.api.deps import (
    Coordinator,
    DatabaseDep,
    Expensive,
    ReadSessionDep,
    SessionDep,
    VerifierDep,
)
from app.api.downloads import CSV_ANSWER, WORKBOOK_ANSWER, csv_download, workbook_download
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.models import Schedule
from app.schemas.comparison import ComparisonResponse
from app.schemas.schedule import BranchCreate, ScheduleResponse
from app.services.compare_service import Side, compared
from app.services.export_service import csv_of, document_of, workbook_of
from app.services.override_service import accepted_of
from app.services.schedule_service import ScheduleService

router = Router(prefix="/schedules", tags=["schedules"], route_class=IdempotentRoute)


@router.post(
    "/{schedule_id}/branch",
    status_code=status.HTTP_201_CREATED,
    response_model=ScheduleResponse,
)
async def branch_schedule(
    session: SessionDep,
    access: Coordinator,
    schedule_id: UUID,
    new: Annotated[BranchCreate, Body()],
) -> Schedule:
    """Make a draft that begins as this schedule is now, locks included, to try something."""
    return await ScheduleService(session, access).branch(schedule_id, new.name)


@router.get("/{schedule_id}/compare/{other_schedule_id}")
async def compare_schedules(
    session: ReadSessionDep,
    access: Coordinator,
    verifier: VerifierDep,
    schedule_id: UUID,
    other_schedule_id: UUID,
) -> ComparisonResponse:
    """Compare two schedules: cells by person and rotation, terms, findings and their overrides."""
    service = ScheduleService(session, access)
    first, second = await service.get(schedule_id), await service.get(other_schedule_id)
    sides = [
        Side(one, await verifier.warm(session, one), await accepted_of(session, one.id))
        for one in (first, second)
    ]
    return await asyncio.to_thread(compared, *sides)


@router.get(
    "/{schedule_id}/export.csv",
    dependencies=[Expensive],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_csv(
    database: DatabaseDep,
    session: ReadSessionDep,
    access: Coordinator,
    verifier: VerifierDep,
    schedule_id: UUID,
) -> StreamingResponse:
    """Download the effective half-days, person by person.

    Columns: `id,date,session,person,pgy,rotation_type,duty,start,end,source`; `id` is the
    assignment's where there is one. No cell can become a formula.
    """
    schedule = await ScheduleService(session, access).get(schedule_id)
    warm = await verifier.warm(session, schedule)
    return csv_download(csv_of(database, schedule, warm), schedule.name)


@router.get(
    "/{schedule_id}/export.xlsx",
    dependencies=[Expensive],
    response_class=Response,
    responses=WORKBOOK_ANSWER,
)
async def export_workbook(
    session: ReadSessionDep, access: Coordinator, verifier: VerifierDep, schedule_id: UUID
) -> Response:
    """Download the annual grid as a workbook that looks like the coordinator's own."""
    schedule = await ScheduleService(session, access).get(schedule_id)
    warm = await verifier.warm(session, schedule)
    content = await workbook_of(lambda: document_of(warm))
    return workbook_download(content, schedule.name)
