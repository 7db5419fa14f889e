"""Tables and charts of results, for a terminal or as Markdown."""

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


@dataclass(frozen=True, slots=True)
class Chart:
    """A titled curve: one value over each place; infinite values are left out.

    Parameters
    ----------
    axis, unit
        What the places are, and in what the values are measured.
    """

    title: str
    axis: str
    unit: str
    points: tuple[tuple[str, float], ...]

    def text(self) -> str:
        """Return the chart as bars of at most forty characters."""
        known = self.known
        most = max((value for _, value in known), default=1.0) or 1.0
        wide = max((len(place) for place, _ in known), default=0)
        bars = [
            f"{place.rjust(wide)}  {'#' * round(40 * value / most)} {value:.1f}"
            for place, value in known
        ]
        return "\n".join([f"{self.title} ({self.unit}, over {self.axis})", "", *bars])

    def markdown(self) -> str:
        """Return the chart as Mermaid has it."""
        known = self.known
        places = ", ".join(f'"{place}"' for place, _ in known)
        values = ", ".join(f"{value:.1f}" for _, value in known)
        return "\n".join(
            [
                "```mermaid",
                "xychart-beta",
                f'    title "{self.title}"',
                f'    x-axis "{self.axis}" [{places}]',
                f'    y-axis "{self.unit}"',
                f"    line [{values}]",
                "```",
            ]
        )

    @property
    def known(self) -> list[tuple[str, float]]:
        """Return the places with a value."""
        return [(place, value) for place, value in self.points if isfinite(value)]


def _aligned(line: tuple[str, ...], widths: list[int]) -> list[str]:
    return [line[0].ljust(widths[0])] + [
        cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)
    ]


def shown(value: float, digits: int = 1) -> str:
    """Return a number, or a dash where there is none."""
    return f"{value:.{digits}f}" if isfinite(value) else NEVER
