"""Where rotations begin and end, as the rows of a duty log tell."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from app.files.log_notes import LogNotes
from app.scheduling.acgme.intervals import RotationSpan

_SHORT_DAYS = 6
"""A rotation of at most so many days inside another one is doubted."""
_QUIET_DAYS = 7
"""More days on end without a row are doubted."""

_SPAN_MEND = "give --span PERSON:ROTATION:START:END"


@dataclass(frozen=True, slots=True)
class GivenSpan:
    """A rotation from `first` to `last`, both included, as the user states it."""

    person: str
    rotation: str
    first: date
    last: date

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.person}:{self.rotation}:{self.first}:{self.last}"


@dataclass(frozen=True, slots=True)
class LogDay:
    """What a row says about days: from `first` to `last`, in the home zone.

    `duty` is False for leave.
    """

    line: int
    rotation: str
    first: date
    last: date
    duty: bool = True


@dataclass(frozen=True, slots=True)
class _Opening:
    """A rotation begins; `last` is known where the user stated it."""

    first: date
    rotation: str
    line: int = 0
    last: date | None = None


def rotation_spans(
    person: str,
    rows: Sequence[LogDay],
    given: Sequence[GivenSpan],
    until: date | None,
    notes: LogNotes,
) -> list[RotationSpan]:
    """Return one person's rotation spans, and note what does not fit.

    A rotation runs from its first row to the day before the next one's first row, the last one to
    `until`. Rows without a rotation begin none, nor do rows on days of a stated span. What was not
    stated ends before it.

    Parameters
    ----------
    rows
        In order of their start.
    given
        Stated spans, by first day and without overlap.
    """
    openings = sorted(
        [
            *_openings(person, rows, given, notes),
            *(_Opening(span.first, span.rotation, last=span.last) for span in given),
        ],
        key=lambda opening: opening.first,
    )
    if not openings:
        notes.fault(rows[0].line, person, "no row names a rotation", f"name it, or {_SPAN_MEND}")
        return []
    ends = [
        opening.last or next_one.first - timedelta(1) for opening, next_one in pairwise(openings)
    ]
    ends.append(openings[-1].last or until or date.max)
    spans = [
        RotationSpan(person=person, rotation=opening.rotation, first=opening.first, last=last)
        for opening, last in zip(openings, ends, strict=True)
        if opening.first <= last
    ]
    _doubt_short(person, openings, notes)
    _outside(person, rows, spans, until, notes)
    known = [span for span in spans if span.last < date.max]
    _doubt_quiet(person, rows, known, notes)
    return spans


def _openings(
    person: str, rows: Sequence[LogDay], given: Sequence[GivenSpan], notes: LogNotes
) -> Iterator[_Opening]:
    """Yield where rows begin a rotation: where they name another one than before."""
    firsts = [span.first for span in given]
    current, passed, latest = "", 0, None
    for row in rows:
        if not row.rotation:
            continue
        before = bisect_right(firsts, row.first)
        if before and row.first <= given[before - 1].last:
            continue
        if before == passed and row.rotation == current:
            continue
        if latest is not None and latest.first == row.first:
            message = f"{row.rotation!r} begins on {row.first}, as {latest.rotation!r} does on line"
            mend = f"write the rotation that the day belongs to, or {_SPAN_MEND}"
            notes.fault(row.line, person, f"{message} {latest.line}", mend)
        else:
            latest = _Opening(row.first, row.rotation, row.line)
            yield latest
        current, passed = row.rotation, before


def _outside(
    person: str,
    rows: Sequence[LogDay],
    spans: Sequence[RotationSpan],
    until: date | None,
    notes: LogNotes,
) -> None:
    """List rows on days that no rotation covers."""
    firsts = [span.first for span in spans]
    for row in rows:
        place = bisect_right(firsts, row.last if not row.duty else row.first) - 1
        if place >= 0 and row.first <= spans[place].last:
            continue
        if not row.duty:
            message = f"leave from {row.first} to {row.last} lies in no rotation: it is idle"
            notes.doubt(row.line, person, "Leave outside rotations", message, day=row.first)
        elif until is not None and row.first > until:
            message = f"duty on {row.first} is after --until {until}"
            notes.fault(row.line, person, message, "give a later day")
        else:
            mend = f"name the rotation in the row, or {_SPAN_MEND}"
            notes.fault(row.line, person, f"no rotation covers duty on {row.first}", mend)


def _doubt_short(person: str, openings: Sequence[_Opening], notes: LogNotes) -> None:
    """Point at a few days of another rotation, after which the first one goes on."""
    for before, one, after in zip(openings, openings[1:], openings[2:], strict=False):
        days = (after.first - one.first).days
        if one.line and before.rotation == after.rotation and days <= _SHORT_DAYS:
            much = "1 day" if days == 1 else f"{days} days"
            message = (
                f"{one.rotation!r} interrupts {before.rotation!r} for {much} on {one.first}: hours "
                f"are averaged before, during and after it; if they belong together, {_SPAN_MEND}"
            )
            notes.doubt(one.line, person, "Short rotation", message, day=one.first)


def _doubt_quiet(
    person: str, rows: Sequence[LogDay], spans: Sequence[RotationSpan], notes: LogNotes
) -> None:
    """Point at stretches of a rotation without any row, which would lower its averages."""
    if not spans:
        return
    free, line = spans[0].first, rows[0].line
    stretches = []
    for row in [*rows, LogDay(0, "", spans[-1].last + timedelta(1), date.max)]:
        stretches.append((free, row.first, line))
        if row.last >= free:
            free, line = row.last + timedelta(1) if row.line else free, row.line
    long = [stretch for stretch in stretches if (stretch[1] - stretch[0]).days > _QUIET_DAYS]
    for span in spans:
        for begin, stop, line in long:
            first, last = max(begin, span.first), min(stop - timedelta(1), span.last)
            days = (last - first).days + 1
            if days > _QUIET_DAYS:
                message = (
                    f"nothing is logged from {first} to {last}, {days} days of {span.rotation!r}: "
                    f"they lower its averages; log leave, or {_SPAN_MEND}"
                )
                notes.doubt(line, person, "Nothing logged", message, day=first)
