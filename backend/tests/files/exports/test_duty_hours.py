import re

import pytest

from app.files.exports.duty_hours import duty_hours_page
from app.scheduling.acgme.policy import Policy
from tests.files.exports.duty_sample import report
from tests.files.exports.html_tree import Element, Tree

NOTES = [{"severity": "warning", "name": "Odd", "message": "log.csv:3: <odd>"}]
PROGRAMME: list[dict[str, object]] = [
    {"severity": "warning", "name": "<Wards>", "message": "Wards: 1 of 2"},
    {"severity": "error", "name": None, "message": "Leave <kept>"},
]


@pytest.fixture(scope="module")
def page() -> Element:
    return Tree(duty_hours_page(report(), NOTES, PROGRAMME)).root


def by_class(root: Element, name: str) -> list[Element]:
    return [
        element
        for tag in ("div", "span", "section", "path", "p", "ul", "td")
        for element in root.all(tag)
        if name in (element.attributes.get("class") or "").split()
    ]


def person(page: Element, row: int) -> Element:
    return next(one for one in page.all("section") if one.attributes.get("id") == f"p{row}")


def test_the_page_needs_nothing_else(page: Element) -> None:
    text = duty_hours_page(report())

    assert "http" not in text
    assert "url(" not in text
    assert not list(page.all("script"))
    assert next(page.all("html")).attributes["lang"] == "en"


def test_names_are_text_and_never_markup(page: Element) -> None:
    assert "Ada <b>Ames</b>" in person(page, 0).text
    assert "W&W" in person(page, 1).text
    assert "Sample & Sons: duty hours" in next(page.all("h1")).text
    assert not list(page.all("b"))


def test_the_verdict_stands_first(page: Element) -> None:
    (verdict,) = by_class(page, "verdict")

    assert verdict.text == "The planned duty hours break rules that must be kept."
    assert "error" in (verdict.attributes["class"] or "")


def test_law_programme_and_input_are_told_apart(page: Element) -> None:
    titles = [heading.text for heading in page.all("h2")]

    assert titles == [
        "Duty-hour rules",
        "Programme rules",
        "About the input",
        "Everybody's hours by week",
    ]
    text = page.text
    assert text.index("Leave <kept>") < text.index("Wards: 1 of 2") < text.index("log.csv:3: <odd>")
    assert "Programme rules are judged apart: 1 error" in text
    assert "Programme rules" not in duty_hours_page(report())


def test_findings_carry_arithmetic_rule_version_and_source(page: Element) -> None:
    rule = next(one for one in by_class(page, "rule") if "error" in (one.attributes["class"] or ""))

    assert next(rule.all("h4")).text == "Eighty hours a week"
    assert (
        "ICU 29 Jun - 26 Jul 2026: 336 h in 28 days, no leave: 84 h a week; limit 80" in rule.text
    )
    assert re.search(r"CPR-6\.20-80H, acgme-common [\d-]+; source: ACGME Common Program", rule.text)
    assert next(rule.all("a")).attributes["href"] == "#p0"


def test_links_lead_somewhere() -> None:
    text = duty_hours_page(report(), NOTES, PROGRAMME)
    targets = re.findall(r'href="#(\w+)"', text)

    assert targets
    assert set(targets) <= set(re.findall(r'id="(\w+)"', text))
    assert len(re.findall(r'id="(\w+)"', text)) == len(set(re.findall(r'id="(\w+)"', text)))


def test_bars_rise_to_the_hours_of_their_week(page: Element) -> None:
    ada = person(page, 0)
    (usual,), (high,) = by_class(ada, "bar"), by_class(ada, "high")

    assert (usual.attributes["d"] or "").count("M") == 4
    assert (high.attributes["d"] or "").startswith("M0.4 100V16.00H6.6V100Z")
    assert (high.attributes["d"] or "").count("M") == 4


def test_averages_and_their_limit_are_drawn(page: Element) -> None:
    ada, ben = person(page, 0), person(page, 1)

    assert [one.attributes["d"] for one in by_class(ada, "line")] == ["M0 20H28M28 20H56"]
    assert [(one.attributes["class"], one.attributes["d"]) for one in by_class(ada, "step")] == [
        ("step", "M28 55.00H56"),
        ("step over", "M0 16.00H28"),
    ]
    assert [one.attributes["d"] for one in by_class(ben, "step")] == ["M0 22.00H28M28 22.00H56"]


