"""What edits made of a schedule, in the form in which callers get it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from app.repositories.cells import Assigned, ChangedCell, HalfDay, Placed, Slot, load_changes
from app.repositories.edit_repository import Logged
from app.scheduling.acgme.timeline import NONE
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.timetable import half_days
from app.scheduling.timetable.cells import SOURCES
from app.schemas.edit import (
    AssignmentCell,
    DutyHourDifference,
    EditAuthor,
    EditEntry,
    EditLog,
    EditResponse,
    EffectiveHalfDay,
    PlacementCell,
    RuleDifference,
)
from app.services.findings import Accepted, duty_hours, rules
from app.services.judgement import Judgement
from app.services.warm_schedule import Names, WarmSchedule

_Said = tuple[int, int, int]


class Done(NamedTuple):
    """What is known of an edit once it is written; nothing of one that was only tried."""

    edit_id: UUID | None = None
    can_undo: bool | None = None
    can_redo: bool | None = None
    accepted: Accepted = MappingProxyType({})


def edit_response(
    judgement: Judgement, changes: Sequence[ChangedCell], revision: int, done: Done
) -> EditResponse:
    """Return the answer to edits."""
    before, after = judgement.before, judgement.after
    violations, broken = judgement.duty_hours, judgement.rules
    return EditResponse(
        schedule_id=after.schedule_id,
        revision=revision,
        state=after.state,
        edit_id=done.edit_id,
        legal=judgement.legal,
        placements=list(placements(after.names, changes)),
        assignments=list(assignments(after.names, changes)),
        half_days=list(_effective(before, after, {one.cell.person_id for one in changes})),
        duty_hours=DutyHourDifference(
            new=list(duty_hours(after, violations.new, done.accepted)),
            gone=list(duty_hours(before, violations.gone, done.accepted)),
        ),
        rules=RuleDifference(
            new=list(rules(after, broken.new, done.accepted)),
            gone=list(rules(before, broken.gone, done.accepted)),
        ),
        can_undo=done.can_undo,
        can_redo=done.can_redo,
    )


def edit_log(
    names: Names, revision: int, since: int, logged: Sequence[Logged], cells: int | None = None
) -> EditLog:
    """Return what has changed since a revision.

    Parameters
    ----------
    cells
        How many cells of an edit are told at most; None: all.
    """
    return EditLog(
        revision=revision,
        complete=is_complete(revision, since, logged),
        items=[_entry(names, one, cells) for one in logged],
    )


def is_complete(revision: int, since: int, logged: Sequence[Logged]) -> bool:
    """Return whether entries tell every change of a cell since a revision."""
    told = [one.edit.revision for one in logged]
    known = told == list(range(since + 1, revision + 1))
    return known and all(one.edit.cells is not None for one in logged)


def _entry(names: Names, logged: Logged, cells: int | None) -> EditEntry:
    edit, author = logged.edit, logged.author
    changes = None if edit.cells is None else load_changes(edit.cells[:cells])
    return EditEntry(
        id=edit.id,
        revision=edit.revision,
        kind=edit.kind,
        by=None if author is None else EditAuthor.model_validate(author),
        at=edit.created_at,
        undone=edit.undone,
        placements=None if changes is None else list(placements(names, changes)),
        assignments=None if changes is None else list(assignments(names, changes)),
    )


def placements(names: Names, changes: Iterable[ChangedCell]) -> Iterator[PlacementCell]:
    """Yield what stands in changed slots after the change."""
    for one in changes:
        if isinstance(one.cell, Slot):
            now = one.after
            assert now is None or isinstance(now, Placed)  # noqa: S101 - what slots hold
            yield PlacementCell(
                person_id=one.cell.person_id,
                start_date=one.cell.start_date,
                rotation_type=None if now is None else _code(names, now.rotation_type_id),
                source=None if now is None else now.source,
                locked=now is not None and now.locked,
            )


def assignments(names: Names, changes: Iterable[ChangedCell]) -> Iterator[AssignmentCell]:
    """Yield what assignments say of changed half-days after the change."""
    for one in changes:
        if isinstance(one.cell, HalfDay):
            now = one.after
            assert now is None or isinstance(now, Assigned)  # noqa: S101 - what half-days hold
            duty = None if now is None else names.duties.get(now.duty_type_id or UUID(int=0))
            yield AssignmentCell(
                person_id=one.cell.person_id,
                date=one.cell.date,
                session=one.cell.session,
                duty=None if duty is None else duty.code,
                rotation_type=None if now is None else _code(names, now.rotation_type_id),
                source=None if now is None else now.source,
                locked=now is not None and now.locked,
                note="" if now is None else now.note,
            )


def _code(names: Names, rotation_type_id: UUID | None) -> str | None:
    """Return a rotation type's code; None for none, and for one that is gone."""
    return None if rotation_type_id is None else names.rotation_codes.get(rotation_type_id)


def _effective(
    before: WarmSchedule, after: WarmSchedule, people: Iterable[UUID]
) -> Iterator[EffectiveHalfDay]:
    """Yield the half-days that mean something else now, by person and time."""
    program, first = after.program, after.timetable.first
    rows = after.names.person_rows
    for row in sorted(rows[one] for one in people if one in rows):
        person = after.names.people[row].id
        was, now = _said(before, row), _said(after, row)
        for day, session in sorted(was.keys() | now.keys()):
            said = now.get((day, session))
            if said == was.get((day, session)):
                continue
            duty, rotation, source = said or (NONE, NONE, NONE)
            yield EffectiveHalfDay(
                person_id=person,
                date=first + timedelta(day),
                session=SESSIONS[session],
                duty=None if duty == NONE else program.duty_types[duty].code,
                rotation_type=None if rotation == NONE else program.rotation_types[rotation].code,
                source=None if said is None else SOURCES[source],
            )


def _said(warm: WarmSchedule, row: int) -> dict[tuple[int, int], _Said]:
    """Return duty, rotation and source of a person's half-days by day and session."""
    found = half_days(warm.timetable, warm.grid, slice(row, row + 1))
    places = zip(found.day.tolist(), found.session.tolist(), strict=True)
    said = zip(found.duty.tolist(), found.rotation.tolist(), found.source.tolist(), strict=True)
    return dict(zip(places, said, strict=True))
