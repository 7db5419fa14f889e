"""An edit of a programme is refused when the programme contradicts itself after it."""

from collections.abc import Callable, Iterable
from uuid import UUID

from pydantic import ValidationError

from app.core.exceptions import InvalidStateError
from app.db.locks import lock
from app.db.session import AsyncSession
from app.models import AcademicYear
from app.repositories.program_store import ProgramStore, StoredProgram
from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.program import Program
from app.services.law import faults_told

Change = Callable[[Program], Program]
_EMPTY = (("people",), ("rotation_types",))


async def begin_edit(session: AsyncSession, program_id: UUID) -> None:
    """Let one edit of a programme at a time go on: two that are right may be wrong together."""
    await lock(session, [f"programme {program_id}"])


async def check_program(session: AsyncSession, program_id: UUID) -> list[StoredProgram]:
    """Refuse what has been written if the programme is not valid with it, past years apart.

    What reaches all years is not held against those that are over: rules speak of the periods that
    are planned. An edit of one year alone is checked in that year, past or not (`check_years`).
    Returned is what `check_years` returns.

    Raises
    ------
    InvalidStateError
        With the engine's faults.
    """
    return await check_years(session, await ProgramStore(session).years_ahead(program_id))


async def check_years(
    session: AsyncSession, years: Iterable[AcademicYear], change: Change | None = None
) -> list[StoredProgram]:
    """Refuse what has been written if the programme is not valid with it in these years.

    It is loaded in each of them, and returned for those in which it is complete. A programme that
    is being built may still have nobody in it, or no rotation types.

    Parameters
    ----------
    change
        What is tried on the programme, without being written.

    Raises
    ------
    InvalidStateError
        With the engine's faults.
    """
    store = ProgramStore(session)
    complete = []
    for year in years:
        try:
            stored = await store.load(year)
            if change is not None:
                change(stored.program)
            complete.append(stored)
        except ValidationError as error:
            raise _not_the_engines(error) from error
        except InvalidProgram as error:
            faults = [fault for fault in error.faults if fault.path not in _EMPTY]
            if faults:
                raise InvalidStateError(
                    f"The programme would contradict itself: {faults[0]}.",
                    {"faults": faults_told(faults)},
                ) from error
    return complete


def _not_the_engines(error: ValidationError) -> InvalidStateError:
    """Return what to tell of single values that the engine does not take."""
    told = [{"place": error.title, "message": one["msg"], "mend": ""} for one in error.errors()]
    return InvalidStateError(
        f"The programme cannot hold that: {told[0]['message']}.", {"faults": told}
    )
