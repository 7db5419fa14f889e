"""What a stored programme is as a whole, in a few letters: it changes whenever a part does."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.words import Decision
from app.models import (
    AcademicYear,
    Appointment,
    DutyType,
    Leave,
    Person,
    Program,
    Request,
    RotationType,
    Rule,
)

_PARTS: tuple[type[Any], ...] = (
    *(AcademicYear, Person, Appointment, RotationType, DutyType, Rule),
    *(Leave, Request),
)
_LETTERS = 16


async def program_state(session: AsyncSession, program_id: UUID) -> str:
    """Return what stands for all that a programme consists of, schedules apart.

    How many rows there are, the sum of their versions and the newest change: one statement, whoever
    wrote. Leave and wishes count once they are approved, as in the programme itself.
    """
    statement = union_all(
        _of(Program).where(Program.id == program_id),
        *(_of(table).where(table.program_id == program_id, *_approved(table)) for table in _PARTS),
    )
    rows = sorted(tuple(map(str, row)) for row in await session.execute(statement))
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:_LETTERS]


def _of(table: type[Any]) -> Select[Any]:
    return select(
        literal(table.__tablename__),
        func.count(),
        func.coalesce(func.sum(table.version), 0),
        func.max(table.updated_at),
    )


def _approved(table: type[Any]) -> list[Any]:
    return [table.decision == Decision.APPROVED] if table in {Leave, Request} else []
