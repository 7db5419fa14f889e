"""How a table of people, leave or wishes says what it says: the mapping blocks of the file."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from app.files.tables import Encoding
from app.scheduling.domain.scope import STRICT, RotationCodes

OnUnknown = Literal["error", "ignore"]
PERIOD = "{period}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What a word in the class column stands for."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    pgy: int
    track: str = ""
    cohort: str = ""
    fte: float = 1.0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassColumn:
    """A column whose words stand for PGY, track and more at once.

    Parameters
    ----------
    column
        Its name.
    values
        What each word stands for.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    column: str
    values: dict[str, Appointment]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveColumns:
    """The columns of one leave entry: `period` and `half`, `start` and `end`, or `text`.

    Parameters
    ----------
    period, half
        Number of the period; first or second half of it.
    without_half
        What a period is whose half is left blank.
    start, end
        First and last day.
    text
        A column with all leave of a person: ``6; 8 first; 2026-12-20 to 2026-12-31``.
    kind
        What kind of leave it is.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    period: str | None = None
    half: str | None = None
    without_half: Literal["full", "first", "second"] = "full"
    start: str | None = None
    end: str | None = None
    text: str | None = None
    kind: str = "vacation"

    def __post_init__(self) -> None:
        """Ask for one of the three ways."""
        by_date = self.start is not None or self.end is not None
        if [self.period is not None, by_date, self.text is not None].count(True) != 1:
            raise ValueError("leave is in a period column, in start and end columns, or in text")
        if by_date and (self.start is None or self.end is None):
            raise ValueError("leave by dates needs both a start and an end column")
        if self.half is not None and self.period is None:
            raise ValueError("a half column needs a period column beside it")


@dataclass(frozen=True, slots=True, kw_only=True)
class WishColumns:
    """The columns of ranked wishes, the most wanted first.

    Parameters
    ----------
    columns
        Cells say ``CARD in 3`` or ``not NF in 7-8``; with `rotations` only the periods: ``7-8``.
    rotations
        What all these wishes are for.
    avoid
        Whether they are for being anywhere else; only with `rotations`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    columns: tuple[str, ...]
    rotations: RotationCodes = ()
    avoid: bool = False

    def __post_init__(self) -> None:
        """Refuse what would not be read."""
        if self.avoid and not self.rotations:
            raise ValueError("avoid needs rotations: otherwise the cells say 'not NF in 7-8'")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreassignmentColumns:
    """One column per period with what was decided beforehand.

    Parameters
    ----------
    columns
        Their names, with ``{period}`` for the number.
    separator
        Between several rotations of which one is allowed.
    never_prefix
        Before rotations that are not allowed.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    columns: str = "period {period}"
    separator: str = ","
    never_prefix: str = "!"

    def __post_init__(self) -> None:
        """Refuse templates without a period and signs that cannot be told apart."""
        if PERIOD not in self.columns:
            raise ValueError(f'columns {self.columns!r} lacks {PERIOD}: write "Block_{PERIOD}"')
        if not self.separator or not self.never_prefix or self.separator == self.never_prefix:
            raise ValueError("separator and never_prefix must be there and differ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleColumns:
    """Which column says what.

    Columns that are not named here are found by the key itself (``id``, ``name``, ``pgy``, …,
    ``leave`` as text, ``wish 1``, ``period 1``), whatever the case; others are left alone.

    Parameters
    ----------
    id, name, email, pgy, track, cohort, fte, start, end
        Columns of these names of a person.
    class_
        A column whose words stand for PGY, track and more at once.
    tags
        A column with tags, separated by commas or semicolons.
    leave, wishes, preassignments
        See there.
    carry_over
        Columns with what people bring from earlier schedules, by the key that a fairness rule
        names.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    id: str | None = None
    name: str | None = None
    email: str | None = None
    class_: Annotated[ClassColumn | None, Field(alias="class")] = None
    pgy: str | None = None
    track: str | None = None
    cohort: str | None = None
    fte: str | None = None
    start: str | None = None
    end: str | None = None
    tags: str | None = None
    leave: tuple[LeaveColumns, ...] | None = None
    wishes: WishColumns | None = None
    preassignments: PreassignmentColumns | None = None
    carry_over: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTableColumns:
    """Columns of a table with one leave entry per row; by default called as the keys."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: str | None = None
    period: str | None = None
    half: str | None = None
    start: str | None = None
    end: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishTableColumns:
    """Columns of a table with one wish per row; by default called as the keys."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: str | None = None
    rank: str | None = None
    rotations: str | None = None
    periods: str | None = None
    avoid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """A table in a CSV file or an Excel workbook.

    Parameters
    ----------
    file
        Its path, from the programme file's folder and inside it.
    sheet
        Sheet of the workbook; the first when empty.
    header
        Number of the header's row.
    encoding
        Of a CSV file.
    on_unknown
        What to do with unknown names, appointments and leave outside the year: an error, or a
        warning that says what was passed over.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    file: str
    sheet: str = ""
    header: int = 1
    encoding: Encoding = "utf-8"
    on_unknown: OnUnknown = "error"

    def __post_init__(self) -> None:
        """Refuse rows that do not exist."""
        if not self.file.strip():
            raise ValueError("the name of the file is missing")
        if not 1 <= self.header <= 1000:
            raise ValueError(f"header row {self.header}: expected 1 to 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTable(TableFile):
    """People in a CSV file or an Excel workbook, one per row."""

    columns: PeopleColumns = field(default_factory=PeopleColumns)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTable(TableFile):
    """Leave in a CSV file or an Excel workbook, one entry per row."""

    columns: LeaveTableColumns = field(default_factory=LeaveTableColumns)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishTable(TableFile):
    """Wishes in a CSV file or an Excel workbook, one per row."""

    columns: WishTableColumns = field(default_factory=WishTableColumns)
