import json
from math import inf
from pathlib import Path

import pytest

from benchmarks.__main__ import finite, main
from benchmarks.figures import Figures, figures, gap_of, medians, time_to
from benchmarks.suites import fairness, scale
from benchmarks.suites.common import Method, Options
from benchmarks.suites.synthetic import Measured, contradictions, summarise
from benchmarks.tables import Chart, Table, shown
from benchmarks.trace import Run, Trace


def _run(*notes: tuple[float, float | None, float | None]) -> Run:
    """Return a run of (seconds, objective, bound) notes."""
    now = [0.0]
    trace = Trace(lambda: now[0])
    for seconds, objective, bound in notes:
        now[0] = seconds
        trace.note(
            objective=inf if objective is None else objective,
            bound=-inf if bound is None else bound,
        )
    return trace.run("FEASIBLE", None)


RUN = _run(
    (1, None, -100), (2, 0, None), (3, -50, -90.5), (4, -80, -88), (5, -70, -82), (6, -81, -81)
)


def test_a_trace_never_gets_worse_and_bounds_are_whole() -> None:
    assert [(p.objective, p.bound) for p in RUN.points] == [
        (inf, -100), (0, -100), (-50, -90), (-80, -88), (-80, -82), (-81, -81),
    ]  # fmt: skip


def test_figures_of_a_run() -> None:
    found = figures(RUN, ideal=-100, best_bound=-81)

    assert found.first_s == 2
    assert found.within_5_s == 4  # (-80 + 81) / 20 is 5 %
    assert found.within_1_s == 6
    assert found.proved_5_s == 6
    assert found.optimal_s == 6
    assert found.gap == 0


def test_what_is_never_reached_is_infinite() -> None:
    found = figures(_run((1, None, -9)), ideal=-10, best_bound=-9)

    assert found.first_s == found.within_5_s == found.optimal_s == found.gap == inf


def test_gap_is_on_the_shortfall() -> None:
    assert gap_of(20, 10, 0) == 0.5
    assert gap_of(-60, -80, -100) == 0.5
    assert gap_of(5, 5, 5) == 0
    assert gap_of(inf, 5, 0) == inf


def test_time_to_an_objective() -> None:
    assert time_to(RUN.points, -60) == 4
    assert time_to(RUN.points, -82) == inf


def test_medians_keep_never() -> None:
    several = [figures(run, -100, -81) for run in (RUN, RUN, _run((1, None, -99)))]
    reached, missed = medians(several), medians([several[2], several[2], several[0]])

    assert reached.first_s == 2
    assert missed.first_s == inf


def _measured(objective: float, bound: float) -> Measured:
    return Measured(_run((1, objective, bound)), -100, 0, 0, ())


def test_the_best_bound_of_all_methods_judges_each() -> None:
    measured: dict[Method, list[Measured]] = {
        "engine": [_measured(-50, -90)],
        "plain": [_measured(-40, -51)],
        "tricks": [_measured(-50, -80)],
    }
    found = summarise(measured)

    assert found["engine"].within_5_s == 1
    assert found["engine"].proved_5_s == inf
    assert found["plain"].within_5_s == inf


def test_methods_that_contradict_each_other_are_named() -> None:
    measured: dict[Method, Measured] = {
        "engine": _measured(-50, -60),
        "plain": _measured(-40, -45),
        "tricks": _measured(-45, -50),
    }

    assert contradictions("here", measured) == [
        "here: engine has -50, below the bound -45 of plain"
    ]


def test_tables() -> None:
    table = Table("Times", ("what", "s"), (("one", shown(1.25)), ("other", shown(inf))), ("Note.",))

    assert table.text() == "Times\n\nwhat     s\none    1.2\nother    –\n\nNote."
    assert table.markdown() == (
        "### Times\n\n| what | s |\n| --- | ---: |\n| one | 1.2 |\n| other | – |\n\n- Note."
    )


def test_charts_leave_out_what_is_never_reached() -> None:
    chart = Chart("Time", "residents", "s", (("24", 2.0), ("60", 4.0), ("120", inf)))

    assert chart.text() == f"Time (s, over residents)\n\n24  {'#' * 20} 2.0\n60  {'#' * 40} 4.0"
    assert chart.markdown().splitlines()[2:-1] == [
        '    title "Time"',
        '    x-axis "residents" ["24", "60"]',
        '    y-axis "s"',
        "    line [2.0, 4.0]",
    ]


def test_there_is_no_chart_of_what_is_reached_nowhere() -> None:
    reached, missed = figures(RUN, -100, -81), figures(_run((1, None, -9)), -10, -9)

    def titles(places: list[tuple[str, Figures]]) -> list[str]:
        return [chart.title for chart in scale.charts_of("tight97", "residents", places)]

    assert titles([("24", reached), ("60", missed)]) == ["Time to 1 %, tight97", "Memory, tight97"]
    assert titles([("24", missed), ("60", missed)]) == ["Memory, tight97"]


def test_growth_is_measured_over_each_axis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "RESIDENTS", (15,))
    monkeypatch.setattr(scale, "ROTATIONS", (10,))
    monkeypatch.setattr(scale, "SLOTS", (26,))
    monkeypatch.setattr(scale, "_USUAL_RESIDENTS", 15)
    options = Options(data=None, seeds=1, time_s=2, workers=2, residents=(), levels=("loose",))
    report = scale.run(options)

    assert [row["residents"] for row in report.rows] == [15, 15, 15]
    assert [row["slots"] for row in report.rows] == [52, 26, 52]
    assert [row["rotations"] for row in report.rows] == [14, 14, 10]
    assert {chart.axis for chart in report.charts} == {"residents", "slots", "rotation types"}
    assert all(row["peak_mb"] > 0 for row in report.rows)


def test_fairness_is_measured_in_every_form() -> None:
    options = Options(data=None, seeds=1, time_s=30, workers=2, residents=(15,), levels=("loose",))
    rows = fairness.run(options).rows

    assert [row["programme"].split(", ")[1] for row in rows] == list(fairness.FORMS)
    two_weeks, tightest, _ = (row["spreads"] for row in rows)
    assert tightest <= two_weeks <= 2 * 6  # nights and hard weeks of three PGYs
    assert all(row["shortfall"] >= 0 for row in rows)


def test_infinite_is_null_in_json() -> None:
    assert json.dumps(finite({"a": [inf, 1.5], "b": (-inf, "x")})) == (
        '{"a": [null, 1.5], "b": [null, "x"]}'
    )


def test_without_data_the_real_programme_is_skipped_and_said_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["hmc"]) == 0
    assert "skipped, because no --data folder was named" in capsys.readouterr().out


def test_the_command_measures_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    options = ["--residents", "15", "--levels", "loose", "--seeds", "1", "--time", "2"]

    assert main(["synthetic", *options, "--json", str(out)]) == 0
    assert "15 x 52 loose, Housestaff" in capsys.readouterr().out
    rows = json.loads(out.read_text())["suites"]["synthetic"]["rows"]
    assert [row["method"] for row in rows] == ["engine", "plain", "tricks"]
    assert {row["status"] for row in rows} <= {"OPTIMAL", "FEASIBLE", "UNKNOWN"}
