"""What stood in a schedule once, as its rows again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import ConflictError
from app.core.words import AssignmentStatus
from app.db.base import new_id
from app.db.insert import insert_rows
from app.models import Assignment, Block, DutyType, Person, Placement, RotationType, Schedule

Rows = Sequence[Mapping[str, Any]]


async def replace_draft(
    session: AsyncSession, schedule: Schedule, placements: Rows, assignments: Rows
) -> None:
    """Replace what stands in a schedule; cancelled assignments stay.

    Parameters
    ----------
    placements, assignments
        Columns; of assignments, with their ids, and `block` in place of its id: day and session.

    Raises
    ------
    ConflictError
        When somebody or something that they name is not there any more.
    """
    everything = [*placements, *assignments]
    await _need(session, Person, _named(everything, "person_id"), "people")
    await _need(session, RotationType, _named(everything, "rotation_type_id"), "rotation types")
    await _need(session, DutyType, _named(assignments, "duty_type_id"), "duty types")
    own = {"program_id": schedule.program_id, "schedule_id": schedule.id}
    blocks = await _blocks(session, [one["block"] for one in assignments])
    known = [one["id"] for one in assignments]
    live = or_(Assignment.status != AssignmentStatus.CANCELLED, Assignment.id.in_(known))
    await session.execute(delete(Placement).where(Placement.schedule_id == schedule.id))
    await session.execute(delete(Assignment).where(Assignment.schedule_id == schedule.id, live))
    await insert_rows(session, Placement, [{**own, "id": new_id(), **one} for one in placements])
    stated = [
        {
            **own,
            "block_id": blocks[one["block"]],
            **{name: value for name, value in one.items() if name != "block"},
        }
        for one in assignments
    ]
    await insert_rows(session, Assignment, stated)


def _named(rows: Iterable[Mapping[str, Any]], column: str) -> set[UUID]:
    return {one[column] for one in rows if one[column] is not None}


async def _need(
    session: AsyncSession, table: type[Any], wanted: Collection[UUID], called: str
) -> None:
    found = set(await session.scalars(select(table.id).where(table.id.in_(wanted))))
    gone = set(wanted) - found
    if gone:
        raise ConflictError(
            f"{len(gone)} of its {called} are not there any more.",
            {called.replace(" ", "_"): sorted(map(str, gone))},
        )


async def _blocks(
    session: AsyncSession, wanted: Sequence[tuple[date, str]]
) -> dict[tuple[date, str], UUID]:
    if not wanted:
        return {}
    days = sorted(day for day, _ in wanted)
    statement = select(Block).where(Block.date.between(days[0], days[-1]))
    return {(one.date, one.session): one.id for one in await session.scalars(statement)}
