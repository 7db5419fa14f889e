import json
from pathlib import Path

import pytest

from app.cli import main
from app.cli.commands import doctor


def test_a_sound_installation(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])

    document = json.loads(capsys.readouterr().out)
    errors = [found["message"] for found in document["findings"] if found["severity"] == "error"]
    assert errors == []
    assert code == 0
    assert document["packages"]["ortools"] == "9.15.6755"
    assert document["solver"] == {"two_weeks": "OPTIMAL"}
    assert document["machine"]["cores"] >= 1


def test_a_missing_and_a_wrong_package_are_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("absent-package==1.0 \\\n    --hash=sha256:0\nnumpy==0.1\n")
    monkeypatch.setattr(doctor, "_REQUIREMENTS", requirements)

    assert main(["doctor"]) == 1

    lines = capsys.readouterr().out.splitlines()
    marked = [line for line in lines if line.startswith("!!  packages")]
    assert [line.split()[2] for line in marked] == ["absent-package", "numpy"]
    assert all("is pinned" in line for line in marked)


def test_a_broken_engine_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        raise ImportError("libstdc++.so.6")

    monkeypatch.setattr(doctor, "_solve_two_weeks", broken)

    assert main(["doctor"]) == 1
    assert "ImportError (libstdc++.so.6)" in capsys.readouterr().out


def test_pins_leave_out_other_platforms(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "# made by make lock\n"
        "numpy==2.4.6 \\\n"
        "    --hash=sha256:0\n"
        "    # via pandas\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n"
    )

    assert doctor.pins(requirements) == {"numpy": "2.4.6"}
    assert doctor.pins(tmp_path / "absent") == {}
