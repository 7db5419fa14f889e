"""Who is told what, in the application and by mail, and that nobody is told twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.settings import Settings
from app.core.words import Decision
from app.db.base import new_id
from app.db.session import Database
from app.models import Leave, Notification, OutgoingMail, Person, Program, Schedule, User
from app.services.notices import assignment_changed, leave_became
from app.services.notification_service import Notice, NotificationService
from tests.published import accept_everything, drawn, fill, publishing
from tests.rows import START, add_program, add_user
from tests.stored import example, store_draft

pytestmark = pytest.mark.anyio
SETTINGS = Settings(public_url="https://housestaff.test/")


def notice(event: str = "e1") -> Notice:
    return Notice(event=event, kind="leave", subject="Leave", body="It is approved.", link="/x")


async def add_person(
    database: Database, program: Program, key: str, user: User | None = None, email: str = ""
) -> Person:
    person = Person(
        id=new_id(),
        program_id=program.id,
        key=key,
        name=key,
        email=email,
        user_id=None if user is None else user.id,
    )
    async with database.unit_of_work() as session:
        session.add(person)
    return person


async def tell(database: Database, program: Program, people: list[UUID], what: Notice) -> None:
    async with database.unit_of_work() as session:
        await NotificationService(session, SETTINGS).tell(program.id, people, what)


async def mails(database: Database) -> dict[str, OutgoingMail]:
    async with database.reading() as session:
        return {one.recipient: one for one in await session.scalars(select(OutgoingMail))}


async def test_users_are_told_in_the_application_and_by_mail(database: Database) -> None:
    program = await add_program(database)
    user = await add_user(database, "weber")
    async with database.unit_of_work() as session:
        (await session.get_one(User, user.id)).email = "weber@b.example"
    both = await add_person(database, program, "r1", user, "old@b.example")
    mail_only = await add_person(database, program, "r2", email="garcia@b.example")
    nowhere = await add_person(database, program, "r3")

    await tell(database, program, [both.id, mail_only.id, nowhere.id], notice())

    sent = await mails(database)
    assert sent.keys() == {"weber@b.example", "garcia@b.example"}
    assert sent["weber@b.example"].text == "It is approved.\n\nhttps://housestaff.test/x\n"
    async with database.unit_of_work() as session:
        service = NotificationService(session, SETTINGS)
        assert await service.count_unread(user.id) == 1
        [told] = (await service.list_own(user.id, None, 10, unread=True)).items
        assert (told.subject, told.body, told.link) == ("Leave", "It is approved.", "/x")
        read = await service.mark_read(user.id, told.id)
        assert read.read_at is not None
        assert await service.count_unread(user.id) == 0
        assert (await service.list_own(user.id, None, 10, unread=True)).items == []
        assert len((await service.list_own(user.id, None, 10, unread=False)).items) == 1


async def test_nobody_is_told_an_event_twice(database: Database) -> None:
    program = await add_program(database)
    user = await add_user(database, "weber")
    person = await add_person(database, program, "r1", user, "weber@b.example")

    await asyncio.gather(*(tell(database, program, [person.id], notice()) for _ in range(5)))
    await tell(database, program, [person.id], notice("e2"))

    async with database.unit_of_work() as session:
        service = NotificationService(session, SETTINGS)
        assert await service.count_unread(user.id) == 2
        assert await service.mark_all_read(user.id) == 2
        assert await service.mark_all_read(user.id) == 0
    async with database.reading() as session:
        assert len((await session.scalars(select(OutgoingMail))).all()) == 2


async def test_what_comes_to_nothing_is_not_told(database: Database) -> None:
    program = await add_program(database)
    person = await add_person(database, program, "r1", email="weber@b.example")
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as session:
            await NotificationService(session, SETTINGS).tell(program.id, [person.id], notice())
            raise ZeroDivisionError
    assert await mails(database) == {}


def test_reasons_of_leave_are_not_sent_by_mail() -> None:
    leave = Leave(
        id=new_id(),
        start_date=START,
        end_date=START + timedelta(2),
        kind="sick",
        note="surgery",
        decision=Decision.REFUSED,
        decision_reason="no surgery in July",
        version=2,
    )
    told = leave_became(leave, leave.decision)
    assert told.subject == "Your leave from 2026-07-01 to 2026-07-03 is refused"
    assert "surgery" not in told.body
    assert "sick" not in told.body
    again = replace(told, event=leave_became(leave, leave.decision).event)
    assert again == told


def test_half_days_are_told_by_day_and_duty() -> None:
    event = (UUID(int=1), 3)
    told = assignment_changed(event, START, "NIGHT", "changed", "Night float")
    assert told.subject == "Your half-day on 2026-07-01 NIGHT is changed: Night float"
    gone = assignment_changed(event, START, "NIGHT", "cancelled", "Night float")
    assert gone.body == "Your half-day on 2026-07-01 NIGHT is cancelled."
    assert gone.event != told.event


async def test_publishing_tells_exactly_those_whose_days_change(
    database: Database, tmp_path: Path
) -> None:
    chief = await add_user(database, "chief", admin=True)
    program = replace(example("im-4plus1"), rules=())
    _, draft = await store_draft(database, chief, program)
    grid = drawn(program, 7)
    draft = await fill(database, draft, grid)
    users = {}
    async with database.unit_of_work() as session:
        people = list(await session.scalars(select(Person).order_by(Person.position)))
        for number, person in enumerate(people[:4]):
            users[number] = User(id=new_id(), username=f"user{number}", password_hash="")
            session.add(users[number])
            person.user_id = users[number].id

    async def publish(schedule: Schedule) -> None:
        await accept_everything(database, schedule, chief)
        order = publishing(database, chief, tmp_path)
        await order.publish(schedule.id, schedule.revision, "see you")

    async def told() -> list[int]:
        async with database.reading() as session:
            rows = await session.scalars(select(Notification).order_by(Notification.created_at))
            ids = {user.id: number for number, user in users.items()}
            return [ids[one.user_id] for one in rows]

    await publish(draft)
    assert sorted(await told()) == [0, 1, 2, 3]

    other = grid.copy()
    row, column = 2, 10
    wards = [one.code for one in program.rotation_types]
    other[row, column] = (grid[row, column] + 1) % len(wards)
    draft = await fill(database, draft, other)
    await publish(draft)

    assert (await told())[4:] == [2]
    async with database.reading() as session:
        newest = select(Notification).order_by(Notification.created_at.desc()).limit(1)
        [last] = await session.scalars(newest)
    slot = program.calendar.slots[column]
    assert f"from {slot.start}" in last.body
    assert last.body.endswith("see you")
    assert last.subject == "Your schedule has changed: Draft"
