"""What differs between two schedules."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.files.schedule_document import ScheduleDocument, ShownSlot, ShownStaffing
from app.scheduling.domain.problem import ABSENT
from app.scheduling.domain.result import Term


@dataclass(frozen=True, slots=True)
class Change:
    """One person in one period: rotation codes before and after, None for no placement."""

    person: str
    name: str
    period: str
    start: date
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TermChange:
    """One soft rule's value in both; None where a schedule's programme does not have it."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class StaffingChange:
    """People on a coverage in one period, and whether these are too few."""

    name: str
    period: str
    start: date
    before: float
    after: float
    short_before: bool
    short_after: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two schedules side by side.

    Periods are the same when they start on the same day, people when they have the same id.
    """

    people: int
    periods: int
    changes: tuple[Change, ...]
    people_only_before: tuple[str, ...]
    people_only_after: tuple[str, ...]
    periods_only_before: tuple[str, ...]
    periods_only_after: tuple[str, ...]
    terms: tuple[TermChange, ...]
    staffing: tuple[StaffingChange, ...]

    @property
    def same(self) -> bool:
        """Whether both place everybody alike."""
        return not (
            self.changes
            or self.people_only_before
            or self.people_only_after
            or self.periods_only_before
            or self.periods_only_after
        )

    @property
    def by_person(self) -> list[tuple[str, int]]:
        """Names with their number of changes, most first."""
        names = {change.person: change.name for change in self.changes}
        counts = Counter(change.person for change in self.changes)
        return [(names[person], count) for person, count in counts.most_common()]

    @property
    def by_period(self) -> list[tuple[str, int]]:
        """Periods with their number of changes, in order of time."""
        counts = Counter((change.start, change.period) for change in self.changes)
        return [(period, count) for (_, period), count in sorted(counts.items())]


def compare_documents(
    before: ScheduleDocument,
    after: ScheduleDocument,
    terms_before: Sequence[Term],
    terms_after: Sequence[Term],
) -> Comparison:
    """Compare two schedules; the terms are those of the schedules, empty where unknown."""
    cells = _cells(before), _cells(after)
    names = {person.id: person.name for person in before.display.people}
    names = {person.id: person.name for person in after.display.people} | names
    people_before, people_after = (
        {person.id for person in document.display.people} for document in (before, after)
    )
    slots_before, slots_after = (
        {slot.start: slot for slot in document.display.slots} for document in (before, after)
    )
    shared = [slot for start, slot in slots_before.items() if start in slots_after]
    people = [person.id for person in before.display.people if person.id in people_after]
    changes = tuple(
        Change(person, names[person], slot.label, slot.start, old, new)
        for person in people
        for slot in shared
        if (old := cells[0].get((person, slot.start)))
        != (new := cells[1].get((person, slot.start)))
    )
    return Comparison(
        people=len(people),
        periods=len(shared),
        changes=changes,
        people_only_before=_missing(names, people_before, people_after),
        people_only_after=_missing(names, people_after, people_before),
        periods_only_before=_left(slots_before, slots_after),
        periods_only_after=_left(slots_after, slots_before),
        terms=_terms(terms_before, terms_after),
        staffing=_staffing(before, after, shared),
    )


def _cells(document: ScheduleDocument) -> dict[tuple[str, date], str]:
    shown = document.display
    grid = document.grid.tolist()
    return {
        (person.id, slot.start): shown.rotations[cell].code
        for person, row in zip(shown.people, grid, strict=True)
        for slot, cell in zip(shown.slots, row, strict=True)
        if cell != ABSENT
    }


def _missing(names: dict[str, str], here: set[str], there: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names[person] for person in here - there))


def _left(here: dict[date, ShownSlot], there: dict[date, ShownSlot]) -> tuple[str, ...]:
    return tuple(f"{slot.label} from {start}" for start, slot in here.items() if start not in there)


def _terms(before: Iterable[Term], after: Iterable[Term]) -> tuple[TermChange, ...]:
    old, new = ({term.name: term.value for term in terms} for terms in (before, after))
    return tuple(TermChange(name, old.get(name), new.get(name)) for name in old | new)


def _staffing(
    before: ScheduleDocument, after: ScheduleDocument, shared: Sequence[ShownSlot]
) -> tuple[StaffingChange, ...]:
    old, new = _counts(before), _counts(after)
    changes = []
    for name in old:
        for slot in shared if name in new else ():
            was, low_before = old[name][slot.start]
            is_now, low_after = new[name][slot.start]
            if was != is_now:
                short = was < low_before, is_now < low_after
                changes.append(StaffingChange(name, slot.label, slot.start, was, is_now, *short))
    return tuple(changes)


def _counts(document: ScheduleDocument) -> dict[str, dict[date, tuple[float, float]]]:
    """Return what is there and what is needed at least, by coverage and first day."""

    def by_day(rule: ShownStaffing) -> dict[date, tuple[float, float]]:
        columns = zip(document.display.slots, document.staffed(rule), rule.min, strict=True)
        return {slot.start: (there, low) for slot, there, low in columns}

    return {rule.name: by_day(rule) for rule in document.display.staffing}
