"""Everybody's duty on one clock, in columns: what the rules are verified on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.intervals import (
    LEVELS,
    Basis,
    DutyInterval,
    InvalidInterval,
    InvalidTimelineError,
    LeaveDays,
    Resident,
    RotationSpan,
    Supervision,
)
from app.scheduling.acgme.kinds import KINDS, Kind
from app.scheduling.acgme.unions import rows_of
from app.scheduling.acgme.zones import DAY, Minutes, midnights, minute

Column = NDArray[np.int32]
Small = NDArray[np.int8]
Bools = NDArray[np.bool_]

NONE = -1
NO_NIGHT = np.iinfo(np.int32).min
"""Marks in `Timeline.call_night` that none was given: a night may lie before day 0."""
NEW_CARE, UNAPPROVED = 1, 2
"""Bits of `Timeline.flags`."""

_COLUMNS = ("start", "end", "kind", "rotation", "pgy", "flags", "call_night")
"""What is told of an interval, but for whose it is and what it is called."""
_LONGEST_DAYS = 3 * 366 + 62
_LONGEST_INTERVAL = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Rotation spans in columns, by person and day; `last` is included."""

    person: Column
    rotation: Column
    first: Column
    last: Column


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Supervisors:
    """Supervision in columns, by start; minutes since 1970 (UTC), levels as in `LEVELS`.

    It equals itself alone.
    """

    rotation: Column
    start: Minutes
    end: Minutes
    level: Small
    supervisors: Column
    exception: Bools

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.start)


def supervisors(rows: Sequence[tuple[int, int, int, int, int, bool]]) -> Supervisors:
    """Return rows of rotation, start, end, level, number and exception as columns."""
    table = np.array(sorted(rows, key=lambda row: row[1:3]), dtype=np.int64).reshape(-1, 6)
    return Supervisors(
        rotation=table[:, 0].astype(np.int32),
        start=table[:, 1],
        end=table[:, 2],
        level=table[:, 3].astype(np.int8),
        supervisors=table[:, 4].astype(np.int32),
        exception=table[:, 5] > 0,
    )


