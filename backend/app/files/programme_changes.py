"""What a programme file changes against a programme, part by part and by the file's own keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.files.loaded import Formats
from app.files.programme_dump import plain_part
from app.scheduling.domain.people import Person

_SETTINGS = (
    *("name", "specialty", "time_zone", "objective", "calendar"),
    *("duty_hours", "groups", "rotation_groups", "formats"),
)
"""Sections of a programme file that are no lists."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One key's value before and after, as a programme file has it; None: it is not there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list as a programme file has it; of leave and wishes `key` is the person's."""

    key: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry that is in both, and not the same."""

    key: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What differs in one list.

    Parameters
    ----------
    reordered
        Whether entries of both come in another order.
    """

    added: tuple[Entry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    removed: tuple[Entry, ...] = ()
    reordered: bool = False

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.added or self.changed or self.removed or self.reordered)


@dataclass(frozen=True, slots=True)
class ProgrammeChanges:
    """What differs between two programmes, schedules and their assignments apart.

    The order of somebody's leave and wishes says nothing.
    """

    settings: tuple[FieldChange, ...]
    people: ListChanges
    rotation_types: ListChanges
    duty_types: ListChanges
    rules: ListChanges
    leave: ListChanges
    wishes: ListChanges

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        parts = self.people, self.rotation_types, self.duty_types, self.rules
        return any((self.settings, *parts, self.leave, self.wishes))


def programme_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], formats: tuple[Formats, Formats]
) -> ProgrammeChanges:
    """Return what differs.

    Parameters
    ----------
    before, after
        The values of a `Program`'s fields, assignments apart; `before` need not make a programme.
    formats
        Of both.
    """
    old, new = (
        {**one, "formats": words} for one, words in zip((before, after), formats, strict=True)
    )
    people, others = old["people"], new["people"]
    return ProgrammeChanges(
        settings=tuple(
            FieldChange(name, plain_part(old[name]), plain_part(new[name]))
            for name in _SETTINGS
            if old[name] != new[name]
        ),
        people=_listed([_alone(one) for one in people], [_alone(one) for one in others], "id"),
        rotation_types=_listed(old["rotation_types"], new["rotation_types"], "code"),
        duty_types=_listed(old["duty_types"], new["duty_types"], "code"),
        rules=_listed(old["rules"], new["rules"], "name"),
        leave=_asked(people, others, "leave"),
        wishes=_asked(people, others, "wishes"),
    )


def _alone(person: Person) -> Person:
    return replace(person, leave=(), wishes=())


def _listed(before: Sequence[Any], after: Sequence[Any], key: str) -> ListChanges:
    old = {getattr(one, key): one for one in before}
    new = {getattr(one, key): one for one in after}
    return ListChanges(
        added=tuple(Entry(name, plain_part(one)) for name, one in new.items() if name not in old),
        changed=tuple(
            ChangedEntry(name, tuple(_fields(plain_part(old[name]), plain_part(one))))
            for name, one in new.items()
            if name in old and one != old[name]
        ),
        removed=tuple(Entry(name, plain_part(one)) for name, one in old.items() if name not in new),
        reordered=[name for name in old if name in new] != [name for name in new if name in old],
    )


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield FieldChange(name, before.get(name), after.get(name))


def _asked(before: Sequence[Person], after: Sequence[Person], section: str) -> ListChanges:
    old = [(one.id, each) for one in before for each in getattr(one, section)]
    new = [(one.id, each) for one in after for each in getattr(one, section)]
    return ListChanges(added=tuple(_without(new, old)), removed=tuple(_without(old, new)))


def _without(some: Iterable[tuple[str, Any]], others: Iterable[tuple[str, Any]]) -> Iterator[Entry]:
    """Yield what some have oftener than others."""
    known = Counter(others)
    for one in some:
        known[one] -= 1
        if known[one] < 0:
            yield Entry(one[0], plain_part(one[1]))
