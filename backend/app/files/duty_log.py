"""A log of duty hours in CSV, as other systems export it, on one clock."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.files.faults import FileFault, InvalidFile, Place, shown
from app.files.log_notes import LogNotes
from app.files.log_rows import DutyRow, LeaveRow, PersonRows, read_rows
from app.files.log_spans import GivenSpan, LogDay, rotation_spans
from app.files.reading import decode, read_bytes, sha256
from app.files.tables import scan_csv
from app.scheduling.acgme.intervals import InvalidTimelineError, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.timeline import Timeline, build_timeline
from app.scheduling.domain.program import nearest
from app.scheduling.domain.result import Finding

_LONGEST_LOG_DAYS = 3 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """What a log does not say itself.

    Parameters
    ----------
    until
        Last day of everybody's last rotation.
    spans
        Rotations whose days are stated.
    zone
        Everybody's home zone; empty: that of most of a person's rows, or the first of several.
    specialties
        Specialty of a service by its rotation code.
    """

    until: date | None = None
    spans: tuple[GivenSpan, ...] = ()
    zone: str = ""
    specialties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLog:
    """A log as it was read.

    Parameters
    ----------
    timeline
        Its duty, leave and rotations.
    findings
        Rows that were read as they stand, although they are odd; in order of lines.
    sha256
        Of the file.
    """

    timeline: Timeline
    findings: tuple[Finding, ...]
    sha256: str


def load_duty_log(path: Path, options: LogOptions) -> DutyLog:
    """Read a log of duty hours.

    Raises
    ------
    InvalidFile
        With every fault found, by file and line.
    """
    content = read_bytes(path, str(path))
    decode(content, str(path), "save it as CSV UTF-8")
    table, faults = scan_csv(content, str(path), 1, "utf-8")
    notes = LogNotes(str(path), faults=faults)
    people = read_rows(table, notes)
    if not people and not faults:
        notes.fault(table.header_row, "", "there are no rows under the header")
    log = _Log(people, options, notes)
    log.place_on_days()
    timeline = log.timeline()
    findings = sorted(notes.findings, key=_line)
    return DutyLog(timeline=timeline, findings=tuple(findings), sha256=sha256(content))


def _line(found: Finding) -> int:
    return int((found.source or "").rpartition(":")[2] or 0)


@dataclass(slots=True)
class _Log:
    """Puts rows on local days, finds the rotations, and looks at what contradicts itself."""

    people: dict[str, PersonRows]
    options: LogOptions
    notes: LogNotes
    spans: list[RotationSpan] = field(default_factory=list)

    def place_on_days(self) -> None:
        given = self._given_spans()
        unended: list[RotationSpan] = []
        for id_, person in self.people.items():
            person.duty.sort(key=lambda row: (row.start, row.end, row.line))
            days = _days_of(person, self.home(person))
            _check_years(days, id_, self.notes)
            _look_at_duty(person, days, self.notes)
            if person.faulty:
                continue
            if not person.duty and not any(row.rotation for row in person.leave):
                message = "has leave and no duty: there is nothing to verify"
                self.notes.doubt(person.line, id_, "No duty", message)
                continue
            rows = sorted(days.values(), key=lambda day: (day.first, day.line))
            found = rotation_spans(id_, rows, given.get(id_, []), self.options.until, self.notes)
            unended += [span for span in found if span.last == date.max]
            self.spans += found
        if unended:
            self._ask_for_end(unended)
        self._check_specialties()

    def home(self, person: PersonRows) -> str:
        """Return the zone in which a person's days begin and end."""
        if self.options.zone:
            return self.options.zone
        zones = person.zones or sum((one.zones for one in self.people.values()), Counter[str]())
        return zones.most_common(1)[0][0] if zones else "UTC"

    def _given_spans(self) -> dict[str, list[GivenSpan]]:
        """Return the stated spans of each person by their days; list those that fit nowhere."""
        given: dict[str, list[GivenSpan]] = {}
        people = self.people.values()
        codes = {row.interval.rotation for person in people for row in person.duty}
        codes |= {row.rotation for person in people for row in person.leave}
        codes.discard("")
        for span in sorted(self.options.spans, key=lambda span: span.first):
            place = Place(file=f"--span {span}")
            others = given.setdefault(span.person, [])
            if span.person not in self.people:
                message = f"person {shown(span.person)} is not in the log"
                self._add(place, message, nearest(span.person, set(self.people)))
            elif others and span.first <= others[-1].last:
                self._add(place, f"{span.first} is a day of --span {others[-1]} too", "")
            else:
                others.append(span)
            if codes and span.rotation not in codes:
                message = f"{place}: no row names the rotation {shown(span.rotation)}"
                self.notes.findings.append(
                    Finding(
                        rule="log",
                        name="Rotation in no row",
                        severity="warning",
                        person=span.person,
                        date=span.first,
                        message=f"{message}: {nearest(span.rotation, codes)}",
                    )
                )
        return given

    def _add(self, place: Place, message: str, mend: str) -> None:
        self.notes.faults.append(FileFault(place, "", message, mend))

    def _ask_for_end(self, spans: Sequence[RotationSpan]) -> None:
        first = spans[0]
        people = len({span.person for span in spans})
        whose = f"{first.person}'s last rotation {first.rotation!r} ends"
        if people > 1:
            whose = f"the last rotations of {people} people end"
        message = f"nothing says when {whose}"
        self._add(Place(file=self.notes.file), message, "give --until DATE, its last day")

    def _check_specialties(self) -> None:
        codes = {span.rotation for span in self.spans}
        for code in self.options.specialties:
            if code not in codes and not any(person.faulty for person in self.people.values()):
                place = Place(file=f"--specialty {code}")
                self._add(place, "no rotation is called so", nearest(code, codes))

    def timeline(self) -> Timeline:
        """Return everything on one clock, when nothing is wrong with it."""
        if self.notes.faults:
            raise InvalidFile(self.notes.faults)
        people = [
            Resident(id=id_, name=person.name, zone=self.home(person))
            for id_, person in self.people.items()
        ]
        rows = [row for person in self.people.values() for row in person.duty]
        specialties = self.options.specialties
        try:
            return build_timeline(
                "record",
                people,
                [row.interval for row in rows],
                [
                    RotationSpan(
                        person=span.person,
                        rotation=span.rotation,
                        first=span.first,
                        last=span.last,
                        specialty=specialties.get(span.rotation, ""),
                    )
                    for span in self.spans
                ],
                [
                    LeaveDays(person=id_, first=row.first, last=row.last)
                    for id_, person in self.people.items()
                    for row in person.leave
                ],
            )
        except InvalidTimelineError as error:
            for fault in error.faults:
                line = rows[fault.position].line if fault.what == "interval" else 0
                self.notes.fault(line, "", fault.message)
            raise InvalidFile(self.notes.faults) from error


