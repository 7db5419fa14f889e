"""The same requests where there is one programme and where there are ten thousand."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy import select

from app.core.settings import Settings
from app.db.session import Database
from app.files.publication_file import write_publication
from app.models import Leave, Person, Publication, Schedule, User
from app.repositories.schedule_store import ScheduleStore
from app.services.snapshots import publication_file
from app.services.verification import Verifier
from benchmarks.api_world import NO_LIMIT, SECRET, World, databases, example, fill, on_server
from benchmarks.editing import Editor
from benchmarks.figures import percentiles
from benchmarks.many_programmes import GROWN, PEOPLE, multiply
from benchmarks.plans import Plan, listening, plans
from benchmarks.servers import SERVICE, Answer, Server, serving
from benchmarks.suites.common import Options, Report
from benchmarks.tables import Table, shown

PROGRAMMES = 10_000
_WITH_HALF_DAYS = 100
_REPEATS = 100
_WARM_UP = 5
_MOST_PLANS = 15
_MOST_INDEXES = 12
_INDEXES = """\
SELECT relname, indexrelname, pg_relation_size(indexrelid) / 1e6, idx_scan
FROM pg_stat_user_indexes ORDER BY pg_relation_size(indexrelid) DESC LIMIT $1"""


@dataclass
class Compared:
    """One request to the service with one programme, and to the one with many."""

    name: str
    few: Callable[[], Answer]
    many: Callable[[], Answer]
    took: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def measure(self) -> None:
        """Ask both in turn."""
        for repeat in range(_REPEATS + _WARM_UP):
            for ask, times in zip((self.few, self.many), self.took, strict=True):
                answer = ask()
                if answer.status != 200:
                    raise ValueError(f"{self.name}: {answer.status} {answer.body[:300]!r}")
                if repeat >= _WARM_UP:
                    times.append(answer.ms)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the suite has found, and what it was found on."""

    compared: list[Compared]
    plans: list[Plan]
    indexes: list[tuple[Any, ...]]
    megabytes: float
    load_s: float


def longest_s(options: Options) -> float:  # noqa: ARG001 - every suite has this signature
    """Return the time that the suite takes at most, about."""
    return 900


def run(options: Options) -> Report:  # noqa: ARG001 - as above
    """Measure on PostgreSQL, where there is a server."""
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(_measured(Path(folder)))
    if measured is None:
        return Report((), [])
    found = measured.plans
    rows: list[dict[str, Any]] = [
        {"request": one.name, "one_ms": one.took[0], "many_ms": one.took[1]}
        for one in measured.compared
    ]
    unindexed = {f"{table} (all)" for table in GROWN}
    faults = tuple(
        f"growth: {scan} is read for: {one.sent.request}"
        for one in found
        for scan in one.scans
        if scan in unindexed
    )
    tables = (_times(measured), _plans(found), _indexes(measured.indexes))
    rows += [
        {"request": one.sent.request, "statement": one.sent.statement, "plan": one.document}
        for one in found
    ]
    return Report(tables, rows, faults)


async def _measured(folder: Path) -> Measured | None:
    program, grid = example()
    async with databases("postgresql", folder) as url:
        if url is None:
            return None
        world = await fill(url, program, grid)
        await _complete(url, world)
        server, one = url.replace("+asyncpg", "").rsplit("/", 1)
        many = f"{one}_many"
        await on_server(f"CREATE DATABASE {many} TEMPLATE {one}")
        try:
            return await _compared(f"{server}/{one}", f"{server}/{many}", folder, world)
        finally:
            await on_server(f"DROP DATABASE {many} WITH (FORCE)")


async def _complete(url: str, world: World) -> None:
    """Add what the world lacks: a leave that everybody asks for, and a publication as it stands."""
    database = Database.connect(url)
    async with database.unit_of_work() as session:
        schedule = await session.get_one(Schedule, world.schedule_id)
        user = (await session.scalars(select(User))).one()
        people = await session.scalars(select(Person.id))
        day = schedule.start_date
        session.add_all(
            Leave(program_id=schedule.program_id, person_id=one, start_date=day, end_date=day)
            for one in people.all()
        )
        await session.flush()  # what is published is read next
        warm = await Verifier(64).warm(session, schedule)
        held = await ScheduleStore(session).load(schedule)
        packed = write_publication(publication_file(held, warm, ()))
        session.add(
            Publication(
                program_id=schedule.program_id,
                schedule_id=schedule.id,
                number=1,
                revision=schedule.revision,
                name=schedule.name,
                start_date=schedule.start_date,
                end_date=schedule.end_date,
                snapshot=packed.content,
                snapshot_sha256=packed.sha256,
                published_by=user.id,
                published_by_name=user.username,
            )
        )
    await database.close()


