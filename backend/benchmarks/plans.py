"""How PostgreSQL carries out what requests send."""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2
from sqlalchemy import event

from app.core.settings import Settings
from app.main import create_app

_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement with its parameters, and the request that sent it."""

    request: str
    statement: str
    parameters: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a statement was carried out.

    Parameters
    ----------
    pages
        Of 8 kB, from memory or not.
    scans
        What was read, and by which index; ``table (all)`` without one.
    """

    sent: Sent
    ms: float
    rows: int
    pages: int
    scans: tuple[str, ...]
    document: Mapping[str, Any]


class Listener:
    """A client of the application in this process, that notes what is sent to the database."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.sent: dict[str, Sent] = {}
        self._request = ""

    async def ask(self, name: str, method: str, path: str, **options: Any) -> None:  # noqa: ANN401 - httpx's
        """Send a request."""
        self._request = name
        (await self.client.request(method, path, **options)).raise_for_status()

    def note(self, _: object, __: object, statement: str, parameters: Any, *___: object) -> None:  # noqa: ANN401 - a driver's
        """Keep a statement that reads, the first time that it is sent."""
        if self._request and statement.startswith("SELECT"):
            sent = Sent(self._request, statement, tuple(parameters))
            self.sent.setdefault(statement, sent)


@asynccontextmanager
async def listening(settings: Settings, headers: Mapping[str, str]) -> AsyncIterator[Listener]:
    """Run the application in this process, with nothing kept from before."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        logging.getLogger("app").setLevel(logging.WARNING)
        transport = httpx2.ASGITransport(app=application)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://bench", headers=dict(headers)
        ) as client:
            listener = Listener(client)
            engine = application.state.database.engine.sync_engine
            event.listen(engine, "before_cursor_execute", listener.note)
            yield listener


async def plans(url: str, sent: Sequence[Sent]) -> list[Plan]:
    """Carry statements out once more and say how, the slowest first."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        found = [await _plan(connection, one) for one in sent]
    finally:
        await connection.close()
    return sorted(found, key=lambda one: -one.ms)


async def _plan(connection: "asyncpg.Connection[Any]", sent: Sent) -> Plan:
    text = await connection.fetchval(_EXPLAIN + sent.statement, *sent.parameters)
    [document] = json.loads(text)
    top = document["Plan"]
    return Plan(
        sent=sent,
        ms=document["Execution Time"],
        rows=top["Actual Rows"],
        pages=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        scans=tuple(dict.fromkeys(_scans(top))),
        document=document,
    )


def _scans(node: Mapping[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    elif "Relation Name" in node and node["Node Type"] == "Seq Scan":
        yield f"{node['Relation Name']} (all)"
    for below in node.get("Plans", ()):
        yield from _scans(below)
