"""What notifications say. Reasons of leave are for the application alone: others read mail."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from app.models import Leave, Publication, Request, Schedule
from app.services.notification_service import Notice
from app.services.told_changes import PersonChange

_MOST_RULES = 5
_MY_SCHEDULE = "/my-schedule"
_MY_LEAVE = "/my-leave"


def published(publication: Publication, change: PersonChange) -> Notice:
    """Return what somebody is told whose half-days a publication changes."""
    count = change.half_days
    what = {0: "Your rotations", 1: "1 half-day"}.get(count, f"{count} half-days")
    verb = "is" if count == 1 else "are"
    said = f"{publication.name} was published by {publication.published_by_name}."
    about = f"{what} {verb} new or different for you, from {change.first} to {change.last}."
    return Notice(
        event=f"publication:{publication.id}",
        kind="published",
        subject=f"Your schedule has changed: {publication.name}",
        body="\n\n".join(filter(None, (f"{said} {about}", publication.note))),
        link=_MY_SCHEDULE,
    )


def leave_became(leave: Leave, became: str) -> Notice:
    """Return what somebody is told whose leave somebody else decided on or changed."""
    days = _days(leave.start_date, leave.end_date)
    return _became("leave", leave, f"Your leave {days} is {became}")


def request_became(request: Request, became: str) -> Notice:
    """Return what somebody is told whose wish somebody else decided on or changed."""
    return _became("request", request, f"Your wish of rank {request.rank} is {became}")


def _became(kind: str, asked: Leave | Request, told: str) -> Notice:
    return Notice(
        event=f"{kind}:{asked.id}:{asked.version}",
        kind=kind,
        subject=told,
        body=f"{told}. More is said in Housestaff.",
        link=_MY_LEAVE,
    )


def assignment_changed(
    event: tuple[UUID, int],
    day: date,
    session: str,
    what: Literal["new", "changed", "cancelled"],
    duty: str,
) -> Notice:
    """Return what somebody is told of a single half-day.

    Parameters
    ----------
    event
        Id and version of the assignment.
    duty
        What the duty is called.
    """
    place = f"{day} {session}"
    said = "is cancelled" if what == "cancelled" else f"is {what}: {duty}"
    return Notice(
        event=f"assignment:{event[0]}:{event[1]}:{what}",
        kind="assignment",
        subject=f"Your half-day on {place} {said}",
        body=f"Your half-day on {place} {said}.",
        link=_MY_SCHEDULE,
    )


def new_errors(schedule: Schedule, rules: Sequence[str], event: str) -> Notice:
    """Return what coordinators are told of errors that nobody has accepted and nobody knew.

    Parameters
    ----------
    rules
        The name of what each error breaks.
    """
    count = "1 new error" if len(rules) == 1 else f"{len(rules)} new errors"
    broken = Counter(rules).most_common()
    named = [f"{name} ({times})" for name, times in broken[:_MOST_RULES]]
    more = ["and others"] if len(broken) > _MOST_RULES else []
    return Notice(
        event=event,
        kind="nightly",
        subject=f"{count} in {schedule.name}",
        body=f"The nightly check found {count} in {schedule.name}, revision {schedule.revision}: "
        f"{', '.join([*named, *more])}. Rules, leave or people may have changed.",
        link=f"/schedules/{schedule.id}",
    )


def cannot_be_verified(schedule: Schedule, event: str) -> Notice:
    """Return what coordinators are told of a schedule that the nightly check cannot judge."""
    return Notice(
        event=event,
        kind="nightly",
        subject=f"{schedule.name} cannot be checked",
        body=f"The nightly check could not judge {schedule.name}, since its programme contradicts "
        "itself. Its findings say where.",
        link=f"/schedules/{schedule.id}",
    )


def _days(first: date, last: date) -> str:
    return f"on {first}" if first == last else f"from {first} to {last}"
