"""Calendars: links that only their owners make, and what stands behind them."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.clock import now
from app.core.exceptions import NotFoundError
from app.core.security import fingerprint, new_token
from app.core.settings import Settings
from app.db.session import AsyncSession
from app.files.calendar_feed import Entry, write_calendar
from app.models import CalendarLink, Person
from app.repositories.calendar_link_repository import CalendarLinkRepository, person_of_link
from app.repositories.publication_repository import Stretch, published_stretches
from app.scheduling.timetable import HalfDay
from app.services.published import Published, PublishedSchedules

_DAYS = 450


class CalendarLinkService:
    """The calendar links of a user."""

    def __init__(self, session: AsyncSession, settings: Settings, user_id: UUID) -> None:
        self.links = CalendarLinkRepository(session)
        self.settings = settings
        self.user_id = user_id

    async def create(self, person_id: UUID) -> tuple[CalendarLink, str]:
        """Make the link of the person who the user is, and return it with its address.

        The link before it leads nowhere then.
        """
        person = await self.links.own_person(person_id, self.user_id)
        token = new_token()
        link = await self.links.find(person_id)
        if link is None:
            link = CalendarLink(program_id=person.program_id, person_id=person.id)
        link.token_hash = fingerprint(token)
        await self.links.save(link)
        return link, f"{self.settings.public_url.rstrip('/')}/api/calendar/{token}.ics"

    async def revoke(self, person_id: UUID) -> None:
        """Have the link lead nowhere.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        person = await self.links.own_person(person_id, self.user_id)
        link = await self.links.find(person.id)
        if link is None:
            raise NotFoundError("calendar link", person_id)
        await self.links.delete(link)


class CalendarFeed:
    """What stands behind one link: what was published of last month and the year from there."""

    def __init__(
        self, session: AsyncSession, published: PublishedSchedules, person: Person, time_zone: str
    ) -> None:
        self.session = session
        self.published = published
        self.person = person
        self.time_zone = time_zone

    @classmethod
    async def of(
        cls, session: AsyncSession, published: PublishedSchedules, token: str
    ) -> "CalendarFeed":
        """Return what stands behind a link.

        Raises
        ------
        NotFoundError
            When there is no such link, or not any more.
        """
        found = await person_of_link(session, fingerprint(token))
        if found is None:
            raise NotFoundError("calendar", "…")
        person, program = found
        return cls(session, published, person, program.time_zone)

    async def tag(self) -> str:
        """Return what changes whenever the calendar does; it is found without reading any."""
        days = self._days()
        parts = await published_stretches(self.session, self.person.program_id, *days)
        told = [(str(one.publication.id), str(one.first), str(one.last)) for one in parts]
        about = (str(self.person.id), self.person.name, self.time_zone, told)
        return hashlib.sha256(repr(about).encode()).hexdigest()[:32]

    async def content(self) -> bytes:
        """Return the calendar's file."""
        days = self._days()
        told = await self.published.between(self.session, self.person.program_id, *days)

        def write() -> bytes:
            parts = (_entries(self.person.id, *one) for one in told)
            entries = _leave_together([entry for part in parts for entry in part])
            return write_calendar(self.person.name, self.time_zone, entries)

        return await asyncio.to_thread(write)

    def _days(self) -> tuple[date, date]:
        today = now().astimezone(ZoneInfo(self.time_zone)).date()
        first = (today.replace(day=1) - timedelta(1)).replace(day=1)
        return first, first + timedelta(_DAYS)


def _entries(person_id: UUID, stretch: Stretch, published: Published) -> Iterator[Entry]:
    """Yield a person's duty, spans of a day that touch as one, and days of leave."""
    program = published.file.program
    duties = {one.code: one.name or one.code for one in program.duty_types}
    rotations = {one.code: one for one in program.rotation_types}
    half_days = published.of_person(person_id, stretch.first, stretch.last)
    last: Entry | None = None
    for one in half_days:
        entry = _entry(person_id, stretch, one)
        if entry is None:
            continue
        if one.duty is not None:
            kind = None if one.rotation is None else rotations[one.rotation]
            place = "" if kind is None else kind.label
            summary = " · ".join(filter(None, (duties[one.duty], place)))
            entry = replace(
                entry,
                summary=summary,
                category=one.rotation or "",
                location=kind.site if kind else "",
            )
        if last is not None and _touches(last, entry):
            last = replace(last, end=entry.end)
            continue
        if last is not None:
            yield last
        last = entry
    if last is not None:
        yield last


def _entry(person_id: UUID, stretch: Stretch, one: HalfDay) -> Entry | None:
    leave = one.source == "leave"
    if not leave and (one.start is None or one.end is None):
        return None
    uid = f"{person_id}-{one.date}-{'leave' if leave else one.session}@housestaff"
    return Entry(
        uid=uid,
        start=one.date if leave or one.start is None else one.start,
        end=one.date + timedelta(1) if leave or one.end is None else one.end,
        summary="Leave",
        category="",
        location="",
        sequence=stretch.publication.number,
        changed_at=stretch.publication.published_at,
    )


def _touches(one: Entry, other: Entry) -> bool:
    """Return whether two entries are one: the same duty of a day without a break, or one leave."""
    same = (one.summary, one.category) == (other.summary, other.category)
    if not same or one.uid == other.uid:
        return one.uid == other.uid
    return one.end == other.start and _day_of(one) == _day_of(other)


def _day_of(one: Entry) -> str:
    return one.uid.rsplit("-", 1)[0]


def _leave_together(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Return the entries with days of leave that follow each other as one."""
    found: list[Entry] = []
    for one in entries:
        earlier = next((i for i in range(len(found) - 1, -1, -1) if _is_leave(found[i])), None)
        if _is_leave(one) and earlier is not None and found[earlier].end == one.start:
            found[earlier] = replace(found[earlier], end=one.end)
        else:
            found.append(one)
    return found


def _is_leave(one: Entry) -> bool:
    return one.uid.endswith("-leave@housestaff")
