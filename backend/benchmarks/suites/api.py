"""The service beside a bare FastAPI and SQLAlchemy endpoint that does the same query."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from benchmarks.api_world import NO_LIMIT, SECRET, World, databases, example, fill
from benchmarks.editing import Editor
from benchmarks.figures import percentiles
from benchmarks.servers import BARE, SERVICE, Answer, Server, serving
from benchmarks.suites.common import Options, Report
from benchmarks.tables import NEVER, Table, shown

_REPEATS = 200
_FEW = 20
_WARM_UP = 5
_NOTES = (
    "One client, one connection, one process each; requests to both in turn. Times in ms.",
    "Ratio: median of the bare endpoint over ours; 1 is what the frameworks cost.",
    "Bare: the same statements in one module, without roles, envelope, log, limits or ETag.",
    "Of the grid it sends the placements as rows; a dry run, findings and a CSV it cannot do.",
)


@dataclass
class Pair:
    """One request to our service, and one to the bare one, if it can do that."""

    name: str
    ours: Callable[[], Answer]
    bare: Callable[[], Answer] | None
    repeats: int = _REPEATS
    expected: int = 200
    took: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    size: int = 0

    def measure(self) -> None:
        """Ask both in turn."""
        for repeat in range(self.repeats + _WARM_UP):
            for ask, times in zip((self.ours, self.bare), self.took, strict=True):
                if ask is None:
                    continue
                answer = ask()
                wanted = self.expected if ask is self.ours else 200
                if answer.status != wanted:
                    raise ValueError(f"{self.name}: {answer.status} {answer.body[:300]!r}")
                if repeat >= _WARM_UP:
                    times.append(answer.ms)
                if ask is self.ours:
                    self.size = len(answer.body)


def longest_s(options: Options) -> float:  # noqa: ARG001 - every suite has this signature
    """Return the time that the suite takes at most, about."""
    return 600


def run(options: Options) -> Report:  # noqa: ARG001 - as above
    """Measure on SQLite and, where there is a server, on PostgreSQL."""
    program, grid = example()
    tables, rows = [], []
    for name in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(_measured(name, Path(folder), program, grid))
        if found is not None:
            tables.append(_table(name, *found))
            rows += [
                {"database": name, "request": one.name, "ours_ms": one.took[0]}
                | {"bare_ms": one.took[1], "bytes": one.size}
                for one in found[0]
            ]
    return Report(tuple(tables), rows)


async def _measured(
    name: str, folder: Path, program: Program, grid: Grid
) -> tuple[list[Pair], dict[str, float]] | None:
    async with databases(name, folder) as url:
        if url is None:
            return None
        world = await fill(url, program, grid)
        return await asyncio.to_thread(_asked, url, folder, world)


def _asked(url: str, folder: Path, world: World) -> tuple[list[Pair], dict[str, float]]:
    environment = {
        "HOUSESTAFF_DATABASE_URL": url,
        "HOUSESTAFF_SECRET_KEY": SECRET,
        "HOUSESTAFF_DATA_DIR": str(folder),
        **NO_LIMIT,
    }
    with (
        serving(SERVICE, environment, "/api/health/live") as ours,
        serving(BARE, environment, "/docs") as bare,
    ):
        empty_mb = ours.resident_mb
        pairs = _pairs(ours, bare, world)
        for pair in pairs:
            pair.measure()
        about = {
            "start s": ours.start_s,
            "memory after start MB": empty_mb,
            "memory at the end MB": ours.resident_mb,
        }
    return pairs, about


def _pairs(ours: Server, bare: Server, world: World) -> list[Pair]:
    known = {"Authorization": f"Bearer {world.token}"}
    zipped = {**known, "Accept-Encoding": "gzip"}
    draft, twin = f"/api/schedules/{world.schedule_id}", f"/schedules/{world.bare_id}"
    grid = f"{draft}/grid?view=half-days"
    editor = Editor(ours, world, known)

    def get(server: Server, path: str, headers: dict[str, str]) -> Callable[[], Answer]:
        return lambda: server.ask("GET", path, headers)

    def cold() -> Answer:
        editor.edit()
        return ours.ask("GET", grid, zipped)

    def unchanged() -> Answer:
        return ours.ask("GET", grid, {**zipped, "If-None-Match": editor.etag(grid)})

    def bare_edit() -> Answer:
        value = world.rotation_type_ids[editor.turn % 2]
        body = {"id": str(world.placement_id), "rotation_type_id": str(value)}
        sent = json.dumps(body).encode()
        return bare.ask("POST", f"{twin}/edits", editor.headers, sent)

    placements = get(bare, f"{twin}/placements", known)
    listing = f"schedules?program_id={world.program_id}"
    return [
        Pair("get a schedule", get(ours, draft, known), get(bare, twin, known)),
        Pair(
            "list of 100",
            get(ours, f"/api/{listing}", known),
            get(bare, f"/{listing}", known),
        ),
        Pair("grid by periods", get(ours, f"{draft}/grid", zipped), placements),
        Pair("grid by half-days, after an edit", cold, placements, _FEW),
        Pair("grid by half-days, kept", get(ours, grid, zipped), placements),
        Pair("grid by half-days, not changed (304)", unchanged, placements, expected=304),
        Pair("one edit, with its findings", editor.edit, bare_edit),
        Pair("dry run of an edit", editor.try_edit, None),
        Pair("findings of the year", get(ours, f"{draft}/findings", known), None, _FEW),
        Pair("CSV of the year", get(ours, f"{draft}/export.csv", known), None, _FEW),
    ]


def _table(name: str, pairs: list[Pair], about: dict[str, float]) -> Table:
    rows = []
    for pair in pairs:
        (ours, slow), (bare, bare_slow) = (percentiles(times) for times in pair.took)
        rows.append(
            (
                pair.name,
                shown(ours, 2),
                shown(slow, 2),
                shown(bare, 2) if bare else NEVER,
                shown(bare_slow, 2) if bare else NEVER,
                shown(bare / ours, 2) if bare else NEVER,
                f"{pair.size / 1000:.1f}",
            )
        )
    told = ", ".join(f"{what} {value:.1f}" for what, value in about.items())
    return Table(
        f"The service on {name}, 60 people x 365 days x 3 sessions",
        ("request", "p50", "p99", "bare p50", "bare p99", "ratio", "kB sent"),
        tuple(rows),
        (*_NOTES, f"Our process: {told}."),
    )
