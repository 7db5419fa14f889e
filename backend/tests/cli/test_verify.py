import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.cli.commands import FIELDS
from tests.cli.programmes import SMALL, write

Capture = pytest.CaptureFixture[str]
Run = Callable[..., dict[str, Any]]

TIMED = (
    SMALL.replace("category: ward}", "category: ward, template: {mon-sat: DAY}}").replace(
        "category: icu}",
        "category: icu, template: {mon: CALL24, wed: CALL24, sat: DAY}}",
    )
    + """\
time_zone: America/New_York
specialty: Internal medicine
duty_types:
  - {code: DAY, kind: in_house, am: "06:00-12:00", pm: "12:00-18:00"}
  - {code: CALL24, kind: call, am: "07:00-12:00", pm: "12:00-18:00", night: "18:00-07:00"}
duty_hours: {packs: [acgme-im]}
"""
)
ROTATIONS = {"ada": "WIVW", "ben": "IWWV", "eve": "WVIW"}
CODES = {"W": "WARD", "I": "ICU", "V": "VAC"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Run:
    """Verify a schedule of `ROTATIONS` and return the JSON object."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    write(tmp_path, TIMED)
    rows = [
        f"{person},{period},{CODES[code]}"
        for person, codes in ROTATIONS.items()
        for period, code in enumerate(codes, 1)
    ]
    write(tmp_path, "\n".join(["person,period,rotation", *rows]), "year.csv")

    def run(*words: str, file: str = "small.yaml", code: int = 0) -> dict[str, Any]:
        assert main(["verify", file, "year.csv", *words, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return run


def printed(capsys: Capture, *words: str, code: int = 0) -> str:
    assert main(["verify", "small.yaml", "year.csv", *words]) == code
    return capsys.readouterr().out


def test_the_law_and_the_programme_are_told_apart(run: Run) -> None:
    document = run()

    assert document.keys() >= {"command", "version", "status", "findings", *FIELDS["verify"]}
    assert document["status"] == "OK"
    assert {found["rule"] for found in document["findings"]} >= {"IM-Q3"}
    assert {found["rule"] for found in document["programme_findings"]} == {"coverage"}
    (hours,) = [
        margin
        for margin in document["margins"]
        if (margin["rule"], margin["person"]) == ("CPR-6.20-80H", "ada")
    ]
    assert (hours["measured"], hours["rotation"]) == (72.0, "WARD")
    assert document["basis"] == "plan"
    assert [pack["name"] for pack in document["packs"]] == ["acgme-common", "acgme-im"]


def test_a_schedules_own_assignments_are_verified(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    run()
    assert main(["solve", "small.yaml", "-o", "own.json", "--time", "5", "--json"]) in {0, 1}
    capsys.readouterr()
    path = tmp_path / "own.json"
    schedule = json.loads(path.read_text())
    person = schedule["placements"][0]["person"]
    night = {"person": person, "session": "NIGHT", "duty": "CALL24"}
    schedule["assignments"] = [{**night, "date": f"2026-07-{day:02}"} for day in range(1, 15)]
    path.write_text(json.dumps(schedule))
    main(["verify", "small.yaml", "own.json", "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    nightly = [one for one in found if one["rule"] == "IM-Q3" and one["measured"] == 1]
    assert {one["person"] for one in nightly} == {person}


def test_an_unconfirmed_number_becomes_an_error_when_it_is_confirmed(run: Run) -> None:
    kept = run()
    broken = run("--confirm", "IM-Q3", code=1)

    assert {one["severity"] for one in kept["findings"] if one["rule"] == "IM-Q3"} == {"warning"}
    assert {one["severity"] for one in broken["findings"] if one["rule"] == "IM-Q3"} == {"error"}
    assert broken["status"] == "VIOLATIONS"


def test_another_pack_judges_too(run: Run) -> None:
    document = run("--pack", "ny-405")

    assert [pack["name"] for pack in document["packs"]] == ["acgme-common", "acgme-im", "ny-405"]


def test_an_error_of_the_programme_counts_and_stands_apart(run: Run) -> None:
    write(Path(), TIMED.replace("exactly: 1}", "exactly: 2}"), "strict.yaml")

    document = run(file="strict.yaml", code=1)

    assert document["status"] == "VIOLATIONS"
    assert not [found for found in document["findings"] if found["severity"] == "error"]
    assert [found["rule"] for found in document["programme_findings"]][:1] == ["requirement"]


def test_one_person_and_one_rule(run: Run) -> None:
    ada = run("--person", "Ada Ames")
    hours = run("--rule", "CPR-6.20-80H")

    assert {margin["person"] for margin in ada["margins"]} == {"ada"}
    assert {margin["rule"] for margin in hours["margins"]} == {"CPR-6.20-80H"}
    assert hours["findings"] == []


def test_nothing_to_verify_is_not_ok(run: Run, capsys: Capture) -> None:
    write(Path(), SMALL, "untimed.yaml")
    bare = TIMED.replace(", template: {mon-sat: DAY}", "")
    bare = bare.replace(", template: {mon: CALL24, wed: CALL24, sat: DAY}", "")
    write(Path(), bare, "bare.yaml")

    for file in ("untimed.yaml", "bare.yaml"):
        document = run(file=file, code=2)
        assert document["status"] == "NOTHING TO VERIFY"
        assert "add duty_types to the programme file" in document["findings"][0]["message"]
        assert document["margins"] is None
        assert main(["verify", file, "year.csv"]) == 2
        assert "there is nothing to verify: add duty_types" in capsys.readouterr().err


def test_a_rotation_without_a_template_is_doubted(run: Run) -> None:
    write(Path(), TIMED.replace(", template: {mon-sat: DAY}", ""), "half.yaml")

    document = run(file="half.yaml")

    (doubt,) = [found for found in document["findings"] if found["rule"] == "duty_types"]
    assert doubt["message"] == "WARD has no template: whoever is on it counts as off duty"
    assert doubt["severity"] == "warning"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--person", "zoe"], "nobody is called 'zoe'"),
        (["--rule", "NY-8H"], "--rule NY-8H: no rule is called so"),
        (["--confirm", "EM-SHIFT"], "--confirm EM-SHIFT: no rule and no pack is called so"),
        (["--pack", "ny"], "there is no rule pack 'ny'"),
        (["--html", "."], "the name must end in .html"),
    ],
)
def test_what_the_user_gave_wrong(
    run: Run, capsys: Capture, words: list[str], expected: str
) -> None:
    run()

    assert main(["verify", "small.yaml", "year.csv", *words]) == 2

    assert expected in capsys.readouterr().err


def test_a_policy_that_loosens_the_law_is_refused_before_anything_is_done(
    run: Run, capsys: Capture
) -> None:
    loose = TIMED.replace("{packs: [acgme-im]}", "{tightened: [{rule: CPR-6.20-80H, limit: 88}]}")
    write(Path(), loose, "loose.yaml")

    document = run(file="loose.yaml", code=2)

    assert "may tighten a limit, never loosen it" in document["findings"][0]["message"]
    assert main(["solve", "loose.yaml", "-o", "out.json"]) == 2
    assert not Path("out.json").exists()
    assert "never loosen it" in capsys.readouterr().err


def test_the_report_for_people_has_two_parts(run: Run, capsys: Capture) -> None:
    run()
    out = printed(capsys)

    assert out.startswith(
        "Small Hospital: the planned duty hours keep every rule that must be kept\n"
    )
    law, programme = out.split("\nProgramme rules\n")
    assert "\nDuty-hour rules\n" in law
    assert "(unconfirmed)" in law
    assert "Closest to each limit" in law
    assert "Intensive care" in programme
    assert "call nights" not in programme


def test_the_page_has_both_parts(run: Run) -> None:
    document = run("--html", "page.html")

    page = Path("page.html").read_text(encoding="utf-8")
    assert document["html"] == "page.html"
    assert page.index("Duty-hour rules</h2>") < page.index("Programme rules</h2>")


def test_a_solve_carries_its_duty_findings(run: Run, capsys: Capture) -> None:
    run()
    words = ["solve", "small.yaml", "--workers", "1", "-o", "out.json"]

    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert main(words) == 0
    out = capsys.readouterr().out

    assert {found["rule"] for found in document["duty_findings"]} >= {"IM-Q3"}
    assert not [found for found in document["findings"] if found["rule"] == "IM-Q3"]
    assert "Duty hours: 0 errors, " in out
    assert "verify small.yaml out.json" in out


def test_duty_errors_never_suppress_a_schedule(run: Run, capsys: Capture) -> None:
    run()
    heavy = TIMED.replace('pm: "12:00-18:00"}', 'pm: "12:00-22:00"}', 1)
    write(Path(), heavy, "heavy.yaml")

    assert main(["solve", "heavy.yaml", "--workers", "1", "-o", "out.json"]) == 0

    out = capsys.readouterr().out
    assert Path("out.json").exists()
    assert "OPTIMAL" in out
    assert "h a week; limit 80" in out


def test_a_programme_without_duty_types_has_no_duty_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SMALL)

    assert main(["solve", "small.yaml", "--workers", "1", "-o", "out.json", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["duty_findings"] is None
