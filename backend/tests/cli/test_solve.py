import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.cli.commands import FIELDS
from tests.cli.programmes import BEST, IMPOSSIBLE, SMALL, endless, write

BACKEND = Path(__file__).parents[2]
KEYS = {
    *("command", "version", "status", "findings", "objective", "bound", "bound_source", "gap"),
    *("ideal", "terms", "wall_s", "seed", "workers", "schedule", "input_hash"),
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def solved(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    main(["solve", *map(str, words), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document.keys() >= KEYS
    return dict(document)


def test_the_best_schedule_is_written_and_summed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, SMALL, "My year, 2026.yaml")

    assert main(["solve", str(path), "--workers", "1"]) == 0

    out = capsys.readouterr().out
    assert "OPTIMAL: proved best" in out
    assert f"objective {BEST} · bound {BEST}" in out
    assert "gap 0 %" in out
    assert "Short of people: " in out
    assert "Schedule: My-year-2026.schedule.json" in out
    assert (tmp_path / "My-year-2026.schedule.json").exists()


def test_json_has_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = solved(capsys, write(tmp_path, SMALL), "--seed", "7", "--workers", "1")

    assert document["status"] == "OPTIMAL"
    assert (document["objective"], document["bound"], document["gap"]) == (BEST, BEST, 0)
    assert sum(term["value"] for term in document["terms"]) == document["objective"]
    assert (document["seed"], document["workers"]) == (7, 1)
    assert document["schedule"] == "small.schedule.json"
    assert {found["severity"] for found in document["findings"]} == {"warning"}
    assert set(document) == {"command", "version", "status", "findings", *FIELDS["solve"]}


def test_progress_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", str(write(tmp_path, SMALL)), "--json"])

    printed = capsys.readouterr()
    assert f"objective {BEST}  bound {BEST}  gap 0 %" in printed.err
    json.loads(printed.out)


def test_csv_on_request(tmp_path: Path) -> None:
    assert main(["solve", str(write(tmp_path, SMALL)), "-o", "out.csv"]) == 0

    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "person,period,rotation"
    assert len(lines) == 1 + 3 * 4


def test_deterministic_twice_is_the_same_file(tmp_path: Path) -> None:
    path = str(write(tmp_path, SMALL))
    for name in ("a.json", "b.json"):
        main(["solve", path, "--deterministic", "--workers", "2", "--time", "5", "-o", name])

    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_infeasible_is_told_in_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, IMPOSSIBLE)

    assert main(["solve", str(path)]) == 1

    out = capsys.readouterr().out
    assert "INFEASIBLE: no schedule keeps all rules that must hold" in out
    assert "Wards" in out.split("INFEASIBLE", 1)[1]
    assert "Nothing written." in out
    assert not list(tmp_path.glob("*.json"))


def test_infeasible_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = solved(capsys, write(tmp_path, IMPOSSIBLE))

    assert document["status"] == "INFEASIBLE"
    assert document["findings"][0]["severity"] == "error"
    nothing = ("objective", "bound", "gap", "schedule")
    assert [document[key] for key in nothing] == [None] * 4


def test_an_earlier_file_is_not_passed_off_as_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", str(write(tmp_path, SMALL))])
    capsys.readouterr()

    main(["solve", str(write(tmp_path, IMPOSSIBLE))])

    assert "small.schedule.json is of an earlier run" in capsys.readouterr().out


def test_a_base_is_kept_where_stability_asks_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "base.csv"
    rows = ["ada,1,VAC", "ben,2,VAC", "eve,4,VAC"]
    base.write_text("person,period,rotation\n" + "\n".join(rows) + "\n", encoding="utf-8")
    steady = SMALL + "  - {kind: stability, name: As told, penalty: 100}\n"
    path = write(tmp_path, steady)

    document = solved(capsys, path, "--base", base, "-o", "out.csv")

    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert set(rows) <= set(lines)
    assert {term["name"]: term["value"] for term in document["terms"]}["As told"] == 0
    assert document["objective"] == BEST + 5


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--time", "0"], "time 0"),
        (["--time", "soon"], "--time"),
        (["--gap", "2"], "gap 2"),
        (["--workers", "0"], "0 workers"),
        (["--workers", "many"], "--workers: 'many' is neither a whole number nor ALL"),
        (["--seed", "-1"], "seed -1"),
        (["-o", "out.txt"], "must end in .json or .csv"),
        (["-o", "nowhere/out.json"], "there is no such folder"),
        (["--base", "missing.json"], "missing.json"),
        (["--people", "missing.csv"], "missing.csv"),
    ],
)
def test_wrong_options_are_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    assert main(["solve", str(write(tmp_path, SMALL)), *words]) == 2

    printed = capsys.readouterr()
    assert expected in printed.err
    assert printed.out == ""
    document = solved(capsys, tmp_path / "small.yaml", *words)
    assert document["status"] == "BAD_INPUT"
    assert {document[key] for key in FIELDS["solve"]} == {None}


def test_all_cores_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = solved(capsys, write(tmp_path, SMALL), "--workers", "ALL")

    assert document["workers"] >= 1


def test_every_fault_of_a_programme_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        tmp_path, SMALL.replace("pgy: 2", "pgy: 77").replace("rotations: [ICU]", "rotations: [IKU]")
    )

    assert main(["solve", str(path)]) == 2
    errors = capsys.readouterr().err
    assert "small.yaml has 2 faults" in errors
    assert "small.yaml:11:" in errors
    assert "'IKU'" in errors

    assert main(["solve", str(path), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "BAD_INPUT"
    assert len(document["findings"]) == 2


def started(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", "solve", str(path), "--time", "300", "--json"],
        env={**os.environ, "PYTHONPATH": str(BACKEND), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(lines: Iterator[str], words: str) -> None:
    assert any(words in line and "objective –" not in line for line in lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_the_best(tmp_path: Path, number: signal.Signals) -> None:
    with started(write(tmp_path, endless(), "endless.yaml")) as process:
        assert process.stderr is not None
        read_until(process.stderr, "objective")
        process.send_signal(number)
        out, _ = process.communicate(timeout=120)

    assert process.returncode == 130
    document = json.loads(out)
    assert document["status"] == "FEASIBLE"
    assert document["stopped"] is True
    assert Path(document["schedule"]).exists()
    assert main(["check", "endless.yaml", document["schedule"]]) == 0


def test_a_second_signal_aborts(tmp_path: Path) -> None:
    path = write(tmp_path, endless(), "endless.yaml")
    script = (
        "import os, signal, sys\n"
        "import app.scheduling.api as api\n"
        "from app.cli import main\n"
        "def unheeding(*rest):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    raise AssertionError('the second signal was ignored')\n"
        "api.solve = unheeding\n"
        f"sys.exit(main(['solve', {str(path)!r}, '--json']))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 130
    assert json.loads(result.stdout)["status"] == "INTERRUPTED"
    assert not list(tmp_path.glob("*.schedule.json"))
