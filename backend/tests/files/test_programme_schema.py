import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.files.programme_dump import dump_programme
from app.files.programme_file import KINDS
from app.files.programme_schema import programme_schema
from app.files.yaml_source import read_yaml
from tests.scheduling.random_programs import MODES, draw_case

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = programme_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def plain(content: bytes) -> Any:
    """Return YAML as a JSON reader sees it: dates are text."""
    return json.loads(json.dumps(read_yaml(content, "f").data, default=date.isoformat))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda p: p.parent.name)
def test_every_example_is_valid(validator: Any, path: Path) -> None:
    assert [error.message for error in validator.iter_errors(plain(path.read_bytes()))] == []


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_random_programmes_are_valid(validator: Any, kind: str, mode: str) -> None:
    text = dump_programme(draw_case(kind, mode, 0).program)
    assert [error.message for error in validator.iter_errors(plain(text.encode()))] == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"extra": 1}, []),
        ({"calendar": {"start": "2026-07-01", "extra": 1}}, ["calendar"]),
        ({"name": 3}, ["name"]),
        ({"objective": "min"}, ["objective"]),
        (
            {"rules": [{"kind": "coverage", "name": "a", "rotations": ["A"], "extra": 1}]},
            ["rules", 0],
        ),
        ({"rules": [{"name": "a", "rotations": ["A"], "min": 1}]}, ["rules", 0]),
        ({"rules": [{"kind": "nothing", "name": "a"}]}, ["rules", 0]),
        ({"people": [{"id": "a", "pgy": "1"}]}, ["people"]),
        ({"people": {"file": "a.csv", "columns": {"class_": {}}}}, ["people"]),
    ],
)
def test_what_the_file_may_not_say_is_invalid(
    validator: Any, change: dict[str, Any], where: list[str | int]
) -> None:
    good = {
        "name": "x",
        "calendar": {"start": "2026-07-01"},
        "rotation_types": [{"code": "A"}],
        "people": [{"id": "a", "pgy": 1}],
        "rules": [{"kind": "coverage", "name": "a", "rotations": ["A"], "min": 1}],
    }
    assert validator.is_valid(good)
    errors = list(validator.iter_errors(good | change))
    assert [list(error.absolute_path) for error in errors] == [where]


def test_descriptions_come_from_the_docstrings() -> None:
    schema = programme_schema()
    coverage = schema["$defs"]["Coverage"]
    assert coverage["title"] == "Coverage"
    assert coverage["description"].startswith("In every period the people in scope")
    assert "Parameters" not in coverage["description"]
    assert coverage["properties"]["units"]["description"] == "What one person brings, at least 1."
    assert "unique in the programme" in coverage["properties"]["name"]["description"]
    assert "folder" in schema["$defs"]["PeopleTable"]["properties"]["file"]["description"]


def test_every_rule_needs_its_kind() -> None:
    schema = programme_schema()
    for kind, rule in KINDS.items():
        block = schema["$defs"][rule.__name__]
        assert block["properties"]["kind"]["const"] == kind
        assert {"kind", "name"} <= set(block["required"])
        assert block["additionalProperties"] is False
