"""What differs between what people were told and what they are told now."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.repositories.publication_repository import Stretch
from app.scheduling.timetable import HalfDay
from app.services.published import Published

Told = Iterable[tuple[tuple[date, date], Published]]
"""Days, both included, and what is told of them."""
_Place = tuple[UUID, date, str]


@dataclass(frozen=True, slots=True)
class PersonChange:
    """Somebody whose half-days or placements changed.

    Parameters
    ----------
    half_days
        How many of them; 0 where only a placement changed.
    first, last
        The first and last day that is concerned.
    """

    person_id: UUID
    name: str
    half_days: int
    first: date
    last: date


def days_of(parts: Iterable[tuple[Stretch, Published]]) -> Told:
    """Return what people know, without who published it."""
    return [((one.first, one.last), published) for one, published in parts]


def changes(before: Told, after: Told) -> list[PersonChange]:
    """Return who is concerned, in the order in which the programme has them.

    Both are about the same days; a day of which nothing was told is a change if something is now.
    """
    names: dict[UUID, str] = {}
    old, new = _told(before, names), _told(after, names)
    days: dict[UUID, list[date]] = {}
    counts: Counter[UUID] = Counter()
    for place in old.keys() | new.keys():
        if old.get(place) != new.get(place):
            person, day, session = place
            days.setdefault(person, []).append(day)
            counts[person] += bool(session)
    return [
        PersonChange(person, name, counts[person], min(days[person]), max(days[person]))
        for person, name in names.items()
        if person in days
    ]


def _told(parts: Told, names: dict[UUID, str]) -> Mapping[_Place, object]:
    """Return what is told of every half-day, and of every first day of a placement."""
    found: dict[_Place, object] = {}
    for (start, end), published in parts:
        ids = published.file.ids.people
        for shown in published.file.display.people:
            names[ids[shown.id]] = shown.name
        for one in published.between(start, end):
            found[ids[one.person], one.date, one.session] = _shown(one)
        for placement in published.file.placements:
            first, last = max(placement.start, start), min(placement.end, end)
            if first <= last:
                found[ids[placement.person], first, ""] = (placement.rotation, last)
    return found


def _shown(one: HalfDay) -> tuple[object, ...]:
    return one.rotation, one.duty, one.source, one.start, one.end
