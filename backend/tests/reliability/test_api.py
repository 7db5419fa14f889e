"""The API killed in the middle of writes: all or nothing of each, and it comes back by itself."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import select

from app.core.settings import Settings
from app.db.session import Database
from app.models import Program, Schedule, User
from tests.reliability.conftest import Processes, free_port
from tests.rows import add_program, bearer

pytestmark = pytest.mark.anyio

_AT_ONCE = 40


@pytest.fixture
async def program(database: Database) -> Program:
    return await add_program(database)


@pytest.fixture
async def client(settings: Settings, admin: User) -> AsyncIterator[httpx2.AsyncClient]:
    headers = bearer(admin, settings)
    async with httpx2.AsyncClient(headers=headers, timeout=10) as client:
        yield client


async def is_ready(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health/ready")).is_success
    except httpx2.HTTPError:
        return False


async def until_ready(client: httpx2.AsyncClient, url: str) -> None:
    async with asyncio.timeout(60):
        while not await is_ready(client, url):  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.05)


async def test_what_a_killed_api_was_writing_is_there_or_not(
    processes: Processes, client: httpx2.AsyncClient, database: Database, program: Program
) -> None:
    """Each request writes 40 schedules with the blocks of a week, as one."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    answered = 0

    async def write(batch: int) -> None:
        nonlocal answered
        new = [
            {
                "name": f"{batch}-{number}",
                "start_date": "2026-07-01",
                "end_date": "2026-07-07",
                "program_id": str(program.id),
            }
            for number in range(_AT_ONCE)
        ]
        response = await client.post(f"{url}/schedules/bulk", json=new)
        answered += response.status_code == 201

    batches = 0
    for _ in range(3):
        api = processes.start("serve", "--port", str(port))
        await until_ready(client, url)
        before = answered
        writing = [asyncio.create_task(write(batches + one)) for one in range(30)]
        batches += len(writing)
        async with asyncio.timeout(30):
            while answered < before + 3:  # noqa: ASYNC110 - the writers count
                await asyncio.sleep(0.005)
        processes.kill(api)
        await asyncio.gather(*writing, return_exceptions=True)

    async with database.reading() as session:
        names = (await session.scalars(select(Schedule.name))).all()
    sizes: dict[str, int] = {}
    for name in names:
        batch = name.split("-")[0]
        sizes[batch] = sizes.get(batch, 0) + 1
    assert set(sizes.values()) == {_AT_ONCE}
    assert answered <= len(sizes) < batches, "it was killed while it wrote"
