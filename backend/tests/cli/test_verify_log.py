import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.cli.commands import FIELDS

Capture = pytest.CaptureFixture[str]
Run = Callable[..., dict[str, Any]]

HEAD = "person,pgy,kind,start,end,zone,rotation,name"
MONDAY = datetime(2026, 6, 29)  # noqa: DTZ001 - a local time, as logs have it
FOUR_WEEKS = "2026-07-26"
EXTRAS = {
    *("pack", "version", "confidence", "unconfirmed", "start", "end", "rotation", "days"),
    *("leave_days", "averaging", "zone", "evidence", "also"),
}
CONTRACT = {
    *("rule", "name", "severity", "person", "period", "date"),
    *("measured", "limit", "unit", "message", "source"),
}


def shift(
    day: int,
    begin: float,
    end: float,
    *,
    person: str = "ada",
    kind: str = "in_house",
    rotation: str = "WARD",
) -> str:
    """Return duty on a day, counted from Monday 29 June, between two hours of it or the next."""
    start, stop = (f"{MONDAY + timedelta(day, hours=hour):%Y-%m-%dT%H:%M}" for hour in (begin, end))
    return f"{person},2,{kind},{start},{stop},America/New_York,{rotation},{person.title()} Ames"


def weeks(hours: float, **other: Any) -> list[str]:
    """Return four weeks of six days each."""
    return [shift(day, 6, 6 + hours, **other) for day in range(28) if day % 7 != 6]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(rows: list[str], *words: str, code: int = 0) -> dict[str, Any]:
        Path("log.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
        until = ["--until", FOUR_WEEKS] if "--until" not in words else []
        assert main(["verify-log", "log.csv", *until, *words, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return run


@pytest.fixture
def printed(run: Run, capsys: Capture) -> Callable[..., str]:
    def printed(rows: list[str], *words: str, code: int = 0) -> str:
        run(rows, *words, code=code)
        assert main(["verify-log", "log.csv", "--until", FOUR_WEEKS, *words]) == code
        return capsys.readouterr().out

    return printed


def rules(document: dict[str, Any], severity: str) -> list[str]:
    return [found["rule"] for found in document["findings"] if found["severity"] == severity]


def test_a1_and_a2_of_the_specification(run: Run) -> None:
    kept, broken = run(weeks(13)), run(weeks(13.5), code=1)

    assert (kept["status"], rules(kept, "error")) == ("OK", [])
    assert (broken["status"], rules(broken, "error")) == ("VIOLATIONS", ["CPR-6.20-80H"])
    (found,) = [one for one in broken["findings"] if one["severity"] == "error"]
    assert (found["measured"], found["limit"], found["unit"]) == (81.0, 80.0, "hours a week")
    assert "324 h in 28 days, no leave: 81 h a week; limit 80" in found["message"]
    assert found["message"].startswith("Ada Ames: WARD ")


def test_c1_and_c2_of_the_specification(run: Run) -> None:
    call = shift(1, 7, 31, kind="call")
    late = [call, shift(2, 7, 11.5, kind="transition")]
    stayed = [call, shift(2, 7, 11, kind="transition"), shift(2, 11, 11.5, kind="voluntary")]

    assert rules(run([call, shift(2, 7, 11, kind="transition")]), "error") == []
    assert rules(run(late, code=1), "error") == ["CPR-6.22a-+4"]
    assert rules(run(stayed), "error") == []


def test_a_finding_has_the_keys_of_the_contract_and_of_the_specification(run: Run) -> None:
    document = run(weeks(13.5), code=1)

    assert document.keys() >= {"command", "version", "status", "findings", *FIELDS["verify-log"]}
    (found,) = [one for one in document["findings"] if one["severity"] == "error"]
    assert found.keys() == CONTRACT | EXTRAS
    assert found["date"] == "2026-06-29"
    assert found["period"] is None
    assert found["start"] == "2026-06-29T00:00:00-04:00"
    assert found["end"] == "2026-07-27T00:00:00-04:00"
    assert (found["rotation"], found["days"], found["leave_days"]) == ("WARD", 28, 0)
    assert (found["averaging"], found["zone"]) == ("rotation", "America/New_York")
    assert found["evidence"] == [f"log.csv:{line}" for line in range(2, 26)]
    assert "ACGME Common Program Requirements" in found["source"]


def test_margins_packs_and_the_file_are_told(run: Run) -> None:
    document = run(weeks(13), "--pack", "acgme-im")

    hours = next(one for one in document["margins"] if one["rule"] == "CPR-6.20-80H")
    assert (hours["person"], hours["measured"], hours["margin"]) == ("ada", 78.0, 2.0)
    assert [pack["name"] for pack in document["packs"]] == ["acgme-common", "acgme-im"]
    assert (document["basis"], document["averaging"]) == ("record", "rotation")
    assert (document["first"], document["last"]) == ("2026-06-29", FOUR_WEEKS)
    assert document["log"] == "log.csv"
    assert len(document["sha256"]) == 64
    assert document["html"] is None


def test_oddities_of_the_log_are_findings_beside_the_others(run: Run) -> None:
    document = run([shift(0, 6, 46), *weeks(9)[2:]], code=1)

    (doubt,) = [found for found in document["findings"] if found["rule"] == "log"]
    assert (doubt["severity"], doubt["source"]) == ("warning", "log.csv:2")
    assert doubt.keys() == CONTRACT
    assert "CPR-6.22-24H" in rules(document, "error")


def test_faults_of_the_log_are_all_told(run: Run) -> None:
    rows = [shift(0, 6, 5), shift(1, 6, 18, kind="ward"), "x"]

    document = run(rows, code=2)

    assert document["status"] == "BAD_INPUT"
    assert [found["source"] for found in document["findings"]] == [
        f"log.csv:{n}" for n in (2, 3, 4)
    ]
    assert {document[key] for key in FIELDS["verify-log"]} == {None}


def test_a_number_is_an_error_only_once_it_is_confirmed(run: Run) -> None:
    calls = [shift(day, 7, 31, kind="call", rotation="ICU") for day in (1, 3, 8)]

    for words in ((), ("--confirm", "IM-NF-RUN"), ("--confirm", "CPR-6.20-80H")):
        document = run(calls, "--pack", "acgme-im", *words)
        (found,) = [one for one in document["findings"] if one["rule"] == "IM-Q3"]
        assert (found["severity"], found["unconfirmed"]) == ("warning", True)
        assert found["message"].endswith("(unconfirmed)")
    for word in ("IM-Q3", "acgme-im"):
        document = run(calls, "--pack", "acgme-im", "--confirm", word, code=1)
        (found,) = [one for one in document["findings"] if one["rule"] == "IM-Q3"]
        assert (found["severity"], found["unconfirmed"]) == ("error", False)
        assert "unconfirmed" not in found["message"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--pack", "acgme-imm"], "there is no rule pack 'acgme-imm': did you mean 'acgme-im'"),
        (["--pack", "none.yaml"], "there is no such file"),
        (
            ["--confirm", "CPR-6.20-80"],
            "--confirm CPR-6.20-80: no rule and no pack is called so",
        ),
        (["--confirm", "IM-Q3"], "no rule and no pack is called so"),
        (["--rule", "CPR-6.20"], "--rule CPR-6.20: no rule is called so; did you mean"),
        (["--person", "zoe"], "nobody is called 'zoe'"),
        (["--person", "ames"], "2 people are called 'ames': Ada Ames (ada), Ben Ames (ben); give"),
        (["--until", "26 July"], "argument --until: '26 July' is no day: write it as 2026-07-01"),
        (["--zone", "New York"], "--zone New York: did you mean 'America/New_York'"),
        (["--averaging", "yearly"], "invalid choice: 'yearly'"),
        (["--span", "ada:WARD:2026-07-01"], "is not PERSON:ROTATION:START:END"),
        (["--span", "ada:WARD:2026-07-09:2026-07-01"], "ends before it starts"),
        (["--span", "ada:WARD:2026-07-09:July"], "'July' is no day: write it as"),
        (["--span", "zoe:WARD:2026-07-01:2026-07-09"], "person 'zoe' is not in the log"),
        (["--specialty", "WARD"], "'WARD' is not ROTATION=NAME"),
        (
            ["--pack", "acgme-im", "--specialty", "WARD=Intern medicine"],
            "--specialty WARD=Intern medicine: did you mean 'Internal medicine'?",
        ),
        (["--policy", "none.yaml"], "there is no such file"),
        (["--html", "page.pdf"], "the name must end in .html or .htm"),
        (
            ["--pack", "acgme-im", "--pack", "acgme-em"],
            "acgme-em is for Emergency medicine, but the log is of Internal medicine: say which",
        ),
    ],
)
def test_what_the_user_gave_wrong(
    run: Run, capsys: Capture, words: list[str], expected: str
) -> None:
    rows = [*weeks(9), *weeks(9, person="ben")]
    run(rows)

    assert main(["verify-log", "log.csv", "--until", FOUR_WEEKS, *words]) == 2

    assert expected in capsys.readouterr().err


def test_a_log_without_an_end(run: Run, capsys: Capture) -> None:
    run(weeks(9))

    assert main(["verify-log", "log.csv"]) == 2

    assert "give --until DATE, its last day" in capsys.readouterr().err


def test_spans_may_be_stated(run: Run) -> None:
    rows = weeks(13.5)[:12]

    whole = run(rows)
    fortnight = run(rows, "--span", "ada:WARD:2026-06-29:2026-07-12", code=1)

    assert rules(whole, "error") == []
    assert rules(fortnight, "error") == ["CPR-6.20-80H"]


def test_averaging_is_a_choice_and_other_modes_are_local_policy(
    run: Run, printed: Callable[..., str]
) -> None:
    heavy = [shift(day, 6, 20) for day in range(14) if day % 7 != 6]
    light = [shift(day, 8, 12, rotation="CLIN") for day in range(14, 28) if day % 7 < 5]

    by_rotation = run([*heavy, *light], code=1)
    pooled = run([*heavy, *light], "--averaging", "fixed28")

    assert rules(by_rotation, "error") == ["CPR-6.20-80H"]
    assert rules(pooled, "error") == []
    out = printed([*heavy, *light], "--averaging", "fixed28")
    assert "averaged by 28 days (local policy)" in " ".join(out.split())


def test_a_policy_of_the_programme(run: Run) -> None:
    policy = Path("policy.yaml")
    rows = weeks(13)
    policy.write_text(
        "packs: [acgme-im]\ntightened: [{rule: CPR-6.20-80H, limit: 72, reason: ours}]\n"
    )
    document = run(rows, "--policy", "policy.yaml", code=1)

    assert rules(document, "error") == ["CPR-6.20-80H"]
    assert [pack["name"] for pack in document["packs"]] == ["acgme-common", "acgme-im"]

    policy.write_text("tightened: [{rule: CPR-6.20-80H, limit: 88}]\n")
    loosened = run(rows, "--policy", "policy.yaml", code=2)
    assert "may tighten a limit, never loosen it" in loosened["findings"][0]["message"]

    policy.write_text("averaging: yearly\nmerge_gap_minutes: 999\npack: [x]\n")
    faulty = run(rows, "--policy", "policy.yaml", code=2)
    assert {found["source"] for found in faulty["findings"]} <= {
        f"policy.yaml:{line}" for line in (1, 2, 3)
    }
    assert any("did you mean 'packs'?" in found["message"] for found in faulty["findings"])


def test_one_specialty_is_everybodys(run: Run) -> None:
    long = [shift(day, 7, 20, rotation="ED") for day in (1, 3, 5)]

    document = run(long, "--pack", "acgme-em")

    assert "EM-SHIFT" in {margin["rule"] for margin in document["margins"]}
    assert "EM-SHIFT" in rules(document, "info")


def test_rotations_of_another_specialty_are_left_to_the_common_rules(run: Run) -> None:
    rows = [shift(1, 7, 20, rotation="ED"), *[shift(day, 7, 20, rotation="SICU") for day in (8, 9)]]

    document = run(rows, "--pack", "acgme-em", "--specialty", "SICU=Surgery")

    found = [one for one in document["findings"] if one["rule"] == "EM-SHIFT"]
    assert [one["rotation"] for one in found] == ["ED"]
    (note,) = [one for one in document["findings"] if one["rule"] == "specialty"]
    assert note["severity"] == "info"
    assert note["message"] == "SICU is of Surgery: no pack that is given is for it"


def test_several_specialties_are_told_by_rotation(run: Run) -> None:
    rows = [
        shift(1, 7, 20, rotation="ED"),
        shift(15, 7, 20),
        shift(16, 7, 20),
    ]
    document = run(
        rows,
        *("--pack", "acgme-im", "--pack", "acgme-em"),
        *("--specialty", "ED=emergency medicine"),
    )

    found = [one for one in document["findings"] if one["rule"] == "EM-SHIFT"]
    assert [one["rotation"] for one in found] == ["ED"]
    assert document["status"] == "OK"


def test_new_yorks_emergency_department_is_told_by_rotation(run: Run) -> None:
    rows = [shift(1, 7, 20, rotation="ED")]

    everywhere = run(rows, "--pack", "ny-405")
    named = run(rows, "--pack", "ny-405", "--specialty", "ED=Emergency medicine", code=1)

    assert "NY-ED" not in rules(everywhere, "error")
    assert rules(named, "error") == ["NY-ED"]


def test_one_person_and_one_rule(run: Run, printed: Callable[..., str]) -> None:
    rows = [*weeks(13.5), *weeks(13.5, person="ben")]

    everybody = run(rows, code=1)
    ben = run(rows, "--person", "Ben Ames", code=1)
    nights = run(rows, "--rule", "CPR-6.27-Q3")

    assert len(rules(everybody, "error")) == 2
    assert {found["person"] for found in ben["findings"]} == {"ben"}
    assert {margin["person"] for margin in ben["margins"]} == {"ben"}
    assert nights["findings"] == []
    assert {margin["rule"] for margin in nights["margins"]} == {"CPR-6.27-Q3"}

    out = printed(rows, "--person", "ben", code=1)
    assert "Ben Ames: closest to each limit" in out
    assert "  Eighty hours a week: 81 > 80" in out
    assert "324 h in 28 days, no leave: 81 h a week; limit 80" in out
    assert "Ada" not in out


def test_the_report_for_people(printed: Callable[..., str]) -> None:
    out = printed([*weeks(13.5), *weeks(9, person="ben")], "--pack", "acgme-im", code=1)

    lines = out.splitlines()
    assert lines[0] == "log.csv: the logged duty hours break rules that must be kept"
    assert lines[1].startswith("2 residents, 29 Jun 2026 – 26 Jul 2026; acgme-common ")
    assert lines[2] == "1 error, 0 warnings, 0 notes"
    assert lines[3].startswith("  error   Ada Ames: WARD ")
    table = lines[lines.index(next(line for line in lines if "Closest to each limit" in line)) :]
    assert all(len(line) <= 80 for line in table)
    (hours,) = [line for line in table if line.startswith("Eighty hours a week")]
    assert hours.split()[4:] == ["Ada", "Ames", "WARD", "29", "Jun–26", "Jul", "81", ">", "80"]


def test_unconfirmed_numbers_are_marked(printed: Callable[..., str]) -> None:
    calls = [shift(day, 7, 31, kind="call", rotation="ICU") for day in (1, 5)]

    out = printed(calls, "--pack", "acgme-im")

    (line,) = [line for line in out.splitlines() if "(unconfirmed)" in line]
    assert line.startswith("Call never more")
    assert line.endswith("4 ≥ 3")


def test_a_clean_log_says_so(printed: Callable[..., str]) -> None:
    out = printed(weeks(9))

    assert out.startswith("log.csv: the logged duty hours keep every rule that must be kept\n")
    assert "\x1b" not in out


def test_the_page_is_written(run: Run, printed: Callable[..., str]) -> None:
    document = run(weeks(13.5), "--html", "page.html", code=1)
    out = printed(weeks(13.5), "--html", "page.html", code=1)

    assert document["html"] == "page.html"
    assert "Page: page.html" in out
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Ada Ames" in page


def test_the_example_has_one_violation(capsys: Capture) -> None:
    example = Path(__file__).parents[3] / "examples" / "duty-log.csv"

    assert main(["verify-log", str(example), "--until", FOUR_WEEKS, "--json"]) == 1

    document = json.loads(capsys.readouterr().out)
    (found,) = [one for one in document["findings"] if one["severity"] != "info"]
    assert (found["rule"], found["person"], found["measured"]) == ("CPR-6.22a-+4", "r2", 28.5)
