"""The annual grid as every view shows it: sections, runs, tallies at the right, staffing below."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.files.exports.colours import rotation_colours
from app.files.schedule_document import (
    ScheduleDocument,
    ShownPerson,
    ShownRequirement,
    ShownRotation,
    ShownSlot,
)
from app.scheduling.domain.problem import ABSENT

_DUST = 1e-5
"""Counts in sevenths and thirds are rounded; nothing counts in smaller steps than this."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is needed: at least `low`, at most `high` where there is a limit."""

    low: float
    high: float | None

    def __str__(self) -> str:
        """Return "2", "4–7", "3+" or "≤2"; "" where nothing is asked."""
        if self.high is None:
            return f"{self.low:g}+" if self.low else ""
        if self.low == self.high:
            return f"{self.low:g}"
        return f"{self.low:g}–{self.high:g}" if self.low else f"≤{self.high:g}"


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside its limits."""

    there: float
    limits: Limits

    @property
    def short(self) -> bool:
        return self.there < self.limits.low - _DUST

    @property
    def over(self) -> bool:
        return self.limits.high is not None and self.there > self.limits.high + _DUST

    @property
    def kept(self) -> bool:
        return not (self.short or self.over)

    def __str__(self) -> str:
        """Return "1/2", "4/4–7"."""
        return f"{self.there:g}/{self.limits}" if str(self.limits) else f"{self.there:g}"


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive columns with one rotation type; `rotation` is None where nobody is appointed."""

    first: int
    last: int
    rotation: ShownRotation | None

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Tally:
    """One column of totals: requirements on the same rotation types."""

    label: str
    rotations: tuple[str, ...]
    names: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """A person's year; `tallies` by the position of the tally column."""

    person: ShownPerson
    cells: tuple[ShownRotation | None, ...]
    tallies: dict[int, Count]

    @property
    def runs(self) -> tuple[Run, ...]:
        runs = []
        for rotation, columns in groupby(range(len(self.cells)), key=self.cells.__getitem__):
            members = list(columns)
            runs.append(Run(members[0], members[-1], rotation))
        return tuple(runs)

    @property
    def met(self) -> str:
        """How many requirements are met, of how many: "11/11"; "" without any."""
        kept = sum(count.kept for count in self.tallies.values())
        return f"{kept}/{len(self.tallies)}" if self.tallies else ""

    @property
    def all_met(self) -> bool:
        return all(count.kept for count in self.tallies.values())


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Staffing:
    """One coverage, a count per column of the grid."""

    name: str
    rotations: tuple[str, ...]
    hard: bool
    counts: tuple[Count, ...]

    def needed(self, columns: range) -> str:
        """Return the limits in these columns: "6–7", or "≤3 … 2–3" where they change."""
        steps = [limits for limits, _ in groupby(self.counts[column].limits for column in columns)]
        words = [str(limits) or "any" for limits in steps]
        if len(words) > 3:
            words = [words[0], words[-1]]
        return " … ".join(words) if len(words) > 1 else str(steps[0])


@dataclass(frozen=True, slots=True)
class AnnualGrid:
    """A schedule laid out.

    Parameters
    ----------
    colours
        ``#rrggbb`` by rotation code.
    """

    title: str
    columns: tuple[ShownSlot, ...]
    sections: tuple[Section, ...]
    tallies: tuple[Tally, ...]
    staffing: tuple[Staffing, ...]
    rotations: tuple[ShownRotation, ...]
    colours: dict[str, str]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for section in self.sections for row in section.rows)

    @property
    def dates(self) -> str:
        """The first and the last day: "1 Jul 2026 – 30 Jun 2027"."""
        return f"{long_date(self.columns[0].start)} – {long_date(self.columns[-1].end)}"

    @property
    def size(self) -> str:
        """How many people: "1 person", "60 people"."""
        return "1 person" if len(self.rows) == 1 else f"{len(self.rows)} people"

    @property
    def has_cohorts(self) -> bool:
        return any(row.person.cohort for row in self.rows)

    @property
    def period_word(self) -> str:
        """What a column is called: "Week" or "Period"."""
        weeks = sum((slot.end - slot.start).days < 7 for slot in self.columns)
        return "Week" if weeks > len(self.columns) / 2 else "Period"

    def open_tallies(self, row: Row) -> list[str]:
        """Return what a person has too little or too much of: "MICU 1/2"."""
        return [
            f"{self.tallies[position].label} {count}"
            for position, count in row.tallies.items()
            if not count.kept
        ]


