import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from app.cli.render.grid import abbreviations, print_person, print_schedule
from app.files.schedule_document import ScheduleDocument, ShownRotation
from tests.files.exports.sample import document, small_document, wide_program

_STYLES = re.compile(r"\x1b\[[0-9;]*m")


def drawn(document: ScheduleDocument, width: int = 80, **options: object) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, **options)  # type: ignore[arg-type] # any of rich's options
    print_schedule(console, document)
    return stream.getvalue()


def wide_document() -> ScheduleDocument:
    program = wide_program()
    return document(program, {"p": "".join(kind.code for kind in program.rotation_types)})


def test_the_grid_reads_like_the_schedule() -> None:
    lines = [line.rstrip() for line in drawn(small_document()).splitlines()]

    assert lines[:2] == ["Sample & Sons <Hospital>", "1 Jul 2026 – 30 Jun 2027 · 3 people"]
    start = lines.index("PGY-1 (2)")
    assert [line.split() for line in lines[start : start + 10]] == [
        ["PGY-1", "(2)"],
        ["Ada", "<b>Lovelace</b>", *"WWIVNCC", "2/2"],
        ["=1+1", *"IWWNVCC", "2/2"],
        ["PGY-3", "(1)"],
        ["Eve", "Ng", *"CIWWWV", "·", "1/2", "!"],
        ["Staffing", "needed"],
        ["Wards", "|", "always", "1", "2+", "2+", "1", "1", "0", "0", "1", "…", "≤2"],
        ["Nights", "0!", "0!", "0!", "1", "1", "0!", "0!", "1+"],
        [],
        ["W", "Wards", "I", "Intensive", "care"],
    ]
    assert "  Eve Ng: W 3/4–5" in lines


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_every_line_fits(width: int) -> None:
    for schedule in (small_document(), wide_document()):
        lines = drawn(schedule, width).splitlines()

        assert max(map(cell_len, lines)) <= width


def test_periods_that_do_not_fit_come_on_even_pages() -> None:
    text = drawn(wide_document(), 60)

    assert "Periods 1–6 of 13: 1 Jul 2026 – 15 Dec 2026" in text
    assert "Periods 7–13 of 13: 16 Dec 2026 – 30 Jun 2027" in text
    pages = [line.split() for line in text.splitlines() if line.startswith("  p ")]
    assert pages == [["p", *"ABCDEF", "13/13"], ["p", *"GHIJKLM", "13/13"]]


def test_colours_are_the_programmes() -> None:
    text = drawn(small_document(), force_terminal=True, color_system="truecolor")

    assert "\x1b[38;2;255;255;255;48;2;31;63;95mW   " in text
    assert "\x1b[38;2;17;17;17;48;2;241;206;99mI   " in text


def test_colour_carries_nothing_alone() -> None:
    coloured = drawn(small_document(), force_terminal=True, color_system="truecolor")

    assert _STYLES.sub("", coloured) == drawn(small_document())


def test_names_cannot_speak_to_the_terminal() -> None:
    schedule = small_document()
    people = tuple(
        type(person)(id=person.id, name="\x1b]0;owned\x07\n\u202e", pgy=1)
        for person in schedule.display.people
    )
    shown = {name: getattr(schedule.display, name) for name in schedule.display.__slots__}
    hostile = ScheduleDocument(
        display=type(schedule.display)(**shown | {"people": people}),
        placements=schedule.placements,
    )

    text = drawn(hostile)

    assert not set(text) & {"\x1b", "\x07", "\u202e"}


def test_one_persons_year() -> None:
    stream = io.StringIO()
    print_person(Console(file=stream, width=80, highlight=False), small_document(), "eve")
    lines = [" ".join(line.split()) for line in stream.getvalue().splitlines()]

    assert lines[0] == "Eve Ng"
    assert "3–5 26 Aug – 17 Nov 2026 W Wards" in lines
    assert "7 16 Dec – 30 Jun 2027 · no appointment" in lines
    assert lines[-2:] == ["W 3/4–5 periods!", "V 1/1 periods"]


def test_long_codes_become_different_words() -> None:
    codes = ["TRANSFER", "TRANSPLANT", "TRANS", "ED"]
    rotations = [ShownRotation(code=code, name=code) for code in codes]

    words = abbreviations(rotations)

    assert words["ED"] == "ED"
    assert words["TRANS"] == "TRANS"
    assert len(set(words.values())) == 4
    assert max(map(len, words.values())) <= 5
