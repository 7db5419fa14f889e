"""What an assignment is to say, checked against its schedule."""

from dataclasses import replace
from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from app.core.exceptions import ConflictError, InvalidStateError
from app.core.words import AssignmentStatus, Source
from app.models import Schedule
from app.repositories.cells import Assigned, HalfDay
from app.scheduling.domain.duties import Session
from app.scheduling.domain.problem import ABSENT
from app.services.warm_schedule import WarmSchedule

_NEXT: dict[AssignmentStatus, tuple[AssignmentStatus, ...]] = {
    AssignmentStatus.SCHEDULED: (AssignmentStatus.CONFIRMED, AssignmentStatus.CANCELLED),
    AssignmentStatus.CONFIRMED: (AssignmentStatus.COMPLETED, AssignmentStatus.CANCELLED),
    AssignmentStatus.COMPLETED: (),
    AssignmentStatus.CANCELLED: (),
}


class OnLeaveError(InvalidStateError):
    """Somebody is on leave on that day."""

    code = "ON_LEAVE"


def new_content(
    schedule: Schedule, warm: WarmSchedule, cell: HalfDay, said: tuple[str, str | None, str]
) -> Assigned:
    """Return what a new assignment says.

    Parameters
    ----------
    said
        Codes of rotation type and duty type, and the note; without a duty type, the one that the
        rotation type's week has there.

    Raises
    ------
    InvalidStateError
        When a code names nothing, the day is not in the schedule, or the person is not appointed.
    """
    rotation, duty, note = said
    _check_place(schedule, warm, cell)
    code = duty or _template_duty(warm, rotation, cell.date, cell.session)
    rotation_id, duty_id = _rotation(warm, rotation), _duty(warm, code, cell.session)
    scheduled = AssignmentStatus.SCHEDULED
    return Assigned(duty_id, rotation_id, scheduled, Source.MANUAL, locked=False, note=note)


def changed_content(
    warm: WarmSchedule, cell: HalfDay, held: Assigned, changes: dict[str, Any]
) -> Assigned | None:
    """Return what an assignment says after changes; None when it is cancelled.

    Raises
    ------
    InvalidStateError
        When a code names nothing, or the status cannot follow.
    ConflictError
        When it is locked.
    """
    locked = changes.get("locked", held.locked)
    status = changes.get("status", held.status)
    if status != held.status and status not in _NEXT[held.status]:
        following = " or ".join(_NEXT[held.status]) or "nothing"
        raise InvalidStateError(
            f"An assignment that is {held.status} becomes {following}, not {status}.",
            {"status": held.status, "next": list(_NEXT[held.status])},
            code="STATUS_ORDER",
        )
    after = replace(held, locked=locked, status=status, note=changes.get("note", held.note))
    if "rotation_type" in changes:
        after = replace(after, rotation_type_id=_rotation(warm, changes["rotation_type"]))
    if "duty" in changes:
        after = replace(after, duty_type_id=_duty(warm, changes["duty"], cell.session))
    says = (after.duty_type_id, after.rotation_type_id, after.note)
    cancelled = status == AssignmentStatus.CANCELLED
    different = says != (held.duty_type_id, held.rotation_type_id, held.note)
    if held.locked and locked and (different or cancelled):
        raise ConflictError("The assignment is locked: unlock it first.", code="LOCKED")
    if cancelled:
        return None
    return replace(after, source=Source.MANUAL) if different else after


def check_leave(warm: WarmSchedule, cell: HalfDay) -> None:
    """Refuse duty on leave, approved or by a rotation type that is leave.

    Raises
    ------
    OnLeaveError
        When the day is such.
    """
    row, timetable = warm.names.person_rows[cell.person_id], warm.timetable
    day = (cell.date - timetable.first).days + 1
    value = warm.grid[row, timetable.slots[day]]
    away = value != ABSENT and timetable.leave[value] and timetable.taken[day]
    if not (timetable.approved[row, day] or away):
        return
    name = warm.program.people[row].label
    raise OnLeaveError(
        f"{name} is on leave on {cell.date}: override it with a reason, or choose another day.",
        {"person_id": str(cell.person_id), "date": str(cell.date), "session": cell.session},
    )


def _check_place(schedule: Schedule, warm: WarmSchedule, cell: HalfDay) -> None:
    calendar = warm.program.calendar
    first = max(schedule.start_date, calendar.start)
    last = min(schedule.end_date, calendar.last_day)
    if not first <= cell.date <= last:
        _refuse(f"{cell.date} is not in the schedule, which goes from {first} to {last}")
    row = warm.names.person_rows.get(cell.person_id)
    if row is None:
        _refuse("the person is not appointed in this academic year", "NOT_APPOINTED")
    if not warm.timetable.present[row, (cell.date - warm.timetable.first).days + 1]:
        name = warm.program.people[row].label
        _refuse(f"{name} is not appointed on {cell.date}", "NOT_APPOINTED")


def _template_duty(warm: WarmSchedule, rotation: str, day: date, session: Session) -> str:
    known = _rotation(warm, rotation)
    kind = warm.program.rotation_types[warm.names.rotation_values[known]]
    said = kind.week.get(day.weekday())
    duty: str | None = None if said is None else getattr(said, session.lower())
    # A duty type that stands for a whole day has not all sessions.
    if duty is None or not warm.names.duties[warm.names.duty_ids[duty]].has(session):
        _refuse(f"{rotation} has no duty on {day:%A} {session} in its week: send duty")
    return duty


def _rotation(warm: WarmSchedule, code: str) -> UUID:
    found = warm.names.rotation_ids.get(code)
    if found is None:
        _refuse(f"there is no rotation type {code!r}")
    return found


def _duty(warm: WarmSchedule, code: str, session: Session) -> UUID:
    found = warm.names.duty_ids.get(code)
    if found is None:
        _refuse(f"there is no duty type {code!r}")
    if not warm.names.duties[found].has(session):
        _refuse(f"duty type {code!r} has no {session}")
    return found


def _refuse(why: str, code: str = "") -> NoReturn:
    raise InvalidStateError(f"{why[0].upper()}{why[1:]}.", code=code)
