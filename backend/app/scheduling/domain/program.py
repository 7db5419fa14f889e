"""A programme as its coordinator states it: calendar, people, rotation types and rules."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from heapq import nsmallest
from itertools import chain, islice
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import Assignment, DutyType
from app.scheduling.domain.duty_faults import duty_faults
from app.scheduling.domain.faults import Fault, InvalidProgram, Path
from app.scheduling.domain.people import Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import Refers, Vocabulary, Who, expand_periods
from app.scheduling.domain.year_faults import year_faults

_MOST_FAULTS = 1000
_DEEPEST_GROUPS = 20
_MOST_COMPARED = 2000
ORDINARY = Policy()
"""The duty-hour rules as they stand, without anything of the programme's own."""

Sense = Literal["minimize", "maximize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Everything that the engine needs to know about a programme and its year.

    Parameters
    ----------
    groups
        Named scopes of people, usable wherever a `who` is.
    rotation_groups
        Named lists of rotation codes, usable wherever rotation codes are.
    duty_types
        What templates and assignments name.
    duty_hours
        How the programme applies the duty-hour rules.
    assignments
        What single people do in single half-days, whatever leave and template say; one each.
    objective
        The sense in which objective, bound and terms are stated: with ``minimize`` penalties count
        positive and rewards negative, with ``maximize`` the other way round.

    Raises
    ------
    InvalidProgram
        When names are doubled or refer to nothing, or days miss the year; every fault is listed.
    """

    name: str
    specialty: str = ""
    time_zone: str = "UTC"
    objective: Sense = "minimize"
    calendar: Calendar
    rotation_types: tuple[RotationType, ...]
    people: tuple[Person, ...]
    groups: dict[str, Who] = field(default_factory=dict)
    rotation_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    duty_types: tuple[DutyType, ...] = ()
    duty_hours: Policy = ORDINARY
    assignments: tuple[Assignment, ...] = ()

    def __post_init__(self) -> None:
        """Check the parts against each other."""
        found = chain(
            self._doubled(),
            self._empty(),
            self._zones(),
            self._unknown(),
            year_faults(self),
            self._tangled_groups(),
            self._policy(),
            duty_faults(self),
        )
        faults = list(islice(found, _MOST_FAULTS))
        if faults:
            raise InvalidProgram(faults)

    @property
    def policy(self) -> Policy:
        """`duty_hours`, with the programme's specialty where they name none."""
        specialty = self.duty_hours.specialty or self.specialty
        return replace(self.duty_hours, specialty=specialty)

    def _doubled(self) -> Iterator[Fault]:
        named: tuple[tuple[str, str, list[str]], ...] = (
            ("people", "person id", [person.id for person in self.people]),
            ("rotation_types", "rotation code", [kind.code for kind in self.rotation_types]),
            ("rules", "rule name", [rule.name for rule in self.rules]),
            ("duty_types", "duty code", [duty.code for duty in self.duty_types]),
        )
        for section, what, names in named:
            seen: dict[str, int] = {}
            for position, name in enumerate(names):
                if name in seen:
                    message = f"{what} {name!r} is used twice, first at entry {seen[name] + 1}"
                    yield Fault((section, position), message, "give each its own")
                seen.setdefault(name, position)
        codes = {kind.code for kind in self.rotation_types}
        for name in self.rotation_groups.keys() & codes:
            yield Fault(
                ("rotation_groups", name),
                f"{name!r} is a rotation code and a rotation group",
                "rename the group",
            )

    def _empty(self) -> Iterator[Fault]:
        if not self.people:
            yield Fault(("people",), "the programme has no people", "list at least one person")
        if not self.rotation_types:
            yield Fault(("rotation_types",), "there is no rotation type", "list at least one")

    def _zones(self) -> Iterator[Fault]:
        named: dict[Path, str] = {("time_zone",): self.time_zone}
        for position, kind in enumerate(self.rotation_types):
            if kind.zone:
                named["rotation_types", position, "zone"] = kind.zone
        for path, zone in named.items():
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                mend = "write an IANA zone such as America/New_York"
                yield Fault(path, f"time zone {zone!r} is unknown", mend)

    def _unknown(self) -> Iterator[Fault]:
        known: dict[Vocabulary, set[str]] = {
            "rotation type": {kind.code for kind in self.rotation_types}
            | set(self.rotation_groups),
            "duty type": {duty.code for duty in self.duty_types},
            "person": {person.id for person in self.people},
            "people group": set(self.groups),
            "period": {str(n) for n in range(1, len(self.calendar.period_starts) + 1)},
            "personal soft rule": {rule.name for rule in self.rules if rule.scores_people},
        }
        parts: tuple[tuple[str, object], ...] = (
            ("calendar", self.calendar),
            ("rotation_types", self.rotation_types),
            ("people", self.people),
            ("groups", self.groups),
            ("rules", self.rules),
            ("duty_types", self.duty_types),
            ("assignments", self.assignments),
        )
        for section, part in parts:
            named: Path = ()
            for path, vocabulary, name in references(part, (section,)):
                if name in known[vocabulary] or path == named:
                    continue
                message = f"{vocabulary} {name!r} is unknown"
                if vocabulary == "period":
                    named = path  # a range is one fault, however many of its periods there are not
                    yield Fault(path, message, f"the year has {len(known['period'])}")
                else:
                    yield Fault(path, message, nearest(name, known[vocabulary]))
        codes = {kind.code for kind in self.rotation_types}
        for group, members in self.rotation_groups.items():
            for position, code in enumerate(members):
                if code not in codes:
                    path = ("rotation_groups", group, position)
                    yield Fault(path, f"rotation code {code!r} is unknown", nearest(code, codes))
        for position, person in enumerate(self.people):
            for number, leave in enumerate(person.leave):
                if leave.period is not None and str(leave.period) not in known["period"]:
                    path = ("people", position, "leave", number, "period")
                    mend = f"the year has {len(known['period'])}"
                    yield Fault(path, f"period {str(leave.period)!r} is unknown", mend)

    def _policy(self) -> Iterator[Fault]:
        people = {person.id for person in self.people}
        for position, name in enumerate(self.duty_hours.no_moonlighting):
            if name not in people:
                path: Path = ("duty_hours", "no_moonlighting", position)
                yield Fault(path, f"person {name!r} is unknown", nearest(name, people))
        averaged = {kind.code: kind.averaged_as for kind in self.rotation_types}
        groups = set(averaged.values())
        for number, granted in enumerate(self.duty_hours.exceptions):
            for position, name in enumerate(granted.rotations):
                path = ("duty_hours", "exceptions", number, "rotations", position)
                if name in averaged and name not in groups:
                    message = f"{name!r} is averaged as {averaged[name]!r}"
                    yield Fault(path, message, f"write {averaged[name]!r}")
                elif name not in groups:
                    yield Fault(path, f"rotation type {name!r} is unknown", nearest(name, groups))

    def _tangled_groups(self) -> Iterator[Fault]:
        """Yield people groups that refer to themselves, or to others too many steps deep."""
        left = {name: _groups_in(who) & self.groups.keys() for name, who in self.groups.items()}
        for _ in range(_DEEPEST_GROUPS):
            left = {
                name: inner & left.keys() for name, inner in left.items() if inner & left.keys()
            }
        for name in left:
            yield Fault(
                ("groups", name),
                f"people group {name!r} leads to itself, or through more than "
                f"{_DEEPEST_GROUPS} other groups",
                "state it without itself",
            )


def references(value: object, path: Path) -> Iterator[tuple[Path, Vocabulary, str]]:
    """Yield every name inside `value` that refers to another part of the programme."""
    if is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        for item in fields(value):
            inner = getattr(value, item.name)
            if inner is None:
                continue
            marks = hints[item.name]
            here = (*path, item.name)
            if marks is None:
                yield from references(inner, here)
            elif marks.to == "period":
                yield from ((here, "period", str(n)) for n in expand_periods(inner))
            else:
                yield from ((place, marks.to, name) for place, name in _names(inner, here, marks))
    elif isinstance(value, tuple | list):
        for position, inner in enumerate(value):
            yield from references(inner, (*path, position))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from references(inner, (*path, key))


def _names(value: object, path: Path, mark: Refers) -> Iterator[tuple[Path, str]]:
    """Yield the strings of a marked parameter: a name, nested lists and blocks of names."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _names(inner if mark.values else key, (*path, key), mark)
    elif isinstance(value, tuple | list):
        for position, inner in enumerate(value):
            yield from _names(inner, (*path, position), mark)
    elif is_dataclass(value):
        for item in fields(value):
            yield from _names(getattr(value, item.name), (*path, item.name), mark)


_HINTS: dict[type, dict[str, Refers | None]] = {}


def _hints(kind: type) -> dict[str, Refers | None]:
    """Return what each field of a dataclass refers to."""
    if kind not in _HINTS:
        hints = get_type_hints(kind, include_extras=True)
        _HINTS[kind] = {name: _mark(hint) for name, hint in hints.items()}
    return _HINTS[kind]


def _mark(hint: object) -> Refers | None:
    if get_origin(hint) is Annotated:
        found = [mark for mark in get_args(hint)[1:] if isinstance(mark, Refers)]
        if found:
            return found[0]
    for inner in get_args(hint):
        mark = _mark(inner)
        if mark is not None:
            return mark
    return None


def _groups_in(who: Who | None) -> set[str]:
    """Return the people groups that a scope refers to."""
    found: set[str] = set()
    while who is not None:
        found.update(who.groups)
        who = who.exclude
    return found


def nearest(name: str, known: set[str]) -> str:
    """Return a hint that names the most similar known names."""
    # difflib costs 10 ms at import and is needed only when something is wrong.
    from difflib import get_close_matches  # noqa: PLC0415

    comparable = sorted(known) if len(known) <= _MOST_COMPARED else []
    close = get_close_matches(name[:100], comparable, n=2, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(match) for match in close) + "?"
    if not known:
        return "none is defined"
    shown = nsmallest(8, known)
    return "known are " + ", ".join(shown) + (", …" if len(known) > len(shown) else "")
