"""Generations from the asking to the placements, with the real engine on a small programme."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import delete, select

from app.controllers.jobs import generate, runner
from app.controllers.jobs.generate import ask_generation
from app.controllers.jobs.runner import run_job
from app.core.access import Access
from app.core.exceptions import InvalidStateError
from app.core.words import JobState, Source
from app.db.session import Database
from app.models import Job, Placement, Program, RotationType, Rule, Schedule, User
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.api import check, solve
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program as EngineProgram
from app.scheduling.domain.result import Result
from app.scheduling.rules.coverage import Coverage
from app.schemas.generation import GenerationRequest
from app.services.job_service import JobService
from tests.controllers.conftest import NewWorker
from tests.controllers.jobs import events_of, job_now
from tests.rows import UNSEEN, add_user
from tests.stored import example, held, store_draft

pytestmark = pytest.mark.anyio

Change = Callable[[], Awaitable[None]]
IMPOSSIBLE = Coverage(name="Nine on the wards", rotations=("WARD",), min=9)


class World:
    """A stored programme, its draft, its coordinator, and a worker."""

    def __init__(self, database: Database, user: User, new_worker: NewWorker) -> None:
        self.database = database
        self.access = Access(user_id=user.id, is_admin=True, roles={})
        self.user = user
        self.new_worker = new_worker
        self.program: Program
        self.schedule: Schedule

    async def store(self, program: EngineProgram) -> None:
        self.program, self.schedule = await store_draft(self.database, self.user, program)

    async def ask(self, **request: Any) -> Job:
        asked = GenerationRequest.model_validate({"time_s": 20, **request})
        async with self.database.unit_of_work() as session:
            return await ask_generation(session, self.access, self.schedule.id, asked)

    async def generate(self, **request: Any) -> Job:
        job = await self.ask(**request)
        await run_job(self.new_worker(), job.id)
        return await job_now(self.database, job)

    async def draft(self) -> Any:
        return await held(self.database, self.schedule)

    async def edit(self) -> None:
        async with self.database.unit_of_work() as session:
            schedule = await session.get_one(Schedule, self.schedule.id)
            schedule.revision += 1

    async def all_schedules(self) -> list[Schedule]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(Schedule).order_by(Schedule.id)))


@pytest.fixture
def tiny() -> EngineProgram:
    return example("tiny")


@pytest.fixture
async def world(database: Database, new_worker: NewWorker, tiny: EngineProgram) -> World:
    world = World(database, await add_user(database, "admin", admin=True), new_worker)
    await world.store(tiny)
    return world


@pytest.fixture
def while_solving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Return what has something happen between the solve and the saving."""

    def arrange(change: Change) -> None:
        loop = asyncio.get_running_loop()

        def solved(*given: Any) -> Any:
            result = solve(*given)
            asyncio.run_coroutine_threadsafe(_awaited(change), loop).result(timeout=30)
            return result

        monkeypatch.setattr(generate, "solve", solved)

    return arrange


async def _awaited(change: Change) -> None:
    await change()


async def test_a_draft_is_filled_and_keeps_every_rule(world: World) -> None:
    job = await world.generate()

    assert (job.state, job.error, job.input_revision) == (JobState.SUCCEEDED, None, 1)
    assert job.result is not None
    assert (job.result["status"], job.result["gap"]) == ("OPTIMAL", 0)
    assert (job.result["revision"], job.result["branch_id"]) == (2, None)
    assert job.result["objective"] == sum(term["value"] for term in job.result["terms"])
    assert job.result["duty_hours"]["errors"] >= 0
    draft = await world.draft()
    assert draft.schedule.revision == 2
    assert (draft.grid != ABSENT).all()
    found = check(draft.program, draft.grid)
    assert not [one for one in found if one.severity == "error"]
    assert len(found) == job.result["findings_total"]
    assert {one.source for one in draft.placements} == {Source.SOLVER}
    lines = [e.data["message"] for e in await events_of(world.database, job) if e.type == "log"]
    assert any(line.startswith("First schedule after") for line in lines)
    assert lines[-1].startswith("Objective")


