"""A programme written as a programme file: it loads as the same programme."""

import re
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from typing import Any

import yaml

from app.files.loaded import PLAIN, Formats
from app.files.programme_file import ProgrammeFile
from app.files.yaml_source import scalar
from app.scheduling.domain.program import Program
from app.scheduling.domain.score import plain

_LEADING = ("kind", "name", "code", "id")


def dump_programme(program: Program, formats: Formats = PLAIN) -> str:
    """Return a programme as YAML that loads as the same programme.

    What has its default value is left out; people are listed inside.
    """
    content = programme_content(program, formats)
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def programme_content(program: Program, formats: Formats = PLAIN) -> dict[str, Any]:
    """Return the sections of the programme file, with dates as dates."""
    content = {}
    for item in fields(ProgrammeFile):
        value = formats if item.name == "formats" else getattr(program, item.name, None)
        if value is not None and value != _default(item):
            content[item.name] = plain_part(value)
    return content


def _default(item: Field[Any]) -> object:
    return item.default_factory() if item.default_factory is not MISSING else item.default


def plain_part(value: object) -> Any:  # noqa: ANN401 - plain data
    """Return dataclasses as dictionaries without defaults, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        items = sorted(fields(value), key=lambda item: item.name not in _LEADING)
        found = {item.name: getattr(value, item.name) for item in items}
        return {
            item.name: plain_part(found[item.name])
            for item in items
            if item.name == "kind" or found[item.name] != _default(item)
        }
    if isinstance(value, dict):
        return {key: plain_part(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain_part(inner) for inner in value]
    return plain(value) if isinstance(value, float) else value


class _Dumper(yaml.CSafeDumper):
    """Writes short leaves on one line, and quotes text that would read as something else."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - equal parts are written out
        return True


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    try:
        if scalar(text) != text:
            style = '"'
    except ValueError:
        style = '"'
    if re.search(r"[\n\r\x85\u2028\u2029\t]", text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list(dumper: yaml.CSafeDumper, values: list[object]) -> yaml.SequenceNode:
    leaf = not any(isinstance(value, dict) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=leaf)


def _block(dumper: yaml.CSafeDumper, block: dict[str, object]) -> yaml.MappingNode:
    leaf = not any(isinstance(value, dict | list) for value in block.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", block, flow_style=leaf)


def _day(dumper: yaml.CSafeDumper, day: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", day.isoformat())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _block)
_Dumper.add_representer(date, _day)
