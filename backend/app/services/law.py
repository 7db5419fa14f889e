"""By which rule packs a stored programme is judged, and what is told when that cannot be."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.core.exceptions import InvalidStateError
from app.files.rule_packs import packs_of, shipped_packs
from app.scheduling.acgme.pack import InvalidPolicyError, RulePack
from app.scheduling.domain.faults import Fault, InvalidProgram
from app.scheduling.domain.program import Program

_MOST_TOLD = 100


def law_of(program: Program) -> tuple[RulePack, ...]:
    """Return the packs that a stored programme is judged by; none if it has no duty types.

    Only packs that come with Housestaff: a name is never taken for a file of the server.

    Raises
    ------
    InvalidStateError
        When the programme's policy names what there is not, or loosens a limit.
    """
    known = shipped_packs()
    unknown = [name for name in program.policy.packs if name not in known]
    if unknown:
        raise InvalidStateError(
            f"There is no rule pack {unknown[0]!r}: choose from {', '.join(known)}.",
            {"unknown": unknown, "known": known},
            code="INVALID_POLICY",
        )
    try:
        return packs_of(program)
    except InvalidPolicyError as error:
        raise InvalidStateError(
            f"The policy on duty hours cannot be applied: {error.faults[0]}.",
            {"faults": error.faults},
            code="INVALID_POLICY",
        ) from error


@contextmanager
def invalid_programs_are_refused() -> Iterator[None]:
    """Answer a stored programme that contradicts itself with all of its faults."""
    try:
        yield
    except InvalidProgram as error:
        raise InvalidStateError(
            f"The programme contradicts itself as it is stored: {error.faults[0]}.",
            {"faults": faults_told(error.faults)},
            code="INVALID_PROGRAMME",
        ) from error


def faults_told(faults: Sequence[Fault]) -> list[dict[str, str]]:
    """Return what is wrong in a programme, each with its place and mend, as it is answered."""
    return [
        {"place": ".".join(map(str, one.path)), "message": one.message, "mend": one.mend}
        for one in faults[:_MOST_TOLD]
    ]
