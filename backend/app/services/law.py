"""By which rule packs a stored programme is judged, and what is told when that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.exceptions import InvalidStateError
from app.files.rule_packs import packs_of, shipped_packs
from app.scheduling.acgme.pack import InvalidPolicyError, RulePack
from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.program import Program

_MOST_FAULTS = 100


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
        faults = [
            {"place": ".".join(map(str, fault.path)), "message": str(fault)}
            for fault in error.faults[:_MOST_FAULTS]
        ]
        raise InvalidStateError(
            f"The programme contradicts itself as it is stored: {faults[0]['message']}.",
            {"faults": faults},
            code="INVALID_PROGRAMME",
        ) from error
