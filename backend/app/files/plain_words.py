"""Pydantic's complaints in a coordinator's words."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from app.files.faults import shown
from app.files.yaml_source import Value
from app.scheduling.domain.faults import Fault, Path
from app.scheduling.domain.program import nearest

_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
    "date_parsing": "a date",
    "date_from_datetime_parsing": "a date",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a block of keys",
    "dataclass_type": "a block of keys",
}


def plain_faults(kind: object, data: Value, errors: Sequence[ErrorDetails]) -> list[Fault]:
    """Return Pydantic's errors on `data`, read as `kind`, in plain words and with real paths.

    Several errors at one place (the branches of a union) become one; where a branch got further, it
    speaks for all.
    """
    wanted: dict[Path, list[str]] = {}
    inputs: dict[Path, Value] = {}
    found: list[Fault] = []
    for error in errors:
        path, what = _real_path(data, error["loc"]), error["type"]
        if what in _WANTED:
            wanted.setdefault(path, []).append(_WANTED[what])
            inputs[path] = error["input"]
        else:
            found.append(_fault(kind, error, path))
    deeper = [*wanted, *(fault.path for fault in found)]
    for path, words in wanted.items():
        if any(other[: len(path)] == path and other != path for other in deeper) or any(
            fault.path == path for fault in found
        ):
            continue
        value = inputs[path]
        message = f"{_name(path)} must be {_either(words)}, not {describe(value)}"
        found.append(Fault(path, message, _mend(words, value)))
    return found


def _fault(kind: object, error: ErrorDetails, path: Path) -> Fault:
    what, location = error["type"], error["loc"]
    if what == "missing":
        key = location[-1]
        return Fault(
            path, f"key {key!r} is missing" if isinstance(key, str) else "an entry is missing"
        )
    if what == "unexpected_keyword_argument":
        key = str(location[-1])
        known = set(keys(_kind_at(kind, path[:-1]))) - {"class_"}
        return Fault(path, f"key {shown(key)} is unknown", nearest(key, known) if known else "")
    if what == "literal_error":
        given = error["ctx"]["expected"]
        return Fault(path, f"{_name(path)} must be {given}, not {describe(error['input'])}")
    if what == "value_error":
        return Fault(path, str(error["ctx"]["error"]))
    return Fault(path, f"{_name(path)}: {error['msg']}")


def describe(value: object) -> str:
    """Return a value with its type, as a message shows it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, date):
        return f"the date {value}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return "a list" if isinstance(value, list | tuple) else "a block of keys"


def keys(kind: object) -> Iterator[str]:
    """Yield the keys that a block read as this dataclass may have."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return
    hints = get_type_hints(kind, include_extras=True)
    for item in fields(kind):
        marks = get_args(hints[item.name])[1:] if get_origin(hints[item.name]) is Annotated else ()
        aliases = [mark.alias for mark in marks if isinstance(mark, FieldInfo) and mark.alias]
        yield aliases[0] if aliases else item.name


def _real_path(data: Value, location: Sequence[int | str]) -> Path:
    """Return the part of Pydantic's location that is in the data: without the union branches."""
    path: list[int | str] = []
    for step in location:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def _kind_at(kind: object, path: Path) -> object:
    """Return the dataclass that the block at `path` is read as; None where it is none."""
    for step in path:
        kind = _inside(kind, step)
    return next(iter(_dataclasses(kind)), None)


def _inside(kind: object, step: int | str) -> object:
    for candidate in _dataclasses(kind):
        hints = get_type_hints(candidate, include_extras=True)
        names = dict(zip(keys(candidate), (item.name for item in fields(candidate)), strict=True))
        if step in names:
            return hints[names[str(step)]]
    for branch in _branches(kind):
        if get_origin(branch) in {tuple, list, dict}:
            return get_args(branch)[1 if get_origin(branch) is dict else 0]
    return None


def _branches(kind: object) -> Iterator[object]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _branches(get_args(kind)[0])
    elif origin in {Union, UnionType}:
        for branch in get_args(kind):
            yield from _branches(branch)
    else:
        yield kind


def _dataclasses(kind: object) -> Iterator[Any]:
    return (b for b in _branches(kind) if isinstance(b, type) and is_dataclass(b))


def _name(path: Path) -> str:
    """Return how a message names the value at a path: by its key, with its number in a list."""
    if path and isinstance(path[-1], int):
        above = _name(path[:-1])
        return f"entry {path[-1] + 1}" + (f" of {above}" if path[:-1] else "")
    return repr(path[-1]) if path else "this"


def _either(words: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _mend(words: Sequence[str], value: object) -> str:  # noqa: PLR0911 - one line per case
    """Return what to write instead, where that can be told."""
    wanted, text = words[0], str(value)
    if words == ["text"] and isinstance(value, int | float | date):
        return f'put it in quotes: "{text.lower() if isinstance(value, bool) else text}"'
    if "a date" in words:
        return "write it as 2026-07-01"
    if wanted == "a list" and isinstance(value, str | int | float | date):
        return f"write [{value}]" if len(text) <= 40 else "put it in brackets"
    if isinstance(value, str) and wanted == "true or false":
        return {"yes": "write true", "no": "write false"}.get(text.casefold(), "")
    if isinstance(value, str) and wanted in {"a number", "a whole number"} and text.isdecimal():
        return "write it without quotes"
    if isinstance(value, float) and wanted == "a whole number" and value.is_integer():
        return f"write {int(value)}"
    return ""
