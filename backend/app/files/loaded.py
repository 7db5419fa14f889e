"""What reading a programme file gives: the programme, and what came with it."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import STRICT, Refers


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that something was made from, by its name without folders and its SHA-256."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    role: Literal["programme", "people", "leave", "wishes", "base"]
    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleColumns:
    """What the columns of a schedule's CSV file are called."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: str = "person"
    period: str = "period"
    rotation: str = "rotation"
    start: str = "start"
    end: str = "end"

    def __post_init__(self) -> None:
        """Refuse two columns of one name."""
        names = (self.person, self.period, self.rotation, self.start, self.end)
        if not all(name.strip() for name in names) or len(set(names)) < len(names):
            raise ValueError(f"the columns {', '.join(names)} need five different names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """How schedules and tables outside call things.

    Parameters
    ----------
    columns
        Names of the columns of a schedule's CSV file.
    rotations
        Whether rotation types are called by their code or by their name.
    values
        Other words for single rotation types, by code.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    columns: ScheduleColumns = ScheduleColumns()
    rotations: Literal["code", "name"] = "code"
    values: Annotated[dict[str, str], Refers("rotation type")] = field(default_factory=dict)

    def word(self, code: str, name: str) -> str:
        """Return what a rotation type with this code and name is called outside."""
        return self.values.get(code, name if self.rotations == "name" else code)


PLAIN = Formats()
"""Everything is called as in the programme file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProgramme:
    """A programme as it was read.

    Parameters
    ----------
    program
        The valid programme.
    findings
        What was passed over while reading: warnings and notes, no errors.
    sources
        The files it was read from.
    formats
        How its schedules call things outside.
    """

    program: Program
    findings: tuple[Finding, ...] = ()
    sources: tuple[Source, ...] = ()
    formats: Formats = PLAIN


def code_of(rotations: tuple[RotationType, ...], formats: Formats) -> dict[str, str]:
    """Return the code of each rotation type by its code, its name and its word outside.

    A code wins over a name, and a word outside over both.
    """
    codes = {kind.name: kind.code for kind in rotations if kind.name}
    codes |= {kind.code: kind.code for kind in rotations}
    return codes | {formats.word(kind.code, kind.label): kind.code for kind in rotations}
