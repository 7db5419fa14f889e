"""What every command gives back, and how it reaches the user.

With ``--json`` standard output carries exactly one object, whatever happens. Without it standard
output carries the report for people and standard error everything else.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

from app import __version__

if TYPE_CHECKING:
    from app.scheduling.domain.result import Finding as EngineFinding

Finding = Mapping[str, object]
Severity = Literal["error", "warning", "info"]

_FINDING_KEYS = (
    *("rule", "name", "severity", "person", "period", "date"),
    *("measured", "limit", "unit", "message", "source"),
)


class Exit(IntEnum):
    DONE = 0
    FINDINGS = 1
    NO_RESULT = 2
    INTERRUPTED = 130
    BROKEN_PIPE = 141


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one command.

    Parameters
    ----------
    status : str
        ``OK`` for commands that only tell something; the engine's status for those that solve;
        ``VIOLATIONS`` and ``NOTHING TO VERIFY`` for those that judge.
    findings : sequence of mapping
        Each as `finding` or `engine_findings` makes it; one of severity ``error`` makes the exit
        code 1.
    fields : mapping
        The command's own keys of the JSON object.
    show : callable
        Prints the report for people on standard output.
    interrupted : bool
        The user stopped the command; what it had is in the report.
    """

    status: str = "OK"
    findings: Sequence[Finding] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
    show: Callable[[], None]
    interrupted: bool = False

    @property
    def exit_code(self) -> Exit:
        if self.interrupted:
            return Exit.INTERRUPTED
        if self.status == "NOTHING TO VERIFY":
            return Exit.NO_RESULT
        if self.status in {"INFEASIBLE", "UNKNOWN", "VIOLATIONS"}:
            return Exit.FINDINGS
        if any(found["severity"] == "error" for found in self.findings):
            return Exit.FINDINGS
        return Exit.DONE


class BadInput(Exception):  # noqa: N818 -- it names the user's fault, not a fault of the program
    """What the user gave cannot be used; the message says what would be right.

    Parameters
    ----------
    message : str
        One line.
    findings : sequence of mapping
        Every single fault, where there is more to say than one line.
    """

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


def finding(message: str, *, severity: Severity = "error", **known: object) -> Finding:
    """Make a finding with every key of the contract; what does not apply is null."""
    return dict.fromkeys(_FINDING_KEYS) | {"message": message, "severity": severity} | known


def engine_findings(found: Iterable["EngineFinding"]) -> list[Finding]:
    """Turn the engine's findings into those of a report."""
    return [asdict(one) for one in found]


def print_json(
    command: str | None,
    status: str,
    findings: Iterable[Finding] = (),
    fields: Mapping[str, object] | None = None,
) -> None:
    """Write the one JSON object of a command to standard output."""
    head = {"command": command, "version": __version__, "status": status}
    document = head | {"findings": list(findings)} | dict(fields or {})
    print(json.dumps(document, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def typed_name() -> str:
    """Return what the user typed to start Housestaff, ready to be typed again.

    The launcher says so in ``HOUSESTAFF_COMMAND``.
    """
    return shlex.quote(os.environ.get("HOUSESTAFF_COMMAND") or "housestaff")


def say(message: str) -> None:
    """Write a line to standard error, where it disturbs neither a pipe nor a JSON object."""
    print(message, file=sys.stderr)
