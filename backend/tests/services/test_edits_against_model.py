"""Random edits, undos and redos of two people against a model in plain Python."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.db.base import new_id
from app.db.session import Database
from app.models import Schedule, User
from app.repositories.schedule_store import StoredSchedule
from app.scheduling.domain.problem import ABSENT
from app.schemas.edit import EditRequest
from app.services.edits.edit_service import EditService
from app.services.verification import Verifier
from tests.rows import add_user, delete_all_rows
from tests.stored import example, held, store_draft

PEOPLE, SLOTS, DAYS = 3, 5, 4
CODES = ["WARD", "ICU", None]
Place = tuple[str, int, int]
"""Of a slot or a night: which of the two, person and number."""
Content = tuple[str, bool]
"""Code of rotation or duty, and whether it is locked."""


class RefusedError(Exception):
    """The model does not allow it."""


class Step(NamedTuple):
    """What somebody does; `to` is person and number where something goes."""

    user: int
    op: str
    kind: str
    person: int
    number: int
    length: int
    to: tuple[int, int]
    code: str | None


@dataclass
class Entry:
    user: int
    before: dict[Place, Content | None]
    after: dict[Place, Content | None]
    undone: bool = False


@dataclass
class Model:
    """Cells, a list of edits, and a stack of undone ones for each user."""

    cells: dict[Place, Content] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    redos: dict[int, list[Entry]] = field(default_factory=lambda: {0: [], 1: []})
    revision: int = 1

    def play(self, step: Step) -> None:
        if step.op == "undo":
            own = [one for one in self.entries if one.user == step.user and not one.undone]
            entry = self._last(own)
            self._turn(entry.after, entry.before)
            entry.undone = True
            self.redos[step.user].append(entry)
        elif step.op == "redo":
            entry = self._last(self.redos[step.user])
            self._turn(entry.before, entry.after)
            entry.undone = False
            self.redos[step.user].pop()
        else:
            self._edit(step)

    @staticmethod
    def _last(entries: list[Entry]) -> Entry:
        if not entries:
            raise RefusedError
        return entries[-1]

    def _turn(self, now: dict[Place, Content | None], then: dict[Place, Content | None]) -> None:
        if any(self.cells.get(place) != content for place, content in now.items()):
            raise RefusedError
        self._store(then)

    def _store(self, contents: dict[Place, Content | None]) -> None:
        for place, content in contents.items():
            if content is None:
                self.cells.pop(place, None)
            else:
                self.cells[place] = content
        self.revision += 1

    def _edit(self, step: Step) -> None:
        wanted = self._wanted(step)
        changed = {
            place: content for place, content in wanted.items() if self.cells.get(place) != content
        }
        if not changed:
            return
        before = {place: self.cells.get(place) for place in changed}
        self._store(changed)
        self.entries.append(Entry(step.user, before, changed))
        self.redos[step.user] = []

    def _wanted(self, step: Step) -> dict[Place, Content | None]:
        cells = [(step.kind, step.person, step.number + n) for n in range(step.length)]
        if step.op in {"lock", "unlock"}:
            if any(place not in self.cells for place in cells):
                raise RefusedError
            return {place: (self.cells[place][0], step.op == "lock") for place in cells}
        if step.op == "set":
            return self._unlocked(dict.fromkeys(cells, step.code))
        person = step.person if step.op == "push" else step.to[0]
        targets = [(step.kind, person, step.to[1] + n) for n in range(step.length)]
        codes = [self._code(place) for place in cells]
        if step.op == "swap":
            if set(cells) & set(targets):
                raise RefusedError
            there = [self._code(place) for place in targets]
            return self._unlocked(
                dict(zip(cells, there, strict=True)) | dict(zip(targets, codes, strict=True))
            )
        if step.op == "move":
            return self._unlocked(dict.fromkeys(cells) | dict(zip(targets, codes, strict=True)))
        row = [self._code(("slot", person, n)) for n in range(_WIDTH)]
        run = row[step.number : step.number + step.length]
        del row[step.number : step.number + step.length]
        row[step.to[1] : step.to[1]] = run
        return self._unlocked({("slot", person, n): code for n, code in enumerate(row)})

    def _code(self, place: Place) -> str | None:
        return self.cells[place][0] if place in self.cells else None

    def _unlocked(self, codes: dict[Place, str | None]) -> dict[Place, Content | None]:
        """Return what cells hold once they have these codes; locked ones keep theirs."""
        wanted: dict[Place, Content | None] = {}
        for place, code in codes.items():
            held = self.cells.get(place)
            if (None if held is None else held[0]) == code:
                wanted[place] = held
            elif held is not None and held[1]:
                raise RefusedError
            else:
                wanted[place] = None if code is None else (code, False)
        return wanted


_WIDTH = 13
"""Periods of the tiny example's year: the model's slots and what edits can reach beyond."""


@st.composite
def steps(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["slot", "night"]))
    ops = ["set", "set", "move", "swap", "lock", "unlock", "undo", "redo"]
    op = draw(st.sampled_from([*ops, "push"] if kind == "slot" else ops))
    limit = SLOTS if kind == "slot" else DAYS
    return Step(
        user=draw(st.integers(0, 1)),
        op=op,
        kind=kind,
        person=draw(st.integers(0, PEOPLE - 1)),
        number=draw(st.integers(0, limit - 1)),
        length=draw(st.integers(1, 2)),
        to=(draw(st.integers(0, PEOPLE - 1)), draw(st.integers(0, limit - 1))),
        code=draw(st.sampled_from(CODES if kind == "slot" else ["NIGHT", None])),
    )


class Stage:
    """The same steps done by the real service on a real database."""

    def __init__(self, database: Database, users: list[User], stored: StoredSchedule) -> None:
        self.stored = stored
        self.verifier = Verifier(64)
        self.services = [
            EditService(database, self.verifier, Access(user_id=user.id, is_admin=True, roles={}))
            for user in users
        ]
        self.starts = [slot.start for slot in stored.slots]
        self.people = [one.id for one in stored.stored.people]

    def day(self, kind: str, number: int) -> date:
        return self.starts[number] if kind == "slot" else self.starts[0] + timedelta(number)

    async def play(self, step: Step, revision: int) -> int:
        service, schedule = self.services[step.user], self.stored.schedule.id
        if step.op == "undo":
            return (await service.undo(schedule, revision)).revision
        if step.op == "redo":
            return (await service.redo(schedule, revision)).revision
        last = step.number + step.length - 1
        edit: dict[str, Any] = {
            "op": step.op,
            "person_id": self.people[step.person],
            "on": self.day(step.kind, step.number),
            "through": self.day(step.kind, last),
        }
        if step.kind == "night":
            edit["session"] = "NIGHT"
        on = self.day(step.kind, step.to[1])
        if step.op == "set":
            edit["rotation_type" if step.kind == "slot" else "duty"] = step.code
        elif step.op == "push":
            edit["to"] = on
        elif step.op in {"move", "swap"}:
            edit["to"] = {"person_id": self.people[step.to[0]], "on": on}
        request = EditRequest.model_validate({"revision": revision, "edits": [edit]})
        return (await service.edit(schedule, request)).revision


def contents(stored: StoredSchedule) -> dict[Place, Content]:
    """Return what stands in a stored schedule, as the model has it."""
    codes = [kind.code for kind in stored.stored.program.rotation_types]
    found: dict[Place, Content] = {}
    for row, column in zip(*(stored.grid != ABSENT).nonzero(), strict=True):
        locked = bool(stored.locked[row, column] != ABSENT)
        found["slot", int(row), int(column)] = (codes[stored.grid[row, column]], locked)
    rows = {one.id: row for row, one in enumerate(stored.stored.people)}
    for one in stored.assignments:
        number = (one.block.date - stored.slots[0].start).days
        duty = stored.stored.duty_codes[one.duty_type_id] if one.duty_type_id else ""
        found["night", rows[one.person_id], number] = (duty, one.locked)
    return found


async def prepare(url: str) -> tuple[Schedule, list[User]]:
    database = Database.connect(url)
    if url.startswith("postgresql"):
        await delete_all_rows(database)
    users = [await add_user(database, name) for name in ("one", "two")]
    _, schedule = await store_draft(database, users[0], example("tiny"))
    await database.close()
    return schedule, users


async def perform(url: str, first: Schedule, users: list[User], script: list[Step]) -> None:
    database = Database.connect(url)
    schedule = Schedule(
        id=new_id(),
        program_id=first.program_id,
        name="Again",
        start_date=first.start_date,
        end_date=first.end_date,
    )
    async with database.unit_of_work() as session:
        session.add(schedule)
    stage, model = Stage(database, users, await held(database, schedule)), Model()
    for step in script:
        seen = model.revision
        try:
            model.play(step)
        except RefusedError:
            with pytest.raises((ConflictError, InvalidStateError)):
                await stage.play(step, seen)
        else:
            assert await stage.play(step, seen) == model.revision
    stored = await held(database, schedule)
    assert stored.schedule.revision == model.revision
    assert contents(stored) == model.cells
    await check_warm(database, stage, stored)
    await database.close()


async def check_warm(database: Database, stage: Stage, stored: StoredSchedule) -> None:
    """Compare what edit after edit has kept warm with what is built anew."""
    kept = stage.verifier
    async with database.reading() as session:
        warm = await kept.warm(session, stored.schedule)
        fresh = await Verifier(64).warm(session, stored.schedule)
    assert kept.builds <= 1
    assert np.array_equal(warm.grid, fresh.grid)
    assert np.array_equal(warm.locked, fresh.locked)
    assert warm.locked_half_days == fresh.locked_half_days
    assert warm.duty_hours == fresh.duty_hours
    assert warm.broken == fresh.broken


@pytest.fixture
def prepared(database_url: str) -> tuple[str, Schedule, list[User]]:
    return database_url, *asyncio.run(prepare(database_url))


@given(script=st.lists(steps(), min_size=1, max_size=25))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_edits_are_those_of_the_model(
    prepared: tuple[str, Schedule, list[User]], script: list[Step]
) -> None:
    url, schedule, users = prepared
    asyncio.run(perform(url, schedule, users, script))
