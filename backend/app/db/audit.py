"""The trail of changes: noted with every flush, chained by hashes, written with the change.

A table is audited when its class says so (`Base.audited`). Whatever the ORM writes of it is noted
by a hook of the session, so that no service can forget. Statements that write many rows at once
pass by the ORM: they have to say ``execution_options(audited="why")``, or are refused, and whoever
makes one notes the change with `note`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Table, event, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.state import InstanceState

from app.core.acting import actor
from app.core.clock import now
from app.core.logging import job_id, request_id
from app.db.base import Base, new_id
from app.db.locks import lock

PLATFORM = "platform"
"""The chain of what belongs to no programme."""
GENESIS = "0" * 64
"""What stands before the first event of a chain."""
KEPT_BACK = "[kept back]"
"""Stands for a value that nobody is to read in the trail: secrets, reasons of leave."""

_TRAIL = "audit_trail"
_ALWAYS_CHANGES = {"created_at", "updated_at", "version"}
HASHED = (
    *("chain", "sequence", "at", "actor_id", "actor", "request_id"),
    *("action", "object_kind", "object_id", "details", "previous_hash"),
)
"""Columns of an event that its hash is of: all that say something."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to an object."""

    program_id: UUID | None
    action: str
    object_kind: str
    object_id: UUID
    details: Mapping[str, Any]


class AuditedSession(Session):
    """The session of a unit of work: it notes what is written."""


def note(session: AsyncSession, change: Change) -> None:
    """Note a change that the hook does not see, since a statement made it."""
    session.sync_session.info.setdefault(_TRAIL, []).append(change)


@event.listens_for(AuditedSession, "after_flush")
def _note_flushed(session: Session, context: UOWTransaction) -> None:
    trail: list[Change] = session.info.setdefault(_TRAIL, [])
    trail += [_change(row, "create", after=_values(row)) for row in _audited(session.new)]
    for row in _audited(session.dirty):
        before, after = _changed(row)
        if after:
            trail.append(_change(row, "update", before, after))
    # What is taken out of a list goes with the flush, and is not among `session.deleted`.
    gone = [
        state.obj() for state, (deleted, listed) in context.states.items() if deleted and not listed
    ]
    trail += [_change(row, "delete", before=_values(row)) for row in _audited(gone)]


@event.listens_for(AuditedSession, "do_orm_execute")
def _refuse_unnoted(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if not writes or state.bind_mapper is None or "audited" in state.execution_options:
        return
    if getattr(state.bind_mapper.class_, "audited", False):
        raise RuntimeError(
            f"a statement writes {state.bind_mapper.class_.__name__} unseen by the audit trail: "
            "note the change, and say execution_options(audited=…)"
        )


async def write_trail(session: AsyncSession) -> None:
    """Write what was noted; the last thing of a transaction, so that chains wait for nobody."""
    await session.flush()
    changes: list[Change] = session.sync_session.info.pop(_TRAIL, [])
    chains: dict[str, list[Change]] = {}
    for one in changes:
        chains.setdefault(chain_of(one.program_id), []).append(one)
    if not chains:
        return
    await lock(session, [f"audit:{chain}" for chain in chains])
    for chain, links in chains.items():
        await _append(session, chain, links)


def chain_of(program_id: UUID | None) -> str:
    """Return the name of a programme's chain."""
    return PLATFORM if program_id is None else str(program_id)


def hash_of(link: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an event: of all its columns, the previous hash among them."""
    content = {name: _plain(link[name]) for name in HASHED}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Mapping[str, Any]) -> str:
    """Return the one way to write plain data: sorted keys, no white space."""
    return json.dumps(
        content, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )


async def _append(session: AsyncSession, chain: str, changes: Sequence[Change]) -> None:
    table: Table = Base.metadata.tables["audit_events"]
    newest = (
        select(table.c.sequence, table.c.hash)
        .where(table.c.chain == chain)
        .order_by(table.c.sequence.desc())
        .limit(1)
    )
    last = (await session.execute(newest)).one_or_none()
    sequence, previous = (0, GENESIS) if last is None else last
    who, at = actor.get(), now()
    rows = []
    for one in changes:
        sequence += 1
        row = {
            "id": new_id(),
            "program_id": one.program_id,
            "chain": chain,
            "sequence": sequence,
            "at": at,
            "actor_id": who.user_id,
            "actor": who.name,
            "request_id": request_id.get() or job_id.get() or "",
            "action": one.action,
            "object_kind": one.object_kind,
            "object_id": one.object_id,
            "details": canonical(_plain(one.details)),
            "previous_hash": previous,
        }
        previous = row["hash"] = hash_of(row)
        rows.append(row)
    await session.execute(insert(table), rows)


def _audited(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.audited]


def _change(
    row: Any,  # noqa: ANN401 - any audited row
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Change:
    found = row.id if row.__tablename__ == "programs" else getattr(row, "program_id", None)
    details = {name: part for name, part in (("before", before), ("after", after)) if part}
    return Change(found, action, row.__tablename__, row.id, details)


def _values(row: Base) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(row)
    return {
        name: _shown(row, name, state.dict[name])
        for name in _columns(state)
        if name in state.dict and state.dict[name] not in (None, "", [], {})
    }


def _changed(row: Base) -> tuple[dict[str, Any], dict[str, Any]]:
    state: InstanceState[Any] = inspect(row)
    before, after = {}, {}
    for name in _columns(state):
        history = state.attrs[name].history
        if history.has_changes():
            before[name] = _shown(row, name, history.deleted[0] if history.deleted else None)
            after[name] = _shown(row, name, history.added[0] if history.added else None)
    return before, after


def _columns(state: InstanceState[Any]) -> Iterable[str]:
    for column in state.mapper.column_attrs:
        kind = column.columns[0].type
        skipped = column.key in _ALWAYS_CHANGES or isinstance(kind, LargeBinary)
        if not skipped and column.key not in {"id", "program_id"}:
            yield column.key


def _shown(row: Base, name: str, value: object) -> object:
    return KEPT_BACK if name in row.private and value not in (None, "") else value


def _plain(value: Any) -> Any:  # noqa: ANN401 - what columns hold
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, bool | int | float | str | None) else str(value)
