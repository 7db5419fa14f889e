from fastapi import Depends

from app.api.deps import DatabaseDep, public
from app.api.routing import Router
from app.core.exceptions import UnavailableError
from app.db.migrations import missing

router = Router(prefix="/health", tags=["health"], dependencies=[Depends(public)])


@router.get("/live")
async def live() -> dict[str, str]:
    """Say that the process answers; it asks nothing of anything else."""
    return {"status": "live"}


@router.get("/ready")
async def ready(database: DatabaseDep) -> dict[str, str]:
    """Say whether requests can be answered; 503 names what is missing."""
    lacks = await missing(database)
    if lacks:
        raise UnavailableError(f"Not ready: {', '.join(lacks)} missing.", {"missing": lacks})
    return {"status": "ready"}
