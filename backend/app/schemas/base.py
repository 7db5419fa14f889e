"""What all requests and responses share."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

LONGEST_DAYS = 3 * 366
"""The longest range of days that is worked on at once: an academic year, with room."""

Item = TypeVar("Item")
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Name = Annotated[str, Field(min_length=1, max_length=255, examples=["Internal Medicine 2026"])]


def check_days(first: date, last: date) -> None:
    """Refuse a range of days that does not rise, or is too long."""
    if last < first:
        raise ValueError(f"the last day, {last}, lies before the first, {first}")
    if (last - first).days >= LONGEST_DAYS:
        raise ValueError(f"from {first} to {last} are more than {LONGEST_DAYS} days")


class Input(BaseModel):
    """A request's body: unknown keys are an error, so that a typing mistake is not lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """PostgreSQL keeps no NUL in a text."""
        if isinstance(data, dict):
            for key, value in data.items():
                if isinstance(value, str) and "\0" in value:
                    raise ValueError(f"{key} contains a NUL character")
        return data


class Update(Input):
    """What is to change: what is not sent stays as it is.

    With `version`, the version that was read, the edit is refused when somebody was faster.
    """

    nullable: ClassVar[frozenset[str]] = frozenset()

    version: int | None = Field(default=None, ge=1, le=2**31 - 1)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_null(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was sent
        if isinstance(data, dict):
            for key, value in data.items():
                if value is None and key not in cls.nullable:
                    raise ValueError(f"{key} cannot be null; leave it out to keep it")
        return data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Show that what may be left out may not be null."""
        schema = handler(core)
        told = handler.resolve_ref_schema(schema)
        for name, field in told["properties"].items():
            kinds = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
            if name not in cls.nullable and len(kinds) == 1:
                rest = {key: one for key, one in field.items() if key not in {"anyOf", "default"}}
                told["properties"][name] = {**kinds[0], **rest}
        return schema

    def changes(self) -> dict[str, object]:
        """Return what was sent, the version apart."""
        return self.model_dump(exclude_unset=True, exclude={"version"})


class Response(BaseModel):
    """A row as the caller sees it."""

    # Built when the first answer needs it: most processes start without needing most of them.
    model_config = ConfigDict(from_attributes=True, defer_build=True)


class StoredResponse(Response):
    """A row with its id and times."""

    id: UUID
    created_at: datetime
    updated_at: datetime


class Listing(Response, Generic[Item]):
    """A part of a listing; `total` counts all of it."""

    items: list[Item]
    total: int
    skip: int
    limit: int


class CursorListing(Response, Generic[Item]):
    """A part of a listing that grows; `next_cursor` begins the next one, null ends it."""

    items: list[Item]
    next_cursor: str | None


class Deleted(Response):
    """The answer to a deletion."""

    status: Literal["deleted"]
