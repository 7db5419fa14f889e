"""What reading a programme file gives: the programme, and what came with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding
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


_COLUMNS = ScheduleColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleWords:
    """How the CSV files of schedules call things.

    Parameters
    ----------
    columns
        Names of the columns.
    rotations
        Whether rotation types are called by their codes or by their names.
    values
        Other words for single rotation types, by code.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    columns: ScheduleColumns = _COLUMNS
    rotations: Literal["codes", "names"] = "codes"
    values: Annotated[dict[str, str], Refers("rotation type")] = field(default_factory=dict)

    def word(self, code: str, name: str) -> str:
        """Return what a rotation type with this code and name is called."""
        return self.values.get(code, name if self.rotations == "names" else code)

    def codes(self, rotations: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the code of each rotation type by every word for it.

        Parameters
        ----------
        rotations
            Code and name of each. A code wins over a name, and these words over both.
        """
        known = list(rotations)
        found = {name: code for code, name in known} | {code: code for code, _ in known}
        return found | {self.word(code, name): code for code, name in known}


_WORDS = ScheduleWords()


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """How files outside call things."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    schedule_csv: ScheduleWords = _WORDS


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
