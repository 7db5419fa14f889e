"""The launcher against a Python that only notes what it was asked to do."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[3] / "housestaff"
TOOLS = ("cat", "cmp", "cp", "df", "ln", "mkdir", "mv", "readlink", "rm", "sleep")
NOBODY = 65534

PYTHON = """#!/bin/sh
note() { printf '%s\\n' "$1" >>"$FAKE_LOG"; }
case "$*" in
    *version_info*) exit "${FAKE_TOO_OLD:-0}" ;;
    *ensurepip*) exit "${FAKE_NO_VENV:-0}" ;;
    "-m venv "*)
        note venv
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        ;;
    "-m pip --version") ;;
    "-m pip install "*)
        note "$*"
        sleep "${FAKE_SLEEP:-0}"
        echo "${FAKE_PIP_SAYS:-}" >&2
        exit "${FAKE_PIP_EXIT:-0}"
        ;;
    *)
        echo "cwd $PWD"
        echo "path $PYTHONPATH"
        echo "typed ${HOUSESTAFF_COMMAND-}"
        for word in "$@"; do echo "word $word"; done
        ;;
esac
"""

UV = """#!/bin/sh
printf 'uv %s\\n' "$*" >>"$FAKE_LOG"
case "$*" in
    venv*)
        for folder in "$@"; do :; done
        mkdir -p "$folder/bin"
        cp "$FAKE_PYTHON" "$folder/bin/python"
        ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout with the launcher, and a PATH with nothing but what it may use."""

    root: Path
    bin: Path

    @property
    def log(self) -> Path:
        return self.bin.parent / "log"

    def install(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        return path

    def environment(self, **fake: str) -> dict[str, str]:
        names = {f"FAKE_{name.upper()}": value for name, value in fake.items()}
        return {"PATH": str(self.bin), "FAKE_LOG": str(self.log), **names}

    def run(
        self,
        *words: str,
        launcher: Path | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        **fake: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [launcher or self.root / "housestaff", *words],
            cwd=cwd or self.root,
            env=self.environment(**fake),
            user=user,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, **fake: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "housestaff", "version"],
            env=self.environment(**fake),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def installs(self) -> list[str]:
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if "-r" in line]

    def wait_for_install(self) -> None:
        while not self.installs():
            time.sleep(0.01)


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    # pytest's own folders are closed to the other user of the test of an unwritable folder.
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        base.chmod(0o755)
        made = Checkout(root=base / "check out", bin=base / "bin")
        (made.root / "backend").mkdir(parents=True)
        made.bin.mkdir()
        shutil.copy(LAUNCHER, made.root)
        for name in ("requirements.txt", "requirements-dev.txt"):
            (made.root / "backend" / name).write_text(name, encoding="utf-8")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (made.bin / tool).symlink_to(found)
        made.install("python3", PYTHON)
        yield made


def _refusal(result: subprocess.CompletedProcess[str]) -> str:
    """Return the message of a launcher that gave up: exit code 2 and its last line."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    return result.stderr.splitlines()[-1]


def test_the_first_start_sets_up_and_the_second_does_not(checkout: Checkout) -> None:
    first = checkout.run("version")
    second = checkout.run("version")

    assert first.returncode == second.returncode == 0
    assert "setting up" in first.stderr
    assert second.stderr == ""
    [install] = checkout.installs()
    assert "--no-deps --require-hashes --only-binary :all:" in install
    assert install.endswith("backend/requirements.txt")


def test_words_folder_and_path_reach_the_program(checkout: Checkout, tmp_path: Path) -> None:
    result = checkout.run("solve", "my file.yaml", "--json", cwd=tmp_path)

    assert result.stdout.splitlines() == [
        f"cwd {tmp_path}",
        f"path {checkout.root / 'backend'}",
        f"typed {checkout.root / 'housestaff'}",
        *(f"word {word}" for word in ("-P", "-m", "app.cli", "solve", "my file.yaml", "--json")),
    ]


