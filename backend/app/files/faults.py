"""What is wrong in a file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_FAULTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file.

    Parameters
    ----------
    file
        As the user knows it.
    line, column
        From 1; 0 where unknown. In a workbook the row and the column of a cell.
    cell
        Address of a workbook's cell, with its sheet: ``Sheet1!C7``.
    """

    file: str
    line: int = 0
    column: int = 0
    cell: str = ""

    def __str__(self) -> str:
        """Return the place as editors understand it: ``programme.yaml:42``."""
        if self.cell:
            return f"{self.file}:{self.cell}"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing that is wrong in a file.

    Parameters
    ----------
    place
        Where.
    thing
        What is concerned, by section and name: ``rules[3] "ICU seniors"``; may be empty.
    message
        What is wrong.
    mend
        What would be right; may be empty.
    """

    place: Place
    thing: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        """Return the fault on one line."""
        return ": ".join(filter(None, (str(self.place), self.thing, self.message, self.mend)))


class InvalidFile(ValueError):  # noqa: N818 - the name says what is invalid
    """A file cannot be used; every fault found is listed, by file and line.

    Parameters
    ----------
    faults
        At least one fault. Files keep the order in which they come.
    """

    def __init__(self, faults: Iterable[FileFault]) -> None:
        found = list(dict.fromkeys(faults))
        files = list(dict.fromkeys(fault.place.file for fault in found))
        found.sort(key=lambda f: (files.index(f.place.file), f.place.line, f.place.column))
        if len(found) > MOST_FAULTS:
            more = f"there are more than {MOST_FAULTS} faults: these come first"
            found[MOST_FAULTS:] = [FileFault(Place(file=found[0].place.file), "", more)]
        self.faults = tuple(found)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def shown(value: object, longest: int = 60) -> str:
    """Return a value as a message shows it: quoted, on one line, not too long."""
    text = repr(value) if isinstance(value, str) and len(value) <= longest else str(value)
    if len(text) > longest:
        return repr(text[: longest - 1] + "…")
    return text
