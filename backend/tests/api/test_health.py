import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from tests.api.support import Client, error_code

pytestmark = pytest.mark.anyio

BACKEND = Path(__file__).parents[2]


def test_live_answers_without_anything_else() -> None:
    client = TestClient(create_app())

    response = client.get("/api/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "live"}


def test_making_an_application_touches_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    application = create_app(Settings())

    assert list(tmp_path.iterdir()) == []
    with TestClient(application) as client:
        response = client.get("/api/health/ready")
    assert (tmp_path / "housestaff-data").is_dir()
    assert response.status_code == 503
    assert response.json()["error"]["details"] == {"missing": ["migrations"]}


async def test_ready_with_a_migrated_database(client: Client) -> None:
    assert (await client.get("/health/ready")).json() == {"status": "ready"}


def test_not_ready_without_a_database() -> None:
    settings = Settings(database_url="postgresql+asyncpg://postgres@127.0.0.1:1/nothing")
    with TestClient(create_app(settings)) as client:
        ready = client.get("/api/health/ready")
        other = client.post("/api/auth/login", data={"username": "a", "password": "b"})

    assert error_code(ready) == (503, "UNAVAILABLE")
    assert ready.json()["error"]["details"] == {"missing": ["database"]}
    assert error_code(other) == (503, "UNAVAILABLE")
    assert int(other.headers["retry-after"]) > 0


def test_what_few_requests_need_is_not_loaded_at_the_start() -> None:
    script = "import sys, app.main; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=BACKEND, capture_output=True, text=True, check=True
    ).stdout

    assert "'sqlalchemy'" in loaded
    for heavy in ("alembic", "celery", "icalendar", "kombu", "ortools", "pandas", "xlsxwriter"):
        assert f"'{heavy}'" not in loaded
