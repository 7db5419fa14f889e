from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.audit import GENESIS, HASHED, chain_of, hash_of
from app.models import AuditEvent
from app.repositories.cursors import CursorPage, Order, page_after

_AT_ONCE = 1000
Anchors = dict[int, set[str]]
"""What is known from elsewhere of a chain: hashes by the sequence of their event."""
_NO_ANCHORS: Anchors = {}


@dataclass(frozen=True, slots=True)
class ChainState:
    """What checking a chain gave.

    Parameters
    ----------
    events
        How many were checked and hold.
    head
        The hash of the last of them.
    broken_at, problem
        The first event that does not follow from the one before, and why; None: all do.
    """

    chain: str
    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""


async def list_events(
    session: AsyncSession,
    program_id: UUID | None,
    object_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> CursorPage[AuditEvent]:
    """Return events of a programme's chain, or of what belongs to none, newest first."""
    statement = select(AuditEvent).where(AuditEvent.chain == chain_of(program_id))
    if object_id is not None:
        statement = statement.where(AuditEvent.object_id == object_id)
    order = Order((AuditEvent.sequence,), newest_first=True)
    return await page_after(session, statement, order, cursor, limit)


async def chains(session: AsyncSession) -> Sequence[str]:
    """Return the names of all chains."""
    statement = select(AuditEvent.chain).distinct().order_by(AuditEvent.chain)
    return (await session.scalars(statement)).all()


async def heads(session: AsyncSession) -> Sequence[tuple[str, int, str]]:
    """Return every chain with the sequence and the hash of its newest event."""
    newest = select(AuditEvent.chain, func.max(AuditEvent.sequence).label("sequence"))
    last = newest.group_by(AuditEvent.chain).subquery()
    same = (AuditEvent.chain == last.c.chain) & (AuditEvent.sequence == last.c.sequence)
    statement = select(AuditEvent.chain, AuditEvent.sequence, AuditEvent.hash).join(last, same)
    found = await session.execute(statement.order_by(AuditEvent.chain))
    return [(chain, sequence, hash_) for chain, sequence, hash_ in found]


async def check_chain(
    session: AsyncSession, chain: str, anchors: Anchors = _NO_ANCHORS
) -> ChainState:
    """Derive every hash of a chain again, up to the first that is not as it is stored.

    Parameters
    ----------
    anchors
        Events that have to be in it as they were noted.
    """
    count, head = 0, GENESIS
    async for event in _events(session, chain):
        problem = _problem(event, count + 1, head)
        if anchors.get(event.sequence, set()) - {event.hash}:
            problem = problem or f"event {event.sequence} is not the one that was noted elsewhere"
        if problem:
            return ChainState(chain, count, head, count + 1, problem)
        count, head = count + 1, event.hash
    known = max(anchors, default=0)
    if known > count:
        problem = f"the end is cut off: event {known} was noted elsewhere"
        return ChainState(chain, count, head, count + 1, problem)
    return ChainState(chain, count, head)


def _problem(event: AuditEvent, expected: int, head: str) -> str:
    if event.sequence != expected:
        return f"event {expected} is missing: the next one is {event.sequence}"
    if event.previous_hash != head:
        return f"event {event.sequence} does not follow the one before it"
    if hash_of({name: getattr(event, name) for name in HASHED}) != event.hash:
        return f"event {event.sequence} is not what its hash was made of"
    named = chain_of(event.program_id)
    return "" if named == event.chain else f"event {event.sequence} is of programme {named}"


async def _events(session: AsyncSession, chain: str) -> AsyncIterator[AuditEvent]:
    last = None
    while True:
        statement = select(AuditEvent).where(AuditEvent.chain == chain)
        if last is not None:
            statement = statement.where(AuditEvent.sequence > last)
        found = await session.scalars(statement.order_by(AuditEvent.sequence).limit(_AT_ONCE))
        events = found.all()
        for event in events:
            yield event
        if len(events) < _AT_ONCE:
            return
        last = events[-1].sequence
        session.expunge_all()
