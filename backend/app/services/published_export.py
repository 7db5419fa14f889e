"""The published schedule as files, for everybody who may read it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from uuid import UUID

from app.core.exceptions import NotFoundError
from app.db.session import AsyncSession
from app.files.exports.half_day_csv import HEAD, half_day_lines
from app.files.schedule_document import ScheduleDocument, ShownPerson, ShownRotation, ShownSlot
from app.repositories.publication_repository import Stretch
from app.scheduling.domain.schedule import Placement
from app.schemas.publication import PublishedDays
from app.services.export_service import PEOPLE_AT_ONCE, workbook_of
from app.services.published import Published, PublishedSchedules

Told = list[tuple[Stretch, Published]]


async def told_of(
    session: AsyncSession, published: PublishedSchedules, program_id: UUID, days: PublishedDays
) -> Told:
    """Return what counts on these days, in order of time.

    Raises
    ------
    NotFoundError
        When nothing was published of them.
    """
    told = await published.between(session, program_id, days.first, days.last)
    if not told:
        raise NotFoundError("published schedule", program_id)
    return told


async def told_csv(told: Told) -> AsyncIterator[str]:
    """Yield the published half-days, a few people at a time; no connection is needed."""
    yield HEAD
    people = list(dict.fromkeys(one for _, published in told for one in published.person_rows))
    for first in range(0, len(people), PEOPLE_AT_ONCE):
        yield await asyncio.to_thread(_lines, told, people[first : first + PEOPLE_AT_ONCE])


async def told_workbook(told: Told) -> bytes:
    """Return the published grid as a workbook."""
    numbers = sorted({stretch.publication.number for stretch, _ in told})
    subject = f"Published schedule, no. {', '.join(map(str, numbers))}"
    return await workbook_of(lambda: told_document(told), subject)


def told_document(told: Told) -> ScheduleDocument:
    """Return the published grid of some days; a slot is cut where another publication begins.

    What is asked of people and coverages is left out: it is the coordinator's, and a part of a
    year cannot be measured by it.
    """
    people: dict[str, ShownPerson] = {}
    rotations: dict[str, ShownRotation] = {}
    slots: list[ShownSlot] = []
    placements: list[Placement] = []
    for stretch, published in told:
        shown = published.file.display
        for person in shown.people:
            people.setdefault(person.id, person)
        rotations |= {kind.code: kind for kind in shown.rotations}
        counting = [
            replace(slot, start=max(slot.start, stretch.first), end=min(slot.end, stretch.last))
            for slot in shown.slots
            if slot.start <= stretch.last and stretch.first <= slot.end
        ]
        slots += counting
        periods = {slot.start: slot.period for slot in counting}
        for one in published.file.placements:
            first, last = max(one.start, stretch.first), min(one.end, stretch.last)
            if first <= last:
                placements.append(
                    Placement(
                        person=one.person,
                        period=periods[first],
                        rotation=one.rotation,
                        start=first,
                        end=last,
                    )
                )
    newest = told[-1][1].file.display
    display = replace(
        newest,
        slots=tuple(slots),
        people=tuple(people.values()),
        rotations=tuple(rotations.values()),
        requirements=(),
        staffing=(),
    )
    return ScheduleDocument(display=display, placements=tuple(placements))


def _lines(told: Told, people: Iterable[UUID]) -> str:
    return "".join(
        half_day_lines(
            published.of_person(person, stretch.first, stretch.last), published.assignment_ids
        )
        for person in people
        for stretch, published in told
    )