UNSUPERVISED = supervisors([])
"""No word about supervision: it is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Duty intervals of N rows, leave of P people x D days, and rotation spans.

    Parameters
    ----------
    basis
        Plan or record.
    people
        P residents.
    first
        Day 0. Duty before it is looked back upon; `days` follow.
    days
        D, how many local days are verified and known.
    rotations
        R codes; columns hold positions in it, `NONE` for none.
    specialties
        The specialty of each rotation; empty: the programme's.
    person, start, end, kind, rotation, pgy, flags, call_night
        Columns of N intervals, sorted by person and start. Minutes since 1970 (UTC), half-open;
        kinds as positions in `KINDS`; call nights as days from `first`, `NO_NIGHT` where not given.
    references
        What each interval is called in findings; empty when it is called by its time.
    leave : bool array (P, D)
        Whole local days of leave.
    spans
        Rotation spans, within the D days, by person and without overlap.
    supervision
        Who supervises which rotation and when; a rotation that is not named is not judged.
    """

    basis: Basis
    people: tuple[Resident, ...]
    first: date
    days: int
    rotations: tuple[str, ...]
    specialties: tuple[str, ...]
    person: Column
    start: Minutes
    end: Minutes
    kind: Small
    rotation: Column
    pgy: Small
    flags: Small
    call_night: Column
    references: tuple[str, ...]
    leave: Bools
    spans: Spans
    supervision: Supervisors = UNSUPERVISED

    def __len__(self) -> int:
        """Return N."""
        return len(self.start)

    @property
    def last(self) -> date:
        """The last of the known days."""
        return self.day(self.days - 1)

    def day(self, number: int) -> date:
        """Return the date of a day's number."""
        return self.first + timedelta(int(number))

    def begins(self) -> Minutes:
        """Return the minute at which each local day begins: (P, D + 1)."""
        return np.stack([midnights(one.zone, self.first, self.days) for one in self.people])

    def changed_kinds(self, person: int, own: "Timeline") -> Small | None:
        """Return the kinds of the intervals that only one of two timelines of a person has.

        None when more than intervals differs, so that nothing can be said.

        Parameters
        ----------
        person
            Whose part of this timeline is compared.
        own
            The other one, of that person alone.
        """
        whole = ("basis", "first", "days", "rotations", "specialties")
        spans = rows_of(self.spans.person, person)
        same = (
            all(getattr(self, name) == getattr(own, name) for name in whole)
            and self.people[person] == own.people[0]
            and self.supervision is own.supervision
            and np.array_equal(self.leave[person], own.leave[0])
            and all(
                np.array_equal(getattr(self.spans, name)[spans], getattr(own.spans, name))
                for name in ("rotation", "first", "last")
            )
        )
        if not same:
            return None
        rows = rows_of(self.person, person)
        columns = [(getattr(self, name)[rows], getattr(own, name)) for name in _COLUMNS]
        head = _alike(columns)
        tail = _alike([(mine[head:][::-1], theirs[head:][::-1]) for mine, theirs in columns])
        mine, theirs = self.kind[rows], own.kind
        return np.concatenate([mine[head : len(mine) - tail], theirs[head : len(theirs) - tail]])

    def same_intervals(self, mine: Bools, other: "Timeline", theirs: Bools) -> bool:
        """Return whether some intervals of two timelines are the same, whatever they are called."""
        return all(
            np.array_equal(getattr(self, name)[mine], getattr(other, name)[theirs])
            for name in _COLUMNS
        )

    def with_people(self, parts: Mapping[int, "Timeline"]) -> "Timeline":
        """Return the timeline with other parts for some people, each of that person alone."""
        if not parts:
            return self
        leave = self.leave.copy()
        for person, own in parts.items():
            leave[person] = own.leave[0]
        people = sorted(parts)
        others = [parts[person] for person in people]
        rows = [rows_of(self.person, person) for person in people]
        spans = [rows_of(self.spans.person, person) for person in people]
        whose = [np.full_like(parts[person].person, person) for person in people]
        spanned = [np.full_like(parts[person].spans.person, person) for person in people]
        references = _pieces(self.references, rows, [own.references for own in others])
        columns: dict[str, Any] = {
            name: _joined(getattr(self, name), rows, [getattr(own, name) for own in others])
            for name in _COLUMNS
        }
        of_spans: dict[str, Any] = {
            name: _joined(
                getattr(self.spans, name), spans, [getattr(own.spans, name) for own in others]
            )
            for name in ("rotation", "first", "last")
        }
        return replace(
            self,
            person=_joined(self.person, rows, whose),
            references=tuple(chain.from_iterable(references)),
            leave=leave,
            spans=Spans(person=_joined(self.spans.person, spans, spanned), **of_spans),
            **columns,
        )

    def of(self, person: int) -> "Timeline":
        """Return one person's part of it."""
        rows, spans = rows_of(self.person, person), rows_of(self.spans.person, person)
        return replace(
            self,
            people=(self.people[person],),
            person=np.zeros(rows.stop - rows.start, dtype=np.int32),
            start=self.start[rows],
            end=self.end[rows],
            kind=self.kind[rows],
            rotation=self.rotation[rows],
            pgy=self.pgy[rows],
            flags=self.flags[rows],
            call_night=self.call_night[rows],
            references=self.references[rows],
            leave=self.leave[person : person + 1],
            spans=Spans(
                person=np.zeros(spans.stop - spans.start, dtype=np.int32),
                rotation=self.spans.rotation[spans],
                first=self.spans.first[spans],
                last=self.spans.last[spans],
            ),
        )


def _pieces(column: Any, rows: Sequence[slice], others: Sequence[Any]) -> Iterator[Any]:  # noqa: ANN401 - array or tuple
    """Yield what is left of a column, and between it what stands in place of some rows."""
    end = 0
    for place, other in zip(rows, others, strict=True):
        yield column[end : place.start]
        yield other
        end = place.stop
    yield column[end:]


