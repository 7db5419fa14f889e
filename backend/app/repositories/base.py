"""What all repositories share. They never commit, and know neither HTTP nor Pydantic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Access
from app.core.exceptions import NotFoundError
from app.db.base import Base
from app.models.owned import OwnedRow

AnyRow = TypeVar("AnyRow", bound=Base)
Row = TypeVar("Row", bound=OwnedRow)


@dataclass(frozen=True, slots=True)
class Page(Generic[AnyRow]):
    """Some of the rows that a listing has, and how many there are."""

    items: Sequence[AnyRow]
    total: int
    skip: int
    limit: int


async def page(
    session: AsyncSession,
    statement: Select[AnyRow],
    skip: int,
    limit: int,
    *order: ColumnElement[Any],
) -> Page[AnyRow]:
    """Return a part of a listing, with the number of all its rows."""
    found = (await session.scalars(statement.order_by(*order).offset(skip).limit(limit))).all()
    if len(found) < limit and (found or not skip):
        return Page(found, skip + len(found), skip, limit)  # the last part: nothing to count
    counting = select(func.count()).select_from(statement.order_by(None).subquery())
    return Page(found, await session.scalar(counting) or 0, skip, limit)


class Repository(Generic[Row]):
    """Rows of one table that belong to a programme.

    Every statement starts from `readable`: what the caller may not know of is not there.

    Attributes
    ----------
    row
        The table.
    resource
        What a caller calls one of them.
    """

    row: type[Row]
    resource: str

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access

    def readable(self) -> Select[Row]:
        """Return the statement that selects what the caller may know of."""
        programs = self.access.known_programs
        if programs is None:
            return select(self.row)
        return select(self.row).where(self.row.program_id.in_(programs))

    async def get(self, identity: UUID) -> Row:
        """Return one row.

        Raises
        ------
        NotFoundError
            When there is none, or the caller may not know of it.
        ForbiddenError
            When the caller may know of it, and not do what the route does.
        """
        found = await self.session.scalar(self.readable().where(self.row.id == identity))
        if found is None:
            raise NotFoundError(self.resource, identity)
        self.access.check(found.program_id)
        return found
