from uuid import UUID

from app.scheduling.domain.result import Finding
from app.schemas.base import Response
from app.schemas.program import ProgramResponse


class ImportResponse(Response):
    """A programme that was made of a file, and what was passed over while reading it."""

    program: ProgramResponse
    academic_year_id: UUID
    schedule_id: UUID | None
    people: int
    rotation_types: int
    duty_types: int
    rules: int
    findings: list[Finding]
