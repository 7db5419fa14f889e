"""Runs migrations on the database of the settings, or on a connection that was handed over."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import JSON, Connection

import app.models  # noqa: F401 - makes the tables known
from app.core.settings import Settings
from app.db.base import Base, EngineJson, UtcDateTime
from app.db.engine import make_engine
from app.db.triggers import guard


def render(kind: str, value: object, autogen_context: Any) -> str | bool:  # noqa: ANN401
    """Write our own types as plain ones, so that migrations do not depend on the application."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, EngineJson):
        return "sa.JSON()"
    if kind == "type" and isinstance(value, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        render_item=render,
        compare_type=True,
        compare_server_default=True,
        # SQLite can do it too, and the foreign keys below are looked at before all is kept.
        transactional_ddl=True,
        transaction_per_migration=not sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            guard(connection)
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if dangling:
                raise RuntimeError(f"rows refer to what is not there any more: {dangling[:5]}")
    if not sqlite:
        guard(connection)
        connection.commit()


async def migrate_by_settings() -> None:
    settings = Settings()
    settings.prepare_data_dir()
    engine = make_engine(settings.database, migrating=True)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(migrate_by_settings())
