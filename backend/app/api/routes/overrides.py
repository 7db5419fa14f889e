from uuid import UUID

from fastapi import status

from app.api.deps import Coordinator, Limit, ReadSessionDep, SessionDep, Skip, VerifierDep
from app.api.routing import Router
from app.models import Override
from app.repositories.base import Page
from app.schemas.base import Deleted
from app.schemas.override import OverrideCreate, OverrideList, OverrideResponse
from app.services.override_service import OverrideService

router = Router(prefix="/schedules/{schedule_id}/overrides", tags=["findings"])


@router.get("", response_model=OverrideList)
async def list_overrides(
    session: ReadSessionDep,
    access: Coordinator,
    schedule_id: UUID,
    skip: Skip = 0,
    limit: Limit = 100,
) -> Page[Override]:
    """List the findings of a schedule that somebody answers for, the oldest first."""
    return await OverrideService(session, access).list_of_schedule(schedule_id, skip, limit)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=OverrideResponse)
async def create_override(
    session: SessionDep,
    access: Coordinator,
    verifier: VerifierDep,
    schedule_id: UUID,
    new: OverrideCreate,
) -> Override:
    """Accept a finding of a schedule with a reason: publishing does not wait for it any more.

    It is shown wherever the finding is, with who accepted it. Repeated, the new reason counts.
    """
    service = OverrideService(session, access)
    return await service.accept_key(verifier, schedule_id, new.key, new.reason)


@router.delete("/{override_id}")
async def delete_override(
    session: SessionDep, access: Coordinator, schedule_id: UUID, override_id: UUID
) -> Deleted:
    """Withdraw an override: the finding counts again."""
    await OverrideService(session, access).withdraw(schedule_id, override_id)
    return Deleted(status="deleted")
