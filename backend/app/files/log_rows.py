"""The rows of a duty log, each on its own: duty with its interval, leave with its days."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.files.faults import InvalidFile, shown
from app.files.local_times import LocalTime, LocalTimeError, read_day, read_local_time, zones
from app.files.log_notes import LogNotes
from app.files.tables import CellValue, Row, Table
from app.scheduling.acgme.intervals import DutyInterval
from app.scheduling.acgme.kinds import MEANING, Kind
from app.scheduling.domain.program import nearest

COLUMNS = ("person", "pgy", "kind", "start", "end", "zone", "rotation")
FURTHER_COLUMNS = ("call_night", "approved", "new_care", "name")

_KINDS = {str(kind): kind for kind in Kind}
_PGY = {str(pgy): pgy for pgy in range(1, 10)}
_FLAGS = {"": None, "true": True, "false": False}
_LONG_MIN = 28 * 60
_LONGEST_MIN = 7 * 24 * 60
_LONGEST_LEAVE_DAYS = 366
_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A row of duty; `start` and `end` in minutes since 1970 (UTC)."""

    line: int
    interval: DutyInterval
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """A row of leave: whole local days from `first` to `last`, on a rotation or on none."""

    line: int
    rotation: str
    first: date
    last: date


@dataclass(slots=True)
class PersonRows:
    """Everything that the log says of one person.

    Parameters
    ----------
    line
        Of the first row.
    zones
        How many rows are in which zone.
    faulty
        Whether a row could not be read, so that what is missing proves nothing.
    """

    id: str
    line: int
    name: str = ""
    zones: Counter[str] = field(default_factory=Counter)
    duty: list[DutyRow] = field(default_factory=list)
    leave: list[LeaveRow] = field(default_factory=list)
    faulty: bool = False


def read_rows(table: Table, notes: LogNotes) -> dict[str, PersonRows]:
    """Return the rows of each person, in the order in which people appear.

    Raises
    ------
    InvalidFile
        When columns are missing or unknown; what is wrong with single rows is noted.
    """
    reader = _RowReader(notes, _columns(table, notes))
    for row in table.rows:
        reader.read(row)
    return reader.people


def _columns(table: Table, notes: LogNotes) -> dict[str, int]:
    """Return the position of each column that is there."""
    columns: dict[str, int] = {}
    known = {*COLUMNS, *FURTHER_COLUMNS}
    line, before = table.header_row, len(notes.faults)
    for position, own in enumerate(table.header):
        key = own.casefold().replace(" ", "_").replace("-", "_")
        if key in columns:
            notes.fault(line, "", f"column {shown(own)} is there twice", "rename one")
        elif key in known:
            columns[key] = position
        elif own:
            notes.fault(line, "", f"column {shown(own)} is unknown", nearest(key, known))
        elif any(row.values[position] is not None for row in table.rows):
            notes.fault(line, "", f"column {position + 1} has values but no name", "name it")
    for key in COLUMNS:
        if key not in columns:
            notes.fault(line, "", f"column {key!r} is missing", f"a log has {', '.join(COLUMNS)}")
    if len(notes.faults) > before:
        raise InvalidFile(notes.faults)
    return columns


