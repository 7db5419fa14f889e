"""Rotation types, duty types and rules: parts of a programme that have an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Access
from app.models import Assignment, DutyType, Placement, RotationType, Rule
from app.models.owned import ProgramPart
from app.repositories import engine_rows
from app.repositories.base import Page, Repository, page
from app.scheduling.domain.duties import DutyType as EngineDutyType
from app.scheduling.domain.rotations import RotationType as EngineRotationType
from app.scheduling.domain.rule import Rule as EngineRule

Row = TypeVar("Row", bound=ProgramPart)
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class PartKind(Generic[Row, Kind]):
    """How one kind of part is stored.

    Parameters
    ----------
    resource
        What a caller calls one of them.
    read, columns
        From the row to the engine's dataclass, and back.
    """

    row: type[Row]
    resource: str
    read: Callable[[Row], Kind]
    columns: Callable[[Kind], Mapping[str, Any]]


ROTATION_TYPES: PartKind[RotationType, EngineRotationType] = PartKind(
    RotationType, "rotation type", engine_rows.rotation_of, engine_rows.rotation_columns
)
DUTY_TYPES: PartKind[DutyType, EngineDutyType] = PartKind(
    DutyType, "duty type", engine_rows.duty_of, engine_rows.duty_columns
)
RULES: PartKind[Rule, EngineRule] = PartKind(
    Rule, "rule", engine_rows.rule_of, engine_rows.rule_columns
)


class PartRepository(Repository[Row]):
    """Parts of one kind."""

    def __init__(self, session: AsyncSession, access: Access, kind: PartKind[Row, Any]) -> None:
        super().__init__(session, access)
        self.row = kind.row
        self.resource = kind.resource

    async def list_in_order(self, program_id: UUID, skip: int, limit: int) -> Page[Row]:
        """Return a programme's parts in its order."""
        statement = self.readable().where(self.row.program_id == program_id)
        order = (self.row.position.expression, self.row.id.expression)
        return await page(self.session, statement, skip, limit, *order)

    async def all_in_order(self, program_id: UUID) -> Sequence[Row]:
        """Return all of a programme's parts in its order."""
        statement = self.readable().where(self.row.program_id == program_id)
        return (
            await self.session.scalars(statement.order_by(self.row.position, self.row.id))
        ).all()

    async def next_position(self, program_id: UUID) -> int:
        """Return the position after the last."""
        last = select(func.max(self.row.position)).where(self.row.program_id == program_id)
        found = await self.session.scalar(last)
        return 0 if found is None else found + 1

    async def schedules_with(self, row: Row) -> int:
        """Return in how many schedules a rotation or duty type stands; rules stand in none."""
        if isinstance(row, Rule):
            return 0
        standing = (
            [Assignment.duty_type_id]
            if isinstance(row, DutyType)
            else [Assignment.rotation_type_id, Placement.rotation_type_id]
        )
        found: set[UUID] = set()
        for column in standing:
            schedule = column.class_.schedule_id
            found.update(
                await self.session.scalars(select(schedule).where(column == row.id).distinct())
            )
        return len(found)

    async def save(self, row: Row) -> None:
        """Write a new or changed part now."""
        self.session.add(row)
        await self.session.flush()

    async def delete(self, row: Row) -> None:
        """Delete a part now."""
        await self.session.delete(row)
        await self.session.flush()


def _standing(row: ProgramPart) -> list[Select[UUID]]:
    """Return what selects the schedules that a part stands in."""
    assigned, placed = select(Assignment.schedule_id), select(Placement.schedule_id)
    if isinstance(row, DutyType):
        return [assigned.where(Assignment.duty_type_id == row.id).distinct()]
    if isinstance(row, RotationType):
        return [
            assigned.where(Assignment.rotation_type_id == row.id).distinct(),
            placed.where(Placement.rotation_type_id == row.id).distinct(),
        ]
    return []