async def test_an_edit_in_the_meantime_keeps_the_result_as_a_branch(
    world: World, while_solving: Callable[[Change], None]
) -> None:
    while_solving(world.edit)

    job = await world.generate()

    assert job.state == JobState.SUCCEEDED
    assert job.result is not None
    assert job.result["branch_reason"] == "the schedule was edited"
    draft = await world.draft()
    assert (draft.schedule.revision, len(draft.placements)) == (2, 0)
    [_, branch] = await world.all_schedules()
    assert (str(branch.id), branch.parent_id) == (job.result["branch_id"], world.schedule.id)
    assert branch.name == "Draft (generated from revision 1)"
    kept = await held(world.database, branch)
    assert (kept.grid != ABSENT).all()


async def test_a_rule_that_was_changed_in_the_meantime_does_so_too(
    world: World, while_solving: Callable[[Change], None]
) -> None:
    async def drop_a_rule() -> None:
        async with world.database.unit_of_work() as session:
            rules = await session.scalars(select(Rule).where(Rule.program_id == world.program.id))
            await session.delete(rules.all()[-1])

    while_solving(drop_a_rule)

    job = await world.generate()

    assert job.result is not None
    assert "rules" in job.result["branch_reason"]
    assert len(await world.all_schedules()) == 2


async def test_a_draft_that_was_deleted_in_the_meantime_is_told(
    world: World, while_solving: Callable[[Change], None]
) -> None:
    async def delete() -> None:
        async with world.database.unit_of_work() as session:
            await session.delete(await session.get_one(Schedule, world.schedule.id))

    while_solving(delete)

    job = await world.generate()

    assert job.state == JobState.FAILED
    assert job.error is not None
    assert job.error["code"] == "SCHEDULE_DELETED"
    assert await world.all_schedules() == []


async def test_infeasible_is_a_result_with_its_arithmetic(
    world: World, tiny: EngineProgram
) -> None:
    await world.store(replace(tiny, name="Too small", rules=(*tiny.rules, IMPOSSIBLE)))

    job = await world.generate()

    assert (job.state, job.stopped) == (JobState.SUCCEEDED, False)
    assert job.result is not None
    assert job.result["status"] == "INFEASIBLE"
    messages = [one["message"] for one in job.result["findings"]]
    assert any("needs 9 people in period 4" in one and "at most 7" in one for one in messages)
    assert len((await world.draft()).placements) == 0
    assert (await world.draft()).schedule.revision == 1


def hold_back(monkeypatch: pytest.MonkeyPatch, found: Result | None = None) -> None:
    """Have the engine wait until the job is asked to stop; `found` is what it has by then."""
    monkeypatch.setattr(runner, "_LOOK_EVERY_S", 0.02)

    def waits(program: EngineProgram, params: SolveParams, watch: Watch, base: Grid | None) -> Any:
        begun = time.monotonic()
        while not watch.stop():
            assert time.monotonic() - begun < 30
            time.sleep(0.02)
        return found or solve(program, params, watch, base)

    monkeypatch.setattr(generate, "solve", waits)


async def stopped_while_solving(world: World) -> Job:
    job = await world.ask()
    running = asyncio.create_task(run_job(world.new_worker(), job.id))
    async with asyncio.timeout(30):
        while (await job_now(world.database, job)).state != JobState.RUNNING:  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.02)
    async with world.database.unit_of_work() as session:
        await JobService(session, world.access).stop(job.id)
    await running
    return await job_now(world.database, job)


async def test_stopped_with_nothing_is_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_back(monkeypatch)

    ended = await stopped_while_solving(world)

    assert (ended.state, ended.stopped) == (JobState.CANCELLED, True)
    assert len((await world.draft()).placements) == 0


