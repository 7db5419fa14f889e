import pytest

from app.files.exports.web import write_web_page
from tests.files.exports.html_tree import Element, Tree
from tests.files.exports.sample import small_document


@pytest.fixture(scope="module")
def page() -> Element:
    return Tree(write_web_page(small_document())).root


@pytest.fixture(scope="module")
def grid(page: Element) -> Element:
    return next(page.all("table"))


def test_the_page_needs_nothing_else(page: Element) -> None:
    text = write_web_page(small_document())

    assert "http" not in text
    assert "url(" not in text
    assert not list(page.all("script"))
    assert next(page.all("html")).attributes["lang"] == "en"


def test_names_are_text_and_never_markup(page: Element) -> None:
    names = [head.text for head in page.all("th")]

    assert "Ada <b>Lovelace</b>" in names
    assert not list(page.all("b"))


def test_headings_have_scopes(grid: Element) -> None:
    assert next(grid.all("caption")).text
    assert {head.attributes["scope"] for head in grid.all("th")} == {"col", "row", "rowgroup"}


def test_every_row_is_as_wide_as_the_head(page: Element) -> None:
    for table in page.all("table"):
        widths = [
            sum(int(cell.attributes.get("colspan") or 1) for cell in row.children)
            for row in table.all("tr")
        ]
        assert len(set(widths)) == 1


def test_runs_span_their_periods(grid: Element) -> None:
    row = next(row for row in grid.all("tr") if "Eve Ng" in row.text)
    cells = [(c.text, int(c.attributes.get("colspan") or 1)) for c in row.all("td")]

    assert cells == [("C", 1), ("I", 1), ("W", 3), ("V", 1), ("–", 1), ("1/2 ▼", 1)]
    assert next(row.all("td")).attributes["title"] == "=HYPERLINK(0), 1 Jul – 28 Jul"


def test_shortage_is_words_too(grid: Element) -> None:
    row = next(row for row in grid.all("tr") if row.text.startswith("Nights"))

    assert ["too few" in cell.text for cell in row.all("td")][:7] == (
        [True] * 3 + [False] * 2 + [True] * 2
    )


def test_it_follows_dark_mode_and_prints_landscape() -> None:
    text = write_web_page(small_document())

    assert "prefers-color-scheme: dark" in text
    assert "size: letter landscape" in text
