"""A schedule as the engine judges it, kept ready: what a small change means costs milliseconds."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from uuid import UUID

from app.models import DutyType, Person, RotationType
from app.repositories.engine_rows import duty_of
from app.repositories.schedule_store import StoredSchedule
from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.validator import ACGMEValidator, Audit
from app.scheduling.domain.calendar import Slot
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.duties import Assignment, Session
from app.scheduling.domain.duties import DutyType as EngineDutyType
from app.scheduling.domain.problem import ABSENT, Bools, Grid, Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding, Score
from app.scheduling.domain.score import score
from app.scheduling.rules.checking import Broken, Checker, findings_of
from app.scheduling.timetable import (
    HalfDays,
    Timetable,
    compile_timetable,
    expand,
    expand_person,
    half_days,
)
from app.services.law import law_of

HalfDayKey = tuple[date, Session]
Days = dict[HalfDayKey, Assignment]
_SHARE_JUDGED_APART = 3
_BYTES_A_PERSON_DAY = 630
_BYTES_OF_ANY = 1_000_000


@dataclass(frozen=True, slots=True)
class PlacementChange:
    """Somebody on another rotation type in the slot that begins with a day; None: on none."""

    person_id: UUID
    start_date: date
    rotation_type_id: UUID | None


@dataclass(frozen=True, slots=True)
class HalfDayChange:
    """Somebody with another duty in a half-day; None: with no assignment of its own."""

    person_id: UUID
    date: date
    session: Session
    duty_type_id: UUID | None
    rotation_type_id: UUID | None = None


Change = PlacementChange | HalfDayChange


@dataclass(frozen=True, eq=False, kw_only=True)
class Names:
    """The rows that people, rotation types and duty types of a programme come from.

    They are copies: others use them long after the transaction in which they were read, however
    that ended.
    """

    people: tuple[Person, ...]
    rotation_types: tuple[RotationType, ...]
    duty_types: tuple[DutyType, ...]

    @cached_property
    def person_rows(self) -> dict[UUID, int]:
        """Row of everybody's id."""
        return {one.id: row for row, one in enumerate(self.people)}

    @cached_property
    def rotation_values(self) -> dict[UUID, int]:
        """Value of every rotation type's id."""
        return {one.id: value for value, one in enumerate(self.rotation_types)}

    @cached_property
    def duty_codes(self) -> dict[UUID, str]:
        """Code of every duty type's id."""
        return {one.id: one.code for one in self.duty_types}

    @cached_property
    def rotation_ids(self) -> dict[str, UUID]:
        """Id of every rotation type's code."""
        return {one.code: one.id for one in self.rotation_types}

    @cached_property
    def rotation_codes(self) -> dict[UUID, str]:
        """Code of every rotation type's id."""
        return {one.id: one.code for one in self.rotation_types}

    @cached_property
    def duty_ids(self) -> dict[str, UUID]:
        """Id of every duty type's code."""
        return {one.code: one.id for one in self.duty_types}

    @cached_property
    def duties(self) -> dict[UUID, EngineDutyType]:
        """Every duty type, as the engine knows it, by its id."""
        return {one.id: duty_of(one) for one in self.duty_types}

    @cached_property
    def ids(self) -> dict[str, UUID]:
        """Id of everybody's row by the id that the engine and programme files use."""
        return {one.key: one.id for one in self.people}


