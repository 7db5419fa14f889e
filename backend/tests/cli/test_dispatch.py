import argparse
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app import __version__
from app.cli import commands as commands_package
from app.cli import main
from app.cli.commands import COMMANDS, FIELDS
from app.cli.output import BadInput, Report, finding

BACKEND = Path(__file__).parents[2]
ALWAYS = {"command", "version", "status", "findings"}


def housestaff(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *words],
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Add a command named ``planted`` whose `run` a test may set."""
    module = ModuleType("app.cli.commands.planted")
    module.add_arguments = lambda parser: parser.add_argument("--count", type=int)  # type: ignore[attr-defined] # a module made by hand
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "planted", "be planted")
    monkeypatch.setitem(FIELDS, "planted", ("gap", "seed"))
    return module


def _set_run(command: ModuleType, outcome: Report | BaseException) -> None:
    def run(arguments: argparse.Namespace) -> Report:
        del arguments
        print("a library speaks")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    command.run = run  # type: ignore[attr-defined] # a module made by hand


def _only_object(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert isinstance(document, dict)
    assert document.keys() >= ALWAYS
    return document


def test_version_prints_the_version() -> None:
    result = housestaff("version")

    assert (result.returncode, result.stdout, result.stderr) == (0, f"{__version__}\n", "")


def test_version_as_json() -> None:
    result = housestaff("version", "--json")

    assert result.returncode == 0
    assert json.loads(result.stdout) == {
        "command": "version",
        "version": __version__,
        "status": "OK",
        "findings": [],
    }


def test_version_loads_no_heavy_package() -> None:
    script = (
        "import sys; from app.cli import main; main(['version']);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=BACKEND, capture_output=True, text=True, check=True
    ).stdout

    assert "argparse" in loaded
    for heavy in ("fastapi", "numpy", "ortools", "pydantic", "rich", "yaml"):
        assert f"'{heavy}'" not in loaded


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_overview_names_every_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0

    overview = capsys.readouterr().out
    for name in [*COMMANDS, "setup", "test"]:
        assert f"\n  {name} " in overview


def test_commands_and_modules_are_the_same_set() -> None:
    modules = {module.name for module in pkgutil.iter_modules(commands_package.__path__)}

    assert modules == {name.replace("-", "_") for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0

    assert COMMANDS[name] in " ".join(capsys.readouterr().out.split())
    module = importlib.import_module(f"app.cli.commands.{name.replace('-', '_')}")
    assert callable(module.run)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["verison"], "did you mean version?"),
        (["zzz"], "housestaff --help lists them"),
        (["version", "--bogus"], "unrecognized arguments: --bogus"),
        (["version", "--js"], "unrecognized arguments: --js"),
        (["version", "surplus"], "unrecognized arguments: surplus"),
    ],
)
def test_wrong_words_are_bad_input(words: list[str], expected: str) -> None:
    result = housestaff(*words)

    assert result.returncode == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert expected in line


@pytest.mark.parametrize("words", [["verison", "--json"], ["version", "--bogus", "--json"]])
def test_wrong_words_with_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2

    document = _only_object(capsys.readouterr().out)
    assert document["status"] == "BAD_INPUT"
    assert [found["severity"] for found in document["findings"]] == ["error"]


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (Report(status="OPTIMAL", show=lambda: None), 0),
        (Report(status="FEASIBLE", findings=[finding("a", severity="warning")], show=print), 0),
        (Report(status="FEASIBLE", findings=[finding("a")], show=print), 1),
        (Report(status="INFEASIBLE", show=print), 1),
        (Report(status="UNKNOWN", show=print), 1),
        (Report(status="FEASIBLE", interrupted=True, show=print), 130),
    ],
)
def test_exit_codes(command: ModuleType, report: Report, code: int) -> None:
    _set_run(command, report)

    assert main(["planted"]) == code


def test_json_is_alone_on_standard_output(
    command: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    _set_run(command, Report(status="FEASIBLE", fields={"gap": None}, show=print))

    assert main(["planted", "--json"]) == 0

    printed = capsys.readouterr()
    assert _only_object(printed.out)["gap"] is None
    assert "a library speaks" in printed.err


def test_bad_input_lists_every_fault(
    command: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    _set_run(command, BadInput("2 faults", [finding("line 1: a"), finding("line 2: b")]))

    assert main(["planted"]) == 2
    assert "2 faults\n  line 1: a\n  line 2: b\n" in capsys.readouterr().err

    assert main(["planted", "--json"]) == 2
    findings = _only_object(capsys.readouterr().out)["findings"]
    assert [found["message"] for found in findings] == ["line 1: a", "line 2: b"]


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [(KeyboardInterrupt(), "INTERRUPTED", 130), (ZeroDivisionError("by zero"), "ERROR", 2)],
)
def test_whatever_happens_is_one_object(
    command: ModuleType,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    status: str,
    code: int,
) -> None:
    _set_run(command, raised)

    assert main(["planted", "--json"]) == code
    document = _only_object(capsys.readouterr().out)
    assert document["status"] == status
    assert {key: document[key] for key in document.keys() - ALWAYS} == {"gap": None, "seed": None}


def test_what_was_typed_is_what_is_told_to_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSESTAFF_COMMAND", "/my files/housestaff")

    assert main(["zzz"]) == 2

    assert "'/my files/housestaff' --help lists them" in capsys.readouterr().err


@pytest.mark.parametrize(("debug", "shown"), [("", False), ("1", True)])
def test_an_unexpected_error_shows_its_traceback_on_request(
    command: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    debug: str,
    *,
    shown: bool,
) -> None:
    monkeypatch.setenv("HOUSESTAFF_DEBUG", debug)
    _set_run(command, ZeroDivisionError("by zero"))

    assert main(["planted"]) == 2

    errors = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: by zero" in errors
    assert "HOUSESTAFF_DEBUG=1" in errors
    assert ("Traceback" in errors) is shown


@pytest.mark.parametrize("words", [["--help"], ["version"], ["version", "--json"]])
def test_a_reader_that_leaves_is_no_error(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *words],
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert (result.returncode, result.stderr) == (141, "")
