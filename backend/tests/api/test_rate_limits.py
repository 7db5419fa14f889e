"""Too often is 429, by group of routes, by user or address."""

import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI

from app.api.deps import Expensive, public
from app.core.rate_limits import Group, RateLimits
from app.core.settings import Settings
from app.main import create_app
from app.models import User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import bearer

pytestmark = [pytest.mark.anyio, SAME_ON_BOTH]
TOO_OFTEN = (429, "RATE_LIMITED")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        rate_limit_reads="4/minute",
        rate_limit_writes="2/minute",
        rate_limit_expensive="1/minute",
        rate_limit_accounts="3/minute",
        rate_limit_refused="2/minute",
    )


async def test_each_user_has_reads_and_writes(
    client: Client, coordinator: User, admin: User, as_user: AsUser
) -> None:
    headers = as_user(coordinator)
    new = {"name": "A", "start_date": "2026-07-01", "end_date": "2026-07-01"}
    for _ in range(2):
        assert (await client.post("/schedules", json=new, headers=headers)).status_code == 201
    refused = await client.post("/schedules", json=new, headers=headers)
    assert error_code(refused) == TOO_OFTEN
    assert 0 < int(refused.headers["retry-after"]) <= 60

    codes = [(await client.get("/schedules", headers=headers)).status_code for _ in range(5)]
    assert codes == [200] * 4 + [429]
    # Refused writes have written nothing, and others are not concerned.
    listed = await client.get("/users", headers=as_user(admin))
    assert listed.status_code == 200


async def test_wrong_tokens_count_by_address(client: Client, admin: User, as_user: AsUser) -> None:
    wrong = [{"Authorization": f"Bearer {token}"} for token in ("a", "hs_b", "c", "hs_d")]
    codes = [(await client.get("/users", headers=one)).status_code for one in wrong]

    assert codes == [401, 401, 429, 429]
    assert (await client.get("/users", headers=as_user(admin))).status_code == 200


async def test_logins_count_by_address(client: Client) -> None:
    form = {"username": "ann", "password": "wrong"}
    codes = [(await client.post("/auth/login", data=form)).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert error_code(await client.post("/invitations/look", json={"token": "x"})) == TOO_OFTEN


async def test_health_is_not_limited(client: Client) -> None:
    assert {(await client.get("/health/live")).status_code for _ in range(20)} == {200}


async def test_what_is_expensive_is_counted_apart(
    application: FastAPI, client: Client, coordinator: User, as_user: AsUser
) -> None:
    del client
    router = APIRouter(prefix="/api")

    @router.get("/long", dependencies=[Depends(public), Expensive])
    def long() -> str:
        return "done"

    planted = create_app(application.state.settings)
    planted.include_router(router)
    async with running(planted) as other:
        headers = as_user(coordinator)
        codes = [(await other.get("/long", headers=headers)).status_code for _ in range(2)]
        assert codes == [200, 429]
        assert (await other.get("/schedules", headers=headers)).status_code == 200


async def test_no_limit(settings: Settings) -> None:
    limits = RateLimits(settings.model_copy(update={"rate_limit_reads": ""}))
    for _ in range(100):
        await limits.count(Group.READS, "ann")


@asynccontextmanager
async def running(application: FastAPI) -> AsyncIterator[Client]:
    async with application.router.lifespan_context(application):
        transport = httpx2.ASGITransport(app=application)
        async with Client(transport=transport, base_url="https://housestaff.test/api") as client:
            yield client


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """Run a Redis of our own on a port of our own."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "Ready to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


async def test_processes_count_together_in_redis(
    settings: Settings, coordinator: User, redis: str
) -> None:
    shared = settings.model_copy(update={"rate_limit_store": redis})
    headers = bearer(coordinator, settings)
    async with running(create_app(shared)) as one, running(create_app(shared)) as other:
        clients = [one, other] * 3
        codes = [(await each.get("/schedules", headers=headers)).status_code for each in clients]
        assert codes == [200] * 4 + [429] * 2


async def test_a_redis_that_is_away_lets_everybody_in(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    away = {"rate_limit_store": "redis://127.0.0.1:1/0"}
    limits = RateLimits(settings.model_copy(update=away))
    for _ in range(6):
        await limits.count(Group.READS, "ann")

    assert "calls are not counted" in caplog.text
