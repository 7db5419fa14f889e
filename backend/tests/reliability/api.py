"""One API process, called from outside: each write makes forty schedules, as one."""

import asyncio
import subprocess
from collections import Counter
from uuid import UUID, uuid4

import httpx2
from sqlalchemy import select

from app.db.session import Database
from app.models import Program, Schedule
from tests.reliability.processes import Processes, free_port

AT_ONCE = 40


class Api:
    def __init__(
        self, processes: Processes, client: httpx2.AsyncClient, program_id: UUID | None = None
    ) -> None:
        self.processes = processes
        self.client = client
        self.program_id = program_id
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.keys: dict[int, str] = {}
        self.written: set[int] = set()

    async def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it can answer."""
        process = self.processes.start("serve", "--port", str(self.port))
        await self.until_ready(60)
        return process

    async def until_ready(self, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not await self._is_ready():  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        try:
            return (await self.get("/health/ready")).is_success
        except httpx2.HTTPError:
            return False

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(f"{self.url}{path}")

    async def follow(self, job_id: UUID) -> asyncio.Task[str]:
        """Begin to read what is told of a job until it ends."""
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def read() -> str:
            path = f"{self.url}/tasks/{job_id}/events"
            async with self.client.stream("GET", path, timeout=90) as response:
                begun.set_result(None)
                return (await response.aread()).decode()

        reading = asyncio.create_task(read())
        await begun
        return reading

    async def write(self, batch: int) -> httpx2.Response:
        """Write a batch; the same one again is the same request."""
        key = self.keys.setdefault(batch, str(uuid4()))
        new = [
            {
                "name": f"{batch}-{number}",
                "start_date": "2026-07-01",
                "end_date": "2026-07-07",
                "program_id": str(self.program_id),
            }
            for number in range(AT_ONCE)
        ]
        headers = {"Idempotency-Key": key}
        response = await self.client.post(f"{self.url}/schedules/bulk", json=new, headers=headers)
        if response.status_code == 201:
            self.written.add(batch)
        return response

    async def write_until_refused(self) -> httpx2.Response:
        """Write one batch after the other, and return the first refusal."""
        while True:
            response = await self.write(len(self.keys))
            if response.status_code != 201:
                return response

    async def until_written(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.written) < count:  # noqa: ASYNC110 - the writers count
                await asyncio.sleep(0.005)


async def stored_batches(database: Database, program: Program) -> dict[int, int]:
    """Return how many schedules there are of each batch."""
    async with database.reading() as session:
        names = await session.scalars(
            select(Schedule.name).where(Schedule.program_id == program.id)
        )
        return Counter(int(name.split("-")[0]) for name in names)


def is_told_to_wait(response: httpx2.Response) -> bool:
    """Return whether an answer says in our words that it is worth trying again."""
    return (
        response.status_code == 503
        and int(response.headers["Retry-After"]) > 0
        and response.json()["error"]["code"] == "UNAVAILABLE"
    )
