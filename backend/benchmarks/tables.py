"""Tables of results, for a terminal or as Markdown."""

from dataclasses import dataclass
from math import isfinite

NEVER = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the first column is text, the others are aligned right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the table in aligned columns."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.columns))]
        body = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        return "\n".join([self.title, "", *body, *(["", *self.notes] if self.notes else [])])

    def markdown(self) -> str:
        """Return the table in Markdown."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [self.columns, tuple(rule), *self.rows]
        body = ["| " + " | ".join(line) + " |" for line in lines]
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([f"### {self.title}", "", *body, *(["", *notes] if notes else [])])


def _aligned(line: tuple[str, ...], widths: list[int]) -> list[str]:
    return [line[0].ljust(widths[0])] + [
        cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)
    ]


def shown(value: float, digits: int = 1) -> str:
    """Return a number, or a dash where there is none."""
    return f"{value:.{digits}f}" if isfinite(value) else NEVER
