"""Schedules kept warm: their findings at once, and what a change would mean in milliseconds."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

from app.db.session import AsyncSession
from app.models import Schedule
from app.repositories.program_state import program_state
from app.repositories.schedule_store import ScheduleStore
from app.services.judgement import Judgement
from app.services.law import invalid_programs_are_refused
from app.services.warm_schedule import Change, WarmSchedule, warm_up


class _Key(NamedTuple):
    """What a warm schedule was made from; another process may have changed any of it."""

    schedule_id: UUID
    revision: int
    start_date: date
    state: str


class Verifier:
    """Keeps the schedules that were last asked for ready to be judged, in one process.

    What is kept is only used for the very revision and programme that the caller's transaction
    sees, whoever wrote them. One build per schedule goes on at a time, in a thread; who waits for
    it and is cancelled does not take it from the others.

    Parameters
    ----------
    megabytes
        About how much memory the kept schedules may take; the last one always stays.
    """

    def __init__(self, megabytes: int) -> None:
        self._most_bytes = megabytes * 1_000_000
        self._kept: OrderedDict[_Key, WarmSchedule] = OrderedDict()
        self._building: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self.builds = 0

    async def warm(self, session: AsyncSession, schedule: Schedule) -> WarmSchedule:
        """Return a schedule ready to be judged; `schedule` is as `session` reads it.

        Raises
        ------
        InvalidStateError
            When the programme has no academic year for it, or contradicts itself.
        """
        state = await program_state(session, schedule.program_id)
        key = _Key(schedule.id, schedule.revision, schedule.start_date, state)
        found = self._find(key)
        if found is not None:
            return found
        lock = self._building.setdefault(schedule.id, asyncio.Lock())
        async with lock:
            return self._find(key) or await self._build(session, schedule, key)

    async def judge(
        self, session: AsyncSession, schedule: Schedule, changes: Sequence[Change]
    ) -> Judgement:
        """Return what changes would do to the findings; nothing is written."""
        return await judged(await self.warm(session, schedule), changes)

    def holds(self, schedule_id: UUID) -> bool:
        """Return whether a schedule is kept at some revision: building it anew is unlikely."""
        return any(key.schedule_id == schedule_id for key in self._kept)

    def keep(self, warm: WarmSchedule) -> None:
        """Keep a schedule that was changed and committed, so that nobody builds it again."""
        self._keep(_Key(warm.schedule_id, warm.revision, warm.begins, warm.state), warm)

    async def _build(self, session: AsyncSession, schedule: Schedule, key: _Key) -> WarmSchedule:
        self.builds += 1
        with invalid_programs_are_refused():
            held = await ScheduleStore(session).load(schedule)
            warm = await asyncio.to_thread(warm_up, held, key.state)
        # A statement may see more than the one before it: keep only what surely belongs together.
        if await program_state(session, schedule.program_id) == key.state:
            now = await ScheduleStore(session).revision(schedule.id)
            if now == key.revision:
                self._keep(key, warm)
        return warm

    def _find(self, key: _Key) -> WarmSchedule | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: _Key, warm: WarmSchedule) -> None:
        """Keep a schedule in place of its former revisions; the least used ones go."""
        for other in [one for one in self._kept if one.schedule_id == key.schedule_id]:
            if other.revision <= key.revision:
                del self._kept[other]
        self._kept[key] = warm
        while len(self._kept) > 1 and self._bytes() > self._most_bytes:
            self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(one.bytes for one in self._kept.values())


async def judged(warm: WarmSchedule, changes: Sequence[Change]) -> Judgement:
    """Return what changes do to the findings of a schedule, worked out in a thread."""

    def judge() -> Judgement:
        judgement = Judgement(warm, warm.changed(changes))
        _ = judgement.legal  # the sentences are made here, not where the event loop waits
        return judgement

    return await asyncio.to_thread(judge)
