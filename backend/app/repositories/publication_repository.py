from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.models import Override, Publication
from app.repositories.base import Page, Repository, page


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, both included, on which a publication counts."""

    publication: Publication
    first: date
    last: date


class PublicationRepository(Repository[Publication]):
    """What people were told."""

    row = Publication
    resource = "publication"

    async def list_of_schedule(self, schedule_id: UUID, skip: int, limit: int) -> Page[Publication]:
        """Return a schedule's publications, newest first."""
        statement = self.readable().where(Publication.schedule_id == schedule_id)
        return await page(self.session, statement, skip, limit, Publication.number.desc())

    async def latest_of_schedule(self, schedule_id: UUID) -> Publication | None:
        """Return a schedule's newest publication."""
        statement = select(Publication).where(Publication.schedule_id == schedule_id)
        newest = statement.order_by(Publication.number.desc()).limit(1)
        return (await self.session.scalars(newest)).one_or_none()

    async def next_number(self, program_id: UUID) -> int:
        """Return the number of a programme's next publication; whoever asks holds its lock."""
        highest = select(func.max(Publication.number)).where(Publication.program_id == program_id)
        return (await self.session.scalar(highest) or 0) + 1

    async def add(self, publication: Publication) -> None:
        """Write a publication."""
        self.session.add(publication)
        await self.session.flush()

    async def certificate(self, publication_id: UUID) -> bytes | None:
        """Return the compressed certificate of a publication, if it has one."""
        statement = select(Publication.certificate).where(Publication.id == publication_id)
        return (await self.session.scalars(statement)).one()

    async def with_content(self, publication_id: UUID) -> Publication:
        """Return a publication with snapshot and certificate."""
        whole = undefer(Publication.snapshot), undefer(Publication.certificate)
        statement = select(Publication).where(Publication.id == publication_id).options(*whole)
        statement = statement.execution_options(populate_existing=True)
        return (await self.session.scalars(statement)).one()


async def published_stretches(
    session: AsyncSession, program_id: UUID, first: date, last: date
) -> Sequence[Stretch]:
    """Return which publication counts on which days, in order of time.

    On each day it is the newest one whose days include it; days of none are left out.
    """
    found = await session.scalars(_overlapping(program_id, first, last))
    return list(_stretches(found, first, last))


async def published_schedule(
    session: AsyncSession, program_id: UUID, day: date
) -> Publication | None:
    """Return the publication that counts on a day."""
    found = await session.scalars(_overlapping(program_id, day, day).limit(1))
    return found.one_or_none()


async def snapshot_of(session: AsyncSession, publication_id: UUID) -> bytes:
    """Return the compressed file of a publication."""
    statement = select(Publication.snapshot).where(Publication.id == publication_id)
    return (await session.scalars(statement)).one()


async def is_published(session: AsyncSession, schedule_id: UUID) -> bool:
    """Return whether people were ever told a schedule."""
    statement = select(Publication.id).where(Publication.schedule_id == schedule_id).limit(1)
    return await session.scalar(statement) is not None


async def overrides_of(session: AsyncSession, schedule_id: UUID) -> Sequence[Override]:
    """Return what was accepted of a schedule, the oldest first."""
    statement = select(Override).where(Override.schedule_id == schedule_id)
    return (await session.scalars(statement.order_by(Override.created_at, Override.id))).all()


def _overlapping(program_id: UUID, first: date, last: date) -> Select[Publication]:
    return (
        select(Publication)
        .where(
            Publication.program_id == program_id,
            Publication.start_date <= last,
            Publication.end_date >= first,
        )
        .order_by(Publication.number.desc())
    )


def _stretches(newest_first: Iterable[Publication], first: date, last: date) -> Iterator[Stretch]:
    """Yield who counts when: each publication gets the days that no newer one has."""
    free = [(first, last)]
    taken: list[Stretch] = []
    for one in newest_first:
        left = []
        for start, end in free:
            low, high = max(start, one.start_date), min(end, one.end_date)
            if low > high:
                left.append((start, end))
                continue
            taken.append(Stretch(one, low, high))
            if start < low:
                left.append((start, low - timedelta(1)))
            if high < end:
                left.append((high + timedelta(1), end))
        free = left
        if not free:
            break
    yield from sorted(taken, key=lambda stretch: stretch.first)
