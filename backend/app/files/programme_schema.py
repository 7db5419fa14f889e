"""The JSON Schema of the programme file, with the words of the docstrings."""

import re
from inspect import cleandoc
from typing import Any

from pydantic import TypeAdapter

from app.files.people_mapping import TableFile
from app.files.programme_file import KINDS, ProgrammeFile
from app.scheduling.domain.rule import Rule

_SECTION = re.compile(r"^(\w+)\n-{3,}\n", re.MULTILINE)
_ENTRY = re.compile(r"^(\w[\w, ]*)\n((?:    .*\n?|\n)+)", re.MULTILINE)

_DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def programme_schema() -> Schema:
    """Return the JSON Schema (2020-12) of the programme file.

    It describes form, not sense: names that refer to nothing and numbers that contradict each
    other are found only by reading the file.
    """
    schema = _described(TypeAdapter(ProgrammeFile).json_schema())
    for kind in KINDS.values():
        _name_kind(schema["$defs"][kind.__name__], kind)
    head = {"$schema": _DRAFT}
    return head | schema | {"title": "Housestaff programme file"}


def rule_schema(kind: type[Rule]) -> Schema:
    """Return the JSON Schema (2020-12) of one kind of rule, with the words of the docstrings."""
    schema = _described(TypeAdapter(kind).json_schema())
    _name_kind(schema, kind)
    return {"$schema": _DRAFT} | schema


def _described(schema: Schema) -> Schema:
    common = _parameters(Rule.__doc__ or "") | _parameters(TableFile.__doc__ or "")
    for block in (schema, *schema.get("$defs", {}).values()):
        _describe(block, common)
    return schema


def _name_kind(rule: Schema, kind: type[Rule]) -> None:
    rule["title"] = kind.title
    rule["required"] = ["kind", *rule["required"]]
    del rule["properties"]["kind"]["default"]


def _describe(block: Schema, common: dict[str, str]) -> None:
    """Move the descriptions of parameters to them, and drop empty defaults and derived titles."""
    text = block.get("description", "")
    told = common | _parameters(text)
    start = _SECTION.search(text)
    block["description"] = (text[: start.start()] if start else text).strip()
    for name, inner in block.get("properties", {}).items():
        inner.pop("title", None)
        if not inner.get("default"):
            inner.pop("default", None)
        if isinstance(inner.get("default"), dict):
            del inner["default"]
        if name in told and "description" not in inner:
            inner["description"] = told[name]
        if "items" in inner:
            inner["items"].pop("discriminator", None)


def _parameters(docstring: str) -> dict[str, str]:
    """Return the description of each parameter in a numpydoc docstring."""
    text = cleandoc(docstring) + "\n"
    found: dict[str, str] = {}
    starts = list(_SECTION.finditer(text))
    for number, start in enumerate(starts):
        if start[1] == "Parameters":
            end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
            for entry in _ENTRY.finditer(text[start.end() : end]):
                body = " ".join(entry[2].split())
                for name in entry[1].split(","):
                    found[name.strip().rstrip("_")] = body
    return found
