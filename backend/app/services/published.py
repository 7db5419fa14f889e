"""What people were told, ready to be read: publications never change, so they are read once."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np

from app.db.session import AsyncSession
from app.files.publication_file import PublicationFile, read_publication
from app.models import Publication
from app.repositories.publication_repository import Stretch, published_stretches, snapshot_of
from app.scheduling.domain.duties import Assignment, Session
from app.scheduling.timetable import HalfDay, HalfDays, compile_timetable, half_days
from app.services.warm_schedule import sound

_MOST_KEPT = 8
_COLUMNS = (
    *("person", "day", "session", "source", "pgy"),
    *("rotation", "duty", "start", "end"),
)


@dataclass(frozen=True, eq=False)
class Published:
    """A publication's content, and the half-days that it means.

    Parameters
    ----------
    half_days
        The effective half-days of everybody, in the whole academic year.
    """

    file: PublicationFile
    half_days: HalfDays

    @classmethod
    def of(cls, file: PublicationFile) -> "Published":
        """Return what a publication's file means."""
        stated: dict[str, list[Assignment]] = {}
        for one in file.stated:
            stated.setdefault(one.person, []).append(one)
        known = [one for given in stated.values() for one in sound(file.program, given).values()]
        timetable = compile_timetable(file.program).with_assignments(known)
        return cls(file, half_days(timetable, file.grid))

    @cached_property
    def person_rows(self) -> Mapping[UUID, int]:
        """Row of everybody's id."""
        ids = self.file.ids.people
        return {ids[one.id]: row for row, one in enumerate(self.file.program.people)}

    @cached_property
    def assignment_ids(self) -> Mapping[tuple[str, date, Session], UUID]:
        """Ids of the assignments, by the person's key, day and session."""
        return {(one.person, one.date, one.session): one.id for one in self.file.assignments}

    def between(self, first: date, last: date) -> HalfDays:
        """Return everybody's half-days on these days, both included."""
        return self._some(slice(None), first, last)

    def of_person(self, person_id: UUID, first: date, last: date) -> Sequence[HalfDay]:
        """Return somebody's half-days on these days, both included, in order of time."""
        row = self.person_rows.get(person_id)
        if row is None:
            return ()
        low, high = np.searchsorted(self.half_days.person, [row, row + 1]).tolist()
        return tuple(self._some(slice(low, high), first, last))

    def _some(self, rows: slice, first: date, last: date) -> HalfDays:
        begin = self.half_days.timetable.first
        day = self.half_days.day[rows]
        wanted = (day >= (first - begin).days) & (day <= (last - begin).days)
        columns = {name: getattr(self.half_days, name)[rows][wanted] for name in _COLUMNS}
        return replace(self.half_days, **columns)


class PublishedSchedules:
    """Reads publications, and keeps those last asked for, in one process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Published] = OrderedDict()

    async def read(self, session: AsyncSession, publication: Publication) -> Published:
        """Return what a publication holds."""
        found = self._kept.get(publication.id)
        if found is None:
            content = await snapshot_of(session, publication.id)
            found = await asyncio.to_thread(opened, content)
            self._kept[publication.id] = found
        self._kept.move_to_end(publication.id)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    async def between(
        self, session: AsyncSession, program_id: UUID, first: date, last: date
    ) -> list[tuple[Stretch, Published]]:
        """Return what counts on these days, both included, in order of time."""
        stretches = await published_stretches(session, program_id, first, last)
        return [(one, await self.read(session, one.publication)) for one in stretches]

    async def of_person(
        self, session: AsyncSession, program_id: UUID, person_id: UUID, days: tuple[date, date]
    ) -> Iterator[HalfDay]:
        """Return somebody's published half-days on these days, both included, in order of time."""
        found = await self.between(session, program_id, *days)
        return (
            half_day
            for stretch, published in found
            for half_day in published.of_person(person_id, stretch.first, stretch.last)
        )


def opened(content: bytes) -> Published:
    """Return what a publication's compressed file means."""
    return Published.of(read_publication(content))
