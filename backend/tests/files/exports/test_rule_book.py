import re
from dataclasses import replace

from app.files.exports.rule_book import rule_book_html, rule_book_markdown
from app.files.loaded import LoadedProgramme, Source
from app.scheduling.domain.people import Leave
from app.scheduling.domain.rotations import RotationType
from app.scheduling.rules.preferred_sequence import PreferredSequence
from tests.files.exports.sample import small_program

LOADED = LoadedProgramme(
    program=small_program(),
    sources=(Source(role="programme", file="sample.yaml", sha256="0123456789abcdef" * 4),),
)


def rows(text: str) -> list[list[str]]:
    cells = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in text.splitlines() if line[:2] == "| "]
    return [[cell.replace("\\", "") for cell in row] for row in cells]


def test_every_rule_stands_under_its_kind() -> None:
    text = rule_book_markdown(LOADED)

    assert text.index("## Coverage (2)") < text.index("Wards") < text.index("## Requirement (3)")
    assert next(row[:2] for row in rows(text) if row[0] == "Wards | always") == [
        "Wards | always",
        "W: exactly 1 in every period; from period 5: 0 to 2.",
    ]


def test_strength_scope_reason_and_source_are_told() -> None:
    table = {row[0]: row for row in rows(rule_book_markdown(LOADED))}

    assert table["Wards | always"][3:] == ["must hold", "Two teams. Source: Bed meeting."]
    assert table["Nights"][2:4] == ["PGY-1", "costs 2 each (units short or over)"]
    assert table["One vacation"][2:] == ["everybody", "must hold"]


def test_a_reward_earns() -> None:
    rule = PreferredSequence(name="W then I", pattern=(("W",), ("I",)), reward=3)
    loaded = replace(LOADED, program=replace(LOADED.program, rules=(rule,)))

    assert "earns 3 each (occurrences)" in rule_book_markdown(loaded)


def test_people_come_by_pgy_without_their_leave() -> None:
    away = replace(LOADED.program.people[0], leave=(Leave(period=2, kind="chemotherapy"),))
    loaded = replace(LOADED, program=replace(LOADED.program, people=(away,)))

    text = rule_book_markdown(loaded)

    assert "### PGY-1 (1)" in text
    assert "1 with approved leave" in text
    assert "chemotherapy" not in text


def test_the_calendar_and_where_it_was_read_from() -> None:
    text = rule_book_markdown(LOADED)

    assert ["7", "16 Dec 2026 – 30 Jun 2027"] in rows(text)
    assert ["programme", "sample.yaml", "0123456789ab"] in rows(text)


def test_markdown_names_are_text() -> None:
    kind = RotationType(code="X_1", name="*bold* <script> [a](b) `c`\nnext")
    loaded = replace(
        LOADED,
        program=replace(
            LOADED.program, rotation_types=(*LOADED.program.rotation_types, kind), rules=()
        ),
    )

    [line] = [line for line in rule_book_markdown(loaded).splitlines() if "bold" in line]

    assert r"| X\_1 | \*bold\* \<script\> \[a\](b) \`c\` next |" in line


def test_html_names_are_text_and_headings_are_linked() -> None:
    text = rule_book_html(LOADED)

    assert "Ada &lt;b&gt;Lovelace&lt;/b&gt;" in text
    assert "<script" not in text
    targets = re.findall(r'href="#(\w+)"', text)
    assert targets
    assert set(targets) <= set(re.findall(r'id="(\w+)"', text))


def test_both_forms_say_the_same() -> None:
    page = re.findall(r"<td>(.*?)</td>", rule_book_html(LOADED))
    table = rows(rule_book_markdown(LOADED))
    cells = [cell for row in table for cell in row if row[0] not in {"Rule", "Code"}]

    assert {"Two teams. Source: Bed meeting.", "must hold"} <= set(page)
    assert {"Two teams. Source: Bed meeting.", "must hold"} <= set(cells)
