"""What a generation asks of the engine: the stored schedule, narrowed and weighed as asked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np

from app.core.exceptions import InvalidStateError
from app.core.machine import cores
from app.core.settings import Settings
from app.models import Schedule
from app.repositories.schedule_store import StoredSchedule
from app.scheduling.domain.params import SolveParams
from app.scheduling.domain.problem import ABSENT, Bools, Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rule import Rule
from app.schemas.generation import GenerationRequest, GenerationScope
from app.services.law import invalid_programs_are_refused


def to_solve(held: StoredSchedule, request: GenerationRequest) -> tuple[Program, Grid | None]:
    """Return the programme that is to be solved, and the grid to start from if there is any.

    Raises
    ------
    InvalidStateError
        When the request names people or soft rules that there are not, or what is stored cannot be
        scheduled.
    """
    _check_year(held)
    kept = None if request.scope is None else _outside(held, request.scope)
    with invalid_programs_are_refused():
        program = held.to_solve(kept)
        program = replace(program, rules=tuple(_weighed(program.rules, request.weights)))
    return program, held.grid if (held.grid != ABSENT).any() else None


def solve_params(request: GenerationRequest, settings: Settings) -> SolveParams:
    """Return limits and seed; the machine's cores are shared by the solves of its worker."""
    threads = settings.solver_threads or max(1, cores() // settings.solver_processes)
    return SolveParams(time_s=request.time_s, gap=request.gap, seed=request.seed, workers=threads)


def _check_year(held: StoredSchedule) -> None:
    schedule, year = held.schedule, held.stored.year
    if schedule.start_date != year.start_date or schedule.end_date < year.end_date:
        raise InvalidStateError(
            f"A schedule is generated for a whole academic year, {year.start_date} to "
            f"{year.end_date}; this one is from {schedule.start_date} to {schedule.end_date}.",
            _days(schedule),
            code="NOT_A_WHOLE_YEAR",
        )


def _days(schedule: Schedule) -> dict[str, str]:
    return {"start_date": str(schedule.start_date), "end_date": str(schedule.end_date)}


def _outside(held: StoredSchedule, scope: GenerationScope) -> Bools:
    """Return which cells are not to change: bool array (P, S)."""
    inside = np.array(
        [
            (scope.start is None or slot.start >= scope.start)
            and (scope.end is None or slot.end - timedelta(1) <= scope.end)
            for slot in held.slots
        ]
    )
    rows = np.ones(len(held.stored.people), dtype=np.bool_)
    if scope.people is not None:
        wanted = _known_people(held, scope.people)
        rows = np.array([person.id in wanted for person in held.stored.people])
    outside: Bools = ~(rows[:, None] & inside[None, :])
    return outside


def _known_people(held: StoredSchedule, people: list[UUID]) -> set[UUID]:
    wanted = set(people)
    unknown = wanted - held.stored.person_keys.keys()
    if unknown:
        raise InvalidStateError(
            f"{len(unknown)} of the people are not in this programme in this academic year.",
            {"people": sorted(map(str, unknown))},
        )
    return wanted


def _weighed(rules: tuple[Rule, ...], weights: Mapping[str, float]) -> Iterator[Rule]:
    soft = {rule.name for rule in rules if not rule.hard}
    unknown = sorted(weights.keys() - soft)
    if unknown:
        raise InvalidStateError(
            f"There is no soft rule called {unknown[0]!r}: only soft rules have weights.",
            {"unknown": unknown, "soft_rules": sorted(soft)},
        )
    for rule in rules:
        if rule.name not in weights:
            yield rule
            continue
        changed: dict[str, Any] = {rule.mode: weights[rule.name]}
        if weights[rule.name] > 0:
            yield _with_weight(rule, changed)


def _with_weight(rule: Rule, changed: Mapping[str, Any]) -> Rule:
    try:
        return replace(rule, **changed)
    except ValueError as error:
        raise InvalidStateError(f"{rule.name}: {error}") from error
