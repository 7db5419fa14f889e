"""Publishing on both databases: what is kept, refused, told, and taken back."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select, update

from app.core.exceptions import AppException, ConflictError, InvalidStateError, StaleError
from app.core.words import AssignmentStatus, Source
from app.db.session import Database
from app.files.certificate_check import verify_certificate
from app.files.publication_file import read_publication, unpack
from app.files.signing import read_private_key
from app.models import (
    Assignment,
    Override,
    Person,
    Placement,
    Publication,
    RotationType,
    Schedule,
    User,
)
from app.repositories.publication_repository import (
    PublicationRepository,
    published_schedule,
    published_stretches,
)
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.domain.duties import Assignment as EngineAssignment
from app.scheduling.domain.program import Program as EngineProgram
from app.services.published import PublishedSchedules, opened
from app.services.unresolved import DutyHoursUnresolvedError, UnresolvedError
from app.services.verification import Verifier
from tests.published import accept_everything, admin_access, drawn, fill, publishing
from tests.rows import UNSEEN, add_user
from tests.stored import example, held, store_draft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def user(database: Database) -> User:
    return await add_user(database, "chief", admin=True)


@pytest.fixture
def program() -> EngineProgram:
    whole = example("im-4plus1")
    return replace(whole, rules=(), people=whole.people[:6])


@pytest.fixture
async def schedule(database: Database, user: User, program: EngineProgram) -> Schedule:
    """Store the 4+1 example with a grid drawn by lot and weeks of calls: it breaks plenty."""
    _, draft = await store_draft(database, user, program)
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        stored = (await store.load(draft)).stored
        await store.add_assignments(draft, stored, nights(program), Source.IMPORTED)
    return await fill(database, draft, drawn(program, 7))


def nights(program: EngineProgram) -> list[EngineAssignment]:
    """Return 24-hour calls of two people, every day for three weeks."""
    first = program.calendar.start
    return [
        EngineAssignment(
            person=person.id, date=first + timedelta(day), session=session, duty="CALL"
        )
        for person in program.people[1:3]
        for day in range(21)
        for session in SESSIONS
    ]


async def publish(
    database: Database, user: User, folder: Path, schedule: Schedule, note: str = ""
) -> Publication:
    await accept_new(database, schedule, user)
    current = await now(database, schedule)
    return await publishing(database, user, folder).publish(schedule.id, current.revision, note)


async def accept_new(database: Database, schedule: Schedule, user: User) -> None:
    async with database.unit_of_work() as session:
        for one in await session.scalars(
            select(Override).where(Override.schedule_id == schedule.id)
        ):
            await session.delete(one)
    await accept_everything(database, schedule, user)


async def now(database: Database, schedule: Schedule) -> Schedule:
    async with database.reading() as session:
        return await session.get_one(Schedule, schedule.id)


async def whole(database: Database, user: User, publication: Publication) -> Publication:
    async with database.reading() as session:
        repository = PublicationRepository(session, admin_access(user))
        return await repository.with_content(publication.id)


async def test_errors_that_nobody_answers_for_are_refused(
    database: Database, user: User, schedule: Schedule, tmp_path: Path
) -> None:
    order = publishing(database, user, tmp_path)
    with pytest.raises(DutyHoursUnresolvedError) as refused:
        await order.publish(schedule.id, schedule.revision, "")
    assert (refused.value.error_code, refused.value.status) == ("ACGME_VIOLATION", 422)
    told = refused.value.details["duty_hours"]
    assert {one["severity"] for one in told} == {"error"}
    assert len(refused.value.details["rules"]) == 100
    assert refused.value.details["errors"] > 100 + len(told) > 110
    assert refused.value.details["overridden"] == {"errors": 0, "duty_hours": [], "rules": []}

    count = await accept_everything(database, schedule, user)
    assert count == refused.value.details["errors"]
    async with database.unit_of_work() as session:
        left = (await session.scalars(select(Override).limit(1))).one()
        key = left.finding_key
        await session.delete(left)
    with pytest.raises(UnresolvedError) as one_left:
        await order.publish(schedule.id, schedule.revision, "")
    assert one_left.value.details["errors"] == 1
    assert one_left.value.message.startswith("1 error is unresolved")
    found = (*one_left.value.details["duty_hours"], *one_left.value.details["rules"])
    assert [one["key"] for one in found] == [key]
    assert {one["override"] for one in found} == {None}
    overridden = one_left.value.details["overridden"]
    assert overridden["errors"] == count - 1
    shown = [*overridden["duty_hours"], *overridden["rules"]]
    assert {one["override"]["author"] for one in shown} == {"chief"}
    assert key not in {one["key"] for one in shown}
    async with database.reading() as session:
        assert (await session.scalars(select(Publication))).all() == []


async def test_rules_of_the_programme_alone_are_no_duty_hours(
    database: Database, user: User, tmp_path: Path
) -> None:
    _, draft = await store_draft(database, user, example("tiny"))
    with pytest.raises(UnresolvedError) as refused:
        await publishing(database, user, tmp_path).publish(draft.id, 1, "")
    assert (refused.value.error_code, refused.value.status) == ("RULES_BROKEN", 400)
    assert not refused.value.details["duty_hours"]
    assert refused.value.details["rules"]


async def test_a_publication_holds_all_that_was_told(
    database: Database, user: User, schedule: Schedule, program: EngineProgram, tmp_path: Path
) -> None:
    duty = next(one for one in program.duty_types if one.has("NIGHT"))
    stated = EngineAssignment(
        person=program.people[3].id, date=schedule.start_date, session="NIGHT", duty=duty.code
    )
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        drafted = await store.load(schedule)
        await store.add_assignments(schedule, drafted.stored, [stated], Source.MANUAL)
        placements = await store.placements(schedule.id)
        placements[0].locked = True

    made = await publish(database, user, tmp_path, schedule, "for the new year")

    publication = await whole(database, user, made)
    assert (publication.number, publication.note) == (1, "for the new year")
    assert publication.published_by_name == "chief"
    file = read_publication(publication.snapshot)
    stands = await held(database, schedule)
    assert file.program == stands.stored.program
    assert set(file.stated) == set(stands.stated) >= {stated}
    assert np.array_equal(file.grid, stands.grid)
    assert sum(one.locked for one in file.placements) == 1
    assert file.document.display.people[3].id == stated.person
    async with database.reading() as session:
        warm = await Verifier(64).warm(session, await session.get_one(Schedule, schedule.id))
    told = opened(publication.snapshot)
    assert list(told.half_days) == list(warm.half_days)
    someone = stands.stored.people[3].id
    first, last = schedule.start_date, schedule.start_date + timedelta(6)
    week = told.of_person(someone, first, last)
    assert week == tuple(
        one for one in warm.half_days if one.person == stated.person and first <= one.date <= last
    )
    assert told.of_person(UUID(int=0), first, last) == ()


async def test_the_certificate_stands_alone(
    database: Database, user: User, schedule: Schedule, tmp_path: Path
) -> None:
    publication = await whole(database, user, await publish(database, user, tmp_path, schedule))
    key = read_private_key(tmp_path / "signing-key.pem", "").public_key()
    assert publication.certificate is not None

    checked = verify_certificate(unpack(publication.certificate), key)

    assert checked.problems == ()
    assert checked.pinned
    assert checked.signed_by == publication.signed_by
    certificate = checked.certificate
    assert certificate is not None
    assert certificate.judgement.verdict == publication.verdict == "compliant with overrides"
    assert certificate.subject.schedule is not None
    assert certificate.subject.schedule.sha256 == publication.snapshot_sha256
    assert {one.author for one in certificate.judgement.overrides} == {"chief"}
    told = read_publication(publication.snapshot).overrides
    assert {one.origin for one in told} == {"duty_hours", "rules"}
    assert {(one.author, one.reason) for one in told} == {("chief", "agreed for this year")}
    assert len(told) == await accept_everything(database, schedule, user)


async def test_what_was_told_already_or_has_moved_is_refused(
    database: Database, user: User, schedule: Schedule, program: EngineProgram, tmp_path: Path
) -> None:
    await publish(database, user, tmp_path, schedule)
    with pytest.raises(ConflictError, match="publication 1"):
        await publish(database, user, tmp_path, schedule)
    with pytest.raises(StaleError):
        await publishing(database, user, tmp_path).publish(schedule.id, 1, "")

    await fill(database, schedule, drawn(program, 8))
    again = await publish(database, user, tmp_path, schedule)
    assert (again.number, again.revision) == (2, schedule.revision + 1)


async def test_who_edits_while_it_is_worked_out_is_not_overlooked(
    database: Database,
    user: User,
    schedule: Schedule,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await accept_everything(database, schedule, user)
    order = publishing(database, user, tmp_path)
    make = order._make

    async def make_and_be_overtaken(schedule_id: UUID, revision: int) -> object:
        made = await make(schedule_id, revision)
        async with database.unit_of_work() as session:
            await session.execute(
                update(RotationType).values(name="X", version=9), execution_options=UNSEEN
            )
        return made

    monkeypatch.setattr(order, "_make", make_and_be_overtaken)
    with pytest.raises(StaleError):
        await order.publish(schedule.id, schedule.revision, "")


async def test_two_who_publish_at_once_are_one_and_one_refused(
    database: Database, user: User, schedule: Schedule, tmp_path: Path
) -> None:
    await accept_everything(database, schedule, user)

    async def attempt() -> Publication | AppException:
        try:
            return await publishing(database, user, tmp_path).publish(
                schedule.id, schedule.revision, ""
            )
        except AppException as error:
            return error

    done = await asyncio.gather(*(attempt() for _ in range(3)))

    assert sum(isinstance(one, Publication) for one in done) == 1
    assert sum(isinstance(one, ConflictError) for one in done) == 2
    keys = [one.name for one in os.scandir(tmp_path) if one.name.endswith(".pem")]
    assert sorted(keys) == ["signing-key.pem", "signing-key.pub.pem"]


async def test_rolling_back_tells_and_restores_what_was(
    database: Database, user: User, schedule: Schedule, program: EngineProgram, tmp_path: Path
) -> None:
    duty = next(one for one in program.duty_types if one.has("PM"))
    stated = EngineAssignment(
        person=program.people[0].id, date=schedule.start_date, session="PM", duty=duty.code
    )
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        drafted = await store.load(schedule)
        await store.add_assignments(schedule, drafted.stored, [stated], Source.MANUAL)
        (await store.placements(schedule.id))[5].locked = True
    first = await publish(database, user, tmp_path, schedule)
    before = await held(database, schedule)
    await fill(database, schedule, drawn(program, 8))
    async with database.unit_of_work() as session:
        await session.execute(update(Assignment).values(status=AssignmentStatus.CANCELLED))
    second = await publish(database, user, tmp_path, schedule)
    order = publishing(database, user, tmp_path)

    with pytest.raises(StaleError):
        await order.roll_back(first.id, second.revision - 1, "")
    with pytest.raises(ConflictError):
        await order.roll_back(second.id, second.revision, "")
    back = await order.roll_back(first.id, second.revision, "the other one was wrong")

    assert (back.number, back.restores_id, back.revision) == (3, first.id, second.revision + 1)
    assert back.snapshot_sha256 == first.snapshot_sha256
    after = await held(database, schedule)
    assert np.array_equal(after.grid, before.grid)
    assert np.array_equal(after.locked, before.locked)
    assert set(after.stated) == set(before.stated) >= {stated}
    assert {one.id for one in after.assignments} == {one.id for one in before.assignments}
    restored = await whole(database, user, back)
    assert restored.certificate == (await whole(database, user, first)).certificate
    async with database.reading() as session:
        current = await published_schedule(session, schedule.program_id, schedule.start_date)
    assert current is not None
    assert current.id == back.id


async def test_nobody_is_restored_who_has_gone(
    database: Database, user: User, schedule: Schedule, program: EngineProgram, tmp_path: Path
) -> None:
    first = await publish(database, user, tmp_path, schedule)
    async with database.unit_of_work() as session:
        gone = (await session.scalars(select(Person).order_by(Person.position).limit(1))).one()
        await session.delete(gone)
    current = await fill(database, schedule, drawn(program, 8)[1:])
    with pytest.raises(ConflictError, match="1 of its people") as refused:
        await publishing(database, user, tmp_path).roll_back(first.id, current.revision, "")
    assert refused.value.details == {"people": [str(gone.id)]}
    async with database.reading() as session:
        left = (await session.scalars(select(Placement))).all()
    assert len(left) == (len(program.people) - 1) * len(program.calendar.slots)


def told(stretches: Sequence[object]) -> list[tuple[int, int, int]]:
    return [
        (one.publication.number, one.first.day, one.last.day)  # type: ignore[attr-defined]
        for one in stretches
    ]


async def test_the_newest_publication_of_a_day_counts(
    database: Database, user: User, schedule: Schedule
) -> None:
    def days(number: int, first: int, last: int) -> Publication:
        return Publication(
            program_id=schedule.program_id,
            schedule_id=schedule.id,
            number=number,
            revision=1,
            name="x",
            start_date=date(2026, 7, first),
            end_date=date(2026, 7, last),
            snapshot=b"",
            snapshot_sha256="",
            published_by=user.id,
            published_by_name="",
        )

    async with database.unit_of_work() as session:
        session.add_all([days(1, 1, 20), days(2, 5, 8), days(3, 8, 10), days(4, 25, 28)])
    async with database.reading() as session:
        july = date(2026, 7, 1), date(2026, 7, 31)
        found = await published_stretches(session, schedule.program_id, *july)
        assert told(found) == [(1, 1, 4), (2, 5, 7), (3, 8, 10), (1, 11, 20), (4, 25, 28)]
        within = date(2026, 7, 6), date(2026, 7, 9)
        found = await published_stretches(session, schedule.program_id, *within)
        assert told(found) == [(2, 6, 7), (3, 8, 9)]
        for day, number in ((8, 3), (12, 1), (22, None)):
            one = await published_schedule(session, schedule.program_id, date(2026, 7, day))
            assert (None if one is None else one.number) == number


async def test_a_publication_is_read_once(
    database: Database, user: User, schedule: Schedule, tmp_path: Path
) -> None:
    made = await publish(database, user, tmp_path, schedule)
    cache = PublishedSchedules()
    someone = (await held(database, schedule)).stored.people[0].id
    days = schedule.start_date, schedule.start_date + timedelta(20)
    async with database.reading() as session:
        first = await cache.read(session, made)
        again = await cache.read(session, made)
        mine = await cache.of_person(session, schedule.program_id, someone, days)
    assert first is again
    assert list(mine) == list(first.of_person(someone, *days)) != []


async def test_without_duty_there_is_nothing_to_certify(
    database: Database, user: User, program: EngineProgram, tmp_path: Path
) -> None:
    _, empty = await store_draft(database, user, program)

    with pytest.raises(InvalidStateError, match="no rotation span") as refused:
        await publish(database, user, tmp_path, empty)

    assert refused.value.error_code == "NOT_CERTIFIABLE"
