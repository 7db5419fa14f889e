"""People, leave and wishes from the tables that coordinators keep."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from app.files.faults import FileFault, InvalidFile, Place, shown
from app.files.people_mapping import (
    PERIOD,
    Appointment,
    ClassColumn,
    LeaveColumns,
    LeaveTableColumns,
    PeopleColumns,
    PreassignmentColumns,
    WishColumns,
    WishTableColumns,
)
from app.files.table_reader import TableReader
from app.files.tables import Row
from app.scheduling.domain.faults import Path
from app.scheduling.domain.people import Half, Leave, Person, Preassignment, Wish
from app.scheduling.domain.program import nearest
from app.scheduling.domain.result import Finding
from app.scheduling.domain.scope import expand_periods

_Entry = TypeVar("_Entry", Leave, Wish, Preassignment)

_HALVES: dict[str, Half | None] = {
    **dict.fromkeys(("first", "first half", "1st", "1", "a"), "first"),
    **dict.fromkeys(("second", "second half", "2nd", "2", "b"), "second"),
    **dict.fromkeys(("full", "whole", "both"), None),
}
_LEAVE_TEXT = re.compile(r"(?P<periods>\d+(?:-\d+)?)(?:\s+(?P<half>[a-z0-9 ]+))?")
_DATES_TEXT = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\d)\s*(?:to|until|\.\.)\s*(?P<end>\d{4}-\d\d-\d\d)"
)
_WISH_TEXT = re.compile(
    r"(?P<avoid>(?:not|avoid)\s+)?(?P<rotations>.+?)\s+in\s+(?P<periods>[\d ,-]+)"
)
_WISH_COLUMN = re.compile(r"wish[ _-]?(\d{1,2})")
_CLASS_HINT = "map words to PGY and track with class: {column: …, values: {…}}"
_FTE_DECIMALS = 2
"""Tables hold calculated shares such as 1/3, which the engine finds too fine."""
_WISH_HINT = "write 'CARD in 3' or 'not NF in 7-8'"
_LEAVE_HINT = "write '6', '8 first' or '2026-12-20 to 2026-12-31', with ; between"
_PLAIN = ("name", "email", "track", "cohort")


@dataclass(slots=True)
class PeopleRead:
    """People as a table gave them.

    Parameters
    ----------
    people
        In the table's order; one that could not be read is there with its id alone.
    places
        Where each person stands, and each entry that a cell gave: by path from the programme.
    faults, findings
        What is wrong; what was passed over.
    """

    people: list[Person] = field(default_factory=list)
    places: dict[Path, Place] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def place(self, path: Path) -> Place | None:
        """Return the place of a path or of the nearest thing around it."""
        for length in range(len(path), 1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None


def read_people(reader: TableReader, spec: PeopleColumns) -> PeopleRead:
    """Read one person per row.

    Raises
    ------
    InvalidFile
        When columns are missing; what is wrong with single rows is listed in the result.
    """
    columns = _PeopleReader.prepare(reader, spec)
    read = PeopleRead(faults=reader.faults, findings=reader.findings)
    rows: dict[str, int] = {}
    for row in reader.table.rows:
        reader.subject = ""
        id_ = reader.text(row, columns.plain["id"])
        if not id_:
            reader.fault(row, columns.plain["id"], "the id is missing")
            continue
        reader.subject = id_
        if id_ in rows:
            reader.fault(row, columns.plain["id"], f"the id is in row {rows[id_]} too", "keep one")
            continue
        rows[id_] = row.number
        columns.read(row, id_, read)
    if not read.people and not reader.faults:
        place = reader.table.place(reader.table.header_row)
        message = "there are no people under the header"
        if rows:
            message = "nobody under the header has an appointment in the year"
        reader.faults.append(FileFault(place, "", message))
    return read


@dataclass(slots=True)
class _PeopleReader:
    """Which column gives what, once it is known that they are there."""

    reader: TableReader
    plain: dict[str, str]
    class_: ClassColumn | None
    leave: tuple[LeaveColumns, ...]
    wishes: WishColumns | None
    decided: dict[int, str]
    signs: PreassignmentColumns
    carry_over: dict[str, str]

    @classmethod
    def prepare(cls, reader: TableReader, spec: PeopleColumns) -> "_PeopleReader":
        table = reader.table
        leave, wishes = spec.leave, spec.wishes
        if leave is None:
            own = table.find_column("leave")
            leave = () if own is None else (LeaveColumns(text=own),)
        if wishes is None:
            numbered = [
                (m, name) for name in table.header if (m := _WISH_COLUMN.fullmatch(name.casefold()))
            ]
            ranked = sorted((int(match[1]), name) for match, name in numbered)
            wishes = WishColumns(columns=tuple(name for _, name in ranked)) if ranked else None
        claimed = [name for entry in leave for name in _leave_columns(entry)]
        claimed += [*(wishes.columns if wishes else ()), *spec.carry_over.values()]
        keys = ["id", "start", "end", "tags"]
        if spec.class_ is None:
            keys += [*_PLAIN, "pgy", "fte"]
        else:
            claimed.append(spec.class_.column)
            keys += ["name", "email"]
            keys += [key for key in ("pgy", "track", "cohort", "fte") if getattr(spec, key)]
        plain = reader.columns({key: getattr(spec, key) for key in keys}, claimed)
        reader.ask_for(plain, "id", *([] if spec.class_ else ["pgy"]))
        signs = spec.preassignments or PreassignmentColumns()
        decided = _decided_columns(reader, signs, stated=spec.preassignments is not None)
        if reader.faults:
            raise InvalidFile(reader.faults)
        return cls(reader, plain, spec.class_, leave, wishes, decided, signs, spec.carry_over)

    def read(self, row: Row, id_: str, read: PeopleRead) -> None:
        number = len(read.people)
        before = len(self.reader.faults)
        person = self._appointment(row, id_)
        days = {"start": person.start, "end": person.end}
        if self.reader.misses_the_year(row, None, "the appointment", **days):
            return
        read.places["people", number] = self.reader.place(row, self.plain["id"])
        person = replace(
            person,
            leave=_placed(read, number, "leave", self._leave(row)),
            wishes=_placed(read, number, "wishes", self._wishes(row)),
            preassignments=_placed(read, number, "preassignments", self._decisions(row)),
            carry_over=self._carried(row),
        )
        read.people.append(person if len(self.reader.faults) == before else Person(id=id_, pgy=1))

    def _appointment(self, row: Row, id_: str) -> Person:
        """Return the person without entries; with the id alone where the row is wrong."""
        reader, plain = self.reader, self.plain
        before = len(reader.faults)
        stands = self._class(row)
        pgy = reader.whole(row, plain.get("pgy"), _CLASS_HINT)
        fte = reader.number(row, plain.get("fte"))
        start, end = reader.day(row, plain.get("start")), reader.day(row, plain.get("end"))
        if pgy is None and stands is not None:
            pgy = stands.pgy
        if pgy is None and len(reader.faults) == before:
            reader.fault(row, plain.get("pgy"), "the PGY is missing")
        tags = tuple(tag.strip() for tag in re.split("[,;]", reader.text(row, plain.get("tags"))))
        try:
            return Person(
                id=id_,
                name=reader.text(row, plain.get("name")),
                email=reader.text(row, plain.get("email")),
                pgy=pgy or 1,
                track=reader.text(row, plain.get("track")) or (stands.track if stands else ""),
                cohort=reader.text(row, plain.get("cohort")) or (stands.cohort if stands else ""),
                fte=round(fte, _FTE_DECIMALS) if fte is not None else stands.fte if stands else 1.0,
                start=start,
                end=end,
                tags=(*(stands.tags if stands else ()), *filter(None, tags)),
            )
        except ValueError as error:
            reader.fault(row, None, str(error))
            return Person(id=id_, pgy=1)

    def _class(self, row: Row) -> Appointment | None:
        if self.class_ is None:
            return None
        column = self.class_.column
        word = self.reader.text(row, column)
        known = self.class_.values
        if word not in known:
            message = f"class {word!r} is unknown" if word else "the class is missing"
            self.reader.fault(row, column, message, nearest(word, set(known)))
        return known.get(word)

    def _carried(self, row: Row) -> dict[str, float]:
        amounts = {key: self.reader.number(row, name) for key, name in self.carry_over.items()}
        return {key: amount for key, amount in amounts.items() if amount is not None}

    def _leave(self, row: Row) -> Iterator[tuple[Place, Leave]]:
        for entry in self.leave:
            if entry.text is not None:
                yield from _leave_text(self.reader, row, entry.text, entry.kind)
                continue
            column = entry.period or entry.start
            period = self.reader.period(row, entry.period)
            unsaid = None if entry.without_half == "full" else entry.without_half
            half = _half(self.reader, row, entry.half, unsaid) if period else None
            start, end = self.reader.day(row, entry.start), self.reader.day(row, entry.end)
            if period is None and start is None and end is None:
                continue
            try:
                leave = Leave(period=period, half=half, start=start, end=end, kind=entry.kind)
            except ValueError as error:
                self.reader.fault(row, column, str(error))
                continue
            if not self.reader.misses_the_year(row, column, "leave", start=start, end=end):
                yield self.reader.place(row, column), leave

    def _wishes(self, row: Row) -> Iterator[tuple[Place, Wish]]:
        if self.wishes is None:
            return
        for rank, column in enumerate(self.wishes.columns, 1):
            text = self.reader.text(row, column)
            if not text:
                continue
            avoid, names, when = self.wishes.avoid, self.wishes.rotations, text
            if not names:
                match = _WISH_TEXT.fullmatch(text)
                if match is None:
                    self.reader.fault(row, column, f"{shown(text)} is no wish", _WISH_HINT)
                    continue
                avoid, when = match["avoid"] is not None, match["periods"]
                names = tuple(name.strip() for name in match["rotations"].split("/"))
            codes = self.reader.rotations(row, column, names)
            periods = self.reader.periods(row, column, when)
            if codes and periods:
                wish = Wish(rank=rank, rotations=codes, periods=periods, avoid=avoid)
                yield self.reader.place(row, column), wish

    def _decisions(self, row: Row) -> Iterator[tuple[Place, Preassignment]]:
        prefix = self.signs.never_prefix
        for period, column in self.decided.items():
            parts = self.reader.text(row, column).split(self.signs.separator)
            names = [part.strip() for part in parts if part.strip()]
            never = [name for name in names if name.startswith(prefix)]
            if never and len(never) < len(names):
                message = f"{shown(', '.join(names))} mixes what must be with what must not"
                mend = f"put {prefix} before all of them or before none"
                self.reader.fault(row, column, message, mend)
                continue
            bare = [name.removeprefix(prefix).strip() for name in names]
            codes = self.reader.rotations(row, column, bare, period)
            if codes:
                decision = (
                    Preassignment(periods=(period,), never=codes)
                    if never
                    else Preassignment(periods=(period,), one_of=codes)
                )
                yield self.reader.place(row, column), decision


def _placed(
    read: PeopleRead, number: int, key: str, entries: Iterator[tuple[Place, _Entry]]
) -> tuple[_Entry, ...]:
    """Return the entries, and note where each stands."""
    kept: list[_Entry] = []
    for place, entry in entries:
        read.places["people", number, key, len(kept)] = place
        kept.append(entry)
    return tuple(kept)


def _leave_columns(entry: LeaveColumns) -> Iterator[str]:
    names = (entry.period, entry.half, entry.start, entry.end, entry.text)
    return (name for name in names if name is not None)


def _decided_columns(
    reader: TableReader, signs: PreassignmentColumns, *, stated: bool
) -> dict[int, str]:
    """Return the column of each period that has one; say so when a stated one is missing."""
    names = {n: signs.columns.replace(PERIOD, str(n)) for n in range(1, reader.words.periods + 1)}
    if stated:
        found = {n: name for n, name in names.items() if name in reader.table.header}
        reader.faults += reader.table.faults_of_columns(list(found.values()))
    else:
        loosely = {n: reader.table.find_column(name) for n, name in names.items()}
        found = {n: name for n, name in loosely.items() if name is not None}
    missing = [names[n] for n in names if n not in found]
    if missing and stated:
        which = f"{missing[0]} to {missing[-1]}" if len(missing) > 1 else missing[0]
        reader.findings.append(
            Finding(
                rule="input",
                name="No such column",
                severity="info",
                message=f"{reader.table.place(reader.table.header_row)}: {len(missing)} columns of "
                f"pre-assignments are not there ({which}): nothing is decided beforehand in them",
            )
        )
    return found


def _half(reader: TableReader, row: Row, column: str | None, unsaid: Half | None) -> Half | None:
    text = reader.text(row, column)
    if not text:
        return unsaid
    word = text.casefold()
    if word not in _HALVES:
        reader.fault(row, column, f"{shown(text)} is no half", "write first or second")
    return _HALVES.get(word)


def _leave_text(
    reader: TableReader, row: Row, column: str, kind: str
) -> Iterator[tuple[Place, Leave]]:
    place = reader.place(row, column)
    for part in filter(None, (part.strip() for part in reader.text(row, column).split(";"))):
        dates, numbers = _DATES_TEXT.fullmatch(part), _LEAVE_TEXT.fullmatch(part.casefold())
        if dates is not None:
            try:
                start, end = date.fromisoformat(dates["start"]), date.fromisoformat(dates["end"])
                leave = Leave(start=start, end=end, kind=kind)
            except ValueError as error:
                reader.fault(row, column, f"{shown(part)} is no leave: {error}")
                continue
            if not reader.misses_the_year(row, column, "leave", start=start, end=end):
                yield place, leave
        elif numbers is not None and (numbers["half"] or "full").strip() in _HALVES:
            half = _HALVES[(numbers["half"] or "full").strip()]
            for period in expand_periods(reader.periods(row, column, numbers["periods"])):
                yield place, Leave(period=period, half=half, kind=kind)
        else:
            reader.fault(row, column, f"{shown(part)} is no leave", _LEAVE_HINT)


def read_leave(
    reader: TableReader, spec: LeaveTableColumns, known: Mapping[str, int], read: PeopleRead
) -> None:
    """Add a table of leave, one entry per row, to people who are known by id and position."""
    columns = _entry_columns(reader, spec, ("person", "period", "half", "start", "end", "kind"))
    if "period" not in columns:
        reader.ask_for(columns, "start", "end")
    for row, number in _rows_of_people(reader, columns, known):
        period = reader.period(row, columns.get("period"))
        half = _half(reader, row, columns.get("half"), None)
        start, end = reader.day(row, columns.get("start")), reader.day(row, columns.get("end"))
        kind = reader.text(row, columns.get("kind")) or "vacation"
        try:
            leave = Leave(period=period, half=half, start=start, end=end, kind=kind)
        except ValueError as error:
            reader.fault(row, None, str(error))
            continue
        if reader.misses_the_year(row, None, "leave", start=start, end=end):
            continue
        person = read.people[number]
        read.places["people", number, "leave", len(person.leave)] = reader.place(row)
        read.people[number] = replace(person, leave=(*person.leave, leave))


def read_wishes(
    reader: TableReader, spec: WishTableColumns, known: Mapping[str, int], read: PeopleRead
) -> None:
    """Add a table of wishes, one per row, to people who are known by id and position."""
    columns = _entry_columns(reader, spec, ("person", "rank", "rotations", "periods", "avoid"))
    reader.ask_for(columns, "rotations", "periods")
    for row, number in _rows_of_people(reader, columns, known):
        rank = reader.whole(row, columns.get("rank"))
        names = [name.strip() for name in reader.text(row, columns["rotations"]).split("/")]
        codes = reader.rotations(row, columns["rotations"], names)
        periods = reader.periods(row, columns["periods"], reader.text(row, columns["periods"]))
        avoid = reader.flag(row, columns.get("avoid"))
        if not codes or not periods:
            continue
        try:
            wish = Wish(
                rank=1 if rank is None else rank, rotations=codes, periods=periods, avoid=avoid
            )
        except ValueError as error:
            reader.fault(row, columns.get("rank"), str(error))
            continue
        person = read.people[number]
        read.places["people", number, "wishes", len(person.wishes)] = reader.place(row)
        read.people[number] = replace(person, wishes=(*person.wishes, wish))


def _entry_columns(
    reader: TableReader, spec: LeaveTableColumns | WishTableColumns, keys: tuple[str, ...]
) -> dict[str, str]:
    columns = reader.columns({key: getattr(spec, key) for key in keys})
    reader.ask_for(columns, "person")
    return columns


def _rows_of_people(
    reader: TableReader, columns: dict[str, str], known: Mapping[str, int]
) -> Iterator[tuple[Row, int]]:
    """Yield the rows of known people with their positions."""
    if reader.faults:
        raise InvalidFile(reader.faults)
    for row in reader.table.rows:
        reader.subject = ""
        id_ = reader.text(row, columns["person"])
        if id_ in known:
            reader.subject = id_
            yield row, known[id_]
        elif not id_:
            reader.fault(row, columns["person"], "the person is missing")
        else:
            reader.unknown(row, columns["person"], "person", id_, known)