def _joined(
    column: NDArray[Any], rows: Sequence[slice], others: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    """Return a column with other entries in place of some rows."""
    return np.concatenate(list(_pieces(column, rows, others)))


def _alike(columns: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> int:
    """Return in how many of their first rows two tables are the same."""
    shorter = min(map(len, columns[0]))
    same = np.ones(shorter, dtype=np.bool_)
    for mine, theirs in columns:
        same &= mine[:shorter] == theirs[:shorter]
    return shorter if same.all() else int(same.argmin())


def build_timeline(  # noqa: PLR0913, PLR0917 - all that is known
    basis: Basis,
    people: Sequence[Resident],
    intervals: Sequence[DutyInterval],
    spans: Sequence[RotationSpan],
    leave: Sequence[LeaveDays] = (),
    supervision: Sequence[Supervision] = (),
    *,
    first: date | None = None,
    last: date | None = None,
) -> Timeline:
    """Return intervals as a timeline.

    Parameters
    ----------
    first, last
        The days that are known; without them, from the first to the last day of the spans.

    Raises
    ------
    InvalidTimelineError
        When there is no span, an interval ends before it starts or is not in whole minutes, or
        anything names an unknown person or lies outside the known days; every fault is listed.
    """
    if not spans:
        raise InvalidTimelineError([InvalidInterval("span", 0, "there is no rotation span")])
    first = first or min(span.first for span in spans)
    last = last or max(span.last for span in spans)
    days = (last - first).days + 1
    faults = _faults(basis, people, intervals, spans, leave, (first, last))
    faults += _wrong_supervision(supervision, spans)
    if faults:
        raise InvalidTimelineError(faults)
    rows = {one.id: number for number, one in enumerate(people)}
    specialties = _specialties(intervals, spans)
    codes = {code: number for number, code in enumerate(specialties)}
    away = np.zeros((len(people), days), dtype=np.bool_)
    for absence in leave:
        low = max(0, (absence.first - first).days)
        away[rows[absence.person], low : max(0, (absence.last - first).days + 1)] = True
    columns = _columns(intervals, rows, codes, first)
    order = np.lexsort((columns["start"], columns["person"]))
    references = tuple(intervals[position].reference for position in order)
    return Timeline(
        basis=basis,
        people=tuple(people),
        first=first,
        days=days,
        rotations=tuple(codes),
        specialties=tuple(specialties.values()),
        person=columns["person"][order].astype(np.int32),
        start=columns["start"][order],
        end=columns["end"][order],
        kind=columns["kind"][order].astype(np.int8),
        rotation=columns["rotation"][order].astype(np.int32),
        pgy=columns["pgy"][order].astype(np.int8),
        flags=columns["flags"][order].astype(np.int8),
        call_night=columns["call_night"][order].astype(np.int32),
        references=references,
        leave=away,
        spans=_spans(spans, rows, codes, first),
        supervision=supervisors(
            [
                (
                    codes[one.rotation],
                    minute(one.start),
                    minute(one.end),
                    LEVELS.index(one.level),
                    one.supervisors,
                    one.primary_care_exception,
                )
                for one in supervision
            ]
        ),
    )


def _columns(
    intervals: Sequence[DutyInterval],
    people: Mapping[str, int],
    codes: Mapping[str, int],
    first: date,
) -> dict[str, Minutes]:
    number = {kind: position for position, kind in enumerate(KINDS)}
    names = ("person", "start", "end", "kind", "rotation", "pgy", "flags", "call_night")
    table = np.empty((len(intervals), len(names)), dtype=np.int64)
    for position, one in enumerate(intervals):
        table[position] = (
            people[one.person],
            minute(one.start),
            minute(one.end),
            number[one.kind],
            codes.get(one.rotation, NONE),
            one.pgy,
            NEW_CARE * one.new_care + UNAPPROVED * (one.approved is False),
            NO_NIGHT if one.call_night is None else (one.call_night - first).days,
        )
    return {name: table[:, position] for position, name in enumerate(names)}


def _specialties(
    intervals: Sequence[DutyInterval], spans: Sequence[RotationSpan]
) -> dict[str, str]:
    """Return every rotation's specialty; rotations in the order of their first mention."""
    found: dict[str, str] = {}
    for span in spans:
        found[span.rotation] = span.specialty
    for one in intervals:
        if one.rotation:
            found.setdefault(one.rotation, "")
    return found


def _spans(
    spans: Sequence[RotationSpan], people: Mapping[str, int], codes: Mapping[str, int], first: date
) -> Spans:
    rows = sorted(
        (people[one.person], (one.first - first).days, (one.last - first).days, codes[one.rotation])
        for one in spans
    )
    table = np.array(rows, dtype=np.int32).reshape(-1, 4)
    return Spans(person=table[:, 0], first=table[:, 1], last=table[:, 2], rotation=table[:, 3])


def _faults(  # noqa: PLR0913, PLR0917 - all that was given
    basis: Basis,
    people: Sequence[Resident],
    intervals: Sequence[DutyInterval],
    spans: Sequence[RotationSpan],
    leave: Sequence[LeaveDays],
    known: tuple[date, date],
) -> list[InvalidInterval]:
    """Return what is wrong with each interval, span and leave."""
    ids = {one.id for one in people}
    faults: list[InvalidInterval] = []
    if (known[1] - known[0]).days + 1 > _LONGEST_DAYS:
        message = f"{known[0]} to {known[1]} are more than {_LONGEST_DAYS} days"
        faults.append(InvalidInterval("span", 0, message))
    for number, one in enumerate(intervals):
        faults += [InvalidInterval("interval", number, words) for words in _wrong(one, ids)]
        if one.kind is Kind.VOLUNTARY and basis == "plan":
            words = "a voluntary stay is logged, never scheduled"
            faults.append(InvalidInterval("interval", number, words))
    faults += _wrong_spans(spans, ids, known)
    for number, absence in enumerate(leave):
        if absence.person not in ids:
            faults.append(InvalidInterval("leave", number, f"person {absence.person!r} is unknown"))
        if absence.last < absence.first:
            words = f"leave ends on {absence.last}, before its start {absence.first}"
            faults.append(InvalidInterval("leave", number, words))
    return faults


def _wrong_spans(
    spans: Sequence[RotationSpan], ids: set[str], known: tuple[date, date]
) -> list[InvalidInterval]:
    faults = []
    for number, span in enumerate(spans):
        if span.person not in ids:
            faults.append(InvalidInterval("span", number, f"person {span.person!r} is unknown"))
        if span.last < span.first:
            words = f"rotation {span.rotation!r} ends on {span.last}, before it starts"
            faults.append(InvalidInterval("span", number, words))
        if span.first < known[0] or span.last > known[1]:
            words = f"rotation {span.rotation!r} lies outside {known[0]} to {known[1]}"
            faults.append(InvalidInterval("span", number, words))
    told: dict[str, str] = {}
    for number, span in enumerate(spans):
        if told.setdefault(span.rotation, span.specialty) != span.specialty:
            words = f"rotation {span.rotation!r} is of two specialties: give each its own code"
            faults.append(InvalidInterval("span", number, words))
    return faults + _overlaps(spans)


def _wrong(one: DutyInterval, ids: set[str]) -> list[str]:
    words = []
    if one.person not in ids:
        words.append(f"person {one.person!r} is unknown")
    if one.kind is Kind.LEAVE:
        words.append("leave is given in days, not as duty")
    if one.start.tzinfo is None or one.end.tzinfo is None:
        return [*words, f"{one.start} to {one.end} has no time zone"]
    if (one.start.second, one.start.microsecond, one.end.second, one.end.microsecond) != (0,) * 4:
        words.append(f"{one.start} to {one.end} is not in whole minutes")
    length = minute(one.end) - minute(one.start)
    if length <= 0:
        words.append(f"duty ends at {one.end}, not after its start {one.start}")
    if length > _LONGEST_INTERVAL:
        words.append(f"duty from {one.start} lasts {length // 60} hours, more than a week")
    return words


def _wrong_supervision(
    supervision: Sequence[Supervision], spans: Sequence[RotationSpan]
) -> list[InvalidInterval]:
    known = {span.rotation for span in spans}
    faults = []
    for number, one in enumerate(supervision):
        if one.rotation not in known:
            words = f"nobody is on the supervised rotation {one.rotation!r}"
            faults.append(InvalidInterval("supervision", number, words))
        if one.start.tzinfo is None or one.end.tzinfo is None or one.end <= one.start:
            words = f"supervision from {one.start} to {one.end}: expected two rising zoned times"
            faults.append(InvalidInterval("supervision", number, words))
        if one.supervisors < 0:
            words = f"{one.supervisors} supervisors: expected 0 or more"
            faults.append(InvalidInterval("supervision", number, words))
    return faults


def _overlaps(spans: Sequence[RotationSpan]) -> list[InvalidInterval]:
    order = sorted(
        range(len(spans)), key=lambda number: (spans[number].person, spans[number].first)
    )
    faults = []
    for earlier, later in pairwise(order):
        one, other = spans[earlier], spans[later]
        if one.person == other.person and other.first <= one.last:
            words = f"{one.person} is on {one.rotation!r} and {other.rotation!r} on {other.first}"
            faults.append(InvalidInterval("span", later, words))
    return faults
