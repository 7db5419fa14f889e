"""A small ward with duty on the clock, in weeks in which the clocks go back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from app.core.access import Role
from app.core.words import Source
from app.db.session import Database
from app.models import Membership, Schedule, User
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.domain.calendar import Calendar, Holiday
from app.scheduling.domain.duties import DutyType
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from tests.stored import held, store_draft

MONDAY = date(2026, 10, 5)
"""The first day; the clocks of New York go back on 1 November."""

DUTIES = (
    DutyType(code="DAY", kind="in_house", am="06:00-12:00", pm="12:00-18:00"),
    DutyType(
        code="CALL",
        kind="call",
        am="06:00-12:00",
        pm="12:00-18:00",
        night="18:00-06:00",
        next_morning="POST",
    ),
    DutyType(code="POST", kind="transition", am="06:00-10:00"),
    DutyType(code="NF", kind="night_float", night="18:00-06:00"),
    DutyType(code="HOME", kind="home_call", night="17:00-08:00"),
    DutyType(code="CLIN", kind="in_house", am="08:00-12:00", pm="13:00-17:00"),
    DutyType(code="OFF", kind="off"),
)
ROTATIONS = (
    RotationType(code="WARD", name="Wards", template={"mon-fri": "DAY"}),
    RotationType(code="NF", name="Night float", template={"sun-thu": "NF"}),
    RotationType(code="CLIN", template={"mon-fri": "CLIN"}, zone="America/Los_Angeles"),
    RotationType(code="ELEC", name="Elective"),
    RotationType(code="VAC", leave=True),
)
_AWAY = Leave(start=date(2026, 10, 19), end=date(2026, 10, 25))
PEOPLE = (
    Person(id="ann", name="Ann", email="ann@b.example", pgy=1, carry_over={"nights": 3}),
    Person(id="bob", name="Bob", pgy=2),
    Person(
        id="cat",
        name="Cat",
        pgy=3,
        leave=(_AWAY,),
    ),
    Person(id="dan", name="Dan", pgy=1, start=date(2026, 10, 19)),
)
ROWS = (
    "WARD WARD WARD WARD WARD NF",
    "NF NF NF NF NF WARD",
    "CLIN CLIN CLIN VAC CLIN CLIN",
    ". . ELEC ELEC WARD ELEC",
)


def ward(name: str = "Ward") -> Program:
    """Return the programme: six weeks."""
    holidays = (Holiday(on=date(2026, 10, 12), name="Columbus Day"),)
    return Program(
        name=name,
        time_zone="America/New_York",
        calendar=Calendar(start=MONDAY, end=date(2026, 11, 15), period="1 week", holidays=holidays),
        rotation_types=ROTATIONS,
        people=PEOPLE,
        duty_types=DUTIES,
    )


def grid_of(program: Program, rows: Sequence[str]) -> Grid:
    codes = [kind.code for kind in program.rotation_types]
    values = [[ABSENT if one == "." else codes.index(one) for one in row.split()] for row in rows]
    return np.array(values, dtype=np.int16)


@dataclass(frozen=True)
class Ward:
    """The stored ward: its schedule, and ids by the names that the programme uses."""

    schedule: Schedule
    program_id: UUID
    people: dict[str, UUID]

    @property
    def url(self) -> str:
        return f"/schedules/{self.schedule.id}"


async def store_ward(database: Database, user: User, name: str = "Ward") -> Ward:
    program = ward(name)
    row, schedule = await store_draft(database, user, program)
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        grid = grid_of(program, ROWS)
        await store.save_grid(await store.load(schedule), grid, Source.SOLVER)
        session.add(Membership(user_id=user.id, program_id=row.id, role=Role.COORDINATOR))
    stored = (await held(database, schedule)).stored
    return Ward(schedule, row.id, dict(stored.person_ids))
