"""The cells of a schedule that people edit: placements by slot, assignments by half-day."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core.words import AssignmentStatus, Source
from app.repositories import engine_json
from app.scheduling.domain.duties import Session


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A cell of the annual grid: somebody in the slot that begins with a day."""

    person_id: UUID
    start_date: date


@dataclass(frozen=True, slots=True, order=True)
class HalfDay:
    """A half-day of somebody."""

    person_id: UUID
    date: date
    session: Session


Cell = Slot | HalfDay


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands in a slot."""

    rotation_type_id: UUID
    source: Source
    locked: bool


@dataclass(frozen=True, slots=True)
class Assigned:
    """What stands in a half-day, by an assignment that is not cancelled."""

    duty_type_id: UUID | None
    rotation_type_id: UUID | None
    status: AssignmentStatus
    source: Source
    locked: bool
    note: str


@dataclass(frozen=True, slots=True)
class ChangedSlot:
    """What stood in a slot before an edit, and what after it; None: nothing."""

    cell: Slot
    before: Placed | None
    after: Placed | None


@dataclass(frozen=True, slots=True)
class ChangedHalfDay:
    """What an assignment said of a half-day before an edit, and after it; None: there was none."""

    cell: HalfDay
    before: Assigned | None
    after: Assigned | None


ChangedCell = ChangedSlot | ChangedHalfDay
Contents = dict[Cell, Placed | Assigned]


def changed(cell: Cell, before: Placed | Assigned | None, after: Placed | Assigned | None) -> Any:  # noqa: ANN401 - one of ChangedCell
    """Return a cell's change; the contents are those that its kind of cell has."""
    kind: Any = ChangedSlot if isinstance(cell, Slot) else ChangedHalfDay
    return kind(cell, before, after)


def dump_changes(changes: tuple[ChangedCell, ...]) -> list[Any]:
    """Return changes as the edit log keeps them."""
    dumped: list[Any] = engine_json.dump(tuple[ChangedCell, ...], changes)
    return dumped


def load_changes(kept: list[Any]) -> tuple[ChangedCell, ...]:
    """Return the changes that the edit log keeps."""
    changes: tuple[ChangedCell, ...] = engine_json.load(tuple[ChangedCell, ...], kept)
    return changes
