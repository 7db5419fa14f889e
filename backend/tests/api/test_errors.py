"""Everything that can go wrong is answered in one form."""

import json
import logging
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.core.logging import JsonFormatter
from app.core.settings import Settings
from app.main import create_app
from app.models import User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code

pytestmark = [pytest.mark.anyio, SAME_ON_BOTH]


async def test_a_page_that_there_is_not(client: Client) -> None:
    response = await client.get("/nothing")

    assert error_code(response) == (404, "NOT_FOUND")
    assert response.json()["error"]["details"] == {"resource": "page", "id": "/api/nothing"}
    outside = await client.get("https://housestaff.test/nothing")
    assert error_code(outside) == (404, "NOT_FOUND")


async def test_a_method_that_there_is_not(client: Client) -> None:
    response = await client.put("/schedules")

    assert error_code(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"
    bulk = await client.patch("/schedules/bulk")
    assert error_code(bulk) == (405, "METHOD_NOT_ALLOWED")
    assert bulk.headers["allow"] == "POST"


async def test_an_unexpected_error_tells_nothing_and_is_logged(
    application: FastAPI,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("inner matter")

    monkeypatch.setattr(type(application.state.database), "reading", fail)
    response = await client.get("/health/ready", headers={"X-Request-ID": "abc-1"})

    assert error_code(response) == (500, "INTERNAL")
    assert "inner" not in response.text
    assert response.headers["x-request-id"] == "abc-1"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info
    assert "inner matter" in str(record.exc_info[1])


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb"])
async def test_a_request_id_is_made_where_none_is_given(client: Client, given: str) -> None:
    made = (await client.get("/health/live", headers={"X-Request-ID": given})).headers

    assert made["x-request-id"] != given
    assert len(made["x-request-id"]) == 32


async def test_headers_that_make_browsers_careful(client: Client) -> None:
    for path in ("/health/live", "/nothing", "/auth/me"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
    docs = await client.get("https://housestaff.test/docs")
    assert docs.status_code == 200
    assert "cdn.jsdelivr.net" in docs.headers["content-security-policy"]


async def test_requests_are_logged_as_json_without_what_was_typed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="app"):
        await client.get("/nothing?q=secret", headers={"X-Request-ID": "abc-2"})

    [record] = [one for one in caplog.records if one.name == "app.api.middleware"]
    line = json.loads(JsonFormatter().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/nothing", 404)
    assert line["duration_ms"] >= 0
    assert "secret" not in json.dumps(line)


async def test_a_body_that_is_too_large(
    client: Client, admin: User, as_user: AsUser, settings: Settings
) -> None:
    headers = as_user(admin) | {"Content-Type": "application/json"}
    body = b" " * (settings.request_bytes + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    whole = await client.post("/schedules", content=body, headers=headers)
    streamed = await client.post("/schedules", content=pieces(), headers=headers)
    anonymous = await client.post("/schedules", content=body)
    login = await client.post("/auth/login", data={"username": "a" * len(body), "password": "b"})
    nowhere = await client.post("/nothing", content=body)

    for response in (whole, streamed, anonymous, login, nowhere):
        assert error_code(response) == (413, "TOO_LARGE")
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("database_url")
def test_the_interface_is_described() -> None:
    paths = create_app().openapi()["paths"]

    assert "/api/schedules/{schedule_id}" in paths
    assert all(
        operation.get("description")
        for operations in paths.values()
        for operation in operations.values()
    )
