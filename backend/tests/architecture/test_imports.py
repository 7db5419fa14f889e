import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

BACKEND = Path(__file__).parents[2]
PYPROJECT = (BACKEND / "pyproject.toml").read_text(encoding="utf-8")
CONTRACTS: list[dict[str, Any]] = tomllib.loads(PYPROJECT)["tool"]["importlinter"]["contracts"]

LAYERS = "Layers point down and every package is declared"
ENGINE_LAYERS = "Engine layers point down and every part is declared"
PURITY = "The engine does no input or output and knows no framework"
STRANGERS = "The verifier and the rule catalogue are strangers"
DOOR = "The engine has one door"
ORTOOLS = "OR-Tools stays in the solver"
HTTP = "HTTP stays in main and api"
SQL = "SQL stays low"
CELERY = "Celery stays in core and tasks"

PACKAGES = (
    *(
        "api",
        "tasks",
        "cli",
        "controllers",
        "services",
        "repositories",
        "files",
        "models",
        "schemas",
        "db",
        "core",
    ),
    "scheduling",
)
PLANTED = [
    ("app/api/planted.py", "import app.main", LAYERS),
    ("app/files/planted.py", "import app.cli", LAYERS),
    ("app/scheduling/api.py", "import app.files", LAYERS),
    ("app/cli/planted.py", "def f():\n    import app.api", LAYERS),
    ("app/extras/__init__.py", "", LAYERS),
    ("app/scheduling/domain/planted.py", "import app.scheduling.rules", ENGINE_LAYERS),
    ("app/scheduling/rules/planted.py", "import app.scheduling.solver", ENGINE_LAYERS),
    ("app/scheduling/solver/planted.py", "import app.scheduling.api", ENGINE_LAYERS),
    ("app/scheduling/solver/planted.py", "import app.scheduling.timetable", ENGINE_LAYERS),
    ("app/scheduling/timetable/planted.py", "import app.scheduling.solver", ENGINE_LAYERS),
    ("app/scheduling/acgme/planted.py", "import app.scheduling.domain", ENGINE_LAYERS),
    ("app/scheduling/extras/__init__.py", "", ENGINE_LAYERS),
    ("app/scheduling/rules/planted.py", "import app.scheduling.acgme", STRANGERS),
    ("app/scheduling/solver/planted.py", "import app.scheduling.acgme.planted", STRANGERS),
    ("app/files/planted.py", "import app.scheduling.solver", DOOR),
    ("app/cli/planted.py", "import app.scheduling.solver.planted", DOOR),
    ("app/files/planted.py", "import ortools", ORTOOLS),
    ("app/scheduling/rules/planted.py", "from ortools.sat.python import cp_model", ORTOOLS),
    ("app/cli/planted.py", "from fastapi import FastAPI", HTTP),
    ("app/scheduling/domain/planted.py", "import starlette", HTTP),
    ("app/services/planted.py", "import app.api", LAYERS),
    ("app/repositories/planted.py", "import app.services", LAYERS),
    ("app/files/planted.py", "import app.repositories", LAYERS),
    ("app/schemas/planted.py", "import app.models", LAYERS),
    ("app/models/planted.py", "import app.schemas", LAYERS),
    ("app/db/planted.py", "import app.models", LAYERS),
    ("app/core/planted.py", "import app.db", LAYERS),
    ("app/core/planted.py", "import app.scheduling", LAYERS),
    ("app/services/planted.py", "from starlette.requests import Request", HTTP),
    ("app/repositories/planted.py", "from fastapi import HTTPException", HTTP),
    ("app/repositories/planted.py", "import ortools", ORTOOLS),
    ("app/api/planted.py", "from sqlalchemy import select", SQL),
    ("app/services/planted.py", "from sqlalchemy.orm import selectinload", SQL),
    ("app/schemas/planted.py", "import sqlalchemy", SQL),
    ("app/cli/planted.py", "from sqlalchemy.ext.asyncio import AsyncSession", SQL),
    ("app/controllers/planted.py", "import app.tasks", LAYERS),
    ("app/services/planted.py", "import app.controllers", LAYERS),
    ("app/tasks/planted.py", "import app.api", LAYERS),
    ("app/controllers/planted.py", "from fastapi import Depends", HTTP),
    ("app/tasks/planted.py", "from sqlalchemy import select", SQL),
    ("app/controllers/planted.py", "from celery import Celery", CELERY),
    ("app/services/planted.py", "import kombu", CELERY),
    *(
        ("app/scheduling/rules/planted.py", f"import {module}", PURITY)
        for contract in CONTRACTS
        if contract["name"] == PURITY
        for module in contract["forbidden_modules"]
    ),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Make a tree with the packages of the contracts and nothing in them."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for package in ("", *PACKAGES):
        _write(tmp_path / "app" / package / "__init__.py")
    for package in ("solver", "timetable", "rules", "domain", "acgme"):
        _write(tmp_path / "app" / "scheduling" / package / "__init__.py")
    for module in (
        "main",
        "scheduling/api",
        "scheduling/solver/planted",
        "scheduling/acgme/planted",
    ):
        _write(tmp_path / "app" / f"{module}.py")
    return tmp_path


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_contracts_are_kept() -> None:
    result = _lint(BACKEND)

    assert result.returncode == 0, result.stdout
    assert f"{len(CONTRACTS)} kept, 0 broken" in result.stdout


def test_the_toy_tree_keeps_them(toy: Path) -> None:
    result = _lint(toy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("path", "code", "contract"), PLANTED)
def test_a_planted_violation_is_caught(toy: Path, path: str, code: str, contract: str) -> None:
    _write(toy / path, code)

    result = _lint(toy)

    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for _, _, contract in PLANTED} == {c["name"] for c in CONTRACTS}


@pytest.mark.parametrize(
    ("name", "exempt"),
    [
        (ORTOOLS, {"app.scheduling.solver"}),
        (HTTP, {"app.main", "app.api"}),
        (SQL, {"app.repositories", "app.models", "app.db"}),
        (CELERY, {"app.core", "app.tasks"}),
    ],
)
def test_contracts_that_list_their_sources_list_all(name: str, exempt: set[str]) -> None:
    [contract] = [c for c in CONTRACTS if c["name"] == name]
    listed = set(contract["source_modules"])
    uncovered = {
        module
        for module in _modules(BACKEND / "app", "app")
        if not any(module == s or module.startswith(f"{s}.") for s in listed | exempt)
    }
    # A package is covered when all of its parts are.
    uncovered -= {m for m in uncovered if any(s.startswith(f"{m}.") for s in listed | exempt)}

    assert uncovered == set()


def _modules(folder: Path, package: str) -> set[str]:
    paths = {path.relative_to(folder) for path in folder.rglob("*.py")}
    names = {".".join((package, *path.with_suffix("").parts)) for path in paths}
    return {name.removesuffix(".__init__") for name in names}