@dataclass(frozen=True, eq=False, kw_only=True)
class WarmSchedule:
    """What stands in a schedule at one revision, with all that judging it needs.

    Nothing of it changes; a change makes another one.

    Parameters
    ----------
    schedule_id, begins, revision, state
        Of which schedule, that begins when, at which revision, and with which programme.
    grid : int16 array (P, S)
        Rotation types; `ABSENT` where there is no placement.
    locked : bool array (P, S)
        The locked placements.
    locked_half_days
        The locked assignments, by row of people, date and session.
    assigned
        By row of people: the assignments that say a duty.
    validator, audit
        None for a programme without duty types.
    checker, breaches
        What breaks the programme's own rules, not in words yet.
    """

    schedule_id: UUID
    begins: date
    revision: int
    state: str
    program: Program
    names: Names
    grid: Grid
    locked: Bools
    locked_half_days: frozenset[tuple[int, date, Session]]
    assigned: tuple[Days, ...]
    problem: Problem
    timetable: Timetable
    validator: ACGMEValidator | None
    audit: Audit | None
    checker: Checker
    breaches: Broken

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The columns of the grid."""
        return self.program.calendar.slots

    @cached_property
    def columns(self) -> dict[date, int]:
        """Column of every slot by its first day."""
        return {slot.start: column for column, slot in enumerate(self.slots)}

    @property
    def duty_hours(self) -> tuple[Violation, ...]:
        """What the duty-hour rules say."""
        return () if self.audit is None else self.audit.findings

    @cached_property
    def broken(self) -> tuple[Finding, ...]:
        """What breaks the programme's own rules."""
        return findings_of(self.problem, self.breaches)

    @cached_property
    def score(self) -> Score:
        """Objective, ideal and terms."""
        return score(self.problem, self.program.rules, self.grid, self.program.objective)

    @cached_property
    def half_days(self) -> HalfDays:
        """The effective half-days of everybody."""
        return half_days(self.timetable, self.grid)

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return _BYTES_OF_ANY + self.problem.shape[0] * self.timetable.days * _BYTES_A_PERSON_DAY

    def changed(self, changes: Iterable[Change]) -> "WarmSchedule":
        """Return the schedule after changes; only what they touch is judged again.

        Changes of cells or people that are not in the year change nothing.
        """
        grid, assigned = self.grid.copy(), list(self.assigned)
        moved, touched = set[tuple[int, int]](), set[int]()
        for change in changes:
            row = self.names.person_rows.get(change.person_id)
            if row is None:
                continue
            if isinstance(change, HalfDayChange):
                assigned[row] = self._with_half_day(assigned[row], row, change)
            else:
                column = self.columns.get(change.start_date)
                if column is None:
                    continue
                value = self.names.rotation_values.get(change.rotation_type_id or UUID(int=0))
                grid[row, column] = ABSENT if value is None else value
                moved.add((row, column))
            touched.add(row)
        timetable = self.timetable
        if any(one is not other for one, other in zip(assigned, self.assigned, strict=True)):
            timetable = timetable.with_assignments([a for days in assigned for a in days.values()])
        return replace(
            self,
            grid=grid,
            assigned=tuple(assigned),
            timetable=timetable,
            audit=self._audited(timetable, grid, sorted(touched)),
            breaches=self.checker.revise(self.breaches, grid, moved),
        )

    def _with_half_day(self, days: Days, row: int, change: HalfDayChange) -> Days:
        key = (change.date, change.session)
        others = {place: one for place, one in days.items() if place != key}
        if change.duty_type_id is None:
            return others
        value = self.names.rotation_values.get(change.rotation_type_id or UUID(int=0))
        stated = Assignment(
            person=self.program.people[row].id,
            date=change.date,
            session=change.session,
            duty=self.names.duty_codes[change.duty_type_id],
            rotation=None if value is None else self.program.rotation_types[value].code,
        )
        return others | sound(self.program, [stated])

    def _audited(self, timetable: Timetable, grid: Grid, touched: Sequence[int]) -> Audit | None:
        if self.audit is None or self.validator is None:
            return None
        if len(touched) * _SHARE_JUDGED_APART > len(grid):
            return self.validator.audit(expand(timetable, grid))
        audit = self.audit
        for row in touched:
            audit = self.validator.revise(audit, expand_person(timetable, grid, row), row)
        return audit


def warm_up(held: StoredSchedule, state: str) -> WarmSchedule:
    """Return a stored schedule ready to be judged; this takes some tens of milliseconds.

    Raises
    ------
    InvalidStateError
        When the programme's policy on duty hours cannot be applied.
    """
    stored = held.stored
    program = stored.program
    assigned: list[Days] = [{} for _ in program.people]
    rows = {person.id: row for row, person in enumerate(program.people)}
    by_person: dict[int, list[Assignment]] = defaultdict(list)
    for one in held.stated:
        by_person[rows[one.person]].append(one)
    for row, stated in by_person.items():
        assigned[row] = sound(program, stated)
    compiled = compile_timetable(program)
    timetable = compiled.with_assignments([a for days in assigned for a in days.values()])
    packs = law_of(program)
    validator = ACGMEValidator(packs, program.policy) if packs else None
    problem = compile_problem(program)
    checker = Checker(problem, program.rules)
    grid = held.grid
    return WarmSchedule(
        schedule_id=held.schedule.id,
        begins=held.schedule.start_date,
        revision=held.schedule.revision,
        state=state,
        program=program,
        names=Names(
            people=tuple(one.copy() for one in stored.people),
            rotation_types=tuple(one.copy() for one in stored.rotation_types),
            duty_types=tuple(one.copy() for one in stored.duty_types),
        ),
        grid=grid,
        locked=held.locked != ABSENT,
        locked_half_days=frozenset(
            (rows[stored.person_keys[one.person_id]], one.block.date, one.block.session)
            for one in held.assignments
            if one.locked
        ),
        assigned=tuple(assigned),
        problem=problem,
        timetable=timetable,
        validator=validator,
        audit=None if validator is None else validator.audit(expand(timetable, grid)),
        checker=checker,
        breaches=checker.check(grid),
    )


def sound(program: Program, stated: Iterable[Assignment]) -> Days:
    """Return the assignments that mean something in the year as the programme is now.

    Duty types may have lost a session since, and a schedule may go beyond its year.
    """
    duties = {duty.code: duty for duty in program.duty_types}
    first, last = program.calendar.start, program.calendar.last_day
    return {
        (one.date, one.session): one
        for one in stated
        if first <= one.date <= last and duties[one.duty].has(one.session)
    }