def test_it_finds_its_checkout_through_symbolic_links(checkout: Checkout, tmp_path: Path) -> None:
    absolute = tmp_path / "absolute"
    absolute.symlink_to(checkout.root / "housestaff")
    relative = tmp_path / "relative"
    relative.symlink_to("absolute")

    result = checkout.run("version", launcher=relative, cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert f"path {checkout.root / 'backend'}" in result.stdout


def test_changed_requirements_are_installed(checkout: Checkout) -> None:
    checkout.run("version")
    (checkout.root / "backend" / "requirements.txt").write_text("new", encoding="utf-8")

    checkout.run("version")

    assert len(checkout.installs()) == 2


def test_tests_get_their_own_requirements_and_run_in_backend(checkout: Checkout) -> None:
    result = checkout.run("test", "-k", "a b")
    checkout.run("version")

    [install] = checkout.installs()
    assert install.endswith("backend/requirements-dev.txt")
    assert result.stdout.splitlines()[0] == f"cwd {checkout.root / 'backend'}"
    assert result.stdout.splitlines()[2:] == [
        "typed ",
        *(f"word {word}" for word in ("-m", "pytest", "-n", "auto", "-k", "a b")),
    ]


def test_uv_is_used_when_present(checkout: Checkout) -> None:
    python = checkout.bin / "python3"
    hidden = python.rename(checkout.bin.parent / "python")
    checkout.install("uv", UV)

    result = checkout.run("version", python=str(hidden))

    assert result.returncode == 0, result.stderr
    [install] = checkout.installs()
    assert install.startswith("uv pip install")
    assert "--no-deps --require-hashes --only-binary :all:" in install


def test_no_python(checkout: Checkout) -> None:
    (checkout.bin / "python3").unlink()

    message = _refusal(checkout.run("version"))

    assert "install Python 3.11 or newer" in message
    assert "apt install python3 python3-venv" in message


def test_python_too_old(checkout: Checkout) -> None:
    assert "python3 is too old" in _refusal(checkout.run("version", too_old="1"))


def test_a_newer_python_beside_an_old_one_is_found(checkout: Checkout) -> None:
    checkout.install("python3", "#!/bin/sh\nexit 1\n")
    checkout.install("python3.12", PYTHON)

    assert checkout.run("version").returncode == 0


def test_no_venv_module(checkout: Checkout) -> None:
    checkout.install("python3.12", PYTHON)

    message = _refusal(checkout.run("version", no_venv="1"))

    assert "apt install python3.12-venv" in message
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize(
    ("pip_says", "expected"),
    [
        ("OSError: [Errno 28] No space left on device", "is full"),
        ("NewConnectionError: Temporary failure in name resolution", "cannot be reached"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was pinned"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "use Python 3.11 to 3.14"),
        ("(from versions: none) No matching distribution found", "index may not be reachable"),
        ("PermissionError: [Errno 13] Permission denied", "cannot write"),
        ("something else", ".venv.unfinished says why"),
    ],
)
def test_a_failed_installation_is_explained(
    checkout: Checkout, pip_says: str, expected: str
) -> None:
    assert expected in _refusal(checkout.run("version", pip_says=pip_says, pip_exit="1"))


def test_an_unwritable_folder(checkout: Checkout) -> None:
    checkout.root.chmod(0o555)
    user = NOBODY if os.geteuid() == 0 else None

    message = _refusal(checkout.run("version", user=user))

    checkout.root.chmod(0o755)
    assert f"cannot write to {checkout.root}" in message


def test_a_set_up_that_failed_begins_afresh(checkout: Checkout) -> None:
    checkout.run("version", pip_exit="1")
    left_over = checkout.root / ".venv" / "half of a package"
    left_over.touch()

    result = checkout.run("version")

    assert result.returncode == 0, result.stderr
    assert not left_over.exists()


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_set_up_that_was_stopped_begins_afresh(
    checkout: Checkout, sent: signal.Signals, code: int
) -> None:
    process = checkout.start(sleep="60")
    checkout.wait_for_install()
    os.killpg(process.pid, sent)
    process.communicate()
    left_over = checkout.root / ".venv" / "half of a package"
    left_over.touch()

    result = checkout.run("version")

    assert process.returncode == code
    assert result.returncode == 0, result.stderr
    assert not left_over.exists()


def test_a_python_that_has_gone_is_replaced(checkout: Checkout) -> None:
    checkout.run("version")
    python = checkout.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")

    assert checkout.run("version").returncode == 0
    assert len(checkout.installs()) == 2


def test_two_at_once_install_once(checkout: Checkout) -> None:
    first = checkout.start(sleep="0.5")
    checkout.wait_for_install()
    second = checkout.start()
    _, errors = second.communicate()
    first.communicate()

    assert first.returncode == second.returncode == 0
    assert f"waiting for process {first.pid}" in errors
    assert len(checkout.installs()) == 1
    assert not os.path.lexists(checkout.root / ".venv.lock")
