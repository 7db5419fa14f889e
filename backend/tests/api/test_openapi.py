"""The description of the interface is complete, and true where a machine can tell."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jsonschema
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from app.main import create_app

DOCUMENT = create_app().openapi()
_REF = re.compile(r"#/(\w+)/(\w+)/([\w.-]+)")


class Operation(NamedTuple):
    method: str
    path: str
    told: dict[str, Any]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(method, path, told)


OPERATIONS = list(operations(DOCUMENT))
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}"
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference leads to."""
    while "$ref" in schema:
        schema = referred(DOCUMENT, schema["$ref"])
    return schema


def referred(document: dict[str, Any], reference: str) -> Any:
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


@each_operation
def test_an_operation_is_described(operation: Operation) -> None:
    told = operation.told

    assert told["summary"]
    assert told["description"].strip().endswith(".")
    assert told["tags"]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", told["operationId"])


def test_operations_have_names_of_their_own() -> None:
    names = [one.told["operationId"] for one in OPERATIONS]
    assert len(set(names)) == len(names)


@each_operation
def test_errors_are_told(operation: Operation) -> None:
    told = operation.told["responses"]
    expected = {"400", "422", "429", "500", "503"}
    if "security" in operation.told:
        expected |= {"401", "403", "404"}
    if "{" in operation.path:
        expected.add("404")
    if operation.method != "get":
        expected.add("409")
    if "requestBody" in operation.told:
        expected.add("413")
    assert expected <= told.keys()
    for status, response in told.items():
        if status.startswith(("4", "5")):
            content = resolved(response)["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}
            if status in expected:
                error = resolved(content["schema"]) | _components()
                jsonschema.validate(content["example"], error)


def _components() -> dict[str, Any]:
    return {"components": DOCUMENT["components"]}


@each_operation
def test_what_has_to_be_sent_is_shown(operation: Operation) -> None:
    """A text that has to be sent shows an example, unless its form says all."""
    body = operation.told.get("requestBody", {"content": {}})["content"].get("application/json")
    if body is None:
        return
    schema = resolved(body["schema"])
    schema = resolved(schema["items"]) if schema.get("type") == "array" else schema
    shown = schema.get("examples")
    for name in schema.get("required", ()):
        told = resolved(schema["properties"][name])
        clear = {"examples", "format", "enum", "const", "anyOf", "oneOf"} & told.keys()
        assert shown or told.get("type") != "string" or clear, f"{name} has no example"
        if "examples" in told:
            for example in told["examples"]:
                jsonschema.validate(example, told | _components())


def test_every_reference_leads_somewhere() -> None:
    for kind, section, name in _REF.findall(str(DOCUMENT)):
        assert name in DOCUMENT[kind][section]
    assert "HTTPValidationError" not in str(DOCUMENT)


def test_who_has_to_log_in_is_told() -> None:
    secured = {f"{one.method} {one.path}" for one in OPERATIONS if "security" in one.told}
    assert "get /api/schedules" in secured
    assert "post /api/auth/login" not in secured


def test_what_may_be_left_out_may_not_be_null() -> None:
    parameters = [one for each in OPERATIONS for one in each.told.get("parameters", ())]
    assert parameters
    assert not [one["name"] for one in parameters if "null" in str(one["schema"])]
    update = DOCUMENT["components"]["schemas"]["UserUpdate"]["properties"]
    assert {"type": "null"} in update["email"]["anyOf"]  # an address may be taken away
    assert update["full_name"]["type"] == "string"
    assert "anyOf" not in update["version"]


def taken_for_another(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return paths without ids that the pattern of another path matches as well."""
    patterns = {path: compile_path(path)[0] for path in paths}
    return [
        (path, other)
        for path in patterns
        if "{" not in path
        for other, pattern in patterns.items()
        if other != path and pattern.match(path)
    ]


def test_no_path_is_taken_for_another() -> None:
    """Or a method that it has not would reach the other: say ``{thing_id:uuid}`` there."""
    paths = {one.path for one in iter_route_contexts(create_app().routes) if one.path}

    assert taken_for_another(paths) == []
    assert taken_for_another(["/a/b", "/a/{id}"]) == [("/a/b", "/a/{id}")]
    assert taken_for_another(["/a/b", "/a/{id:uuid}", "/a/{id}/b"]) == []
