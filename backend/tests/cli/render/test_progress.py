import io

import pytest

from app.cli.render.numbers import counted, percent, short_number
from app.cli.render.progress import ProgressLine
from app.scheduling.domain.params import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


FOUND = Progress(2.0, "search", objective=120.0, bound=90.5, gap=0.25)


def test_a_line_tells_objective_bound_and_gap() -> None:
    clock = Clock()
    line = ProgressLine(60, io.StringIO(), clock)

    assert line.line() == "  0.0 s  starting"
    line.update(Progress(0.5, "model"))
    assert line.line() == "  0.0 s  building the model"
    clock.now = 12.34
    line.update(Progress(12.0, "search"))
    assert line.line() == " 12.3 s  objective –  bound –  gap –"
    line.update(FOUND)
    line.stopping()
    found, _, note = line.line().partition("  stopping")
    assert found == " 12.3 s  objective 120  bound 90.5  gap 25 %"
    assert "keeping the best" in note


def test_a_terminal_gets_one_live_line_with_a_bar() -> None:
    clock, stream = Clock(), Terminal()
    with ProgressLine(60, stream, clock) as line:
        clock.now = 30.0
        line.update(FOUND)

    assert stream.getvalue().count("\n") == 1
    last = stream.getvalue().rsplit("\r", 1)[1]
    assert "[############............] of 60 s  objective 120" in last


def test_a_bar_does_not_grow_beyond_its_end() -> None:
    clock = Clock()
    line = ProgressLine(60, Terminal(), clock)
    clock.now = 90.0

    assert f"[{'#' * 24}]" in line.line()


def test_a_pipe_gets_plain_lines() -> None:
    stream = io.StringIO()
    with ProgressLine(60, stream, Clock()) as line:
        line.update(FOUND)

    assert stream.getvalue() == "  0.0 s  objective 120  bound 90.5  gap 25 %\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (100, "100"), (2.5, "2.5"), (1 / 3, "0.33"), (-10.0, "-10")],
)
def test_short_numbers(value: float | None, text: str) -> None:
    assert short_number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0, "0 %"), (0.00001, "under 0.05 %"), (0.1, "10 %"), (0.1234, "12.3 %")],
)
def test_percentages(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_plurals() -> None:
    assert [counted(number, "week") for number in (0, 1, 2)] == ["0 weeks", "1 week", "2 weeks"]
