from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
from sqlalchemy import event

from app.core.logging import request_id
from app.db.session import Database
from app.models import User

Client = httpx2.AsyncClient
AsUser = Callable[[User], dict[str, str]]

SAME_ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests in which the database has no part: one is enough."""


def error_code(response: httpx2.Response) -> tuple[int, str]:
    """Return status and code of an error, whose envelope has all that belongs to it."""
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert error.keys() == {"code", "message", "details"}
    return response.status_code, error["code"]


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """List the statements that are sent, those that begin and end transactions apart."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@contextmanager
def connections_at_once(database: Database) -> Iterator[set[int]]:
    """Collect how many connections requests hold, each time they take one."""
    held: Counter[str] = Counter()
    found: set[int] = set()

    def taken(_: object, __: object, ___: object) -> None:
        identity = request_id.get()
        if identity is not None:
            held[identity] += 1
            found.add(held[identity])

    def given_back(_: object, __: object) -> None:
        identity = request_id.get()
        if identity is not None:
            held[identity] -= 1

    event.listen(database.engine.sync_engine, "checkout", taken)
    event.listen(database.engine.sync_engine, "checkin", given_back)
    yield found
    event.remove(database.engine.sync_engine, "checkout", taken)
    event.remove(database.engine.sync_engine, "checkin", given_back)
