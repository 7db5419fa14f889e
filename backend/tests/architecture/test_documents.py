"""What the documents point at exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
_PATH = re.compile(r"`((?:backend|docs|examples)/[\w./-]+)`")


def missing(document: Path) -> list[str]:
    """Return the relative links and repository paths of a document that lead nowhere."""
    text = document.read_text(encoding="utf-8")
    links = [target for target in _LINK.findall(text) if not (document.parent / target).exists()]
    return links + [path for path in _PATH.findall(text) if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_point_at_what_exists(document: Path) -> None:
    assert missing(document) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("[gone](nowhere.md) and `backend/app/nowhere.py`, [web](https://a.b)")
    assert missing(document) == ["nowhere.md", "backend/app/nowhere.py"]
