"""Inserts of many rows, on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base

_AT_ONCE = 500


async def insert_missing(
    session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; those that a unique constraint knows stay as they are."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), _AT_ONCE):
        statement = dialect.insert(table).on_conflict_do_nothing()
        await session.execute(statement, rows[start : start + _AT_ONCE])


async def insert_rows(
    session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; columns that are not given have their defaults."""
    for start in range(0, len(rows), _AT_ONCE):
        await session.execute(insert(table), rows[start : start + _AT_ONCE])
