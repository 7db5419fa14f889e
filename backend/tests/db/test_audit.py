"""The trail of changes on both databases: whole, ordered, discreet, and shown to be so."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import selectinload

from app.cli import main
from app.core.access import Role
from app.core.acting import SYSTEM, Actor, actor
from app.core.settings import Settings
from app.core.words import Decision
from app.db.audit import HASHED, KEPT_BACK, PLATFORM, Change, note
from app.db.base import Base, new_id
from app.db.migrations import upgrade
from app.db.session import Database
from app.db.triggers import guard, names
from app.models import (
    AcademicYear,
    ApiToken,
    Appointment,
    AuditEvent,
    Leave,
    Membership,
    Person,
    Program,
    User,
)
from app.repositories.audit_repository import ChainState, chains, check_chain
from app.services.audit_anchors import anchor_path, by_chain, note_heads, read_anchors
from tests.rows import START, add_program, add_user

pytestmark = pytest.mark.anyio

NOT_AUDITED = {
    "access_entries": "a record of its own, of who has read what",
    "audit_events": "the trail itself",
    "assignments": "schedule_edits has every cell before and after",
    "placements": "schedule_edits has every cell before and after",
    "blocks": "the calendar, the same for everybody",
    "idempotency_keys": "answers that are given again, for a day",
    "job_events": "the progress of jobs",
    "jobs": "a record of its own, of what was asked for and what came of it",
    "login_failures": "kept for as long as they slow down the next login",
    "notifications": "what is told of changes that are noted",
    "outgoing_mails": "what is sent about changes that are noted",
    "password_resets": "open for an hour; the new password is noted",
    "refresh_tokens": "sessions; the log has them",
}


def test_every_table_is_audited_or_says_why_not() -> None:
    classes = {one.class_.__tablename__: one.class_ for one in Base.registry.mappers}

    assert {name for name, one in classes.items() if not one.audited} == NOT_AUDITED.keys()
    for one in classes.values():
        assert one.private <= set(one.__table__.columns.keys())


def test_the_hash_is_of_all_that_an_event_says() -> None:
    columns = set(AuditEvent.__table__.columns.keys())

    # The id says nothing, and the programme is the chain's name.
    assert columns - set(HASHED) == {"id", "program_id", "hash"}


async def events(database: Database, chain: str) -> Sequence[AuditEvent]:
    async with database.reading() as session:
        statement = select(AuditEvent).where(AuditEvent.chain == chain)
        return (await session.scalars(statement.order_by(AuditEvent.sequence))).all()


async def state_of(database: Database, chain: str) -> ChainState:
    async with database.reading() as session:
        return await check_chain(session, chain)


def person(program: Program, key: str = "r1") -> Person:
    return Person(id=new_id(), program_id=program.id, key=key, name=f"Dr. {key}")


async def test_what_is_made_changed_and_deleted_is_told(database: Database) -> None:
    program = await add_program(database)
    somebody = person(program)
    token = actor.set(Actor(new_id(), "chief"))
    async with database.unit_of_work() as session:
        session.add(somebody)
    async with database.unit_of_work() as session:
        found = await session.get_one(Person, somebody.id)
        found.name, found.email = "Dr. Weber", "weber@b.example"
    async with database.unit_of_work() as session:
        (await session.get_one(Person, somebody.id)).name = "Dr. Weber"  # as it is
        await session.flush()
    async with database.unit_of_work() as session:
        await session.delete(await session.get_one(Person, somebody.id))
    chief = actor.get()
    actor.reset(token)

    told = await events(database, str(program.id))

    about = [one for one in told if one.object_id == somebody.id]
    assert [one.action for one in about] == ["create", "update", "delete"]
    assert {(one.actor, one.actor_id) for one in about} == {("chief", chief.user_id)}
    assert {one.object_kind for one in about} == {"people"}
    made, changed, gone = (json.loads(one.details) for one in about)
    assert made["after"]["name"] == "Dr. r1"
    assert changed == {
        "before": {"email": "", "name": "Dr. r1"},
        "after": {"email": "weber@b.example", "name": "Dr. Weber"},
    }
    assert gone["before"]["name"] == "Dr. Weber"
    assert [one.sequence for one in told] == list(range(1, len(told) + 1))
    assert told[0].object_kind == "programs"
    assert told[0].actor == SYSTEM.name


async def test_what_is_taken_out_of_a_list_is_told(database: Database) -> None:
    program = await add_program(database)
    somebody = person(program)
    async with database.unit_of_work() as session:
        year = (await session.scalars(select(AcademicYear))).one()
        owner = {"program_id": program.id, "academic_year_id": year.id}
        somebody.appointments.append(Appointment(pgy=2, **owner))
        session.add(somebody)
    async with database.unit_of_work() as session:
        statement = select(Person).options(selectinload(Person.appointments))
        stored = (await session.scalars(statement)).one()
        stored.appointments.clear()

    last = (await events(database, str(program.id)))[-1]
    assert (last.action, last.object_kind) == ("delete", "appointments")
    assert json.loads(last.details)["before"]["pgy"] == 2


async def test_what_comes_to_nothing_is_not_told(database: Database) -> None:
    program = await add_program(database)
    before = await events(database, str(program.id))
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as session:
            session.add(person(program))
            await session.flush()
            raise ZeroDivisionError
    assert len(await events(database, str(program.id))) == len(before)
    async with database.unit_of_work() as session:
        session.add(person(program))
    assert (await state_of(database, str(program.id))).events == len(before) + 1


async def test_secrets_and_reasons_of_leave_stay_out(database: Database) -> None:
    program = await add_program(database)
    somebody = person(program)
    user = await add_user(database, "chief", password_hash="$argon2id$secret")  # noqa: S106 - a test's
    leave = Leave(
        id=new_id(),
        program_id=program.id,
        person_id=somebody.id,
        start_date=START,
        end_date=START,
        kind="chemotherapy",
        note="chemotherapy in July",
    )
    async with database.unit_of_work() as session:
        session.add(somebody)
        await session.flush()
        session.add(leave)
    async with database.unit_of_work() as session:
        found = await session.get_one(Leave, leave.id)
        found.decision, found.decision_reason = Decision.REFUSED, "no chemotherapy in July"
        (await session.get_one(User, user.id)).password_hash = "$argon2id$other"  # noqa: S105 - a test's

    told = [*await events(database, str(program.id)), *await events(database, PLATFORM)]

    everything = "".join(one.details for one in told)
    assert "chemotherapy" not in everything
    assert "argon2id" not in everything
    [decided] = [one for one in told if one.object_id == leave.id and one.action == "update"]
    assert json.loads(decided.details)["after"] == {
        "decision": "refused",
        "decision_reason": KEPT_BACK,
    }
    [changed] = [one for one in told if one.object_id == user.id and one.action == "update"]
    assert json.loads(changed.details)["after"] == {"password_hash": KEPT_BACK}


async def test_statements_that_pass_by_have_to_say_so(database: Database) -> None:
    program = await add_program(database)
    async with database.unit_of_work() as session:
        session.add(person(program))
    for statement in (update(Person).values(name="X"), delete(Person)):
        with pytest.raises(RuntimeError, match="writes Person unseen"):
            async with database.unit_of_work() as session:
                await session.execute(statement)
    async with database.unit_of_work() as session:
        await session.execute(delete(Person), execution_options={"audited": "noted below"})
        note(session, Change(program.id, "delete", "people", program.id, {"all": True}))
    told = await events(database, str(program.id))
    assert json.loads(told[-1].details) == {"all": True}


async def test_what_belongs_to_no_programme_has_a_chain_of_its_own(database: Database) -> None:
    program = await add_program(database)
    user = await add_user(database, "chief")
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=user.id, program_id=program.id, role=Role.VIEWER))
    assert [one.object_kind for one in await events(database, PLATFORM)] == ["users"]
    assert (await events(database, str(program.id)))[-1].object_kind == "memberships"
    async with database.reading() as session:
        assert await chains(session) == sorted([PLATFORM, str(program.id)])
    assert ApiToken.private == {"token_hash"}


async def test_writers_at_the_same_time_make_one_chain(database: Database) -> None:
    programs = [await add_program(database, name) for name in ("A", "B")]

    async def write(number: int) -> None:
        async with database.unit_of_work() as session:
            # Both chains at once, in either order.
            for program in programs[:: 1 if number % 2 else -1]:
                session.add(person(program, f"r{number}"))
                await session.flush()

    await asyncio.gather(*(write(number) for number in range(16)))

    for program in programs:
        state = await state_of(database, str(program.id))
        assert (state.broken_at, state.events) == (None, 18)  # programme, year, people


async def tampered(database: Database, statement: str, **values: object) -> None:
    """Do what only somebody can do who may drop triggers."""

    def drop(connection: Connection) -> None:
        for name in names("audit_events"):
            on = " ON audit_events" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))

    async with database.engine.begin() as connection:
        await connection.run_sync(drop)
        await connection.execute(text(statement), values)
        await connection.run_sync(guard)  # for the next test


@pytest.fixture
async def chain(database: Database) -> str:
    program = await add_program(database)
    for number in range(4):
        async with database.unit_of_work() as session:
            session.add(person(program, f"r{number}"))
    return str(program.id)


@pytest.mark.parametrize(
    ("statement", "place", "problem"),
    [
        (
            "UPDATE audit_events SET details = replace(details, 'r1', 'r9') WHERE sequence = 4",
            4,
            "not what its hash was made of",
        ),
        ("UPDATE audit_events SET actor = 'x' WHERE sequence = 3", 3, "not what its hash"),
        ("DELETE FROM audit_events WHERE sequence = 2", 2, "event 2 is missing"),
        ("DELETE FROM audit_events WHERE sequence = 1", 1, "event 1 is missing"),
        (
            "UPDATE audit_events SET previous_hash = hash WHERE sequence = 5",
            5,
            "does not follow the one before",
        ),
    ],
)
async def test_who_tampers_is_found(
    database: Database, chain: str, statement: str, place: int, problem: str
) -> None:
    assert (await state_of(database, chain)).broken_at is None

    await tampered(database, f"{statement} AND chain = :chain", chain=chain)

    state = await state_of(database, chain)
    assert (state.broken_at, state.events) == (place, place - 1)
    assert problem in state.problem


async def test_an_event_of_another_programme_is_found(database: Database, chain: str) -> None:
    await tampered(
        database,
        "UPDATE audit_events SET program_id = NULL WHERE sequence = 6 AND chain = :chain",
        chain=chain,
    )
    assert (await state_of(database, chain)).broken_at == 6


async def test_an_end_that_was_cut_off_is_found(
    database: Database, chain: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    noted = await note_heads(database, settings)
    assert await note_heads(database, settings) == 0, "none has moved"
    found = by_chain(read_anchors(anchor_path(settings)))
    assert sum(map(len, found.values())) == noted
    async with database.reading() as session:
        assert (await check_chain(session, chain, found[chain])).broken_at is None
    last = max(found[chain])

    cut = "DELETE FROM audit_events WHERE sequence = :last AND chain = :chain"
    await tampered(database, cut, last=last, chain=chain)

    assert (await state_of(database, chain)).broken_at is None, "by itself it cannot show it"
    async with database.reading() as session:
        state = await check_chain(session, chain, found[chain])
    assert (state.broken_at, state.events) == (last, last - 1)
    assert f"event {last} was noted elsewhere" in state.problem
    await note_heads(database, settings)
    again = by_chain(read_anchors(anchor_path(settings)))
    assert found[chain].items() < again[chain].items(), "nothing that was noted goes"

    await note_heads(database, settings, restored=True)
    after = by_chain(read_anchors(anchor_path(settings)))
    assert after[chain].keys() == {last - 1}


def test_the_command_says_the_first_broken_link(
    empty_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOUSESTAFF_DATABASE_URL", empty_url)
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(tmp_path / "data"))

    async def prepared() -> UUID:
        database = Database.connect(empty_url)
        program = await add_program(database, f"Medicine {new_id()}")
        async with database.unit_of_work() as session:
            session.add(person(program))
        await database.close()
        return program.id

    asyncio.run(upgrade(empty_url))
    program_id = asyncio.run(prepared())
    assert main(["audit", "verify", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [own] = [one for one in told["chains"] if one["chain"] == str(program_id)]
    assert (told["status"], own["events"], own["broken_at"]) == ("OK", 3, None)

    async def tamper() -> None:
        database = Database.connect(empty_url)
        statement = "DELETE FROM audit_events WHERE sequence = 2 AND chain = :chain"
        await tampered(database, statement, chain=str(program_id))
        await database.close()

    asyncio.run(tamper())
    assert main(["audit", "verify"]) == 1
    assert f"{program_id}: broken at event 2: event 2 is missing" in capsys.readouterr().out
    assert main(["audit", "verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "BROKEN"
    assert [one["severity"] for one in told["findings"]] == ["error"]

    kept = tmp_path / "kept.jsonl"
    lost = {"chain": "platform", "sequence": 9, "hash": "0" * 64, "at": "2026-07-01T00:00:00+00:00"}
    kept.write_text(json.dumps(lost), "utf-8")
    assert main(["audit", "verify", "--anchors", str(kept)]) == 1
    assert "platform: broken at event" in capsys.readouterr().out
    kept.write_text("{", "utf-8")
    assert main(["audit", "verify", "--anchors", str(kept)]) == 2
