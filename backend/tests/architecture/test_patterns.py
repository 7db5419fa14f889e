"""The page of patterns leads to what it names."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "backend" / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load("pattern_links")
TEXT = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")


def test_every_link_leads_to_the_line_of_its_symbol() -> None:
    links = TOOL.LINK.findall(TEXT)

    assert len(links) > 40
    assert "](../backend" not in TOOL.LINK.sub("", TEXT)
    assert TOOL.page(TEXT) == TEXT, "the lines have moved: make patterns"


def test_every_pattern_shows_lines() -> None:
    for part in TEXT.split("\n## ")[1:]:
        assert TOOL.LINK.search(part), part.split("\n", 1)[0]


def test_a_link_to_what_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("X = 1\n\n\nclass A:\n    def b(self): ...\n")

    assert TOOL.page("[`A.b`](a.py#L1) [`X`](a.py)", tmp_path) == "[`A.b`](a.py#L5) [`X`](a.py#L1)"
    with pytest.raises(TOOL.UnknownSymbolError, match=r"has no A\.c"):
        TOOL.page("[`A.c`](a.py)", tmp_path)
