"""A programme in numbers, kept for a while."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from app.core.access import Access
from app.core.clock import now
from app.db.session import AsyncSession
from app.models import Program
from app.repositories.program_repository import ProgramRepository
from app.repositories.publication_repository import published_schedule
from app.repositories.stats_repository import StatsRepository
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.timetable import Timetable
from app.schemas.stats import StatsResponse
from app.services.findings import counts
from app.services.published import Published, PublishedSchedules
from app.services.verification import Verifier
from app.services.warm_schedule import WarmSchedule

Days = tuple[date, date]
KEPT_FOR = timedelta(seconds=300)
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: str
    stats: StatsResponse


class KeptStats:
    """The numbers last asked for, by programme and by whether the caller sees drafts.

    They hold for `KEPT_FOR`, and no longer than the revisions that they were worked out from.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, bool], _Kept] = OrderedDict()

    def find(self, program_id: UUID, stamp: str, *, drafts: bool) -> StatsResponse | None:
        """Return numbers that still hold."""
        kept = self._kept.get((program_id, drafts))
        if kept is None or kept.stamp != stamp or now() - kept.stats.as_of >= KEPT_FOR:
            return None
        return kept.stats

    def keep(self, stats: StatsResponse, stamp: str, *, drafts: bool) -> None:
        """Keep numbers; the oldest ones go."""
        self._kept.pop((stats.program_id, drafts), None)
        self._kept[stats.program_id, drafts] = _Kept(stamp, stats)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


class StatsService:
    """Numbers of programmes, within what the caller may see."""

    def __init__(
        self,
        session: AsyncSession,
        access: Access,
        verifier: Verifier,
        published: PublishedSchedules,
        kept: KeptStats,
    ) -> None:
        self.session = session
        self.access = access
        self.verifier = verifier
        self.published = published
        self.kept = kept

    async def stats(self, program_id: UUID | None) -> StatsResponse:
        """Return a programme in numbers."""
        programs = ProgramRepository(self.session, self.access)
        program = await programs.get(self.access.program(program_id))
        rows = StatsRepository(self.session, program.id)
        drafts, stamp = self.access.coordinates(program.id), await rows.stamp()
        found = self.kept.find(program.id, stamp, drafts=drafts)
        if found is None:
            work_out = self._of_draft if drafts else self._of_publication
            found = await work_out(program, rows)
            self.kept.keep(found, stamp, drafts=drafts)
        return found

    async def _of_draft(self, program: Program, rows: StatsRepository) -> StatsResponse:
        plain = await self._plain(program, rows, await rows.schedules(), published=False)
        schedule = await rows.current(_today(program))
        if schedule is None:
            return plain
        warm = await self.verifier.warm(self.session, schedule)
        days = schedule.start_date, schedule.end_date
        found = await asyncio.to_thread(_of_warm, warm, days)
        about = {"schedule_id": schedule.id, "revision": schedule.revision}
        assignments = await rows.live_assignments(schedule.id)
        return plain.model_copy(update={**found, **about, "assignments": assignments})

    async def _of_publication(self, program: Program, rows: StatsRepository) -> StatsResponse:
        plain = await self._plain(program, rows, await rows.published_schedules(), published=True)
        newest = await published_schedule(self.session, program.id, _today(program))
        newest = newest or await rows.newest_publication()
        if newest is None:
            return plain
        told = await self.published.read(self.session, newest)
        days = newest.start_date, newest.end_date
        return plain.model_copy(
            update={
                "schedule_id": newest.schedule_id,
                "revision": newest.revision,
                "assignments": len(told.file.assignments),
                "coverage": await asyncio.to_thread(_covered_by, told, days),
            }
        )

    async def _plain(
        self, program: Program, rows: StatsRepository, schedules: int, *, published: bool
    ) -> StatsResponse:
        return StatsResponse(
            program_id=program.id,
            people=await rows.people(),
            schedules=schedules,
            schedule_id=None,
            revision=None,
            published=published,
            assignments=0,
            duty_hours=None,
            rules=None,
            coverage=None,
            as_of=now(),
        )


def _today(program: Program) -> date:
    return now().astimezone(ZoneInfo(program.time_zone)).date()


def _of_warm(warm: WarmSchedule, days: Days) -> dict[str, object]:
    return {
        "duty_hours": None if warm.audit is None else counts(warm.duty_hours),
        "rules": counts(warm.broken),
        "coverage": _covered(warm.timetable, warm.grid, days),
    }


def _covered_by(told: Published, days: Days) -> float | None:
    return _covered(told.half_days.timetable, told.file.grid, days)


def _covered(timetable: Timetable, grid: Grid, days: Days) -> float | None:
    """Return the share of people's days that have a placement; None where there is no such day."""
    first, last = ((day - timetable.first).days + 1 for day in days)
    chosen = slice(max(first, 1), min(last, timetable.days) + 1)
    present = timetable.present[:, chosen]
    placed = grid[:, timetable.slots[chosen]] != ABSENT
    there = int(np.count_nonzero(present))
    return round(int(np.count_nonzero(present & placed)) / there, 4) if there else None
