"""Bodies that are the engine's dataclasses: whole for what is new, in part for what changes."""

from dataclasses import fields
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Kind = TypeVar("Kind")
_DEEPEST = 50
_APART = ("version", "position")


def refuse_nul(data: Any, depth: int = 0) -> Any:  # noqa: ANN401 - whatever was sent
    """Refuse texts that PostgreSQL cannot keep, wherever they stand."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(data, str) and "\0" in data:
        raise ValueError("a text contains a NUL character")
    if isinstance(data, dict):
        for key, value in data.items():
            refuse_nul(key, depth + 1)
            refuse_nul(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            refuse_nul(value, depth + 1)
    return data


Storable = BeforeValidator(refuse_nul)
"""Marks a body whose texts can be stored."""


class Changes(dict[str, Any], Generic[Kind]):
    """What is to change of one of the engine's dataclasses: its parameters, none of them needed.

    With `version`, the version that was read, the edit is refused when somebody was faster;
    `position` moves it to another place in the programme, counted from 0.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - Pydantic's interface
        """Read each parameter as the dataclass does; the dataclass judges them together later."""
        [kind] = get_args(source)
        hints = get_type_hints(get_origin(kind) or kind, include_extras=True)
        whole = core_schema.int_schema(ge=0, le=2**31 - 1)
        parameters = {one.name: handler.generate_schema(hints[one.name]) for one in fields(kind)}
        parameters |= dict.fromkeys(_APART, whole)
        return core_schema.no_info_before_validator_function(
            refuse_nul,
            core_schema.no_info_after_validator_function(
                cls,
                core_schema.typed_dict_schema(
                    {
                        name: core_schema.typed_dict_field(one, required=False)
                        for name, one in parameters.items()
                    },
                    extra_behavior="forbid",
                ),
            ),
        )

    def changes(self) -> dict[str, Any]:
        """Return the parameters to change, place and version apart."""
        return {name: value for name, value in self.items() if name not in _APART}
