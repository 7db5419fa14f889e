from typing import Any

from pydantic import BaseModel, Field


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="What programs rely on.", examples=["NOT_FOUND"])
    message: str = Field(description="What people read.", examples=["There is no such schedule."])
    details: dict[str, Any] = Field(description="More for programs, by code.")


class ErrorResponse(BaseModel):
    """The one shape of all errors."""

    error: ErrorBody
