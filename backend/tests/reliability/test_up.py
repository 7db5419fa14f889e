"""`up` as somebody types it: everything starts, is watched over, and ends without a trace."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.cli import main
from tests.reliability.processes import BACKEND, free_port, until

EXAMPLES = BACKEND.parent / "examples"
READY_S = 90


class Up:
    """One run of `up`, and what it says."""

    def __init__(self, folder: Path, *words: str, port: int) -> None:
        self.folder = folder
        self.out, self.err = folder.with_suffix(".out"), folder.with_suffix(".err")
        environment = {
            key: text for key, text in os.environ.items() if not key.startswith("HOUSESTAFF_")
        }
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "app.cli", "up", "--data-dir", str(folder)),
                    *("--port", str(port), *words),
                ],
                env={**environment, "PYTHONPATH": str(BACKEND)},
                stdout=out,
                stderr=err,
            )

    @property
    def said(self) -> str:
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def serves_at(self) -> int:
        """Return the port, when it is there."""
        until(lambda: "serves at" in self.said or self.ended, READY_S, self.said)
        found = re.search(r"serves at http://localhost:(\d+)", self.said)
        assert found is not None, self.said
        return int(found[1])

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def parts_of(folder: Path) -> dict[int, str]:
    """Return the processes that work on a data folder, by number."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            belongs = f"HOUSESTAFF_DATA_DIR={folder}".encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if belongs:
            found[int(entry.name)] = " ".join(words)
    return found


def log_in(port: int, password: str) -> int:
    """Return the status of the answer."""
    form = {"username": "admin", "password": password}
    url = f"http://127.0.0.1:{port}/api/auth/login"
    return httpx2.post(url, data=form, timeout=20).status_code


def is_live(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/api/health/live", timeout=5).is_success
    except httpx2.HTTPError:
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    for number in parts_of(folder):
        os.kill(number, signal.SIGKILL)


def test_from_nothing_to_a_year_and_back(folder: Path) -> None:
    tiny = str(EXAMPLES / "tiny" / "programme.yaml")
    up = Up(folder, "--demo", tiny, port=free_port())
    try:
        port = up.serves_at()
        assert "OPTIMAL: objective -27" in up.said
        assert "every rule that must hold is kept" in up.said
        assert sorted(path.name for path in folder.glob("demo.*")) == [
            "demo.html",
            "demo.schedule.json",
            "demo.xlsx",
        ]
        [password] = re.findall(r"shown only here: (\S+)", up.said)
        assert log_in(port, password) == 200

        again = Up(folder, port=free_port())
        assert again.process.wait(30) == 2
        assert "running already" in again.said

        [api] = [number for number, words in parts_of(folder).items() if "app.cli serve" in words]
        os.kill(api, signal.SIGKILL)
        until(lambda: "api ended (-9)" in up.said, 10, "its death is noticed")
        until(lambda: is_live(port), 40, "the API answers again")
    finally:
        code = up.end()

    assert code == 0
    assert parts_of(folder) == {}

    taken = Up(folder, "--demo", tiny, port=free_port())
    port = taken.serves_at()
    assert "shown only here" not in taken.said
    assert "OPTIMAL" not in taken.said, "the year is there already"
    assert log_in(port, password) == 200
    os.kill(taken.process.pid, signal.SIGKILL)
    taken.process.wait()
    until(lambda: parts_of(folder) == {}, 30, "nothing outlives who watched over it")


def test_a_taken_port_and_a_password_of_ones_own(folder: Path) -> None:
    other = Up(folder.with_name("other"), "--no-demo", port=free_port())
    words = ("--no-demo", "--admin-password", "correct horse battery")
    try:
        taken = other.serves_at()
        up = Up(folder, *words, port=taken)
        try:
            port = up.serves_at()
            assert port != taken
            assert f"port {taken} is taken" in up.said
            assert "shown only here" not in up.said
            assert log_in(port, "correct horse battery") == 200
        finally:
            assert up.end(signal.SIGTERM) == 0
    finally:
        other.end()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--admin-password", "short"], "--admin-password"),
        (["--time", "0"], "--time 0: expected above 0"),
        (["--demo", "nowhere.yaml"], "nowhere.yaml"),
        (["--no-demo", "--port", "70000"], "--port 70000"),
        (["--no-demo", "--data-dir", "/dev/null/x"], "cannot be made"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()

    assert main(["up", "--json", *words]) == 2

    out, err = capsys.readouterr()
    assert message in err
    document = json.loads(out)
    assert document["status"] == "BAD_INPUT"
    assert document["address"] is None
    assert time.monotonic() - begun < 60
