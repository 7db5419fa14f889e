"""The demo of the first start: an example's programme, and its year made by a worker."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.cli import inputs
from app.cli.output import BadInput, say, typed_name
from app.cli.render.numbers import counted, percent, short_number
from app.cli.render.progress import ProgressLine
from app.controllers.jobs.following import follow
from app.controllers.setting_up import generation_of, seed_demo, somebody_with_all_rights
from app.core.celery_app import Broker
from app.core.settings import Settings
from app.core.words import JobEventType
from app.db.session import Database
from app.files.exports.web import write_web_page
from app.files.exports.workbook import write_workbook
from app.files.loaded import LoadedProgramme
from app.files.reading import write_atomically
from app.files.schedule_document import ScheduleDocument, build_document
from app.files.schedule_file import write_schedule
from app.models import Job, Schedule
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.api import compile_program
from app.scheduling.domain.params import Progress
from app.services.job_service import find_job

_DEMO = Path(__file__).parents[3] / "examples" / "im-4plus1" / "programme.yaml"
_FILES = ("schedule.json", "xlsx", "html")


def read(path: Path | None, time_s: float) -> "Demo":
    """Return the demo, read from its file."""
    if path is None and not _DEMO.exists():
        raise BadInput(f"{_DEMO} is missing: add --no-demo, or use a checkout with its examples")
    if not 0 < time_s <= 3600:
        raise BadInput(f"--time {time_s:g}: expected above 0 and at most 3600 s")
    return Demo(inputs.programme_file(path or _DEMO), time_s)


class Demo:
    """A programme that is stored on the first start, with its year."""

    def __init__(self, loaded: LoadedProgramme, time_s: float) -> None:
        self.loaded = loaded
        self.time_s = time_s

    async def make(
        self, database: Database, broker: Broker, settings: Settings, stop: asyncio.Event
    ) -> dict[str, Any]:
        """Store the programme and generate its year, if neither was done before.

        Returns
        -------
        dict
            What to tell programs of it; empty when there was nothing to do.
        """
        user = await somebody_with_all_rights(database)
        draft = None if user is None else await seed_demo(database, self.loaded.program, user)
        if user is None or draft is None:
            return {}
        job = await generation_of(database, broker, draft, user, self.time_s)
        say(f"a worker makes the year of {self.loaded.program.name} (at most {self.time_s:g} s)")
        await self._watch(database, job, stop)
        if stop.is_set():
            say("the demo goes on with the next start")
            return {}
        async with database.reading() as session:
            ended = await find_job(session, job.id)
        told: dict[str, Any] = {"task_id": str(job.id), "schedule_id": str(draft.id)}
        if ended is None or ended.result is None:
            error = {} if ended is None else ended.error or {}
            say(f"the demo's year could not be made: {error.get('message', 'it was cancelled')}")
            return told
        files = await self._write(database, draft, settings.data_dir)
        _show(ended.result, files)
        result = {key: ended.result[key] for key in ("status", "objective", "bound", "gap")}
        return told | {"demo": result, "files": [str(file) for file in files]}

    async def _watch(self, database: Database, job: Job, stop: asyncio.Event) -> None:
        with ProgressLine(self.time_s) as line:
            following = asyncio.create_task(_follow(database, job, line))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (following, stopping):
                task.cancel()
            await asyncio.gather(following, stopping, return_exceptions=True)

    async def _write(self, database: Database, draft: Schedule, folder: Path) -> list[Path]:
        """Write the year as files to look at; none if there is no year."""
        async with database.reading() as session:
            store = ScheduleStore(session)
            schedule = await store.find(draft.id)
            held = None if schedule is None else await store.load(schedule)
        if held is None or not held.placements:
            return []
        problem = compile_program(self.loaded.program)
        document = build_document(self.loaded, problem, held.grid)
        return await asyncio.to_thread(_write_files, folder, document)


async def _follow(database: Database, job: Job, line: ProgressLine) -> None:
    begun = time.monotonic()
    async for _, kind, data in follow(database, job.id):
        if kind is JobEventType.PROGRESS:
            known = {key: data.get(key) for key in ("objective", "bound", "gap")}
            line.update(Progress(time.monotonic() - begun, "search", **known))  # type: ignore[arg-type] # numbers or None, as they were written


def _write_files(folder: Path, document: ScheduleDocument) -> list[Path]:
    files = [folder / f"demo.{ending}" for ending in _FILES]
    write_schedule(files[0], document)
    write_atomically(files[1], write_workbook(document))
    write_atomically(files[2], write_web_page(document).encode())
    return files


def _show(result: Mapping[str, Any], files: list[Path]) -> None:
    if not files:
        print(f"{result['status']}: no year was found in the time given")
        return
    errors = sum(one["severity"] == "error" for one in result["findings"])
    kept = "every rule that must hold is kept"
    if errors:
        kept = f"{counted(errors, 'placement')} against rules that must hold"
    print(
        f"{result['status']}: objective {short_number(result['objective'])}, "
        f"bound {short_number(result['bound'])}, gap {percent(result['gap'])}"
    )
    print(f"Checked: {kept}, {counted(result['findings_total'] - errors, 'warning')}")
    hours = result["duty_hours"]
    if hours is not None:
        found = (counted(hours["errors"], "error"), counted(hours["warnings"], "warning"))
        print(f"Duty hours: {', '.join(found)}")
    print("Files of the year:", *(f"  {file}" for file in files), sep="\n")
    print(f"  {typed_name()} show {files[0]} --person NAME")
