"""Parts of a programme that are the engine's own dataclasses, with what their rows add."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from app.scheduling.domain.duties import DutyType
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import STRICT
from app.scheduling.rules import AnyRule
from app.schemas.base import Input, Listing, Response, StoredResponse, Update
from app.schemas.engine_body import Storable


def _shown_by(example: dict[str, Any]) -> dict[str, Any]:
    return {"json_schema_extra": {"examples": [example]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRotationType(RotationType):
    """A new rotation type; `program_id` may be left out by a user with one programme."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT | _shown_by(
        {"code": "MICU", "name": "Medical intensive care", "template": {"mon-fri": "ward"}}
    )
    program_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDutyType(DutyType):
    """A new duty type; `program_id` may be left out by a user with one programme."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT | _shown_by(
        {"code": "ward", "kind": "in_house", "am": "06:00-12:00", "pm": "12:00-18:00"}
    )
    program_id: UUID | None = None


RotationTypeCreate = Annotated[NewRotationType, Storable]
DutyTypeCreate = Annotated[NewDutyType, Storable]
_AnyRule = Annotated[AnyRule, Field(discriminator="kind"), Storable]


class RuleCreate(Input):
    """A new rule; `program_id` may be left out by a user with one programme."""

    rule: _AnyRule
    program_id: UUID | None = None


class RuleUpdate(Update):
    """What is to change of a rule: the rule as a whole, its place, or both."""

    rule: _AnyRule | None = None
    position: int | None = Field(default=None, ge=0, le=2**31 - 1)


@dataclass(frozen=True, kw_only=True)
class _Stored:
    id: UUID
    program_id: UUID
    position: int
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class RotationTypeResponse(_Stored, RotationType):
    """A service that one is posted to."""


@dataclass(frozen=True, kw_only=True)
class DutyTypeResponse(_Stored, DutyType):
    """What one does in a half-day."""


class RuleResponse(StoredResponse):
    """A rule; `sentence` says it in words."""

    program_id: UUID
    position: int
    version: int
    sentence: str
    rule: _AnyRule


class RotationTypeList(Listing[RotationTypeResponse]):
    """Rotation types in the programme's order."""


class DutyTypeList(Listing[DutyTypeResponse]):
    """Duty types in the programme's order."""


class RuleList(Listing[RuleResponse]):
    """Rules in the programme's order."""


class RuleKindResponse(Response):
    """A kind of rule: what it is called, what it means, in what it is counted, what it takes."""

    kind: str
    title: str
    description: str
    unit: str
    rewardable: bool
    parameters: dict[str, Any] = Field(description="JSON Schema of the rule's parameters.")
