"""The terminal: its width, its colours, and text that cannot disturb it."""

import shutil
import sys

from rich.cells import cell_len, set_cell_size
from rich.console import Console

NARROWEST = 40
"""Columns that a grid needs."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a reader that left to whoever started the command."""
        raise BrokenPipeError


def console(width: int | None = None, *, no_color: bool = False) -> Console:
    """Return a console on standard output; ``NO_COLOR`` and a pipe mean no colours too."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not encoding.lower().startswith("utf"):
        reconfigure(errors="replace")
    return _Console(
        file=sys.stdout,
        width=width or terminal_width(),
        no_color=no_color or None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def terminal_width() -> int:
    return max(NARROWEST, shutil.get_terminal_size().columns)


def printable(text: str) -> str:
    """Return text without characters that move the cursor or speak to the terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def fit(text: str, width: int) -> str:
    """Return text of exactly `width` cells, ending in "…" where it was cut."""
    text = printable(text)
    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)
