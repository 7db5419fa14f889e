"""Sets the lines of the links in docs/patterns.md to where their symbols stand: ``make patterns``.

A link names a function, class, method or constant, ``[`Name`](../backend/app/file.py#L12)``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "patterns.md"
LINK = re.compile(r"\[`([\w.]+)`\]\(([\w./-]+\.py)(?:#L(\d+))?\)")


class UnknownSymbolError(ValueError):
    """A link names what its file does not have."""


def page(text: str, folder: Path = PAGE.parent) -> str:
    """Return the page with the right lines.

    Raises
    ------
    UnknownSymbolError
        When a link names what its file does not have.
    """

    def link(found: re.Match[str]) -> str:
        symbol, file = found[1], found[2]
        line = line_of(symbol, (folder / file).resolve())
        return f"[`{symbol}`]({file}#L{line})"

    return LINK.sub(link, text)


def line_of(symbol: str, file: Path) -> int:
    """Return the line on which a file defines a symbol."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    line = 0
    for name in symbol.split("."):
        found = next((node for node in body if name in _names(node)), None)
        if found is None:
            raise UnknownSymbolError(f"{file.name} has no {symbol}: mend the link")
        line = found.lineno
        body = getattr(found, "body", [])
    return line


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
