"""Generating a schedule: load, solve without a transaction, save what is still wanted."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app.controllers.jobs.generation import solve_params, to_solve
from app.controllers.jobs.verification import verified
from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.access import Access
from app.core.celery_app import Line
from app.core.exceptions import InvalidStateError
from app.core.words import EditKind, JobState, Source
from app.db.session import AsyncSession
from app.models import Job, Schedule
from app.repositories.edit_repository import EditRepository, NewEdit
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.schedule_store import ScheduleStore, StoredSchedule
from app.scheduling.api import solve
from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.fingerprint import fingerprint
from app.scheduling.domain.params import Progress, Watch
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.result import Result
from app.schemas.generation import GenerationRequest
from app.services.job_queue_service import Ending, JobQueueService
from app.services.job_service import JobService, NewJob
from app.services.law import invalid_programs_are_refused, law_of

_MOST_FINDINGS = 500
_PHASES = {
    "arithmetic": "Counting supply and demand.",
    "model": "Building the model.",
    "head counts": "Counting heads for a bound.",
    "construction": "Constructing a schedule from the counts.",
    "search": "Searching.",
}


async def ask_generation(
    session: AsyncSession, access: Access, schedule_id: UUID, request: GenerationRequest
) -> Job:
    """Have a schedule generated; what the engine would refuse is refused at once.

    Raises
    ------
    InvalidStateError
        When the request or what is stored cannot be scheduled.
    """
    schedule = await ScheduleRepository(session, access).get(schedule_id)
    with invalid_programs_are_refused():
        held = await ScheduleStore(session).load(schedule)
    # Some ten milliseconds, in which others want answers.
    await asyncio.to_thread(to_solve, held, request)
    law_of(held.program)
    parameters = request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    new = NewJob(GENERATE.name, parameters, GENERATE.priority)
    return await JobService(session, access).ask(new, schedule)


async def generate(work: Work) -> Outcome:
    """Solve a schedule as it is now, and save the result or keep it as a branch."""
    request = GenerationRequest.model_validate(work.job.parameters)
    held = await _loaded(work)
    program, base = await asyncio.to_thread(to_solve, held, request)
    people, slots = held.grid.shape
    work.log(f"{program.name}: {people} people, {slots} periods, {len(program.rules)} rules.")
    params = solve_params(request, work.settings)
    watch = Watch(clock=time.monotonic, stop=lambda: work.stop_requested, progress=_Teller(work))
    with invalid_programs_are_refused():
        result = await asyncio.to_thread(solve, program, params, watch, base)
    work.progress(result.objective, result.bound, result.gap, result.wall_s)
    work.log(_summary(result))
    document = _document(result)
    if result.grid is None:
        cut_off = result.stopped and result.status == "UNKNOWN"
        state = JobState.CANCELLED if cut_off else JobState.SUCCEEDED
        return Outcome(ending=Ending(state=state, result=document, stopped=result.stopped))
    law = law_of(held.program)
    document["duty_hours"] = await asyncio.to_thread(verified, held.program, law, result.grid)
    saving = _Saving(held, result.grid, request, result.input_hash, work.job)
    return Outcome(ending=Ending(result=document, stopped=result.stopped), save=saving.save)


GENERATE = JobKind(name="generate", line=Line.SOLVES, run=generate, priority=50)


async def _loaded(work: Work) -> StoredSchedule:
    """Return the schedule as it is now, and note its revision as what the job began with."""
    job = work.job
    async with work.database.reading() as session:
        schedule = await _found(session, job.schedule_id)
        with invalid_programs_are_refused():
            held = await ScheduleStore(session).load(schedule)
    async with work.database.unit_of_work() as session:
        begun = {"input_revision": held.schedule.revision}
        await JobQueueService(session).note(job.id, job.lease_owner or "", begun)
    return held


async def _found(
    session: AsyncSession, schedule_id: UUID | None, *, to_change: bool = False
) -> Schedule:
    if schedule_id is not None:
        found = await ScheduleStore(session).find(schedule_id, to_change=to_change)
        if found is not None:
            return found
    raise InvalidStateError("The schedule was deleted in the meantime.", code="SCHEDULE_DELETED")


@dataclass(frozen=True, slots=True)
class _Saving:
    """Saves a grid in the schedule it was made from or, if that has moved, as a branch of it."""

    held: StoredSchedule
    grid: Grid
    request: GenerationRequest
    input_hash: str
    job: Job

    async def save(self, session: AsyncSession) -> Mapping[str, Any]:
        """Write the grid; return where it is."""
        store = ScheduleStore(session)
        schedule = await _found(session, self.held.schedule.id, to_change=True)
        moved = await self._moved(store, schedule)
        if moved is None:
            await store.save_grid(replace(self.held, schedule=schedule), self.grid, Source.SOLVER)
            edits = EditRepository(session)
            revision = await edits.advance(schedule)
            replaced = NewEdit(changes=None, kind=EditKind.REPLACEMENT)
            await edits.log(schedule, self.job.requested_by, replaced)
            return {"revision": revision, "branch_id": None, "branch_reason": None}
        name = f"{schedule.name[:200]} (generated from revision {self.held.schedule.revision})"
        branch = await store.add_branch(self.held, name, self.job.requested_by)
        await store.save_grid(replace(self.held, schedule=branch), self.grid, Source.SOLVER)
        return {"revision": None, "branch_id": str(branch.id), "branch_reason": moved}

    async def _moved(self, store: ScheduleStore, schedule: Schedule) -> str | None:
        """Return what has changed since the schedule was loaded; None when nothing has."""
        if schedule.revision != self.held.schedule.revision:
            return "the schedule was edited"
        try:
            program, base = to_solve(await store.load(schedule), self.request)
        except (InvalidStateError, InvalidProgram):
            return "the programme cannot be scheduled any more as it is stored"
        if fingerprint(program, base) != self.input_hash:
            return "people, rules, leave or wishes of the programme were changed"
        return None


class _Teller:
    """Tells the engine's progress, and in words what it turns to."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.phase = ""
        self.best: float | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.phase != self.phase:
            self.phase = progress.phase
            self.work.log(_PHASES.get(progress.phase, progress.phase))
        if self.best is None and progress.objective is not None:
            self.best = progress.objective
            self.work.log(f"First schedule after {progress.elapsed_s:.1f} s.")
        self.work.progress(progress.objective, progress.bound, progress.gap, progress.elapsed_s)


def _summary(result: Result) -> str:
    if result.grid is None:
        told = {"INFEASIBLE": "No schedule keeps all rules that must hold"}
        return f"{told.get(result.status, 'No schedule was found')}; {result.wall_s:.1f} s."
    best = "proved best" if result.status == "OPTIMAL" else f"bound {result.bound:g}"
    return f"Objective {result.objective:g}, {best}; {result.wall_s:.1f} s."


def _document(result: Result) -> dict[str, Any]:
    """Return what the engine says of a solve as JSON, the grid apart."""
    findings = [_plain(asdict(one)) for one in result.findings[:_MOST_FINDINGS]]
    return {
        "status": result.status,
        "objective": result.objective,
        "bound": result.bound,
        "bound_source": result.bound_source,
        "gap": result.gap,
        "ideal": result.ideal,
        "terms": [asdict(term) for term in result.terms],
        "findings": findings,
        "findings_total": len(result.findings),
        "seed": result.seed,
        "workers": result.workers,
        "wall_s": round(result.wall_s, 3),
        "input_hash": result.input_hash,
        "engine_version": result.engine_version,
    }


def _plain(finding: dict[str, Any]) -> dict[str, Any]:
    day = finding["date"]
    return finding | {"date": None if day is None else day.isoformat()}
