"""A programme file brought in over a programme that is there: first told, then done."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, StaleError
from app.core.words import Decision
from app.db.session import AsyncSession
from app.files.loaded import Formats, LoadedProgramme
from app.files.programme_changes import ProgrammeChanges, programme_changes
from app.files.programme_file import adapter
from app.models import AcademicYear
from app.repositories.academic_year_repository import AcademicYearRepository
from app.repositories.engine_rows import new_year, set_calendar
from app.repositories.program_repository import ProgramRepository
from app.repositories.program_state import program_state
from app.repositories.program_store import ProgramStore, StoredParts
from app.repositories.program_update import ProgramUpdate, Use
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding
from app.services.academic_year_service import check_apart, move_leave
from app.services.law import law_of
from app.services.program_check import begin_edit, check_program, check_years

_SHARED = (
    *("time_zone", "objective", "groups", "rotation_groups", "duty_hours"),
    *("rotation_types", "duty_types", "rules"),
)
"""What all academic years of a programme have in common."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ImportedOver:
    """What an import changes, or has changed.

    Parameters
    ----------
    state
        Of the programme, as it is now.
    """

    year: AcademicYear
    state: str
    changes: ProgrammeChanges
    findings: tuple[Finding, ...]


class ProgrammeImport:
    """Makes a programme, in one of its academic years, what a programme file says."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.store = ProgramStore(session)
        self.programs = ProgramRepository(session, access)
        self.years = AcademicYearRepository(session, access)

    async def tried(self, program_id: UUID, loaded: LoadedProgramme) -> ImportedOver:
        """Return what a file would change, or refuse what importing it would refuse.

        Raises
        ------
        InvalidStateError
            When no academic year begins as the file's does, or another one would contradict what
            the file says for all.
        ConflictError
            When schedules use what the file leaves out; or the name or days of the year are taken.
        """
        return (await self._planned(program_id, loaded))[0]

    async def _planned(
        self, program_id: UUID, loaded: LoadedProgramme
    ) -> tuple[ImportedOver, StoredParts]:
        row = await self.programs.get(program_id)
        state = await program_state(self.session, row.id)  # not newer than what is read
        year = await self.store.year_from(row.id, loaded.program.calendar.start)
        held = await self.store.read(year)
        changes = await asyncio.to_thread(_changes, held, loaded)
        await self._check(held, loaded.program)
        findings = (*loaded.findings, *_left_out(loaded.program))
        return ImportedOver(year, state, changes, findings), held

    async def done(
        self, program_id: UUID, loaded: LoadedProgramme, read: str | None
    ) -> ImportedOver:
        """Change what a file changes; all or nothing.

        Parameters
        ----------
        read
            The state that the caller has read; None: any.

        Raises
        ------
        StaleError
            When the programme has another state.
        InvalidStateError, ConflictError
            As `tried`.
        """
        await self.programs.get(program_id)
        await begin_edit(self.session, program_id)
        await self._check_state(program_id, read)
        planned, held = await self._planned(program_id, loaded)
        # Once more, for what somebody changed while it was read.
        await self._check_state(program_id, read)
        if not planned.changes:
            return planned
        update = ProgramUpdate(self.session, held, loaded.program)
        formats = adapter(Formats).dump_python(loaded.formats, mode="json", exclude_defaults=True)
        await update.write(formats, self.access.user_id)
        await self._calendar(update)
        await check_program(self.session, program_id)
        await check_years(self.session, [planned.year])  # it may be over
        return replace(planned, state=await program_state(self.session, program_id))

    async def _check_state(self, program_id: UUID, read: str | None) -> None:
        state = await program_state(self.session, program_id)
        if read not in {None, state}:
            raise StaleError({"state": state})

    async def _calendar(self, update: ProgramUpdate) -> None:
        year, calendar = update.held.year, update.program.calendar
        if update.periods_move:
            move_leave(await self.years.leave_by_period(year), calendar)
        if calendar != update.held.given["calendar"]:
            set_calendar(year, calendar)
        await self.years.save(year)

    async def _check(self, held: StoredParts, program: Program) -> None:
        update = ProgramUpdate(self.session, held, program)
        uses = await update.uses()
        if uses:
            raise ConflictError(
                f"Schedules use what the file leaves out: {_named(uses)}.",
                {"in_use": [one._asdict() for one in uses]},
            )
        if await update.name_is_taken():
            raise ConflictError(f"There is another programme called {program.name!r}.")
        probe = new_year(held.row.id, program.calendar)
        probe.id = held.year.id
        await check_apart(self.years, probe, "the file's")
        if update.periods_move:  # leave that is approved is the file's
            asked = await self.years.leave_by_period(held.year)
            open_ = [one.copy() for one in asked if one.decision == Decision.ASKED]
            move_leave(open_, program.calendar)
        law_of(program)
        shared = {name: getattr(program, name) for name in _SHARED}
        ahead = await self.store.years_ahead(held.row.id)
        others = [one for one in ahead if one.id != held.year.id]
        await check_years(self.session, others, lambda stored: replace(stored, **shared))


def _changes(held: StoredParts, loaded: LoadedProgramme) -> ProgrammeChanges:
    formats: Formats = adapter(Formats).validate_python(held.row.settings.get("formats", {}))
    stated = {one.name: getattr(loaded.program, one.name) for one in fields(Program)}
    return programme_changes(held.given, stated, (formats, loaded.formats))


def _left_out(program: Program) -> Iterator[Finding]:
    if program.assignments:
        count = len(program.assignments)
        yield Finding(
            rule="assignments",
            name="Assignments",
            severity="info",
            message=f"Assignments of the file stay out ({count}): they belong to schedules.",
        )


def _named(uses: Sequence[Use]) -> str:
    told = [f"{one.key} in {', '.join(one.schedules[:_MOST_NAMED])}" for one in uses[:_MOST_NAMED]]
    more = len(uses) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")