async def _compared(one: str, many: str, folder: Path, world: World) -> Measured:
    begun = time.perf_counter()
    await _vacuum(one)
    await multiply(
        many,
        world.program_id,
        PROGRAMMES,
        _WITH_HALF_DAYS,
        lambda name: print(f"growth: {name}", file=sys.stderr),
    )
    load_s = time.perf_counter() - begun
    compared = await asyncio.to_thread(_asked, one, many, folder, world)
    found = await _explained(many, folder, world)
    connection = await asyncpg.connect(many)
    try:
        indexes = [tuple(row) for row in await connection.fetch(_INDEXES, _MOST_INDEXES)]
        size = await connection.fetchval("SELECT pg_database_size(current_database()) / 1e6")
    finally:
        await connection.close()
    return Measured(compared, found, indexes, size, load_s)


async def _vacuum(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _paths(world: World) -> dict[str, str]:
    """Return what is asked for, by what it is called."""
    draft, program = f"/api/schedules/{world.schedule_id}", f"program_id={world.program_id}"
    return {
        "get a schedule": draft,
        "list of 100 schedules": f"/api/schedules?{program}",
        "people of the programme": f"/api/people?{program}",
        "grid by periods": f"{draft}/grid",
        "grid by half-days, kept": f"{draft}/grid?view=half-days",
        "findings of the year": f"{draft}/findings",
        "who is on": f"/api/on-duty?{program}&at={world.day}T15:00:00Z",
        "somebody's next half-days": f"/api/people/{world.person_id}/assignments/upcoming",
        "statistics": f"/api/stats?{program}",
    }


def _asked(one: str, many: str, folder: Path, world: World) -> list[Compared]:
    known = {"Authorization": f"Bearer {world.token}", "Accept-Encoding": "gzip"}

    def environment(url: str) -> dict[str, str]:
        return {
            "HOUSESTAFF_DATABASE_URL": _of_app(url),
            "HOUSESTAFF_SECRET_KEY": SECRET,
            "HOUSESTAFF_DATA_DIR": str(folder),
            **NO_LIMIT,
        }

    def get(server: Server, path: str) -> Callable[[], Answer]:
        return lambda: server.ask("GET", path, known)

    with (
        serving(SERVICE, environment(one), "/api/health/live") as few,
        serving(SERVICE, environment(many), "/api/health/live") as grown,
    ):
        found = [
            Compared(name, get(few, path), get(grown, path)) for name, path in _paths(world).items()
        ]
        first, second = (Editor(server, world, known) for server in (few, grown))
        found.append(Compared("one edit, with its findings", first.edit, second.edit))
        found.append(Compared("dry run of an edit", first.try_edit, second.try_edit))
        for compared in found:
            compared.measure()
    return found


async def _explained(url: str, folder: Path, world: World) -> list[Plan]:
    """Return how the statements of the requests are carried out, those of a first request too."""
    settings = Settings(database_url=_of_app(url), secret_key=SecretStr(SECRET), data_dir=folder)
    known = {"Authorization": f"Bearer {world.token}"}
    async with listening(settings, known) as listener:
        for name, path in _paths(world).items():
            await listener.ask(name, "GET", path)
    return await plans(url, list(listener.sent.values()))


def _of_app(url: str) -> str:
    return url.replace("postgresql:", "postgresql+asyncpg:", 1)


def _times(measured: Measured) -> Table:
    rows = []
    for one in measured.compared:
        (few, few_slow), (many, many_slow) = (percentiles(times) for times in one.took)
        growth = (many / few - 1) * 100
        cells = (shown(value, 2) for value in (few, few_slow, many, many_slow))
        rows.append((one.name, *cells, f"{growth:+.0f}"))
    return Table(
        f"The service with one programme and with {PROGRAMMES}, PostgreSQL",
        ("request", "p50, one", "p99, one", "p50, many", "p99, many", "growth of p50 %"),
        tuple(rows),
        (
            "One client, one process each; requests to both in turn. Times in ms.",
            f"The programme asked for has 60 people x 52 weeks, each other {PEOPLE} x 13 periods.",
            f"{_WITH_HALF_DAYS} of the others have all half-days of their year stored.",
            f"Database: {measured.megabytes:.0f} MB, filled in {measured.load_s:.0f} s.",
        ),
    )


def _plans(found: list[Plan]) -> Table:
    rows = [
        (
            one.sent.request,
            ", ".join(one.scans),
            str(one.rows),
            str(one.pages),
            shown(one.ms, 2),
        )
        for one in found[:_MOST_PLANS]
    ]
    return Table(
        f"How the slowest statements are carried out with {PROGRAMMES} programmes",
        ("first sent by", "what is read, by which index", "rows", "pages", "ms"),
        tuple(rows),
        (
            "EXPLAIN (ANALYZE, BUFFERS) in a process that has kept nothing; pages of 8 kB.",
            "(all): the table is read from end to end. Whole plans: --json.",
        ),
    )


def _indexes(found: list[tuple[Any, ...]]) -> Table:
    return Table(
        "The largest indexes, and how often the run has used them",
        ("table", "index", "MB", "scans"),
        tuple(
            (table, index, shown(float(size), 0), str(scans)) for table, index, size, scans in found
        ),
    )
