"""Cells of a table as values: numbers, days, names; what cannot be read is listed by its cell."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import isfinite

from app.files.faults import FileFault, Place, shown
from app.files.tables import CellValue, Row, Table, Unreadable
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.program import nearest
from app.scheduling.domain.result import Finding
from app.scheduling.domain.scope import expand_periods
from app.scheduling.domain.year_faults import outside

_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"", "no", "n", "false", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What names in tables may refer to.

    Parameters
    ----------
    codes
        Code of a rotation type by every word for it.
    groups
        Names of rotation groups.
    periods
        How many periods the year has.
    calendar
        The year, where days outside it are to be told; None when it could not be read.
    """

    codes: dict[str, str]
    groups: frozenset[str]
    periods: int
    calendar: Calendar | None = None


@dataclass(slots=True)
class TableReader:
    """Reads one table, row by row.

    Parameters
    ----------
    subject
        Whom the current row is about.
    faults, findings
        What could not be read; what was passed over.
    """

    table: Table
    words: Words
    ignore_unknown: bool
    subject: str = ""
    faults: list[FileFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def columns(self, stated: dict[str, str | None], claimed: Iterable[str] = ()) -> dict[str, str]:
        """Return the column of each key: the stated one, or one called like the key.

        Stated columns that are missing become faults.
        """
        named = [name for name in stated.values() if name is not None]
        taken = {*named, *claimed}
        self.faults += self.table.faults_of_columns([*named, *claimed])
        found: dict[str, str] = {}
        for key, name in stated.items():
            own = self.table.find_column(key) if name is None else name
            if own is not None and (name is not None or own not in taken):
                found[key] = own
        return found

    def ask_for(self, columns: dict[str, str], *keys: str) -> None:
        """List the keys for which no column was found."""
        for key in keys:
            if key not in columns:
                place = self.table.place(self.table.header_row)
                known = ", ".join(name for name in self.table.header if name)
                message = f"no column gives the {key}"
                self._add(place, message, f"write columns: {{{key}: …}}; there are {known}")

    def fault(self, row: Row, column: str | None, message: str, mend: str = "") -> None:
        """List a fault of the row, or of its cell in a column."""
        self._add(self.place(row, column), self._about(column) + message, mend)

    def _add(self, place: Place, message: str, mend: str) -> None:
        self.faults.append(FileFault(place, self.subject, message, mend))

    def unknown(  # noqa: PLR0913 - one place where unknown names are judged
        self,
        row: Row,
        column: str,
        what: str,
        name: str,
        known: Iterable[str],
        *,
        period: int | None = None,
    ) -> None:
        """List an unknown name: as a fault, or as a warning when those are passed over."""
        message = f"{what} {shown(name)} is unknown"
        if not self.ignore_unknown:
            self.fault(row, column, message, nearest(name, set(known)))
            return
        self._pass_over(row, column, message, name="Unknown name", period=period)

    def misses_the_year(
        self, row: Row, column: str | None, what: str, *, start: date | None, end: date | None
    ) -> bool:
        """Return whether days outside the year are passed over here; a warning then says so.

        Where nothing is passed over they are kept for the programme to refuse.
        """
        calendar = self.words.calendar
        if not self.ignore_unknown or calendar is None or calendar.touches(start, end):
            return False
        self._pass_over(row, column, outside(what, start, end), name="Outside the year")
        return True

    def _pass_over(
        self, row: Row, column: str | None, message: str, *, name: str, period: int | None = None
    ) -> None:
        about = f"{self.subject}: " if self.subject else ""
        self.findings.append(
            Finding(
                rule="input",
                name=name,
                severity="warning",
                person=self.subject or None,
                period=period,
                message=f"{self.place(row, column)}: {about}{self._about(column)}{message}, "
                "it is passed over",
            )
        )

    def place(self, row: Row, column: str | None = None) -> Place:
        """Return the place of the row, or of its cell in a column."""
        return self.table.place(row.number, self._position(column) or 0)

    def _about(self, column: str | None) -> str:
        return f"column {column}: " if column else ""

    def _position(self, column: str | None) -> int | None:
        return None if column is None else self.table.column(column)

    def value(self, row: Row, column: str | None) -> CellValue:
        """Return the cell's value; None where it is blank or there is no such column."""
        position = self._position(column)
        value = None if position is None or position >= len(row.values) else row.values[position]
        if isinstance(value, Unreadable):
            self.fault(row, column, value.why)
            return None
        return value

    def text(self, row: Row, column: str | None) -> str:
        """Return the cell as text; whole numbers without decimals."""
        value = self.value(row, column)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, datetime) and value.time() == time():
            return value.date().isoformat()
        return str(value).strip()

    def number(self, row: Row, column: str | None) -> float | None:
        """Return the cell as a finite number; None where it is blank."""
        value = self.value(row, column)
        if value is None:
            return None
        try:
            number = float(value) if isinstance(value, str | int | float) else None
        except ValueError:
            number = None
        if number is None or isinstance(value, bool) or not isfinite(number):
            self.fault(row, column, f"{shown(value)} is no number")
            return None
        return number

    def whole(self, row: Row, column: str | None, mend: str = "") -> int | None:
        """Return the cell as a whole number; None where it is blank."""
        value = self.value(row, column)
        if value is None:
            return None
        try:
            number = float(value) if isinstance(value, str | int | float) else 0.5
        except ValueError:
            number = 0.5
        if isinstance(value, bool) or not (isfinite(number) and number.is_integer()):
            self.fault(row, column, f"{shown(value)} is no whole number", mend)
            return None
        return int(number)

    def day(self, row: Row, column: str | None) -> date | None:
        """Return the cell as a day; None where it is blank."""
        value = self.value(row, column)
        if value is None:
            return None
        if isinstance(value, datetime):
            if value.time() == time():
                return value.date()
        elif isinstance(value, date):
            return value
        elif isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.fault(row, column, f"{shown(value)} is no date", "write it as 2026-07-01")
        return None

    def flag(self, row: Row, column: str | None) -> bool:
        """Return the cell as yes or no; no where it is blank."""
        text = self.text(row, column).casefold()
        if text not in _YES | _NO:
            self.fault(row, column, f"{shown(text)} is neither yes nor no")
        return text in _YES

    def period(self, row: Row, column: str | None) -> int | None:
        """Return the cell as the number of a period of the year; None where it is blank."""
        number = self.whole(row, column)
        if number is not None and not 1 <= number <= self.words.periods:
            message = f"period {number} does not exist"
            self.fault(row, column, message, f"they count from 1 to {self.words.periods}")
            return None
        return number

    def periods(self, row: Row, column: str, text: str) -> tuple[int | str, ...]:
        """Return periods written as ``3`` or ``3-4, 7``; empty, with a fault, for anything else."""
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        try:
            numbers = expand_periods(parts)
        except ValueError as error:
            self.fault(row, column, str(error))
            return ()
        beyond = [number for number in numbers if number > self.words.periods]
        if beyond or not numbers:
            message = f"period {beyond[0]} does not exist" if beyond else "no period is given"
            self.fault(row, column, message, f"they count from 1 to {self.words.periods}")
            return ()
        return tuple(int(part) if part.isdecimal() else part for part in parts)

    def rotations(
        self, row: Row, column: str, names: Iterable[str], period: int | None = None
    ) -> tuple[str, ...]:
        """Return the codes (or groups) that these names stand for, without the unknown ones."""
        found = []
        for name in names:
            if name in self.words.codes:
                found.append(self.words.codes[name])
            elif name in self.words.groups:
                found.append(name)
            else:
                known = {*self.words.codes, *self.words.groups}
                self.unknown(row, column, "rotation type", name, known, period=period)
        return tuple(dict.fromkeys(found))
