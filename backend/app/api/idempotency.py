"""`Idempotency-Key`: a POST that is repeated gets the first answer, and no second effect.

A router offers it for all its POSTs by one word: ``APIRouter(route_class=IdempotentRoute)``. Where
services open transactions of their own, the route takes `OnceDep` and hands it on.
"""

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

from app.api.deps import CurrentUser, SessionDep
from app.services.idempotency_service import (
    IdempotencyService,
    Once,
    RepeatedError,
    keep_answer,
)

_KEPT_HEADERS = ("content-type", "etag", "location")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_PIECE = 1 << 20
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="Any text that is new for each request, such as a UUID. For a day, the same "
        "request with the same key gets the same answer, and has no second effect.",
        examples=["0197f6a1-5c1e-7e0a-9d57-2b1f0e6c7d10"],
    ),
]


async def idempotency(
    request: Request, user: CurrentUser, session: SessionDep, key: Key = None
) -> None:
    """Claim the key in the request's transaction: what comes to nothing leaves it unused.

    Raises
    ------
    RepeatedError
        When the request was answered before.
    """
    if key is None:
        return
    claimed = await IdempotencyService(session).claim(user.id, key, await _hash(request))
    request.state.idempotency = claimed


async def get_once(request: Request, user: CurrentUser, key: Key = None) -> Once | None:
    """Return what a service needs that opens its transactions itself; None without a key."""
    if key is None:
        return None
    status = request.scope["route"].status_code or HTTPStatus.OK
    return Once(user.id, key, await _hash(request), status)


OnceDep = Annotated[Once | None, Depends(get_once)]
"""For POSTs of a `RepeatableRoute`: the service claims the key, and keeps the answer."""


class RepeatableRoute(APIRoute):
    """A route that returns the answer of a request that was answered before."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RepeatedError as repeated:
                headers = {**repeated.headers, "Idempotency-Replayed": "true"}
                return Response(repeated.body, repeated.status, headers)

        return answer


class IdempotentRoute(RepeatableRoute):
    """A route whose POSTs may be repeated.

    The handler below runs while the request's transaction is open still, so that answer and effect
    are committed together.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        if "POST" in (options.get("methods") or ()):
            given = options.get("dependencies") or ()
            options["dependencies"] = [*given, Depends(idempotency)]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            row = getattr(request.state, "idempotency", None)
            if row is not None:
                kept = {
                    name: response.headers[name]
                    for name in _KEPT_HEADERS
                    if name in response.headers
                }
                keep_answer(row, response.status_code, kept, bytes(response.body))
            return response

        return answer


async def _hash(request: Request) -> str:
    """Return what makes two requests the same: method, address and body."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if not request.headers.get("content-type", "").startswith(_FORMS):
        digest.update(await request.body())
        return digest.hexdigest()
    # A form was read already; it came with boundaries that are new each time.
    for name, value in (await request.form()).multi_items():
        digest.update(f"{name}\n".encode())
        if isinstance(value, UploadFile):
            digest.update(f"{value.filename}\n".encode())
            while piece := await value.read(_PIECE):
                digest.update(piece)
            await value.seek(0)
        else:
            digest.update(f"{value}\n".encode())
    return digest.hexdigest()
