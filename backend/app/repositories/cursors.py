"""Listings that grow while they are read: each page begins after the last row of the one before."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.exceptions import InvalidStateError
from app.db.base import Base, UtcDateTime
from app.repositories.base import AnyRow


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[AnyRow]):
    """Some rows, and where the next ones begin; None: there are no more."""

    items: Sequence[AnyRow]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a listing is sorted: by columns of its row that together are unique.

    An index should begin with them. All of them rise, or with `newest_first` fall.
    """

    columns: tuple[InstrumentedAttribute[Any], ...]
    newest_first: bool = False


async def page_after(
    session: AsyncSession, statement: Select[AnyRow], order: Order, cursor: str | None, limit: int
) -> CursorPage[AnyRow]:
    """Return the rows after a cursor.

    Raises
    ------
    InvalidStateError
        When the cursor is none of ours.
    """
    columns: list[ColumnElement[Any]] = [one.expression for one in order.columns]
    if cursor is not None:
        place, last = tuple_(*columns), tuple_(*_values(cursor, order))
        statement = statement.where(place < last if order.newest_first else place > last)
    sorting = [one.desc() if order.newest_first else one.asc() for one in columns]
    found = (await session.scalars(statement.order_by(*sorting).limit(limit + 1))).all()
    rows = found[:limit]
    return CursorPage(rows, _cursor(rows[-1], order) if len(found) > limit else None)


def _cursor(row: Base, order: Order) -> str:
    values = [getattr(row, column.key) for column in order.columns]
    shown = [one.isoformat() if isinstance(one, datetime) else one for one in values]
    return base64.urlsafe_b64encode(json.dumps(shown, default=str).encode()).decode().rstrip("=")


def _values(cursor: str, order: Order) -> list[ColumnElement[Any]]:
    try:
        given = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [
            literal(_read(value, column), column.type)
            for column, value in zip(order.columns, given, strict=True)
        ]
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidStateError(
            "This cursor is none of ours: begin without one.", code="CURSOR_INVALID"
        ) from error


def _read(value: str | int, column: InstrumentedAttribute[Any]) -> object:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        read = datetime.fromisoformat(str(value))
        if read.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return read
    if isinstance(kind, Uuid):
        return UUID(str(value))
    return int(value) if isinstance(kind, Integer) else str(value)
