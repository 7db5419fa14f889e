import asyncio
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import delete, select, update

from app.core.exceptions import InvalidStateError
from app.db.base import new_id
from app.db.session import Database
from app.models import (
    Appointment,
    Assignment,
    Block,
    DutyType,
    Person,
    Placement,
    Program,
    Rule,
    Schedule,
)
from app.repositories.program_state import program_state
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.api import check, verify
from app.services.findings import all_findings
from app.services.law import law_of
from app.services.verification import Verifier
from app.services.warm_schedule import Change, HalfDayChange, PlacementChange, WarmSchedule
from tests.rows import UNSEEN, add_user
from tests.stored import store_drawn

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stored(database: Database) -> tuple[Program, Schedule]:
    """Store the 4+1 example with a grid drawn by lot: it breaks plenty."""
    held = await store_drawn(database, await add_user(database, "a"))
    return held.stored.row, held.schedule


@pytest.fixture
def schedule(stored: tuple[Program, Schedule]) -> Schedule:
    return stored[1]


async def warmed(verifier: Verifier, database: Database, schedule: Schedule) -> WarmSchedule:
    async with database.reading() as session:
        return await verifier.warm(session, await session.get_one(Schedule, schedule.id))


async def now(database: Database, schedule: Schedule) -> Schedule:
    async with database.reading() as session:
        return await session.get_one(Schedule, schedule.id)


async def test_findings_are_those_of_the_engine(database: Database, schedule: Schedule) -> None:
    warm = await warmed(Verifier(64), database, schedule)
    async with database.reading() as session:
        held = await ScheduleStore(session).load(schedule)

    told = all_findings(warm)

    expected = verify(held.program, law_of(held.program), held.grid).findings
    assert told.duty_hours is not None
    assert len(expected) > 50
    assert [one.start for one in told.duty_hours] == [one.start for one in expected]
    assert {one.origin for one in told.duty_hours} == {"duty_hours"}
    broken = check(held.program, held.grid)
    assert [one.message for one in told.rules] == [one.message for one in broken]
    assert told.rule_counts.errors == sum(one.severity == "error" for one in broken) > 0
    ids = {person.key: person.id for person in held.stored.people}
    assert all(one.person_id == ids[one.person] for one in told.duty_hours if one.person)
    keys = [one.key for one in (*told.duty_hours, *told.rules)]
    assert len(set(keys)) == len(keys)


async def test_what_a_transaction_that_fails_has_built_can_be_used(
    database: Database, schedule: Schedule
) -> None:
    verifier = Verifier(64)
    with pytest.raises(InvalidStateError):
        async with database.unit_of_work() as session:
            await verifier.warm(session, await session.get_one(Schedule, schedule.id))
            raise InvalidStateError("No.")

    warm = await warmed(verifier, database, schedule)

    assert verifier.builds == 1
    assert len(warm.names.ids) == len(warm.names.people) > 0
    assert warm.names.rotation_codes
    assert warm.names.duties


def some_changes(warm: WarmSchedule, seed: int) -> list[Change]:
    """Return changes of placements and half-days, drawn by lot."""
    draw = np.random.default_rng(seed)
    changes: list[Change] = []
    for _ in range(4):
        person = warm.names.people[draw.integers(len(warm.names.people))].id
        slot = warm.slots[draw.integers(len(warm.slots))]
        kind = warm.names.rotation_types[draw.integers(len(warm.names.rotation_types))]
        changes.append(
            PlacementChange(person, slot.start, kind.id if draw.random() < 0.9 else None)
        )
        duty = next(one for one in warm.names.duty_types if one.night is not None)
        changes.append(HalfDayChange(person, slot.start + timedelta(2), "NIGHT", duty.id))
    return changes


async def test_a_changed_schedule_is_judged_as_if_it_were_built_anew(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    _, schedule = stored
    verifier = Verifier(64)
    for seed in range(3):
        before = await warmed(verifier, database, schedule)
        changes = some_changes(before, seed)
        async with database.reading() as session:
            judgement = await verifier.judge(session, await now(database, schedule), changes)
        await write(database, schedule, changes)
        after = await warmed(Verifier(64), database, schedule)

        assert after.revision == before.revision + 1
        assert np.array_equal(judgement.after.grid, after.grid)
        assert judgement.after.duty_hours == after.duty_hours != before.duty_hours
        assert judgement.after.broken == after.broken
        assert set(judgement.rules.new) == set(after.broken) - set(before.broken)
        assert set(judgement.rules.gone) == set(before.broken) - set(after.broken)
        whole = {
            (one.rule, one.person, one.start, one.end, one.measured) for one in after.duty_hours
        }
        told = {
            (one.rule, one.person, one.start, one.end, one.measured)
            for one in judgement.duty_hours.new
        }
        assert told <= whole


async def write(database: Database, schedule: Schedule, changes: list[Change]) -> None:
    async with database.unit_of_work() as session:
        for one in changes:
            if isinstance(one, PlacementChange):
                await session.execute(
                    delete(Placement).where(
                        Placement.schedule_id == schedule.id,
                        Placement.person_id == one.person_id,
                        Placement.start_date == one.start_date,
                    )
                )
                if one.rotation_type_id:
                    session.add(
                        Placement(
                            program_id=schedule.program_id,
                            schedule_id=schedule.id,
                            person_id=one.person_id,
                            rotation_type_id=one.rotation_type_id,
                            start_date=one.start_date,
                            end_date=one.start_date + timedelta(6),
                        )
                    )
                await session.flush()
            else:
                block = await session.scalar(
                    select(Block).where(Block.date == one.date, Block.session == one.session)
                )
                assert block is not None
                session.add(
                    Assignment(
                        program_id=schedule.program_id,
                        schedule_id=schedule.id,
                        person_id=one.person_id,
                        block_id=block.id,
                        duty_type_id=one.duty_type_id,
                    )
                )
        (await session.get_one(Schedule, schedule.id)).revision += 1


async def test_one_build_serves_all_who_ask_at_once(database: Database, schedule: Schedule) -> None:
    verifier = Verifier(64)
    found = await asyncio.gather(*(warmed(verifier, database, schedule) for _ in range(8)))
    assert verifier.builds == 1
    assert all(one is found[0] for one in found)


async def test_who_is_cancelled_does_not_take_the_build_from_others(
    database: Database, schedule: Schedule
) -> None:
    verifier = Verifier(64)
    first = asyncio.create_task(warmed(verifier, database, schedule))
    others = [asyncio.create_task(warmed(verifier, database, schedule)) for _ in range(3)]
    while not verifier.builds:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)
    first.cancel()
    found = await asyncio.gather(*others)
    assert first.cancelled()
    assert all(one is found[0] for one in found)


