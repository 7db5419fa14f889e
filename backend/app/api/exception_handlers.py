"""The only place that turns errors into responses: one envelope for all of them."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.core.exceptions import AppException, UnauthenticatedError

_LOG = logging.getLogger(__name__)
_CODES = {
    HTTPStatus.BAD_REQUEST: "REQUEST_INVALID",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "TOO_LARGE",
}


def envelope(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the one shape that all errors have."""
    error = {"code": code, "message": message, "details": dict(details or {})}
    return JSONResponse({"error": error}, status, headers=headers)


def unexpected(error: Exception) -> JSONResponse:
    """Log an error that nobody foresaw, and tell nothing of it."""
    _LOG.error("unexpected error", exc_info=error)
    message = "Something went wrong here; it has been noted."
    return envelope(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", message)


def add_exception_handlers(application: FastAPI) -> None:
    """Have errors answered in the envelope, the framework's own included.

    What is not foreseen reaches `RequestMiddleware`, which asks for `unexpected`.
    """
    application.add_exception_handler(AppException, _own)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _http)


async def _own(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, AppException)  # noqa: S101 - registered for nothing else
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("%s", error.message, exc_info=error)
    headers = {}
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return envelope(error.status, error.error_code, error.message, error.details, headers)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [
        {
            "place": _printable(".".join(map(str, one["loc"]))),
            "message": _printable(one["msg"]),
            "type": one["type"],
        }
        for one in error.errors()
    ]
    message = "The request is not of the form that is expected here."
    return envelope(HTTPStatus.UNPROCESSABLE_ENTITY, "REQUEST_INVALID", message, {"errors": errors})


def _printable(text: str) -> str:
    """Return the text without half characters, which JSON can hold and UTF-8 cannot."""
    return text.encode(errors="replace").decode()


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code = _CODES.get(HTTPStatus(error.status_code), "APP_ERROR")
    if code == "REQUEST_INVALID":
        message = "The request's body cannot be read."
        return envelope(HTTPStatus.UNPROCESSABLE_ENTITY, code, message, {"errors": []})
    details = {"resource": "page", "id": request.url.path} if code == "NOT_FOUND" else {}
    headers = dict(error.headers or {})
    if code == "METHOD_NOT_ALLOWED":
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return envelope(error.status_code, code, str(error.detail), details, headers)


def _methods(request: Request) -> set[str]:
    """Return the methods of all routes of this path; each route alone knows only its own."""
    found: set[str] = set()
    for one in iter_route_contexts(request.app.routes):
        if compile_path(one.path or "")[0].match(request.url.path):
            found |= one.methods or set()
    return found