def lay_out(document: ScheduleDocument) -> AnnualGrid:
    """Lay a schedule out; people keep their order within PGY and track."""
    shown = document.display
    tallies, by_person = _tallies(document)
    grid = document.grid.tolist()
    rows = [
        Row(
            person,
            tuple(None if cell == ABSENT else shown.rotations[cell] for cell in cells),
            by_person.get(person.id, {}),
        )
        for person, cells in zip(shown.people, grid, strict=True)
    ]
    return AnnualGrid(
        title=shown.program,
        columns=shown.slots,
        sections=_sections(rows),
        tallies=tallies,
        staffing=tuple(
            Staffing(
                name=rule.name,
                rotations=rule.rotations,
                hard=rule.hard,
                counts=tuple(
                    Count(there, Limits(low, high))
                    for there, low, high in zip(
                        document.staffed(rule), rule.min, rule.max, strict=True
                    )
                ),
            )
            for rule in shown.staffing
        ),
        rotations=shown.rotations,
        colours=rotation_colours(shown.rotations),
    )


def _sections(rows: list[Row]) -> tuple[Section, ...]:
    """Group by PGY, and by track where a PGY has several."""
    sections = []
    for pgy in sorted({row.person.pgy for row in rows}):
        members = [row for row in rows if row.person.pgy == pgy]
        tracks = list(dict.fromkeys(row.person.track for row in members))
        for track in tracks:
            title = f"PGY-{pgy}"
            if len(tracks) > 1:
                title += f" · {track or 'no track'}"
            inside = tuple(row for row in members if row.person.track == track)
            sections.append(Section(title, inside))
    return tuple(sections)


def _tallies(
    document: ScheduleDocument,
) -> tuple[tuple[Tally, ...], dict[str, dict[int, Count]]]:
    """Return the columns of totals and each person's counts in them.

    Requirements on the same rotation types that are asked of different people (one per PGY, say)
    share a column.
    """
    places: list[tuple[object, list[ShownRequirement]]] = []
    by_person: dict[str, dict[int, Count]] = {}
    for rule in document.display.requirements:
        if not rule.needs:
            continue
        key = (rule.rotations, rule.unit)
        asked = [need.person for need in rule.needs]
        position = _free_place(places, key, asked, by_person)
        if position == len(places):
            places.append((key, []))
        places[position][1].append(rule)
        done = document.done(rule)
        for need in rule.needs:
            count = Count(done[need.person], Limits(need.min, need.max))
            by_person.setdefault(need.person, {})[position] = count
    tallies = tuple(
        Tally(
            label=_label(rules[0]),
            rotations=rules[0].rotations,
            names=tuple(rule.name for rule in rules),
            unit=rules[0].unit,
        )
        for _, rules in places
    )
    return tallies, {person: dict(sorted(counts.items())) for person, counts in by_person.items()}


def _free_place(
    places: list[tuple[object, list[ShownRequirement]]],
    key: object,
    people: Iterable[str],
    by_person: dict[str, dict[int, Count]],
) -> int:
    for position, (other, _) in enumerate(places):
        if other == key and not any(position in by_person.get(person, {}) for person in people):
            return position
    return len(places)


def _label(rule: ShownRequirement) -> str:
    codes = rule.rotations
    return "+".join(codes) if len(codes) <= 3 else f"{codes[0]}+{len(codes) - 1}"


def long_date(day: date) -> str:
    """Return "1 Jul 2026"."""
    return f"{day.day} {day:%b %Y}"


def short_date(day: date) -> str:
    """Return "1 Jul"."""
    return f"{day.day} {day:%b}"
