"""The published schedule of a programme as its members see it."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from app.db.session import AsyncSession
from app.models import Program
from app.repositories.publication_repository import Stretch
from app.scheduling.timetable import HalfDay
from app.schemas.publication import (
    PublishedDuty,
    PublishedHalfDay,
    PublishedPart,
    PublishedPerson,
    PublishedQuery,
    PublishedResponse,
    PublishedRotation,
    PublishedStay,
)
from app.services.published import Published, PublishedSchedules

Told = list[tuple[Stretch, Published]]


async def overview(
    session: AsyncSession, published: PublishedSchedules, program: Program, query: PublishedQuery
) -> PublishedResponse:
    """Return what members are told of these days; the newest publication of each day counts."""
    told = await published.between(session, program.id, query.first, query.last)
    return await asyncio.to_thread(_overview, told, program, query)


def _overview(told: Told, program: Program, query: PublishedQuery) -> PublishedResponse:
    rotations: dict[str, PublishedRotation] = {}
    duties: dict[str, PublishedDuty] = {}
    people: dict[UUID, PublishedPerson] = {}
    for stretch, published in told:
        file = published.file
        for kind in file.display.rotations:
            rotations[kind.code] = PublishedRotation.model_validate(kind)
        for duty in file.program.duty_types:
            duties[duty.code] = PublishedDuty(code=duty.code, name=duty.name or duty.code)
        for shown in file.display.people:
            identity = file.ids.people[shown.id]
            if identity not in people:
                people[identity] = PublishedPerson(
                    person_id=identity,
                    person=shown.id,
                    name=shown.name,
                    pgy=shown.pgy,
                    placements=[],
                    half_days=[] if query.half_days else None,
                )
        for one in file.placements:
            first, last = max(one.start, stretch.first), min(one.end, stretch.last)
            if first <= last:
                stay = PublishedStay(start_date=first, end_date=last, rotation=one.rotation)
                people[file.ids.people[one.person]].placements.append(stay)
        if query.half_days:
            _add_half_days(people, published.between(stretch.first, stretch.last), published)
    return PublishedResponse(
        program_id=program.id,
        start_date=query.first,
        end_date=query.last,
        time_zone=program.time_zone,
        parts=[_part(stretch) for stretch, _ in told],
        rotations=list(rotations.values()),
        duties=list(duties.values()),
        people=list(people.values()),
    )


def _add_half_days(
    people: dict[UUID, PublishedPerson], half_days: Iterable[HalfDay], published: Published
) -> None:
    for one in half_days:
        rows = people[published.file.ids.people[one.person]].half_days
        assert rows is not None  # noqa: S101 - they were asked for
        rows.append(
            PublishedHalfDay(
                date=one.date,
                session=one.session,
                rotation=one.rotation,
                duty=one.duty,
                source=one.source,
                start=one.start,
                end=one.end,
            )
        )


def _part(stretch: Stretch) -> PublishedPart:
    publication = stretch.publication
    return PublishedPart(
        publication_id=publication.id,
        number=publication.number,
        published_at=publication.published_at,
        start_date=stretch.first,
        end_date=stretch.last,
    )
