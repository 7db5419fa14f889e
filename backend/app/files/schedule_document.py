"""A schedule with what is needed to show it: names, periods, colours, requirements, staffing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.files.loaded import PLAIN, Formats, LoadedProgramme, Source
from app.scheduling.domain.duties import SESSIONS, Assignment
from app.scheduling.domain.params import SolveParams
from app.scheduling.domain.problem import ABSENT, Bools, Grid, Ints, Problem
from app.scheduling.domain.program import Program, Sense
from app.scheduling.domain.result import Finding, Result, Status, Term
from app.scheduling.domain.schedule import Placement, to_placements
from app.scheduling.domain.scope import STRICT
from app.scheduling.domain.score import plain
from app.scheduling.rules.coverage import NO_LIMIT, Coverage
from app.scheduling.rules.requirement import Requirement

ANNUAL = "Annual schedule"
"""What stands below the title of a document, unless it is another."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a schedule comes from: what gives it again."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    input_hash: str
    engine_version: str
    seed: int
    limits: SolveParams
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the engine said about the schedule."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    status: Status
    objective: float | None
    bound: float | None
    bound_source: str | None
    gap: float | None
    ideal: float
    terms: tuple[Term, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """A row of the grid; PGY, track and cohort as they are when the person begins."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    id: str
    name: str
    pgy: int
    track: str = ""
    cohort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSlot:
    """A column of the grid; `start` and `end` are its first and last day, both included."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    period: int
    part: int
    label: str
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRotation:
    """A value of the grid. `colour` is empty where the programme gives none."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    code: str
    name: str
    category: str = ""
    colour: str = ""
    leave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one person must and may have of a requirement, in its unit.

    `slots` are the positions of the columns that count for the person; None: all.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: str
    min: float
    max: float | None
    slots: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequirement:
    """A requirement: rotation codes counted together, and who needs how much.

    `amounts` says how much each column of the grid counts in `unit`, 0 outside the requirement.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    rotations: tuple[str, ...]
    unit: Literal["periods", "weeks"]
    hard: bool
    amounts: tuple[float, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStaffing:
    """A coverage: rotation codes counted together, and how many units each column needs.

    `max` is None where there is no limit. A person brings `usual` units, unless `others` says
    otherwise, for the whole year or per column.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    rotations: tuple[str, ...]
    hard: bool
    min: tuple[float, ...]
    max: tuple[float | None, ...]
    usual: float
    others: dict[str, float | tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What showing a schedule needs beyond its placements."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    program: str
    specialty: str
    objective: Sense
    slots: tuple[ShownSlot, ...]
    people: tuple[ShownPerson, ...]
    rotations: tuple[ShownRotation, ...]
    requirements: tuple[ShownRequirement, ...]
    staffing: tuple[ShownStaffing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDocument:
    """A schedule that stands alone: show, export and compare need nothing else.

    Parameters
    ----------
    display
        Rows, columns and values of the grid, and what is asked of it.
    placements, assignments
        In order of people and time.
    provenance, outcome
        None for a schedule that the engine did not make.
    formats
        How the programme's schedules call things outside.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    display: Display
    placements: tuple[Placement, ...]
    assignments: tuple[Assignment, ...] = ()
    provenance: Provenance | None = None
    outcome: Outcome | None = None
    formats: Formats = PLAIN

    @property
    def grid(self) -> Grid:
        """Positions in `display.rotations`: int16 array (P, S), `ABSENT` where there is none."""
        shown = self.display
        people = {person.id: row for row, person in enumerate(shown.people)}
        codes = {rotation.code: value for value, rotation in enumerate(shown.rotations)}
        grid = np.full((len(people), len(shown.slots)), ABSENT, dtype=np.int16)
        for placement in self.placements:
            for column, slot in enumerate(shown.slots):
                if slot.period == placement.period and placement.start in (None, slot.start):
                    grid[people[placement.person], column] = codes[placement.rotation]
        return grid

    def done(self, requirement: ShownRequirement) -> dict[str, float]:
        """Return what each person who needs it has of a requirement, in its unit."""
        counted = self._on(requirement.rotations) * np.array(requirement.amounts)
        rows = {person.id: row for row, person in enumerate(self.display.people)}
        return {
            need.person: _rounded(
                counted[rows[need.person], slice(None) if need.slots is None else list(need.slots)]
            )
            for need in requirement.needs
        }

    def staffed(self, staffing: ShownStaffing) -> tuple[float, ...]:
        """Return the units that are there in every column."""
        shape = (len(self.display.people), len(self.display.slots))
        units = np.full(shape, staffing.usual, dtype=np.float64)
        for row, person in enumerate(self.display.people):
            if person.id in staffing.others:
                units[row] = staffing.others[person.id]
        return tuple(_rounded(column) for column in (self._on(staffing.rotations) * units).T)

    def _on(self, codes: tuple[str, ...]) -> Bools:
        wanted = [r.code in codes for r in self.display.rotations]
        lookup = np.array([*wanted, False])  # the last entry is ABSENT
        result: Bools = lookup[self.grid]
        return result


def build_document(
    loaded: LoadedProgramme,
    problem: Problem,
    grid: Grid,
    *,
    solved: tuple[Result, SolveParams] | None = None,
) -> ScheduleDocument:
    """Return a grid as a document.

    Parameters
    ----------
    loaded
        The programme as it was read.
    problem
        The compiled programme.
    grid : int16 array (P, S)
        The schedule.
    solved
        What the engine answered and the limits it was given, when it made the schedule.
    """
    provenance = outcome = None
    if solved is not None:
        result, limits = solved
        provenance = Provenance(
            input_hash=result.input_hash,
            engine_version=result.engine_version,
            seed=result.seed,
            limits=limits,
            sources=loaded.sources,
        )
        outcome = Outcome(
            status=result.status,
            objective=result.objective,
            bound=result.bound,
            bound_source=result.bound_source,
            gap=result.gap,
            ideal=result.ideal,
            terms=result.terms,
            findings=result.findings,
        )
    return ScheduleDocument(
        display=build_display(loaded.program, problem),
        placements=to_placements(problem, grid),
        assignments=in_order(loaded.program, loaded.program.assignments),
        provenance=provenance,
        outcome=outcome,
        formats=loaded.formats,
    )


def in_order(program: Program, assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Return assignments in order of people and time."""
    rows = {person.id: row for row, person in enumerate(program.people)}
    return tuple(
        sorted(assignments, key=lambda a: (rows[a.person], a.date, SESSIONS.index(a.session)))
    )


def build_display(program: Program, problem: Problem) -> Display:
    """Return what showing any schedule of this programme needs."""
    return Display(
        program=program.name,
        specialty=program.specialty,
        objective=program.objective,
        slots=tuple(
            ShownSlot(
                period=slot.period,
                part=slot.part,
                label=problem.slot_label(column).removeprefix("period "),
                start=slot.start,
                end=slot.end - timedelta(1),
            )
            for column, slot in enumerate(problem.slots)
        ),
        people=tuple(
            ShownPerson(
                id=person.id,
                name=person.label,
                pgy=person.pgy,
                track=person.track,
                cohort=person.cohort,
            )
            for person in problem.people
        ),
        rotations=tuple(
            ShownRotation(
                code=kind.code,
                name=kind.label,
                category=kind.category,
                colour=kind.colour,
                leave=kind.leave,
            )
            for kind in problem.rotations
        ),
        requirements=tuple(
            _requirement(problem, rule) for rule in program.rules if isinstance(rule, Requirement)
        ),
        staffing=tuple(
            _staffing(problem, rule) for rule in program.rules if isinstance(rule, Coverage)
        ),
    )


def _requirement(problem: Problem, rule: Requirement) -> ShownRequirement:
    step = float(rule.step(problem))
    counts = rule.counts(problem)
    amounts: Ints = counts.max(axis=0, initial=0)
    low, high = rule.limits(problem)
    needs = []
    for row in rule.asked(problem).nonzero()[0].tolist():
        there = (counts[row] > 0) | (amounts == 0)
        needs.append(
            Need(
                person=problem.people[row].id,
                min=plain(int(low[row]) * step),
                max=None if high[row] >= NO_LIMIT else plain(int(high[row]) * step),
                slots=None if there.all() else tuple(counts[row].nonzero()[0].tolist()),
            )
        )
    return ShownRequirement(
        name=rule.name,
        rotations=_codes(problem, rule.rotations),
        unit=rule.counted_in,
        hard=rule.hard,
        amounts=tuple(plain(amount * step) for amount in amounts.tolist()),
        needs=tuple(needs),
    )


def _staffing(problem: Problem, rule: Coverage) -> ShownStaffing:
    step = float(rule.step(problem))
    low, high = rule.limits(problem)
    rows = [tuple(plain(units * step) for units in row) for row in rule.brought(problem).tolist()]
    steady = Counter(row[0] for row in rows if len(set(row)) == 1)
    usual = steady.most_common(1)[0][0] if steady else 0
    return ShownStaffing(
        name=rule.name,
        rotations=_codes(problem, rule.rotations),
        hard=rule.hard,
        min=tuple(plain(limit * step) for limit in low.tolist()),
        max=tuple(None if limit >= NO_LIMIT else plain(limit * step) for limit in high.tolist()),
        usual=usual,
        others={
            person.id: row[0] if len(set(row)) == 1 else row
            for person, row in zip(problem.people, rows, strict=True)
            if set(row) != {usual}
        },
    )


def _codes(problem: Problem, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(problem.rotations[value].code for value in sorted(problem.codes(names)))


def _rounded(values: Floats) -> float:
    """Return a sum of thirds and sevenths without the dust of floating point."""
    return plain(round(float(values.sum()), 6))
