import asyncio
from uuid import UUID

from app.api.deps import Coordinator, ReadSessionDep, VerifierDep
from app.api.routing import Router
from app.schemas.finding import FindingsResponse
from app.services.findings import all_findings
from app.services.override_service import accepted_of
from app.services.schedule_service import ScheduleService

router = Router(prefix="/schedules", tags=["findings"])


@router.get("/{schedule_id}/findings")
async def get_findings(
    session: ReadSessionDep, access: Coordinator, verifier: VerifierDep, schedule_id: UUID
) -> FindingsResponse:
    """Return what is wrong with a schedule as it stands: verified and checked.

    `duty_hours` is what the rule packs say of the hours that placements and assignments mean;
    `rules` is what the programme's own rules say of the placements. `override` says who answers
    for a finding, and why.
    """
    schedule = await ScheduleService(session, access).get(schedule_id)
    warm = await verifier.warm(session, schedule)
    accepted = await accepted_of(session, schedule.id)
    return await asyncio.to_thread(all_findings, warm, accepted)
