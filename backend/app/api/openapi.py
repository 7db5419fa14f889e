"""The description of the interface: what FastAPI knows, and the errors that every operation has."""

from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.schemas.error import ErrorResponse

_WRITING = {"post", "put", "patch", "delete"}
_ENVELOPE = {"$ref": "#/components/schemas/ErrorResponse"}


class _Error(NamedTuple):
    code: str
    message: str
    description: str
    header: str = ""


_ERRORS = {
    HTTPStatus.BAD_REQUEST: _Error(
        "VALIDATION_ERROR",
        "end_date 2026-07-01 would lie before start_date 2026-07-02.",
        "A well-formed request that the stored state forbids; some have codes of their own.",
    ),
    HTTPStatus.UNAUTHORIZED: _Error(
        "UNAUTHENTICATED",
        "The access token is not valid, or has expired.",
        "Nobody knows who is calling.",
        "WWW-Authenticate",
    ),
    HTTPStatus.FORBIDDEN: _Error(
        "FORBIDDEN", "Insufficient permissions", "The caller may know of it, and not do this."
    ),
    HTTPStatus.NOT_FOUND: _Error(
        "NOT_FOUND",
        "There is no such schedule.",
        "There is no such thing, or the caller may not know of it.",
    ),
    HTTPStatus.CONFLICT: _Error(
        "STALE",
        "Somebody else has changed it since you read it: read it again.",
        "`STALE`: somebody was faster. `CONFLICT`: it contradicts something stored.",
    ),
    HTTPStatus.GONE: _Error(
        "GONE",
        "What has changed since then cannot be told: read the whole grid.",
        "It cannot be told any more.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _Error(
        "TOO_LARGE", "The body of a request has at most 2097152 bytes.", "The body is too large."
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: _Error(
        "REQUEST_INVALID",
        "The request is not of the form that is expected here.",
        "The request is malformed: `details.errors` names places and faults.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: _Error(
        "RATE_LIMITED",
        "Too often in too short a time: wait 12 s.",
        "Too often; `Retry-After` says how many seconds to wait.",
        "Retry-After",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: _Error(
        "INTERNAL",
        "Something went wrong here; it has been noted.",
        "A fault of the service; the log has it under the `X-Request-ID` of the answer.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: _Error(
        "UNAVAILABLE",
        "The database does not answer for the moment.",
        "Something that the service needs is missing; `Retry-After` says when to try again.",
        "Retry-After",
    ),
}
_NOT_FOR_ALL = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


def operation_id(route: APIRoute) -> str:
    """Return what clients that are generated call an operation: the name of its function."""
    return route.name


def describe(application: FastAPI) -> None:
    """Have the application's OpenAPI document tell its errors."""
    plain = application.openapi

    def openapi() -> dict[str, Any]:
        if application.openapi_schema is None:
            _amend(plain())
        assert application.openapi_schema is not None  # noqa: S101 - FastAPI keeps what it made
        return application.openapi_schema

    application.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way


def _amend(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    model = ErrorResponse.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= model.pop("$defs") | {"ErrorResponse": model}
    components["responses"] = {_name(status): _response(status) for status in _ERRORS}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            refs = {
                str(status.value): {"$ref": f"#/components/responses/{_name(status)}"}
                for status in _ERRORS
                if status not in _NOT_FOR_ALL or status in _special(path, method, operation)
            }
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
            own = operation["responses"]
            own.pop("422", None)
            for status, response in own.items():
                if status.startswith("4"):  # one that only this route has
                    response.setdefault("content", _content("APP_ERROR", response["description"]))
            operation["responses"] = own | refs


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: one that is optional is left out, not sent as null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{key: one for key, one in schema.items() if key != "anyOf"}}


def _special(path: str, method: str, operation: dict[str, Any]) -> set[HTTPStatus]:
    found = set()
    if "{" in path:
        found.add(HTTPStatus.NOT_FOUND)
    if "security" in operation:
        found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    if "accounts" in operation.get("tags", ()):
        found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if method in _WRITING:
        found.add(HTTPStatus.CONFLICT)
    if str(HTTPStatus.GONE.value) in operation["responses"]:
        found.add(HTTPStatus.GONE)
    if "requestBody" in operation:
        found.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return found


def _name(status: HTTPStatus) -> str:
    return "".join(status.phrase.split())


def _response(status: HTTPStatus) -> dict[str, Any]:
    error = _ERRORS[status]
    content = _content(error.code, error.message)
    found: dict[str, Any] = {"description": error.description, "content": content}
    if error.header:
        found["headers"] = {error.header: {"schema": {"type": "string"}}}
    return found


def _content(code: str, message: str) -> dict[str, Any]:
    example = {"error": {"code": code, "message": message, "details": {}}}
    return {"application/json": {"schema": _ENVELOPE, "example": example}}
