from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from app.core.exceptions import InvalidStateError
from app.core.words import Decision
from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import Leave as LeaveRow
from app.models import Request, User
from app.repositories.program_store import ProgramStore
from app.scheduling.acgme.policy import Policy, Tightening
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.people import Change, Leave, Person, Preassignment, Wish
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Who
from tests.rows import UNSEEN, add_user
from tests.scheduling.random_programs import MODES, draw_case

pytestmark = pytest.mark.anyio
EXAMPLES = Path(__file__).parents[3] / "examples"
ODD = Program(
    name="Odd",
    specialty="internal_medicine",
    objective="maximize",
    calendar=Calendar(start=date(2026, 7, 1), period="month"),
    rotation_types=(RotationType(code="A", who=Who(groups=("Seniors",))),),
    rotation_groups={"All": ("A",)},
    groups={"Seniors": Who(pgy=(2, 3))},
    duty_hours=Policy(tightened=(Tightening(rule="CPR-6.20-80H", limit=70),)),
    people=(
        Person(
            id="r1",
            pgy=1,
            fte=0.505,
            start=date(2026, 7, 1),
            end=date(2027, 3, 1),
            tags=("chief",),
            changes=(Change(start=date(2027, 1, 1), pgy=2),),
            leave=(
                Leave(start=date(2026, 6, 20), end=date(2026, 7, 3), kind="parental"),
                Leave(period=3, half="second"),
            ),
            wishes=(Wish(rank=2, rotations=("All",), periods=(1, "4-6"), avoid=True),),
            preassignments=(Preassignment(periods=("2-3",), one_of=("A",)),),
            carry_over={"nights": -2.5},
        ),
    ),
)


async def stored(database: Database, program: Program, user: User) -> Program:
    """Return a programme after a way through the database."""
    async with database.unit_of_work() as session:
        made = await ProgramStore(session).save_new(program, {}, user.id)
    async with database.reading() as session:
        store = ProgramStore(session)
        year = await store.year_on(made.row.id, program.calendar.start)
        loaded = await store.load(year)
    assert [row.key for row in loaded.people] == [person.id for person in program.people]
    return loaded.program


@pytest.mark.parametrize("name", ["im-4plus1", "tiny"])
async def test_the_examples_come_back_as_they_were(database: Database, name: str) -> None:
    user = await add_user(database, "admin", admin=True)
    program = load_programme(EXAMPLES / name / "programme.yaml").program

    assert await stored(database, program, user) == replace(program, assignments=())


async def test_every_rule_kind_in_every_mode_comes_back(database: Database) -> None:
    user = await add_user(database, "admin", admin=True)
    for number, (kind, mode) in enumerate(MODES):
        drawn = draw_case(kind, mode, number).program
        program = replace(drawn, name=f"{kind} {mode}")
        assert await stored(database, program, user) == program


async def test_what_no_example_has_comes_back(database: Database) -> None:
    user = await add_user(database, "admin", admin=True)
    assert await stored(database, ODD, user) == ODD


async def test_only_approved_leave_and_wishes_count(database: Database) -> None:
    user = await add_user(database, "admin", admin=True)
    async with database.unit_of_work() as session:
        store = ProgramStore(session)
        made = await store.save_new(ODD, {}, user.id)
        for table in (LeaveRow, Request):
            await session.execute(
                update(table).values(decision=Decision.REFUSED), execution_options=UNSEEN
            )
    async with database.reading() as session:
        loaded = (await ProgramStore(session).load(made.year)).program

    assert not any(person.leave or person.wishes for person in loaded.people)


async def test_a_day_outside_every_year_is_refused(database: Database) -> None:
    user = await add_user(database, "admin", admin=True)
    program = load_programme(EXAMPLES / "tiny" / "programme.yaml").program
    async with database.unit_of_work() as session:
        store = ProgramStore(session)
        made = await store.save_new(program, {}, user.id)
        last = made.year.end_date
        assert (await store.year_on(made.row.id, last)).id == made.year.id
        with pytest.raises(InvalidStateError, match="no academic year with 2001-01-01"):
            await store.year_on(made.row.id, date(2001, 1, 1))


async def test_what_contradicts_itself_is_told(database: Database) -> None:
    user = await add_user(database, "admin", admin=True)
    program = load_programme(EXAMPLES / "im-4plus1" / "programme.yaml").program
    async with database.unit_of_work() as session:
        store = ProgramStore(session)
        made = await store.save_new(program, {}, user.id)
        made.rotation_types[0].code = "GONE"
        await session.flush()
        with pytest.raises(InvalidProgram, match="is unknown"):
            await store.load(made.year)
