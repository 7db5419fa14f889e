from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import Colleague, Coordinator, Limit, ReadSessionDep, SessionDep, Skip
from app.api.idempotency import IdempotentRoute
from app.api.versions import VersionsDep
from app.core.words import Decision
from app.models import Request
from app.repositories.asked_repository import AskedFilter
from app.repositories.base import Page
from app.schemas.asking import DecisionSet, RequestCreate, RequestList, RequestResponse
from app.services.asking import RequestService

router = APIRouter(prefix="/requests", tags=["requests"], route_class=IdempotentRoute)


@router.get("", response_model=RequestList)
async def list_requests(
    session: ReadSessionDep,
    access: Colleague,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
    person_id: UUID | None = None,
    decision: Decision | None = None,
) -> Page[Request]:
    """List ranked wishes, newest first: coordinators all of the programme's, others their own."""
    people = None if person_id is None else [person_id]
    wanted = AskedFilter(people=people, decision=decision)
    return await RequestService(session, access).list_newest(program_id, wanted, skip, limit)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=RequestResponse)
async def create_request(
    session: SessionDep, access: Colleague, versions: VersionsDep, new: RequestCreate
) -> Request:
    """Ask for something, by rank; what a coordinator enters is approved at once."""
    request = await RequestService(session, access).create(
        new.program_id, new.person_id, new.academic_year_id, new.stated(), new.note
    )
    return versions.tagged(request)


@router.get("/{request_id}", response_model=RequestResponse)
async def get_request(
    session: ReadSessionDep, access: Colleague, versions: VersionsDep, request_id: UUID
) -> Request:
    """Return a wish: one's own, or a coordinator's anybody's."""
    return versions.tagged(await RequestService(session, access).get(request_id))


@router.post("/{request_id}/decision", response_model=RequestResponse)
async def decide_request(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    request_id: UUID,
    decided: DecisionSet,
) -> Request:
    """Approve or refuse a wish; a new schedule honours what is approved."""
    service = RequestService(session, access)
    read = versions.read(decided.version)
    request = await service.decide(request_id, decided.decision, decided.reason, read)
    return versions.tagged(request)


@router.post("/{request_id}/withdraw", response_model=RequestResponse)
async def withdraw_request(
    session: SessionDep, access: Colleague, versions: VersionsDep, request_id: UUID
) -> Request:
    """Take a wish back: one's own while it is open, a coordinator's anybody's."""
    service = RequestService(session, access)
    return versions.tagged(await service.withdraw(request_id, versions.read()))
