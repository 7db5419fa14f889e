from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import (
    AccessNotesDep,
    Colleague,
    Coordinator,
    Limit,
    PublishedDep,
    ReadSessionDep,
    SessionDep,
    SettingsDep,
    Skip,
    VerifierDep,
)
from app.api.idempotency import IdempotentRoute
from app.api.versions import VersionsDep
from app.core.words import Decision
from app.models import Request
from app.repositories.asked_repository import AskedFilter
from app.repositories.base import Page
from app.schemas.asking import (
    DecisionSet,
    RequestCreate,
    RequestList,
    RequestResponse,
    RequestUpdate,
    ScheduleRequests,
)
from app.services.granted_requests import granted_requests
from app.services.request_service import RequestService
from app.services.seen_schedule import see_schedule

router = APIRouter(tags=["requests"], route_class=IdempotentRoute)


@router.get("/requests", response_model=RequestList)
async def list_requests(
    session: ReadSessionDep,
    access: Colleague,
    settings: SettingsDep,
    notes: AccessNotesDep,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
    person_id: UUID | None = None,
    decision: Decision | None = None,
) -> Page[Request]:
    """List ranked wishes, newest first: coordinators all of the programme's, others their own.

    The access log notes it, unless it is one's own.
    """
    people = None if person_id is None else [person_id]
    wanted = AskedFilter(people=people, decision=decision)
    service = RequestService(session, access, settings)
    return await service.list_newest(program_id, wanted, skip, limit, notes)


@router.post("/requests", status_code=status.HTTP_201_CREATED, response_model=RequestResponse)
async def create_request(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    new: RequestCreate,
) -> Request:
    """Ask for something, by rank; what a coordinator enters is approved at once."""
    request = await RequestService(session, access, settings).create(
        new.program_id, new.person_id, new.academic_year_id, new.stated(), new.note
    )
    return versions.tagged(request)


@router.get("/requests/{request_id}", response_model=RequestResponse)
async def get_request(
    session: ReadSessionDep,
    access: Colleague,
    settings: SettingsDep,
    notes: AccessNotesDep,
    versions: VersionsDep,
    request_id: UUID,
) -> Request:
    """Return a wish: one's own, or a coordinator's anybody's; the access log notes the latter."""
    return versions.tagged(await RequestService(session, access, settings).get(request_id, notes))


@router.patch("/requests/{request_id}", response_model=RequestResponse)
async def update_request(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    request_id: UUID,
    update: RequestUpdate,
) -> Request:
    """Change only what is sent: one's own while it is open, a coordinator's anybody's.

    What was approved stays so.
    """
    service = RequestService(session, access, settings)
    read = versions.read(update.version)
    return versions.tagged(await service.update(request_id, update.changes(), read))


@router.post("/requests/{request_id}/decision", response_model=RequestResponse)
async def decide_request(
    session: SessionDep,
    access: Coordinator,
    settings: SettingsDep,
    versions: VersionsDep,
    request_id: UUID,
    decided: DecisionSet,
) -> Request:
    """Approve or refuse a wish; a new schedule honours what is approved."""
    service = RequestService(session, access, settings)
    read = versions.read(decided.version)
    request = await service.decide(request_id, decided.decision, decided.reason, read)
    return versions.tagged(request)


@router.post("/requests/{request_id}/withdraw", response_model=RequestResponse)
async def withdraw_request(
    session: SessionDep,
    access: Colleague,
    settings: SettingsDep,
    versions: VersionsDep,
    request_id: UUID,
) -> Request:
    """Take a wish back: one's own while it is open, a coordinator's anybody's.

    Wishes are not deleted otherwise: what was asked for and decided stays known.
    """
    service = RequestService(session, access, settings)
    return versions.tagged(await service.withdraw(request_id, versions.read()))


@router.get("/schedules/{schedule_id}/requests")
async def list_schedule_requests(
    session: ReadSessionDep,
    access: Colleague,
    verifier: VerifierDep,
    published: PublishedDep,
    notes: AccessNotesDep,
    schedule_id: UUID,
) -> ScheduleRequests:
    """Tell which approved wishes a schedule grants, by person and in order of rank.

    Coordinators see everybody's in the schedule as it stands, others their own in what was
    published last, by the wishes of that day.
    """
    seen = await see_schedule(session, access, verifier, published, schedule_id)
    return await granted_requests(session, access, notes, seen)