def _days_of(person: PersonRows, home: str) -> dict[int, LogDay]:
    """Return the local days of each row by its line."""
    place = ZoneInfo(home)
    days = {}
    for row in person.duty:
        start, end = row.interval.start, row.interval.end
        if start.tzinfo is not place:
            start, end = start.astimezone(place), end.astimezone(place)
        last = (end - timedelta(minutes=1)).date()
        days[row.line] = LogDay(row.line, row.interval.rotation, start.date(), last)
    for absence in person.leave:
        days[absence.line] = LogDay(
            absence.line, absence.rotation, absence.first, absence.last, duty=False
        )
    return days


def _check_years(days: Mapping[int, LogDay], person: str, notes: LogNotes) -> None:
    """List a log that is longer than training, since one of its years must be wrong."""
    if not days:
        return
    first = min(days.values(), key=lambda day: day.first)
    last = max(days.values(), key=lambda day: day.last)
    if (last.last - first.first).days > _LONGEST_LOG_DAYS:
        message = f"{last.last} is more than three years after {first.first} on line {first.line}"
        notes.fault(last.line, person, message, "one of the years is wrong, or split the log")


def _look_at_duty(person: PersonRows, days: Mapping[int, LogDay], notes: LogNotes) -> None:
    """Point at rows that overlap, lie on leave, or put the PGY back."""
    _doubt_overlaps(person, notes)
    _doubt_leave(person, days, notes)
    for earlier, row in zip(person.duty, person.duty[1:], strict=False):
        if row.interval.pgy < earlier.interval.pgy:
            message = f"PGY {row.interval.pgy} comes after PGY {earlier.interval.pgy} on line"
            notes.fault(row.line, person.id, f"{message} {earlier.line}", "one of them is wrong")


def _doubt_overlaps(person: PersonRows, notes: LogNotes) -> None:
    """Point at each row that begins before an earlier one ends; home call lies beneath others."""
    reach: dict[bool, DutyRow] = {}
    seen: dict[tuple[int, int, Kind], int] = {}
    for row in person.duty:
        kind = row.interval.kind
        same = seen.setdefault((row.start, row.end, kind), row.line)
        layer = kind is Kind.HOME_CALL
        before = reach.get(layer)
        if same != row.line:
            message = f"is the same {kind} as line {same}: it is counted once"
            notes.doubt(row.line, person.id, "Doubled row", message, day=row.interval.start.date())
        elif before is not None and row.start < before.end:
            message = (
                f"{kind} from {row.interval.start:%Y-%m-%dT%H:%M} overlaps {before.interval.kind} "
                f"on line {before.line}, until {before.interval.end:%Y-%m-%dT%H:%M}: hours count "
                "once"
            )
            day = row.interval.start.date()
            notes.doubt(row.line, person.id, "Overlapping rows", message, day=day)
        if before is None or row.end > before.end:
            reach[layer] = row


def _doubt_leave(person: PersonRows, days: Mapping[int, LogDay], notes: LogNotes) -> None:
    """Point at leave that is given twice, and at duty that begins on a day of leave."""
    separate: list[LeaveRow] = []
    for absence in sorted(person.leave, key=lambda row: (row.first, row.line)):
        if separate and absence.first <= separate[-1].last:
            message = f"is leave from {absence.first}, as line {separate[-1].line} says"
            notes.doubt(absence.line, person.id, "Doubled leave", message, day=absence.first)
            if absence.last <= separate[-1].last:
                continue
        separate.append(absence)
    firsts = [absence.first for absence in separate]
    for row in person.duty:
        day = days[row.line].first
        place = bisect_right(firsts, day) - 1
        if place >= 0 and day <= separate[place].last:
            message = f"{row.interval.kind} on {day}, a day of leave by line {separate[place].line}"
            notes.doubt(row.line, person.id, "Duty on leave", message, day=day, severity="info")
