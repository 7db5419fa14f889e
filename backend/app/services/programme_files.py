"""Programme files into the database and out of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from app.core.access import Access
from app.core.clock import today
from app.core.exceptions import AppException, InvalidStateError, NotFoundError
from app.core.words import Source
from app.db.base import new_id
from app.db.session import AsyncSession
from app.files.faults import InvalidFile
from app.files.loaded import Formats, LoadedProgramme
from app.files.programme_dump import dump_programme
from app.files.programme_file import adapter, load_programme
from app.models import AcademicYear, Program, Schedule
from app.repositories.academic_year_repository import AcademicYearRepository
from app.repositories.block_repository import BlockRepository
from app.repositories.program_repository import ProgramRepository
from app.repositories.program_state import program_state
from app.repositories.program_store import ProgramStore, StoredProgram
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.domain.program import Program as EngineProgram
from app.scheduling.domain.result import Finding
from app.services.law import invalid_programs_are_refused

_MOST_TOLD = 100
_IMPORTED = "Imported assignments"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has made; a schedule where the file has assignments."""

    stored: StoredProgram
    schedule: Schedule | None
    findings: tuple[Finding, ...]


class InvalidUploadError(AppException):
    """A file that was sent cannot be used; `details.faults` has every fault by file and line."""

    code = "INVALID_FILE"
    status = InvalidStateError.status


async def read_uploads(programme: Upload, tables: Sequence[Upload]) -> LoadedProgramme:
    """Read a programme file and the tables that it names, which were sent beside it.

    It is read in a thread, from a folder that holds nothing else and is gone afterwards.

    Raises
    ------
    InvalidUploadError
        With every fault.
    """
    return await asyncio.to_thread(_read, programme, tables)


def _read(programme: Upload, tables: Sequence[Upload]) -> LoadedProgramme:
    with TemporaryDirectory(prefix="housestaff-") as name:
        folder = Path(name)
        for upload in (programme, *tables):
            _put(folder, upload)
        try:
            loaded = load_programme(folder / programme.name)
        except InvalidFile as error:
            raise _refused(error, folder) from None
        found = [replace(one, message=_without(folder, one.message)) for one in loaded.findings]
        return replace(loaded, findings=tuple(found))


def _put(folder: Path, upload: Upload) -> None:
    """Write a file that was sent, under its own name and nowhere else."""
    plain = PurePath(upload.name.replace("\\", "/")).name
    if not plain or plain != upload.name or plain.startswith(".") or "\0" in plain:
        raise InvalidUploadError(
            f"A file cannot be called {upload.name[:60]!r}: send a plain name."
        )
    try:
        with (folder / plain).open("xb") as out:
            out.write(upload.content)
    except FileExistsError as error:
        raise InvalidUploadError(f"Two files are called {plain!r}: send each once.") from error
    except OSError as error:
        raise InvalidUploadError(f"A file cannot be called {plain[:60]!r}.") from error


def _refused(error: InvalidFile, folder: Path) -> InvalidUploadError:
    faults = [
        {
            "file": _without(folder, fault.place.file),
            "line": fault.place.line,
            "column": fault.place.column,
            "cell": fault.place.cell,
            "thing": fault.thing,
            "message": _without(folder, fault.message),
            "mend": _without(folder, fault.mend),
        }
        for fault in error.faults[:_MOST_TOLD]
    ]
    first = error.faults[0]
    told = _without(folder, str(first))
    return InvalidUploadError(f"The file cannot be used: {told}.", {"faults": faults})


def _without(folder: Path, text: str) -> str:
    """Return a text without the folder in which files were read: nobody sent it."""
    return text.replace(f"{folder}/", "").replace(str(folder), "what was sent")


class ProgrammeFiles:
    """Makes programmes of files, and files of programmes."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.store = ProgramStore(session)
        self.programs = ProgramRepository(session, access)

    async def make(self, loaded: LoadedProgramme) -> Imported:
        """Make a programme; assignments become a draft of their own.

        Raises
        ------
        ConflictError
            When there is a programme of that name.
        """
        formats = adapter(Formats).dump_python(loaded.formats, mode="json", exclude_defaults=True)
        stored = await self.store.save_new(loaded.program, formats, self.access.user_id)
        schedule = None
        if loaded.program.assignments:
            schedule = await self._draft(stored, loaded.program)
        return Imported(stored, schedule, loaded.findings)

    async def _draft(self, stored: StoredProgram, program: EngineProgram) -> Schedule:
        schedule = Schedule(
            id=new_id(),
            program_id=stored.row.id,
            name=_IMPORTED,
            start_date=stored.year.start_date,
            end_date=stored.year.end_date,
            created_by=self.access.user_id,
        )
        await BlockRepository(self.session).ensure([(schedule.start_date, schedule.end_date)])
        await ScheduleRepository(self.session, self.access).add([schedule])
        await ScheduleStore(self.session).add_assignments(
            schedule, stored, program.assignments, Source.IMPORTED
        )
        return schedule

    async def dump(
        self, program_id: UUID, year_id: UUID | None, schedule_id: UUID | None
    ) -> "Exported":
        """Return a programme as a programme file, with the assignments of a schedule if asked.

        Raises
        ------
        InvalidStateError
            When it has no academic year, or contradicts itself.
        """
        row = await self.programs.get(program_id)
        state = await program_state(self.session, row.id)  # not newer than what is read
        with invalid_programs_are_refused():
            if schedule_id is None:
                year = await self._year(row, year_id)
                program = (await self.store.load(year)).program
            else:
                program = await self._with_assignments(row, schedule_id)
        formats: Formats = adapter(Formats).validate_python(row.settings.get("formats", {}))
        text = await asyncio.to_thread(dump_programme, program, formats)
        return Exported(f"{_file_name(row.name)}.programme.yaml", text, state)

    async def _with_assignments(self, row: Program, schedule_id: UUID) -> EngineProgram:
        schedule = await ScheduleRepository(self.session, self.access).get(schedule_id)
        if schedule.program_id != row.id:
            raise NotFoundError("schedule", schedule_id)
        return (await ScheduleStore(self.session).load(schedule)).program

    async def _year(self, row: Program, year_id: UUID | None) -> AcademicYear:
        if year_id is not None:
            year = await AcademicYearRepository(self.session, self.access).get(year_id)
            if year.program_id != row.id:
                raise NotFoundError("academic year", year_id)
            return year
        return await self.store.present_year(row.id, today(row.time_zone))


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to download, and the state of the programme that it was made of."""

    name: str
    text: str
    state: str


def _file_name(name: str) -> str:
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower())
    return "-".join(filter(None, plain.split("-"))) or "programme"


def summary(imported: Imported) -> dict[str, Any]:
    """Return how many of what an import has made."""
    stored = imported.stored
    return {
        "people": len(stored.people),
        "rotation_types": len(stored.rotation_types),
        "duty_types": len(stored.duty_types),
        "rules": len(stored.rules),
    }
