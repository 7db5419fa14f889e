from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from app.api.deps import Reader, ReadSessionDep
from app.api.routing import Router
from app.models import Block
from app.repositories.block_repository import BlockRepository
from app.schemas.block import BlockQuery, BlockResponse

router = Router(prefix="/blocks", tags=["schedules"])


@router.get("", response_model=list[BlockResponse])
async def list_blocks(
    session: ReadSessionDep,
    access: Reader,  # noqa: ARG001 - blocks are the same for every programme
    query: Annotated[BlockQuery, Query()],
) -> Sequence[Block]:
    """List the half-days of a range of days, both included, in order of time."""
    return await BlockRepository(session).list_between(query.first, query.last)
