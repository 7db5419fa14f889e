"""What every request gets: an id, a line in the log, headers that make browsers careful."""

import logging
import re
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.exception_handlers import envelope, unexpected
from app.core.acting import SYSTEM, actor
from app.core.logging import request_id

if TYPE_CHECKING:
    from app.core.metrics import Metrics

_LOG = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_CSP = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# FastAPI's page of the interface, until the web app has its own.
_DOCS_CSP = (
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'; "
    b"script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    b"style-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    b"img-src data: https://fastapi.tiangolo.com"
)
_CALENDAR = "/api/calendar/"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_NOT_KEPT = (b"cache-control", b"no-store")


class RequestMiddleware:
    """The outermost layer, so that answers to unexpected errors have these headers as well."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token, nobody = request_id.set(identity), actor.set(SYSTEM)
        start, status = time.perf_counter(), 0
        metrics: Metrics = scope["app"].state.metrics
        metrics.in_flight.inc()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *_HEADERS, (b"x-request-id", identity.encode())]
                headers.append((b"content-security-policy", _policy(scope["path"])))
                kept = any(name == b"cache-control" for name, _ in headers)
                if scope["path"].startswith("/api/") and not kept:
                    headers.append(_NOT_KEPT)
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if status:
                raise
            await unexpected(error)(scope, receive, send_with_headers)
        finally:
            # A query may hold what people typed.
            about = {"method": scope["method"], "path": _shown(scope["path"]), "status": status}
            seconds = time.perf_counter() - start
            metrics.in_flight.dec()
            metrics.answered(scope["method"], _template(scope), status, seconds)
            _LOG.info("request", extra={**about, "duration_ms": round(seconds * 1000, 1)})
            request_id.reset(token)
            actor.reset(nobody)


class BodyLimitMiddleware:
    """Refuses bodies that are too large: by what they announce, or as soon as they are.

    FastAPI's `max_body_size` answers in plain text; errors have one form here.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self.limit:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            await envelope(status, "TOO_LARGE", self._message())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._message())
            return message

        await self.app(scope, counted, send)

    def _message(self) -> str:
        return f"The body of a request has at most {self.limit} bytes."


def _policy(path: str) -> bytes:
    return _DOCS_CSP if path in {"/docs", "/redoc"} else _CSP


def _shown(path: str) -> str:
    """Return a path as logs may have it: of ids only, not of the token of a calendar link."""
    return f"{_CALENDAR}…" if path.startswith(_CALENDAR) else path


def _template(scope: Scope) -> str:
    """Return the path of the route that was found, with names in place of ids."""
    # Where FastAPI keeps it for routes of included routers; `scope["route"]` has no prefix.
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = context or scope.get("route")
    return str(getattr(route, "path_format", "none"))
