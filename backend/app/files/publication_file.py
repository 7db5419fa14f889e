"""A schedule as it was published: all that reading, judging and restoring it needs, in one file.

The same schedule gives the same bytes. What is kept is compressed JSON; the hash is of the JSON.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

import numpy as np

from app.core.words import AssignmentStatus, Source
from app.files.loaded import PLAIN, Formats
from app.files.programme_dump import programme_content
from app.files.programme_file import ProgrammeFile, adapter
from app.files.schedule_document import Display, ScheduleDocument
from app.scheduling.domain.duties import Assignment, Session
from app.scheduling.domain.problem import ABSENT, Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.schedule import Placement
from app.scheduling.domain.scope import STRICT

FORMAT: Final = "housestaff-publication"
VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPlacement:
    """Somebody on a rotation type in one slot, from `start` to `end`, both included."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: str
    rotation: str
    start: date
    end: date
    source: Source
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAssignment:
    """What somebody does in one half-day, with the id of its row."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    id: UUID
    person: str
    date: date
    session: Session
    rotation: str | None
    duty: str | None
    status: AssignmentStatus
    source: Source
    locked: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedOverride:
    """A finding that was accepted, by its key: who answers for it, and why."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    key: str
    origin: str
    rule: str
    person: str | None
    message: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Ids of rows by the ids and codes that programme files use."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    people: dict[str, UUID]
    rotations: dict[str, UUID]
    duties: dict[str, UUID]


@dataclass(frozen=True, kw_only=True)
class PublicationFile:
    """What was published.

    Parameters
    ----------
    program
        The programme as it was then, leave included, without assignments.
    display
        How the grid is shown.
    ids
        Of the rows that people, rotation types and duty types came from.
    placements, assignments
        In order of people and time; assignments that were cancelled are not there.
    overrides
        Of what was found then, in order of their keys.
    """

    program: Program
    display: Display
    ids: Ids
    placements: tuple[PublishedPlacement, ...]
    assignments: tuple[PublishedAssignment, ...]
    overrides: tuple[PublishedOverride, ...] = ()
    formats: Formats = PLAIN

    @cached_property
    def stated(self) -> tuple[Assignment, ...]:
        """The assignments that say a duty."""
        return tuple(
            Assignment(
                person=one.person,
                date=one.date,
                session=one.session,
                duty=one.duty,
                rotation=one.rotation,
                note=one.note,
            )
            for one in self.assignments
            if one.duty is not None
        )

    @cached_property
    def grid(self) -> Grid:
        """Rotation indices (P, S); `ABSENT` where there is no placement."""
        people = {person.id: row for row, person in enumerate(self.display.people)}
        columns = {slot.start: column for column, slot in enumerate(self.display.slots)}
        values = {kind.code: value for value, kind in enumerate(self.display.rotations)}
        grid = np.full((len(people), len(columns)), ABSENT, dtype=np.int16)
        for one in self.placements:
            grid[people[one.person], columns[one.start]] = values[one.rotation]
        return grid

    @cached_property
    def document(self) -> ScheduleDocument:
        """The schedule as `show`, `export` and `compare` have it."""
        slots = {slot.start: slot for slot in self.display.slots}
        split = {slot.period for slot in self.display.slots if slot.part}
        return ScheduleDocument(
            display=self.display,
            placements=tuple(
                Placement(
                    person=one.person,
                    period=slots[one.start].period,
                    rotation=one.rotation,
                    start=one.start if slots[one.start].period in split else None,
                    end=one.end if slots[one.start].period in split else None,
                )
                for one in self.placements
            ),
            assignments=self.stated,
            formats=self.formats,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """The file; `programme` has the sections of a programme file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    format: Literal["housestaff-publication"] = FORMAT
    version: Literal[1] = VERSION
    programme: ProgrammeFile
    display: Display
    ids: Ids
    placements: tuple[PublishedPlacement, ...]
    assignments: tuple[PublishedAssignment, ...]
    overrides: tuple[PublishedOverride, ...] = ()


_PARTS = {
    "display": Display,
    "ids": Ids,
    "placements": tuple[PublishedPlacement, ...],
    "assignments": tuple[PublishedAssignment, ...],
    "overrides": tuple[PublishedOverride, ...],
}
_OF_PROGRAM = {item.name for item in fields(Program)}


@dataclass(frozen=True, slots=True)
class Packed:
    """Something compressed, and the SHA-256 of what it was."""

    content: bytes
    sha256: str


def pack(content: bytes) -> Packed:
    """Compress some bytes."""
    return Packed(zlib.compress(content), hashlib.sha256(content).hexdigest())


def unpack(content: bytes) -> bytes:
    """Return what was compressed."""
    return zlib.decompress(content)


def write_publication(published: PublicationFile) -> Packed:
    """Return a publication's file."""
    content: dict[str, Any] = {
        name: adapter(kind).dump_python(getattr(published, name), mode="json")
        for name, kind in _PARTS.items()
    }
    content |= {"format": FORMAT, "version": VERSION}
    content["programme"] = programme_content(published.program, published.formats)
    text = json.dumps(
        content,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        sort_keys=True,
        default=date.isoformat,
    )
    return pack(text.encode())


def read_publication(content: bytes) -> PublicationFile:
    """Return what a publication's file holds."""
    read: _Content = adapter(_Content).validate_json(unpack(content), strict=True)
    programme = read.programme
    given = {
        item.name: getattr(programme, item.name)
        for item in fields(ProgrammeFile)
        if item.name in _OF_PROGRAM
    }
    return PublicationFile(
        program=Program(**given),
        display=read.display,
        ids=read.ids,
        placements=read.placements,
        assignments=read.assignments,
        overrides=read.overrides,
        formats=programme.formats,
    )
