"""Tables whose rows never change: both databases refuse it, whoever asks.

SQLite drops a table's triggers when a migration rebuilds it. So they are not left to single
migrations: whatever migrations ran, `guard` ends them (`alembic/env.py`).
"""

from sqlalchemy import Connection, inspect

PERMANENT = ("publications", "audit_events")
"""Tables that rows are only ever added to."""

_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME; END $$
"""


def guard(connection: Connection) -> None:
    """Have the database refuse to change, delete or empty what is permanent."""
    tables = set(inspect(connection).get_table_names())
    permanent = [table for table in PERMANENT if table in tables]
    if connection.dialect.name == "postgresql":
        function = _FUNCTION if permanent else "DROP FUNCTION IF EXISTS refuse_change()"
        connection.exec_driver_sql(function)
    for table in permanent:
        for statement in _statements(connection.dialect.name, table):
            connection.exec_driver_sql(statement)


def names(table: str) -> set[str]:
    """Return what the triggers of a table are called that every database has."""
    return {f"{table}_refuse_update", f"{table}_refuse_delete"}


def _statements(dialect: str, table: str) -> list[str]:
    if dialect == "postgresql":
        return [
            f"CREATE OR REPLACE TRIGGER {table}_refuse_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH {level} EXECUTE FUNCTION refuse_change()"
            for event, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuse_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END"
        for event in ("UPDATE", "DELETE")
    ]
