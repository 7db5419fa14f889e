"""One programme made ten thousand, by the database itself: INSERT … SELECT."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Table, Uuid

from app.db.base import Base

PEOPLE = 20
"""People of each copy; the programme that is copied may have more."""
_AT_ONCE = 500
_SLOTS_APART = 4
_SCHEDULES = 5
_SHARED = {"block_id"}
_UNIQUE = {("programs", "name"), ("users", "username")}
# Which rows of the programme $1 each copy has; a year has a quarter of its weeks, as thirteen
# periods. What has no row here does not grow.
_OWN = "program_id = $1"
_PEOPLE = f"SELECT id FROM people WHERE {_OWN} AND position < {PEOPLE}"
_FIRST = f"SELECT id FROM schedules WHERE {_OWN} ORDER BY id LIMIT {{}}"
_ROWS = {
    "programs": "id = $1",
    "users": f"id IN (SELECT user_id FROM memberships WHERE {_OWN})",
    "memberships": _OWN,
    "academic_years": _OWN,
    "rotation_types": _OWN,
    "duty_types": _OWN,
    "rules": _OWN,
    "people": f"id IN ({_PEOPLE})",
    "appointments": f"person_id IN ({_PEOPLE})",
    "leaves": f"person_id IN ({_PEOPLE})",
    "requests": f"person_id IN ({_PEOPLE})",
    "schedules": f"id IN ({_FIRST.format(_SCHEDULES)})",
    "placements": f"schedule_id = ({_FIRST.format(1)}) AND person_id IN ({_PEOPLE}) AND "
    f"(start_date - DATE '2000-01-01') / 7 % {_SLOTS_APART} = 0",
    "publications": _OWN,
}
GROWN = frozenset({*_ROWS, "assignments"})
"""Tables that have rows of every programme, or of many."""
_HALF_DAYS = """\
INSERT INTO assignments (id, program_id, schedule_id, person_id, block_id, duty_type_id,
    status, source, locked, note, version, created_at, updated_at)
SELECT gen_random_uuid(), people.program_id, schedule.id, people.id, blocks.id, duty.id,
    'scheduled', 'solver', false, '', 1, now(), now()
FROM (SELECT DISTINCT program_id FROM placements WHERE program_id <> $1
    ORDER BY program_id LIMIT $2) AS chosen
JOIN people ON people.program_id = chosen.program_id
CROSS JOIN blocks
CROSS JOIN LATERAL (SELECT schedule_id AS id FROM placements
    WHERE program_id = chosen.program_id LIMIT 1) AS schedule
CROSS JOIN LATERAL (SELECT id FROM duty_types
    WHERE program_id = chosen.program_id LIMIT 1) AS duty"""


async def multiply(
    url: str, program_id: UUID, programmes: int, with_half_days: int, note: Callable[[str], None]
) -> None:
    """Fill a database with copies of the programme in it, and have it count its rows.

    Parameters
    ----------
    programmes
        How many there are afterwards.
    with_half_days
        How many copies have a stored assignment for every person and half-day of the year.
    """
    connection = await asyncpg.connect(url, timeout=5)
    try:
        # Every row refers to a copy; neither triggers nor disks have to look after them.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        for name, rows in _ROWS.items():
            note(name)
            statement = _copying(Base.metadata.tables[name], rows)
            for first in range(2, programmes + 1, _AT_ONCE):
                last = min(first + _AT_ONCE - 1, programmes)
                await connection.execute(statement, program_id, first, last)
        note("assignments")
        await connection.execute(_HALF_DAYS, program_id, with_half_days)
        note("vacuum")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _copying(table: Table, rows: str) -> str:
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(_copied(column) for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} "
        f"FROM (SELECT * FROM {table.name} WHERE {rows}) AS one, generate_series($2::int, $3) AS n"
    )


def _copied(column: Column[object]) -> str:
    """Return a copy's value: ids begin with its number, so that they rise as those of time do."""
    if isinstance(column.type, Uuid) and column.name not in _SHARED:
        rest = f"substr(replace(one.{column.name}::text, '-', ''), 9)"
        return f"(lpad(to_hex(n), 8, '0') || {rest})::uuid"
    if (column.table.name, column.name) in _UNIQUE:
        return f"one.{column.name} || ' ' || n"
    # What was published is kept in one piece, which nobody reads of a copy.
    return "'\\x00'::bytea" if column.name == "snapshot" else f"one.{column.name}"
