from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.schemas.base import Day, Input, check_days

_LONGEST_S = 4 * 3600
_MOST = 1000

Weight = Annotated[float, Field(ge=0, le=1_000_000)]


class GenerationScope(Input):
    """What may change; every other cell that has a placement stays as it is."""

    start: Day | None = Field(
        default=None, alias="from", description="Periods that begin earlier stay."
    )
    end: Day | None = Field(default=None, alias="to", description="Periods that end later stay.")
    people: list[UUID] | None = Field(
        default=None, min_length=1, max_length=_MOST, description="Everybody else stays."
    )

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.start is not None and self.end is not None:
            check_days(self.start, self.end)
        return self


class GenerationRequest(Input):
    """How a schedule is to be generated; an empty object is enough."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"time_s": 120, "gap": 0.01, "scope": {"from": "2027-01-01"}},
                {"weights": {"Wishes": 5, "Few changes": 0}},
            ]
        }
    )

    time_s: float = Field(default=60, gt=0, le=_LONGEST_S, description="Seconds to search.")
    gap: float = Field(
        default=0, ge=0, le=1, description="Stop at this gap, a fraction; 0: when proved best."
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Another seed, another search.")
    scope: GenerationScope | None = None
    weights: dict[str, Weight] = Field(
        default_factory=dict,
        max_length=_MOST,
        description="Other weights for this generation, by the names of soft rules; 0 leaves one "
        "out. Rules that must hold have none.",
    )
