from collections.abc import Callable

import httpx2
import pytest

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
