import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from openpyxl import load_workbook

from app.cli import main
from app.files.schedule_file import read_schedule, to_csv
from tests.cli.programmes import BEST, SMALL, write

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """Return a folder with ``small.yaml`` and its best schedule ``year.json``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    path = write(tmp_path, SMALL)
    assert main(["solve", str(path), "--workers", "1", "-o", "year.json"]) == 0
    capsys.readouterr()
    return tmp_path


def printed(capsys: Capture, *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return capsys.readouterr().out


def as_json(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    return dict(json.loads(printed(capsys, *words, "--json", code=code)))


def edit(year: Path, change: dict[tuple[str, int], str], name: str = "edited.csv") -> str:
    """Write the schedule as CSV with some cells changed; "" leaves the row out."""
    text = to_csv(read_schedule(year / "year.json"))
    rows = [line.split(",") for line in text.splitlines()]
    for row in rows[1:]:
        row[2] = change.get((row[0], int(row[1])), row[2])
    lines = [",".join(row) for row in rows if row[2]]
    (year / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


@pytest.mark.usefixtures("year")
def test_check_finds_the_schedule_clean(capsys: Capture) -> None:
    out = printed(capsys, "check", "small.yaml", "year.json")

    assert "keeps every rule that must hold" in out
    assert "0 errors" in out
    assert f"objective {BEST}" in out


def test_check_names_what_is_broken(year: Path, capsys: Capture) -> None:
    edited = edit(year, {("eve", 2): "ICU"})

    document = as_json(capsys, "check", "small.yaml", edited, code=1)

    assert document["status"] == "VIOLATIONS"
    errors = [found for found in document["findings"] if found["severity"] == "error"]
    assert [(found["rule"], found["person"]) for found in errors] == [("requirement", "eve")]
    assert document["objective"] > BEST


def test_check_reports_missing_placements_as_findings(year: Path, capsys: Capture) -> None:
    edited = edit(year, {("ada", 1): "", ("ben", 3): ""})

    document = as_json(capsys, "check", "small.yaml", edited, code=1)

    missing = [found for found in document["findings"] if found["rule"] == "structure"]
    assert [(found["person"], found["period"]) for found in missing] == [("ada", 1), ("ben", 3)]


def test_check_lists_every_unknown_name(year: Path, capsys: Capture) -> None:
    edited = edit(year, {("ada", 1): "XRAY", ("ben", 3): "YRAY"})

    assert main(["check", "small.yaml", edited]) == 2

    errors = capsys.readouterr().err
    assert "edited.csv has 2 faults" in errors
    assert "XRAY" in errors
    assert "YRAY" in errors


def test_check_doubts_a_claim_that_does_not_hold(year: Path, capsys: Capture) -> None:
    path = year / "year.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["outcome"]["objective"] = -100
    path.write_text(json.dumps(document), encoding="utf-8")

    findings = as_json(capsys, "check", "small.yaml", "year.json")["findings"]

    [doubt] = [found for found in findings if found["rule"] == "provenance"]
    assert (doubt["severity"], doubt["measured"], doubt["limit"]) == ("warning", BEST, -100)


def test_check_and_compare_take_the_base_that_the_solve_had(year: Path, capsys: Capture) -> None:
    steady = SMALL + "  - {kind: stability, name: As told, penalty: 1}\n"
    write(year, steady, "steady.yaml")
    (year / "told.csv").write_text("person,period,rotation\neve,2,ICU\nada,1,VAC\nada,2,VAC\n")
    solve = ("solve", "steady.yaml", "--base", "told.csv", "--workers", "1", "-o", "based.json")
    claimed = as_json(capsys, *solve)["objective"]

    [doubt] = as_json(capsys, "check", "steady.yaml", "based.json")["findings"][-1:]
    based = as_json(capsys, "check", "steady.yaml", "based.json", "--base", "told.csv")
    words = ("compare", "based.json", "based.json", "--program", "steady.yaml")
    terms = as_json(capsys, *words, "--base", "told.csv")["terms"]

    assert doubt["message"].endswith(
        "it was made with --base told.csv: give that schedule to the check too"
    )
    assert based["objective"] == claimed
    assert not [found for found in based["findings"] if found["rule"] == "provenance"]
    assert sum(term["after"] for term in terms) == claimed


@pytest.mark.usefixtures("year")
def test_compare_scores_a_base_by_a_programme_only(capsys: Capture) -> None:
    assert main(["compare", "year.json", "year.json", "--base", "year.json"]) == 2

    assert "add --program FILE" in capsys.readouterr().err


@pytest.mark.usefixtures("year")
def test_show_draws_the_grid(capsys: Capture) -> None:
    out = printed(capsys, "show", "year.json")

    assert "PGY-1 (2)" in out
    assert "Periods 1–4: 1 Jul 2026 – 20 Oct 2026" in out
    assert "\x1b" not in out


@pytest.mark.usefixtures("year")
def test_show_as_json_counts_what_is_drawn(capsys: Capture) -> None:
    document = as_json(capsys, "show", "year.json")

    eve = document["people"][2]
    assert eve["rotations"][1] == "VAC"
    assert eve["requirements"] == [
        {"label": "VAC", "unit": "periods", "done": 1, "min": 1, "max": 1}
    ]
    wards = document["staffing"][0]
    drawn = [[person["rotations"][n] for person in document["people"]] for n in range(4)]
    assert wards["staffed"] == [column.count("WARD") for column in drawn]


@pytest.mark.usefixtures("year")
def test_show_one_person(capsys: Capture) -> None:
    out = printed(capsys, "show", "year.json", "--person", "eve earl")

    assert out.startswith("Eve Earl\nPGY-2")
    assert "Vacation" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--person", "zoe"], "nobody is called 'zoe'"),
        (["--person", "e"], "3 people are called 'e'"),
        (["--width", "12"], "at least 40 columns"),
        (["--people", "x.csv"], "add --program FILE"),
    ],
)
@pytest.mark.usefixtures("year")
def test_show_says_what_it_cannot_do(capsys: Capture, words: list[str], expected: str) -> None:
    assert main(["show", "year.json", *words]) == 2

    assert expected in capsys.readouterr().err


def test_a_csv_is_shown_with_its_programme(year: Path, capsys: Capture) -> None:
    edited = edit(year, {})

    with_program = printed(capsys, "show", edited, "--program", "small.yaml")
    assert main(["show", edited]) == 2

    assert "--program" in capsys.readouterr().err
    assert "Ada Ames" in with_program


@pytest.mark.usefixtures("year")
def test_show_obeys_no_colour(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "48;2;" in printed(capsys, "show", "year.json")
    assert "48;2;" not in printed(capsys, "show", "year.json", "--no-color")
    monkeypatch.setenv("NO_COLOR", "1")

    assert "48;2;" not in printed(capsys, "show", "year.json")


def test_a_reader_may_leave(year: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "show", "year.json"],
        cwd=year,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert (result.returncode, result.stderr) == (141, "")


def test_export_to_each_format(year: Path, capsys: Capture) -> None:
    for form in ("xlsx", "html", "csv"):
        document = as_json(capsys, "export", "year.json", "--to", form)
        assert document["file"] == f"year.{form}"

    book = load_workbook(BytesIO((year / "year.xlsx").read_bytes()))
    assert book["Schedule"]["A1"].value == "Small Hospital"
    assert (year / "year.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (year / "year.csv").read_text(encoding="utf-8").startswith("person,period,rotation\n")


@pytest.mark.usefixtures("year")
def test_export_needs_a_known_format(capsys: Capture) -> None:
    assert main(["export", "year.json", "--to", "pdf"]) == 2

    assert "pdf" in capsys.readouterr().err


@pytest.mark.usefixtures("year")
def test_compare_with_itself(capsys: Capture) -> None:
    assert "place everybody alike (3 people in 4 periods)" in printed(
        capsys, "compare", "year.json", "year.json"
    )
    assert as_json(capsys, "compare", "year.json", "year.json")["status"] == "SAME"


def test_compare_tells_who_changed_where(year: Path, capsys: Capture) -> None:
    edited = edit(year, {("eve", 2): "ICU"})
    words = ("compare", "year.json", edited, "--program", "small.yaml")

    out = printed(capsys, *words)
    document = as_json(capsys, *words)

    assert "1 change for 1 of 3 people in 4 periods" in out
    assert "Eve Earl (1)  2: VAC → ICU" in out
    assert document["by_person"] == [{"name": "Eve Earl", "changes": 1}]
    wishes = next(term for term in document["terms"] if term["name"] == "Wishes")
    assert (wishes["before"], wishes["after"]) == (-5, 0)
    [staffing] = document["staffing"]
    assert (staffing["name"], staffing["after"] - staffing["before"]) == ("Intensive care", 1)


def test_the_schema_accepts_a_programme(capsys: Capture) -> None:
    schema = json.loads(printed(capsys, "schema"))

    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(json.dumps(yaml.safe_load(SMALL), default=str))
    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors({"name": 3}))


def test_the_rule_book_in_both_forms(year: Path, capsys: Capture) -> None:
    markdown = printed(capsys, "rulebook", "small.yaml")
    assert printed(capsys, "rulebook", "small.yaml", "--to", "html", "-o", "book.html") == (
        "book.html\n"
    )

    assert markdown.startswith("# Small Hospital: rule book")
    assert "<h1>Small Hospital" in (year / "book.html").read_text(encoding="utf-8")