def test_the_closest_period_is_marked_in_words(page: Element) -> None:
    ada, ben = person(page, 0), person(page, 1)

    assert [one.text for one in by_class(ada, "label")] == ["over: 84 of 80 h a week"]
    assert [one.text for one in by_class(ben, "label")] == ["closest: 78 of 80 h a week"]
    (bracket,) = by_class(ada, "bracket")
    assert bracket.attributes["style"] == "left:0.00%;width:50.00%"


def test_leave_is_hatched_and_rotations_stand_beneath(page: Element) -> None:
    ada, ben = person(page, 0), person(page, 1)

    assert [one.attributes["style"] for one in by_class(ben, "away")] == [
        "left:12.50%;width:12.50%"
    ]
    assert not by_class(ada, "away")
    codes = [(one.text, one.attributes["title"]) for one in by_class(ada, "code")]
    assert codes == [
        ("ICU", "ICU, 29 Jun – 26 Jul 2026"),
        ("CLIN", "CLIN, 27 Jul – 23 Aug 2026"),
    ]


def test_pictures_say_what_they_show(page: Element) -> None:
    (strip,) = by_class(person(page, 1), "strip")
    label = strip.attributes["aria-label"] or ""

    assert strip.attributes["role"] == "img"
    assert "most hours in a week: 78, from 29 Jun 2026" in label
    assert "78 h a week; limit 80" in label
    assert "7 days of leave" in label
    (scroll,) = by_class(person(page, 1), "scroll")
    assert (scroll.attributes["role"], scroll.attributes["tabindex"]) == ("region", "0")
    assert scroll.attributes["aria-label"] == "Hours of Ben & Bell by week"


def test_errors_are_signs_and_words(page: Element) -> None:
    ada, ben = person(page, 0), person(page, 1)

    assert [one.text for one in by_class(ada, "sign")] == ["✕"]
    assert "1 error" in next(ada.all("h3")).text
    assert next(ben.all("h3")).text == "Ben & Bell"


def test_numbers_stand_in_tables_too(page: Element) -> None:
    ben = person(page, 1)

    heads = [head.attributes["scope"] for head in ben.all("th")]
    assert set(heads) == {"col", "row"}
    rows = {next(row.all("th")).text: row.text for row in ben.all("tr")}
    assert "78 ≤ 80" in rows["Eighty hours a week"]
    assert "29 Jun – 5 Jul 2026: 78 h" in ben.text
    assert "6–12 Jul 2026: 0 h" in ben.text
    assert "27 Jul – 23 Aug 2026: 78 of 80" in ben.text


def test_one_person_only() -> None:
    root = Tree(duty_hours_page(report(person="ben"))).root

    assert [one.attributes["id"] for one in root.all("section") if "id" in one.attributes] == ["p1"]


def test_overlapping_periods_have_a_limit_and_a_mark() -> None:
    root = Tree(duty_hours_page(report(Policy(averaging="rolling28_local")))).root
    ada = person(root, 0)

    assert [one.attributes["d"] for one in by_class(ada, "line")] == ["M0 20H56"]
    assert not by_class(ada, "step")
    assert by_class(ada, "bracket")


def test_long_lists_are_folded() -> None:
    many = [{"severity": "warning", "name": "Wards", "message": f"no {n}"} for n in range(20)]
    root = Tree(duty_hours_page(report(person="ben", rule="IM-Q3"), programme=many)).root

    (folded,) = [one for one in root.all("details") if "no 1" in one.text]
    assert next(folded.all("summary")).text == "8 more of Wards"
    assert [item.text for item in folded.all("li")] == [f"no {n}" for n in range(12, 20)]


def test_a_clean_page_says_so() -> None:
    root = Tree(duty_hours_page(report(person="ben", rule="CPR-6.20-80H"), programme=[])).root

    assert "The planned duty hours of Ben & Bell keep CPR-6.20-80H." in root.text
    assert "Nothing is broken, and nothing needs a look." in root.text
    assert "Every rule of the programme is kept." in root.text


def test_it_follows_dark_mode_and_prints() -> None:
    text = duty_hours_page(report())

    assert text.count("prefers-color-scheme: dark") == 2
    assert "@page { size: letter portrait" in text
