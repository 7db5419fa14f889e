"""What the files for production start and set exists."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.cli.commands import COMMANDS
from app.core.settings import Settings
from app.files.signing import PASSPHRASE

DEPLOY = Path(__file__).parents[3] / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
SETTINGS = {PASSPHRASE, *(f"HOUSESTAFF_{name.upper()}" for name in Settings.model_fields)}


def test_there_is_a_unit_for_every_part() -> None:
    assert len(UNITS) == 3


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_exist(unit: Path) -> None:
    [command] = re.findall(
        r"^ExecStart=\S+/housestaff (\S+)", unit.read_text("utf-8"), re.MULTILINE
    )

    assert command in COMMANDS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/housestaff/housestaff", sys.executable)
        (tmp_path / unit.name).write_text(text, "utf-8")

    words = ("systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS))
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_containers_wait_for_and_keep_what_there_is() -> None:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = document["services"]

    for one in services.values():
        assert set(one.get("depends_on", {})) <= services.keys()
        named = {volume.split(":")[0] for volume in one.get("volumes", [])}
        assert named <= document["volumes"].keys()
        for waited_for, how in one.get("depends_on", {}).items():
            checked = "healthcheck" in services[waited_for]
            assert checked or how["condition"] == "service_completed_successfully"


def test_containers_start_commands_that_exist() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    own = {name: one["command"][0] for name, one in services.items() if "build" in one}

    assert own.keys() == {"migrate", "api", "solves", "chores", "beat"}
    assert set(own.values()) <= COMMANDS.keys()


@pytest.mark.parametrize("path", [p for p in DEPLOY.rglob("*") if p.is_file()], ids=str)
def test_settings_that_are_named_exist(path: Path) -> None:
    assert set(re.findall(r"HOUSESTAFF_[A-Z_]+", path.read_text("utf-8"))) <= SETTINGS


def test_the_image_runs_on_what_it_copies(tmp_path: Path) -> None:
    """Its steps by hand: a database is made by nothing but what lies in the image."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    [workdir] = re.findall(r"^WORKDIR (\S+)$", text, re.MULTILINE)
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE):
        given, copied = DEPLOY.parent / source, tmp_path / target
        if given.is_dir():
            shutil.copytree(given, copied)
        else:
            copied.mkdir(parents=True, exist_ok=True)
            shutil.copy(given, copied)
    [set_there] = re.findall(r"^ENV (.+)$", text, re.MULTILINE)
    there = dict(one.split("=", 1) for one in set_there.split())
    there = {key: path.replace(workdir, str(tmp_path)) for key, path in there.items()}
    [entrypoint] = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    python, *words = json.loads(entrypoint)
    assert python == "python"

    own = {key: path for key, path in os.environ.items() if not key.startswith("HOUSESTAFF_")}
    done = subprocess.run(
        [sys.executable, *words, "admin", "migrate"],
        env={**own, **there, "HOUSESTAFF_DATA_DIR": str(tmp_path / "data")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "housestaff.db").exists()
