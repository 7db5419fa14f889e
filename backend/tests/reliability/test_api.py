"""The API killed in the middle of writes: all or nothing of each, and it comes back by itself."""

import asyncio

import httpx2
import pytest

from app.db.session import Database
from app.models import Program
from tests.reliability.api import AT_ONCE, Api, stored_batches
from tests.reliability.processes import Processes

pytestmark = pytest.mark.anyio


async def test_what_a_killed_api_was_writing_is_there_or_not(
    processes: Processes, client: httpx2.AsyncClient, database: Database, program: Program
) -> None:
    api = Api(processes, client, program.id)
    batches = 0
    for _ in range(3):
        process = await api.start()
        before = len(api.written)
        writing = [asyncio.create_task(api.write(batches + one)) for one in range(30)]
        batches += len(writing)
        await api.until_written(before + 3)
        processes.kill(process)
        await asyncio.gather(*writing, return_exceptions=True)

    stored = await stored_batches(database, program)
    assert set(stored.values()) == {AT_ONCE}
    assert api.written <= stored.keys()
    assert len(stored) < batches, "it was killed while it wrote"
