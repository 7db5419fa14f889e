"""The calendar of a published schedule, from its link to what another program reads."""

import logging
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sqlalchemy import select

from app.core.words import Source
from app.db.session import Database
from app.models import Person, Schedule, User
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.domain.duties import Assignment
from app.scheduling.domain.problem import ABSENT
from app.scheduling.domain.program import Program as EngineProgram
from app.services import calendar_service
from tests.api.support import AsUser, Client, error_code
from tests.published import accept_everything, drawn, fill, publishing
from tests.rows import add_user
from tests.stored import example, held, store_draft

pytestmark = pytest.mark.anyio
ZONE = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime(2026, 10, 20, 12, tzinfo=ZONE)
    monkeypatch.setattr(calendar_service, "now", lambda: today)


class Stage:
    """A published programme, and a resident with an account."""

    def __init__(
        self, database: Database, schedule: Schedule, person: Person, folder: Path
    ) -> None:
        self.database = database
        self.schedule = schedule
        self.person = person
        self.folder = folder

    async def publish(self, chief: User) -> None:
        await accept_everything(self.database, self.schedule, chief)
        order = publishing(self.database, chief, self.folder)
        await order.publish(self.schedule.id, self.schedule.revision, "")


@pytest.fixture
def program() -> EngineProgram:
    whole = example("im-4plus1")
    return replace(whole, rules=(), people=whole.people[:6])


@pytest.fixture
async def resident(database: Database) -> User:
    return await add_user(database, "weber")


@pytest.fixture
async def stage(
    database: Database, admin: User, resident: User, program: EngineProgram, tmp_path: Path
) -> Stage:
    _, draft = await store_draft(database, admin, program)
    draft = await fill(database, draft, drawn(program, 7))
    async with database.unit_of_work() as session:
        people = select(Person).where(Person.program_id == draft.program_id)
        [person] = await session.scalars(people.where(Person.key == program.people[0].id))
        person.user_id = resident.id
    made = Stage(database, draft, person, tmp_path)
    await made.publish(admin)
    return made


async def link(client: Client, stage: Stage, headers: dict[str, str]) -> str:
    """Make a link; return its path."""
    made = await client.post(f"/people/{stage.person.id}/calendar-link", headers=headers)
    assert made.status_code == 201, made.text
    url: str = made.json()["url"]
    return url.split("/api", 1)[1]


