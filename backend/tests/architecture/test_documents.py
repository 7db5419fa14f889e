"""What the documents point at exists, and what they show loads."""

import re
from pathlib import Path

import pytest

from app.files.programme_file import load_programme

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(ROOT.glob("examples/*/programme.yaml"))
FOLDERS = (ROOT / "docs", ROOT / "deploy")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(one for f in FOLDERS for one in f.rglob("*.md"))])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
_PATH = re.compile(r"`((?:backend|docs|examples)/[\w./-]+)`")


_TEST = re.compile(r"`(backend/tests/[\w/]+\.py)::(\w+)`")


def missing_tests(document: Path) -> list[str]:
    """Return the tests that a document names and that there are not."""
    named = _TEST.findall(document.read_text(encoding="utf-8"))
    return [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists()
        or not re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    ]


def missing(document: Path) -> list[str]:
    """Return the relative links and repository paths of a document that lead nowhere."""
    text = document.read_text(encoding="utf-8")
    links = [target for target in _LINK.findall(text) if not (document.parent / target).exists()]
    return links + [path for path in _PATH.findall(text) if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_point_at_what_exists(document: Path) -> None:
    assert missing(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_tests_that_exist(document: Path) -> None:
    assert missing_tests(document) == []


def test_security_names_its_tests() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert len(_TEST.findall(page)) > 40


def test_a_test_that_there_is_not_is_found(tmp_path: Path) -> None:
    here = "backend/tests/architecture/test_documents.py"
    page = tmp_path / "page.md"
    named = ["test_examples_load", "test_nothing", "missing"]
    page.write_text("".join(f"`{here}::{name}`, " for name in named) + "`backend/tests/no.py::a`")
    assert missing_tests(page) == [f"{here}::test_nothing", "backend/tests/no.py::a"]


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("[gone](nowhere.md) and `backend/app/nowhere.py`, [web](https://a.b)")
    assert missing(document) == ["nowhere.md", "backend/app/nowhere.py"]


def test_the_programme_of_the_readme_loads(tmp_path: Path) -> None:
    [sample] = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "programme.yaml"
    path.write_text(sample, encoding="utf-8")
    loaded = load_programme(path)
    assert loaded.findings == ()
    assert loaded.program.people
    assert loaded.program.rules


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_load(path: Path) -> None:
    assert not [found for found in load_programme(path).findings if found.severity == "error"]


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_every_place_for_figures_is_filled() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    places = re.split(r"<!-- [a-z, ]+ -->", page)[1:]
    assert len(places) == 10
    assert all("| ---" in place for place in places)
