from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.api.deps import PublishedDep, Reader, ReadSessionDep, VerifierDep
from app.api.routing import Router
from app.schemas.stats import StatsResponse
from app.services.stats_service import KeptStats, StatsService

router = Router(prefix="/stats", tags=["half-days"])


async def get_kept_stats(request: Request) -> KeptStats:
    """Return the numbers that are kept."""
    kept: KeptStats = request.app.state.stats
    return kept


@router.get("")
async def get_stats(
    session: ReadSessionDep,
    access: Reader,
    verifier: VerifierDep,
    published: PublishedDep,
    kept: Annotated[KeptStats, Depends(get_kept_stats)],
    program_id: UUID | None = None,
) -> StatsResponse:
    """Tell a programme in numbers, kept for five minutes unless something was changed.

    Coordinators see drafts, all others what was published.
    """
    return await StatsService(session, access, verifier, published, kept).stats(program_id)
