"""Who is on at a moment, by the published schedule."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.core.access import Access, Role
from app.core.clock import now
from app.db.session import AsyncSession
from app.repositories.person_repository import emails_of
from app.repositories.program_repository import ProgramRepository
from app.repositories.publication_repository import Stretch
from app.scheduling.acgme.timeline import NONE
from app.scheduling.acgme.zones import at as on_clock
from app.scheduling.timetable import HalfDays
from app.scheduling.timetable.cells import SOURCES
from app.schemas.half_day import OnDutyPerson, OnDutyQuery, OnDutyResponse
from app.services.published import Published, PublishedSchedules

_AROUND = timedelta(days=31)
"""How far from a moment its duty may have begun or end; of that only what one publication tells."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Duty of one person that goes on from `start` to `end`, minutes since 1970 (UTC)."""

    person: int
    rotation: int
    duty: int
    source: int
    pgy: int
    start: int
    end: int


async def on_duty(
    session: AsyncSession, access: Access, published: PublishedSchedules, query: OnDutyQuery
) -> OnDutyResponse:
    """Return who is on."""
    program = await ProgramRepository(session, access).get(access.program(query.program_id))
    zone = ZoneInfo(program.time_zone)
    moment = (query.at or now()).astimezone(zone)
    day = moment.date()
    found = await published.between(session, program.id, day - _AROUND, day + _AROUND)
    people = await asyncio.to_thread(_people, found, moment)
    viewer = not access.is_admin and access.roles.get(program.id) == Role.VIEWER
    emails = {} if viewer else await emails_of(session, [one.person_id for one in people])
    return OnDutyResponse(
        program_id=program.id,
        at=moment,
        time_zone=program.time_zone,
        people=[
            one.model_copy(update={"email": emails.get(one.person_id) or None}) for one in people
        ],
    )


def _people(found: list[tuple[Stretch, Published]], moment: datetime) -> list[OnDutyPerson]:
    minute = int(moment.timestamp() // 60)
    people = [
        _person(told, spell)
        for stretch, told in found
        for spell in spells_at(told.between(stretch.first, stretch.last), minute)
    ]
    return sorted(people, key=lambda one: (one.rotation_type or "", one.name, one.person))


def spells_at(half_days: HalfDays, minute: int) -> list[Spell]:
    """Return the duty of a moment; half-days of one duty and rotation that touch are one."""
    timed = np.flatnonzero(half_days.start != half_days.end)
    start, end = half_days.start[timed], half_days.end[timed]
    places = np.flatnonzero((start <= minute) & (minute < end)).tolist()
    if not places:
        return []
    columns = [half_days.person, half_days.rotation, half_days.duty]
    same = np.logical_and.reduce([np.diff(column[timed]) == 0 for column in columns])
    goes_on = same & (start[1:] <= end[:-1])
    spells: dict[int, Spell] = {}
    for place in places:
        first = last = place
        while first and goes_on[first - 1]:
            first -= 1
        while last < len(goes_on) and goes_on[last]:
            last += 1
        row = timed[place]
        spells[first] = Spell(
            person=int(half_days.person[row]),
            rotation=int(half_days.rotation[row]),
            duty=int(half_days.duty[row]),
            source=int(half_days.source[row]),
            pgy=int(half_days.pgy[row]),
            start=int(start[first]),
            end=int(end[last]),
        )
    return list(spells.values())


def _person(told: Published, spell: Spell) -> OnDutyPerson:
    program = told.half_days.timetable.program
    person, duty = program.people[spell.person], program.duty_types[spell.duty]
    kind = None if spell.rotation == NONE else program.rotation_types[spell.rotation]
    zone = program.time_zone if kind is None else kind.zone or program.time_zone
    source = SOURCES[spell.source]
    assert source != "leave"  # noqa: S101 - leave has no duty
    return OnDutyPerson(
        person_id=told.file.ids.people[person.id],
        person=person.id,
        name=person.label,
        pgy=spell.pgy,
        email=None,
        rotation_type=None if kind is None else kind.code,
        rotation=None if kind is None else kind.label,
        duty=duty.code,
        duty_name=duty.label,
        kind=duty.kind,
        source=source,
        since=on_clock(spell.start, zone),
        until=on_clock(spell.end, zone),
    )