def events(content: bytes) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(content)
    found = {str(one["uid"]): one for one in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT"))
    return found  # type: ignore[return-value] # what walk gives are events


async def test_a_calendar_shows_what_was_published(
    client: Client, stage: Stage, resident: User, as_user: AsUser
) -> None:
    path = await link(client, stage, as_user(resident))

    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    told = events(answer.content)
    stands = await held(stage.database, stage.schedule)
    row = 0
    program = stands.stored.program
    assert len(told) > 100
    duty = {one.code: one for one in program.duty_types}
    starts = {slot.start: column for column, slot in enumerate(stands.slots)}
    assert starts
    assert (stands.grid[row] != ABSENT).all()
    for one in told.values():
        assert one["sequence"] == 1
        begin = one.decoded("dtstart")
        assert date(2026, 9, 1) <= (begin.date() if isinstance(begin, datetime) else begin)
    wards = [one for one in told.values() if str(one["summary"]).startswith(duty["DAY"].name)]
    for one in wards:
        # A ward day is one event, from morning to evening by the clock on the wall, all year.
        begin, end = (one.decoded(name).astimezone(ZONE) for name in ("dtstart", "dtend"))
        assert (begin.hour, end.hour, begin.date()) == (6, 18, end.date())
    months = {one.decoded("dtstart").month for one in told.values()}
    assert {10, 11, 3, 4} <= months


async def test_nights_are_right_when_the_clock_changes(
    client: Client,
    stage: Stage,
    admin: User,
    resident: User,
    program: EngineProgram,
    as_user: AsUser,
) -> None:
    changes = (date(2026, 10, 31), date(2027, 3, 13))
    nights = [
        Assignment(person=program.people[0].id, date=day, session="NIGHT", duty="NIGHT")
        for day in changes
    ]
    async with stage.database.unit_of_work() as session:
        store = ScheduleStore(session)
        stands = await store.load(stage.schedule)
        await store.add_assignments(stage.schedule, stands.stored, nights, Source.MANUAL)
    await stage.publish(admin)
    path = await link(client, stage, as_user(resident))

    told = events((await client.get(path)).content)

    for day, hours in zip(changes, (13, 11), strict=True):
        night = told[f"{stage.person.id}-{day}-NIGHT@housestaff"]
        begin, end = night.decoded("dtstart"), night.decoded("dtend")
        assert begin.astimezone(ZONE).isoformat().startswith(f"{day}T18:00")
        assert end.astimezone(ZONE).isoformat().startswith(f"{day + timedelta(1)}T06:00")
        assert end - begin == timedelta(hours=hours)


async def test_nothing_is_sent_twice_and_events_keep_their_names(
    client: Client,
    stage: Stage,
    admin: User,
    resident: User,
    program: EngineProgram,
    as_user: AsUser,
) -> None:
    path = await link(client, stage, as_user(resident))
    first = await client.get(path)
    tag = first.headers["etag"]

    again = await client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag

    grid = drawn(program, 7)
    grid[0, 20] = (grid[0, 20] + 1) % len(program.rotation_types)
    stage.schedule = await fill(stage.database, stage.schedule, grid)
    await stage.publish(admin)

    new = await client.get(path, headers={"If-None-Match": tag})
    assert new.status_code == 200
    assert new.headers["etag"] != tag
    before, after = events(first.content), events(new.content)
    slot = program.calendar.slots[20]
    kept = before.keys() & after.keys()
    moved = {name for name in kept if before[name]["summary"] != after[name]["summary"]}
    moved |= before.keys() ^ after.keys()
    assert moved
    for name in moved:
        day = date.fromisoformat(name.removeprefix(f"{stage.person.id}-")[:10])
        assert slot.start - timedelta(1) <= day <= slot.end
    assert {after[name]["sequence"] for name in kept} == {2}


async def test_days_of_leave_are_one_event_without_a_reason(
    client: Client, stage: Stage, resident: User, as_user: AsUser
) -> None:
    path = await link(client, stage, as_user(resident))

    told = events((await client.get(path)).content)

    leave = [one for name, one in told.items() if name.endswith("-leave@housestaff")]
    assert leave
    assert {str(one["summary"]) for one in leave} == {"Leave"}
    spans = sorted((one.decoded("dtstart"), one.decoded("dtend")) for one in leave)
    assert all(isinstance(day, date) and not isinstance(day, datetime) for day, _ in spans)
    assert all(end > start for start, end in spans)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert any((end - start).days >= 5 for start, end in spans)


async def test_a_link_is_its_owners_and_can_be_revoked(
    client: Client,
    stage: Stage,
    admin: User,
    resident: User,
    as_user: AsUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine = as_user(resident)
    own = f"/people/{stage.person.id}/calendar-link"
    assert error_code(await client.post(own, headers=as_user(admin))) == (404, "NOT_FOUND")
    assert error_code(await client.delete(own, headers=mine)) == (404, "NOT_FOUND")
    first = await link(client, stage, mine)
    second = await link(client, stage, mine)
    assert first != second
    assert error_code(await client.get(first)) == (404, "NOT_FOUND")
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert (await client.get(second)).status_code == 200
    logged = [one.path for one in caplog.records if hasattr(one, "path")]
    assert logged == ["/api/calendar/…"]
    assert (await client.delete(own, headers=mine)).status_code == 200
    assert error_code(await client.get(second)) == (404, "NOT_FOUND")
    assert error_code(await client.get(second[:-8] + ".ics")) == (404, "NOT_FOUND")


async def test_the_calendar_of_a_closed_account_is_gone(
    client: Client, stage: Stage, resident: User, as_user: AsUser
) -> None:
    path = await link(client, stage, as_user(resident))
    async with stage.database.unit_of_work() as session:
        (await session.get_one(User, resident.id)).is_active = False
    assert error_code(await client.get(path)) == (404, "NOT_FOUND")
