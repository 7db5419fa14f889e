"""What all tables have in common."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import uuid_utils
from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, MetaData, Uuid, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.core.clock import now

JsonObject = dict[str, Any]
JsonList = list[Any]


def new_id() -> UUID:
    """Return a UUID of version 7: unique, and rising with time, so that indexes stay dense."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


class UtcDateTime(TypeDecorator[datetime]):
    """A point of time with its zone, on databases that keep none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse times without a zone; store UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC."""
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class EngineJson(TypeDecorator[Any]):
    """The engine's dataclasses as JSON with its keys in their order.

    PostgreSQL's JSONB would sort them, and sentences that list them would read differently.
    """

    impl = JSON
    cache_ok = True


class Base(DeclarativeBase):
    """The base of all tables; constraints have names, so that migrations can speak of them.

    Attributes
    ----------
    audited
        Whether changes are noted in the audit trail, see `app.db.audit`.
    private
        Columns whose values stay out of it.
    """

    audited: ClassVar[bool] = False
    private: ClassVar[frozenset[str]] = frozenset()

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        UUID: Uuid,
        JsonObject: JSON().with_variant(JSONB(), "postgresql"),
        JsonList: JSON().with_variant(JSONB(), "postgresql"),
        list[str]: JSON().with_variant(JSONB(), "postgresql"),
    }

    def copy(self) -> Self:
        """Return the columns in a row of no session: it does not expire when one is rolled back."""
        names = [column.key for column in inspect(type(self)).column_attrs]
        return type(self)(**{name: getattr(self, name) for name in names})


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the constraint that a column holds one of these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Identified:
    """A row with a UUID of version 7."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Timestamped:
    """A row that knows when it was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
