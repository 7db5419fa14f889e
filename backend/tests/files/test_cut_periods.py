"""Appointments and changes that begin or end inside a period are told."""

import datetime as dt
from pathlib import Path

import pytest

from app.files.programme_file import load_programme
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.result import Finding

HEAD = """\
name: Small
calendar: {start: 2026-07-01, period: 4 weeks, splits: [{period: 4, on: 2026-10-07}]}
rotation_types: [{code: WARD}]
"""
"""Period 2 is 29 July to 25 August, 4b 7 to 20 October, 13 2 to 30 June."""


def found(folder: Path, person: str) -> list[Finding]:
    """Return what is told of a person, after looking that each has a warning's keys."""
    path = folder / "programme.yaml"
    path.write_text(f"{HEAD}people:\n  - {{id: ben, name: Ben Bell, pgy: 1, {person}}}\n")
    findings = load_programme(path).findings
    assert {(one.rule, one.severity, one.person) for one in findings} <= {
        ("input", "warning", "ben")
    }
    return list(findings)


@pytest.mark.parametrize(
    ("person", "what", "scheduled"),
    [
        (
            "start: 2026-08-01",
            "starts on 2026-08-01, inside period 2 (29 Jul – 25 Aug)",
            "from period 3 on",
        ),
        (
            "start: 2026-09-24",
            "starts on 2026-09-24, inside period 4a (23 Sep – 6 Oct)",
            "from period 4b on",
        ),
        (
            "start: 2027-06-03",
            "starts on 2027-06-03, inside period 13 (2 Jun – 30 Jun)",
            "in no period",
        ),
        (
            "start: 2026-08-01, end: 2026-08-25",
            "starts on 2026-08-01, inside period 2 (29 Jul – 25 Aug)",
            "in no period",
        ),
        (
            "end: 2026-07-29",
            "leaves on 2026-07-29, inside period 2 (29 Jul – 25 Aug)",
            "to its end",
        ),
        (
            "changes: [{start: 2026-08-01, pgy: 2}]",
            "changes on 2026-08-01, inside period 2 (29 Jul – 25 Aug)",
            "as before until period 3",
        ),
        (
            "changes: [{start: 2027-06-03, pgy: 2}]",
            "changes on 2027-06-03, inside period 13 (2 Jun – 30 Jun)",
            "as before to its end",
        ),
    ],
)
def test_what_lies_inside_a_period_is_told(
    tmp_path: Path, person: str, what: str, scheduled: str
) -> None:
    (finding,) = found(tmp_path, person)
    told = f"Ben Bell {what}, and is scheduled {scheduled}"
    assert finding.message == f"{tmp_path}/programme.yaml:5: {told}"


def test_it_is_told_of_both_ends(tmp_path: Path) -> None:
    start, end = found(tmp_path, "start: 2026-08-01, end: 2026-09-01")
    assert (start.period, start.date) == (2, dt.date(2026, 8, 1))
    assert (end.period, end.date) == (3, dt.date(2026, 9, 1))


@pytest.mark.parametrize(
    "person",
    [
        "start: 2026-07-29, end: 2026-08-25",
        "start: 2026-10-07",
        "end: 2026-10-06",
        "start: 2026-06-15, end: 2027-07-15",
        "changes: [{start: 2026-07-01, pgy: 2}, {start: 2026-10-07, pgy: 3}]",
        "start: 2026-08-26, changes: [{start: 2026-08-01, pgy: 2}]",
    ],
)
def test_whole_periods_are_not_told(tmp_path: Path, person: str) -> None:
    assert found(tmp_path, person) == []


def test_people_in_tables_are_told_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(HEAD + "people: {file: p.csv}\n")
    (tmp_path / "p.csv").write_text("id,pgy,start\nann,1,\nben,1,2026-08-01\n")
    (finding,) = load_programme(path).findings
    assert finding.message.startswith(f"{tmp_path}/p.csv:3: ben starts on 2026-08-01, inside")


@pytest.mark.parametrize("day", [1, 15, 28])
def test_what_is_told_is_what_is_compiled(tmp_path: Path, day: int) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(f"{HEAD}people:\n  - {{id: ben, pgy: 1, start: 2026-09-{day:02}}}\n")
    loaded = load_programme(path)
    problem = compile_problem(loaded.program)
    first = problem.slot_label(problem.present[0].tolist().index(True))
    assert [one.message.endswith(f"from {first} on") for one in loaded.findings] == [True]