async def test_what_another_process_changes_is_seen(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    program, schedule = stored
    verifier = Verifier(64)
    before = await warmed(verifier, database, schedule)
    async with database.unit_of_work() as session:
        rule = await session.scalar(select(Rule).where(Rule.program_id == program.id).limit(1))
        assert rule is not None
        rule.name = "Renamed"
    after = await warmed(verifier, database, schedule)
    assert after is not before
    assert "Renamed" in {one.name for one in after.program.rules}
    assert await warmed(verifier, database, schedule) is after


async def test_every_part_of_a_programme_counts(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    program, _ = stored

    async def state() -> str:
        async with database.reading() as session:
            return await program_state(session, program.id)

    seen = [await state()]
    assert await state() == seen[0]
    async with database.unit_of_work() as session:
        (await session.get_one(Program, program.id)).specialty = "Internal Medicine"
    seen.append(await state())
    async with database.unit_of_work() as session:
        one = await session.scalar(select(Appointment).where(Appointment.program_id == program.id))
        assert one is not None
        one.pgy = one.pgy % 3 + 1
    seen.append(await state())
    async with database.unit_of_work() as session:
        session.add(Person(id=new_id(), program_id=program.id, key="new", name="New"))
    seen.append(await state())
    async with database.unit_of_work() as session:
        await session.execute(
            delete(Rule).where(Rule.program_id == program.id, Rule.position == 0),
            execution_options=UNSEEN,
        )
    seen.append(await state())
    async with database.unit_of_work() as session:
        await session.execute(
            update(Rule).where(Rule.program_id == program.id, Rule.position == 1).values(name="X"),
            execution_options=UNSEEN,
        )
    seen.append(await state())
    assert len(set(seen)) == len(seen)


async def test_the_least_used_schedules_are_forgotten(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    _, first = stored
    async with database.unit_of_work() as session:
        second = Schedule(
            program_id=first.program_id,
            name="Other",
            start_date=first.start_date,
            end_date=first.end_date,
        )
        session.add(second)
    small, large = Verifier(1), Verifier(64)
    for verifier, builds in ((small, 3), (large, 2)):
        for schedule in (first, second, first):
            await warmed(verifier, database, schedule)
        assert verifier.builds == builds


async def test_a_pack_is_never_a_file_of_the_server(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    program, schedule = stored
    async with database.unit_of_work() as session:
        row = await session.get_one(Program, program.id)
        row.settings = row.settings | {"duty_hours": {"packs": ["/etc/pack.yaml"]}}
    with pytest.raises(InvalidStateError, match=r"no rule pack '/etc/pack.yaml'") as raised:
        await warmed(Verifier(64), database, schedule)
    assert raised.value.error_code == "INVALID_POLICY"


async def test_what_an_assignment_no_longer_means_is_passed_over(
    database: Database, stored: tuple[Program, Schedule]
) -> None:
    """A duty type that lost its morning must not make the whole schedule unreadable."""
    program, schedule = stored
    times = {"am": "07:00-12:00", "pm": "13:00-17:00"}
    duty = DutyType(program_id=program.id, code="X", name="X", kind="in_house", **times)
    async with database.unit_of_work() as session:
        session.add(duty)
        person = await session.scalar(
            select(Person).where(Person.program_id == program.id, Person.position == 0)
        )
        assert person is not None
    await write(database, schedule, [HalfDayChange(person.id, schedule.start_date, "AM", duty.id)])
    before = await warmed(Verifier(64), database, schedule)
    assert [one.duty for one in before.assigned[0].values()] == ["X"]
    async with database.unit_of_work() as session:
        (await session.get_one(DutyType, duty.id)).am = None
    after = await warmed(Verifier(64), database, schedule)
    assert after.assigned[0] == {}