async def test_stopped_with_a_best_keeps_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    best = solve((await world.draft()).program, SolveParams(), Watch(clock=time.monotonic))
    hold_back(monkeypatch, replace(best, status="FEASIBLE", stopped=True))

    ended = await stopped_while_solving(world)

    assert (ended.state, ended.stopped) == (JobState.SUCCEEDED, True)
    assert ended.result is not None
    assert (ended.result["status"], ended.result["branch_reason"]) == ("FEASIBLE", None)
    assert ((await world.draft()).grid == best.grid).all()


async def test_locked_cells_and_what_is_outside_the_scope_stay(world: World) -> None:
    await world.generate()
    before = await world.draft()
    person = before.stored.people[0]

    job = await world.generate(
        seed=7,
        scope={"from": "2026-12-01", "people": [str(person.id)]},
        weights=dict.fromkeys(soft_rules(before.program), 0),
    )

    assert job.state == JobState.SUCCEEDED
    after = await world.draft()
    changed = np.argwhere(after.grid != before.grid)
    assert {row for row, _ in changed.tolist()} <= {0}
    starts = {after.slots[column].start for _, column in changed.tolist()}
    assert all(f"{start}" >= "2026-12-01" for start in starts)

    async with world.database.unit_of_work() as session:
        for placement in await session.scalars(select(Placement)):
            placement.locked = True
    locked = await world.generate(seed=11)
    assert locked.result is not None
    assert (locked.result["status"], locked.result["revision"]) == ("OPTIMAL", 4)
    assert ((await world.draft()).grid == after.grid).all()


def soft_rules(program: EngineProgram) -> list[str]:
    return [rule.name for rule in program.rules if not rule.hard]


async def test_weights_are_those_of_this_generation(world: World) -> None:
    [name, *others] = soft_rules((await world.draft()).program)

    job = await world.generate(weights={name: 3} | dict.fromkeys(others, 0))

    assert job.result is not None
    assert {term["name"] for term in job.result["terms"]} == {name}
    assert {abs(term["weight"]) for term in job.result["terms"]} == {3}
    async with world.database.reading() as session:
        found = await ScheduleStore(session).load(world.schedule)
    assert soft_rules(found.program) == [name, *others]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"weights": {"No such rule": 1}}, "VALIDATION_ERROR"),
        ({"weights": {"Approved leave is kept": 1}}, "VALIDATION_ERROR"),
        ({"weights": {"*": 0.123456}}, "VALIDATION_ERROR"),
        ({"scope": {"people": [str(uuid4())]}}, "VALIDATION_ERROR"),
    ],
)
async def test_what_cannot_be_done_is_refused_at_once(
    world: World, request_: dict[str, Any], code: str
) -> None:
    soft = soft_rules((await world.draft()).program)[0]
    if "*" in request_.get("weights", {}):
        request_ = {"weights": {soft: request_["weights"]["*"]}}

    with pytest.raises(InvalidStateError) as refused:
        await world.ask(**request_)

    assert refused.value.error_code == code
    async with world.database.reading() as session:
        assert (await session.scalars(select(Job))).all() == []


async def test_a_schedule_of_half_a_year_is_refused(world: World) -> None:
    async with world.database.unit_of_work() as session:
        schedule = await session.get_one(Schedule, world.schedule.id)
        schedule.end_date = schedule.end_date.replace(month=3)

    with pytest.raises(InvalidStateError) as refused:
        await world.ask()

    assert refused.value.error_code == "NOT_A_WHOLE_YEAR"


async def test_a_programme_that_contradicts_itself_is_refused_with_its_faults(
    world: World,
) -> None:
    async with world.database.unit_of_work() as session:
        await session.execute(
            delete(RotationType).where(RotationType.code == "NF"), execution_options=UNSEEN
        )

    with pytest.raises(InvalidStateError) as refused:
        await world.ask()

    assert refused.value.error_code == "INVALID_PROGRAMME"
    assert "NF" in str(refused.value.details["faults"])