@dataclass(slots=True)
class _RowReader:
    """Reads row by row, and goes on after faults so that all are listed."""

    notes: LogNotes
    columns: dict[str, int]
    people: dict[str, PersonRows] = field(default_factory=dict)
    line: int = 0
    cells: dict[str, CellValue] = field(default_factory=dict)
    person: str = ""

    def read(self, row: Row) -> None:
        self.line, self.person = row.number, ""
        self.cells = {name: row.values[position] for name, position in self.columns.items()}
        id_ = self._cell("person")
        if not id_:
            self._fault("person", "the person is missing")
            return
        self.person = id_
        rows = self.people.setdefault(id_, PersonRows(id_, self.line))
        before = len(self.notes.faults)
        self._name(rows)
        kind = self._kind()
        if kind is Kind.LEAVE:
            self._leave(rows)
        else:
            self._duty(rows, kind)
        rows.faulty |= len(self.notes.faults) > before

    def _cell(self, column: str) -> str:
        return str(self.cells.get(column) or "")

    def _fault(self, column: str, message: str, mend: str = "") -> None:
        self.notes.fault(self.line, self.person, f"column {column}: {message}", mend)

    def _name(self, rows: PersonRows) -> None:
        name = self._cell("name")
        rows.name = rows.name or name
        if name and name != rows.name:
            message = f"is called {shown(name)} here and {shown(rows.name)} before: that one holds"
            self.notes.doubt(self.line, self.person, "Two names", message)

    def _kind(self) -> Kind | None:
        word = self._cell("kind")
        kind = _KINDS.get(word)
        if kind is None:
            message = f"kind {shown(word)} is unknown" if word else "the kind is missing"
            like = word.casefold().replace(" ", "_").replace("-", "_")
            self._fault("kind", message, nearest(like, set(_KINDS)))
        return kind

    def _pgy(self) -> int | None:
        word = self._cell("pgy")
        pgy = _PGY.get(word)
        if pgy is None:
            message = f"{shown(word)} is no postgraduate year" if word else "the PGY is missing"
            self._fault("pgy", message, "write 1 to 9")
        return pgy

    def _zone(self) -> str | None:
        zone = self._cell("zone")
        if zone in zones():
            return zone
        message = f"zone {shown(zone)} is unknown" if zone else "the zone is missing"
        close = next((own for own in zones() if own.casefold() == zone.casefold()), None)
        mend = f"did you mean {close!r}?" if close else nearest(zone, set(zones()))
        self._fault("zone", message, mend if zone else "write one such as America/New_York")
        return None

    def _flag(self, column: str) -> bool | None:
        word = self._cell(column)
        if word.casefold() not in _FLAGS:
            self._fault(column, f"{shown(word)} is neither true nor false")
        return _FLAGS.get(word.casefold())

    def _duty(self, rows: PersonRows, kind: Kind | None) -> None:
        before = len(self.notes.faults)
        pgy, zone = self._pgy(), self._zone()
        approved, new_care = self._flag("approved"), self._flag("new_care")
        if zone is None:
            return
        start, end = self._time("start", zone), self._time("end", zone)
        if start is None or end is None or kind is None:
            return
        first, last = start.minutes, end.minutes
        self._check_length(kind, first, last, ambiguous="shown twice" in (start.oddity, end.oddity))
        call_night = self._call_night(kind, start.moment.date(), end.moment.date())
        if len(self.notes.faults) > before or pgy is None:
            return
        rows.zones[zone] += 1
        interval = DutyInterval(
            person=self.person,
            start=start.moment,
            end=end.moment,
            kind=kind,
            rotation=self._cell("rotation"),
            pgy=pgy,
            call_night=call_night,
            new_care=bool(new_care),
            approved=approved,
            reference=str(self.notes.place(self.line)),
        )
        rows.duty.append(DutyRow(self.line, interval, first, last))

    def _time(self, column: str, zone: str) -> LocalTime | None:
        text = self._cell(column)
        if not text:
            self._fault(column, "the time is missing", "write it as 2026-07-01T06:00")
            return None
        try:
            time = read_local_time(text, zone)
        except LocalTimeError as error:
            self._fault(column, str(error), error.mend)
            return None
        for name, message in _oddities(time, f"{column} {text}", zone):
            day = time.moment.date()
            self.notes.doubt(self.line, self.person, name, message, day=day)
        return time

    def _check_length(self, kind: Kind, start: int, end: int, *, ambiguous: bool) -> None:
        length = end - start
        much = f"{length // 60} h" + (f" {length % 60} min" if length % 60 else "")
        if length <= 0:
            what = "at its start" if length == 0 else "before its start"
            mend = "add the offset, such as -05:00, to a time that came twice" if ambiguous else ""
            self._fault("end", f"{kind} ends {what}", mend)
        elif length > _LONGEST_MIN:
            self._fault("end", f"{kind} lasts {much}, more than 7 days", "split it")
        elif length > _LONG_MIN and MEANING[kind].worked:
            message = f"{kind} lasts {much} on end: is its end right?"
            self.notes.doubt(self.line, self.person, "Very long duty", message)

    def _call_night(self, kind: Kind, first: date, last: date) -> date | None:
        text = self._cell("call_night")
        if not text:
            return None
        night = self._day("call_night")
        if night is not None and kind is not Kind.CALL:
            message = f"call_night {night} is passed over: the kind is {kind}, not {Kind.CALL}"
            self.notes.doubt(self.line, self.person, "Call night without call", message)
            return None
        if night is not None and not first - _ONE_DAY <= night <= last:
            self._fault("call_night", f"{night} is no night of call from {first} to {last}")
        return night

    def _day(self, column: str) -> date | None:
        try:
            return read_day(self._cell(column))
        except LocalTimeError as error:
            self._fault(column, str(error), error.mend)
            return None

    def _leave(self, rows: PersonRows) -> None:
        """Read whole days: an end in dates is the last day, an end at 00:00 the day after it."""
        before = len(self.notes.faults)
        if self._cell("pgy"):
            self._pgy()
        if self._cell("zone"):
            self._zone()
        first, last = self._leave_day("start"), self._leave_day("end")
        if first is None or last is None:
            return
        days = (last - first).days + 1
        if days < 1:
            self._fault("end", f"the leave ends on {last}, before its start {first}")
        elif days > _LONGEST_LEAVE_DAYS:
            self._fault("end", f"the leave lasts {days} days, more than a year", "split it")
        if len(self.notes.faults) == before:
            rows.leave.append(LeaveRow(self.line, self._cell("rotation"), first, last))

    def _leave_day(self, column: str) -> date | None:
        text = self._cell(column)
        if not text:
            self._fault(column, "the day is missing", "write it as 2026-07-01")
            return None
        if len(text) <= len("2026-07-01"):
            return self._day(column)
        try:
            moment = read_local_time(text, "UTC").moment
        except LocalTimeError as error:
            self._fault(column, str(error), error.mend)
            return None
        if (moment.hour, moment.minute) != (0, 0):
            mend = f"write a day such as {moment.date()}; an end in days is included"
            self._fault(column, f"{text} is no whole day, as leave is", mend)
            return None
        return moment.date() - (_ONE_DAY if column == "end" else timedelta(0))


def _oddities(time: LocalTime, what: str, zone: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of what is odd about a time."""
    if time.oddity == "skipped":
        read = time.moment.isoformat(timespec="minutes")
        yield "Skipped time", f"{what} was skipped by the clock of {zone}: it is read as {read}"
    elif time.oddity == "shown twice":
        first, second = (
            time.moment.replace(fold=fold).isoformat(timespec="minutes") for fold in (0, 1)
        )
        message = f"{what} came twice in {zone}: it is read as {first}, the first; the other is"
        yield "Time shown twice", f"{message} {second}"
