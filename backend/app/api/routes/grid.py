from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response, status

from app.api.deps import Coordinator, ReadSessionDep, VerifierDep
from app.api.routing import Router
from app.schemas.grid import (
    GridQuery,
    HalfDayChanges,
    HalfDayGrid,
    PeriodChanges,
    PeriodGrid,
)
from app.services.grids.encoded import accepts_gzip
from app.services.grids.grid_service import GridService

router = Router(prefix="/schedules", tags=["grid"])
_ANSWER = PeriodGrid | HalfDayGrid | PeriodChanges | HalfDayChanges


@router.get(
    "/{schedule_id}/grid",
    response_model=_ANSWER,
    responses={
        status.HTTP_304_NOT_MODIFIED: {"description": "The caller has the grid as it is."},
        status.HTTP_410_GONE: {"description": "The changes since then cannot be told."},
    },
)
async def get_grid(
    request: Request,
    session: ReadSessionDep,
    access: Coordinator,
    verifier: VerifierDep,
    schedule_id: UUID,
    query: Annotated[GridQuery, Query()],
    known: Annotated[str, Header(alias="If-None-Match")] = "",
    encodings: Annotated[str, Header(alias="Accept-Encoding", include_in_schema=False)] = "",
) -> Response:
    """Return the grid of a schedule in compact columns: by periods, or by effective half-days.

    Names are sent once; cells are positions in them. The `ETag` holds for a revision and a
    programme: with `If-None-Match` an unchanged grid is a 304. With `since` and `state` only the
    cells that were changed since that revision come; 410 `GONE` says to read the whole grid.
    """
    service = GridService(session, access, verifier, request.app.state.grids)
    compressed = accepts_gzip(encodings)
    answer = await service.grid(schedule_id, query, known, compressed=compressed)
    headers = {
        "ETag": answer.etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Authorization",
    }
    if answer.body is None:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(answer.body, media_type="application/json", headers=headers)
