"""What the files for production start and set exists."""

import re
from pathlib import Path

import pytest
import yaml

from app.cli.commands import COMMANDS
from app.core.settings import Settings

DEPLOY = Path(__file__).parents[3] / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
SETTINGS = {f"HOUSESTAFF_{name.upper()}" for name in Settings.model_fields}


def test_there_is_a_unit_for_every_part() -> None:
    assert len(UNITS) == 3


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_exist(unit: Path) -> None:
    [command] = re.findall(
        r"^ExecStart=\S+/housestaff (\S+)", unit.read_text("utf-8"), re.MULTILINE
    )

    assert command in COMMANDS


def test_containers_start_commands_that_exist() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    own = {name: one["command"][0] for name, one in services.items() if "build" in one}

    assert own.keys() == {"migrate", "api", "solves", "chores", "beat"}
    assert set(own.values()) <= COMMANDS.keys()


@pytest.mark.parametrize("path", [p for p in DEPLOY.rglob("*") if p.is_file()], ids=str)
def test_settings_that_are_named_exist(path: Path) -> None:
    assert set(re.findall(r"HOUSESTAFF_[A-Z_]+", path.read_text("utf-8"))) <= SETTINGS


def test_the_image_holds_what_it_copies() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    sources = [line.split()[1] for line in lines if line.startswith("COPY")]

    assert len(sources) == 4
    assert all((DEPLOY.parent / source).exists() for source in sources)
