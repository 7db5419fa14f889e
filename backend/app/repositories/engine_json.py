"""The engine's dataclasses as the JSON that columns hold, without what has its default value."""

import json
from datetime import date
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any annotation
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> Any:  # noqa: ANN401 - plain data
    """Return a value of a type as plain data."""
    return _adapter(kind).dump_python(value, mode="json", exclude_defaults=True)


def load(kind: Any, data: object) -> Any:  # noqa: ANN401 - of that type
    """Return plain data as a value of a type.

    JSON's strictness makes lists tuples and ISO dates dates, but never a number of a text.

    Raises
    ------
    pydantic.ValidationError
        When it is none.
    """
    text = json.dumps(data, default=date.isoformat)
    return _adapter(kind).validate_json(text, strict=True)
