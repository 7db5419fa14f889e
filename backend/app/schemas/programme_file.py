from typing import Any
from uuid import UUID

from pydantic import Field

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


class FieldChangeResponse(Response):
    """One key's value before and after, as a programme file has it; null: it is not there."""

    field: str
    before: Any
    after: Any


class EntryResponse(Response):
    """An entry as a programme file has it.

    `key` is the person's id, the code of a rotation or duty type, the rule's name.
    """

    key: str
    content: dict[str, Any]


class ChangedEntryResponse(Response):
    """An entry that stays and changes."""

    key: str
    fields: list[FieldChangeResponse]


class ListChangesResponse(Response):
    """What an import does to one list; leave and wishes are added and removed one by one."""

    added: list[EntryResponse]
    changed: list[ChangedEntryResponse]
    removed: list[EntryResponse]
    reordered: bool = Field(description="Whether entries that stay come in another order.")


class ProgrammeChangesResponse(Response):
    """What an import changes, part by part; `settings` are the sections that are no lists."""

    settings: list[FieldChangeResponse]
    people: ListChangesResponse
    rotation_types: ListChangesResponse
    duty_types: ListChangesResponse
    rules: ListChangesResponse
    leave: ListChangesResponse
    wishes: ListChangesResponse


class ImportOverResponse(Response):
    """What an import changes, or has changed, and what was passed over."""

    program_id: UUID
    academic_year_id: UUID
    dry_run: bool
    state: str = Field(description="Of the programme now, as the `ETag` has it.")
    changes: ProgrammeChangesResponse
    findings: list[Finding]
