"""Figures for Prometheus, and who may read them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.core.settings import Settings
from app.models import User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code

pytestmark = [pytest.mark.anyio, SAME_ON_BOTH]
PAGE = "https://housestaff.test/metrics"
BACKEND = Path(__file__).parents[2]


def figure(page: str, name: str, **labels: str) -> float:
    """Return one figure of the page."""
    for line in page.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            told = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= told.items():
                return float(found[3])
    return 0.0


async def test_requests_are_counted_by_route(
    client: Client, coordinator: User, as_user: AsUser
) -> None:
    headers = as_user(coordinator)
    one, other = uuid4(), uuid4()
    for path in ("schedules", f"schedules/{one}", f"schedules/{other}", "no/1", "no/2"):
        await client.get(f"/{path}", headers=headers)

    response = await client.get(PAGE)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    page, name = response.text, "housestaff_http_requests_total"
    assert figure(page, name, route="/api/schedules", status="200", method="GET") == 1
    assert figure(page, name, route="/api/schedules/{schedule_id}", status="404") == 2
    assert figure(page, name, route="none", status="404") == 2
    seconds = "housestaff_http_request_seconds"
    assert figure(page, f"{seconds}_count", route="/api/schedules") == 1
    assert figure(page, f"{seconds}_bucket", route="/api/schedules", le="+Inf") == 1
    assert figure(page, "housestaff_http_requests_in_flight") == 1  # this one
    connections = "housestaff_database_connections"
    assert figure(page, connections, state="idle") >= 1
    assert figure(page, connections, state="in_use") == 0
    assert str(one) not in page


async def test_unexpected_errors_are_counted(
    application: FastAPI, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(application.state.database), "reading", fail)
        await client.get("/health/ready")

    page = (await client.get(PAGE)).text
    name = "housestaff_http_requests_total"
    assert figure(page, name, route="/api/health/ready", status="500") == 1
    assert figure(page, "housestaff_http_requests_in_flight") == 1


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("10.0.0.1", {}),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.1"}),
    ],
)
async def test_others_see_no_such_page(
    application: FastAPI, host: str, headers: dict[str, str]
) -> None:
    transport = httpx2.ASGITransport(app=application, client=(host, 1))
    async with Client(transport=transport) as stranger:
        response = await stranger.get(PAGE, headers=headers)
    assert error_code(response) == (404, "NOT_FOUND")


async def test_a_token_opens_the_page_from_afar(
    application: FastAPI, client: Client, settings: Settings
) -> None:
    settings.metrics_token = SecretStr("f00")
    assert error_code(await client.get(PAGE)) == (401, "UNAUTHENTICATED")
    transport = httpx2.ASGITransport(app=application, client=("10.0.0.1", 1))
    async with Client(transport=transport) as prometheus:
        for token, status in (("wrong", 401), ("é", 401), ("f00", 200)):
            headers = {"Authorization": f"Bearer {token}".encode()}
            response = await prometheus.get(PAGE, headers=headers)  # type: ignore[arg-type]
            assert response.status_code == status


_ANSWERS = """
from app.core.metrics import Metrics
metrics = Metrics()
metrics.answered("GET", "/api/x", 200, 0.1)
print(metrics.page().decode())
"""


@pytest.mark.usefixtures("database_url")
def test_processes_behind_one_port_answer_for_all(tmp_path: Path) -> None:
    shared = tmp_path / "figures"
    shared.mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": str(BACKEND),
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
    }
    pages = [
        subprocess.run(
            [sys.executable, "-c", _ANSWERS],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for _ in range(2)
    ]

    counted = [figure(page, "housestaff_http_requests_total", route="/api/x") for page in pages]
    assert counted == [1, 2]
