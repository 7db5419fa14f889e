from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.scheduling.domain.duties import Session
from app.schemas.base import Day, Input, Response, check_days


class BlockQuery(Input):
    """A range of days, both included."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")

    @model_validator(mode="after")
    def _range(self) -> Self:
        check_days(self.first, self.last)
        return self


class BlockResponse(Response):
    """One half-day."""

    id: UUID
    date: date
    session: Session
