"""Errors that nobody answers for: a schedule is not published with them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from app.core.exceptions import AppException
from app.models import Override
from app.scheduling.acgme.finding import Violation
from app.scheduling.domain.result import Finding
from app.services.findings import Accepted, duty_hours, finding_key, rules, violation_key
from app.services.warm_schedule import WarmSchedule

_MOST_TOLD = 100


class UnresolvedError(AppException):
    """A schedule has errors that nobody has answered for."""

    code = "RULES_BROKEN"
    status = HTTPStatus.BAD_REQUEST


class DutyHoursUnresolvedError(UnresolvedError):
    """Some of them are about duty hours."""

    code = "ACGME_VIOLATION"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


def refuse_unresolved(warm: WarmSchedule, overrides: Sequence[Override]) -> None:
    """Refuse a schedule with errors that still stand, and tell those that are overridden apart.

    Raises
    ------
    UnresolvedError
        With both.
    """
    accepted = {one.finding_key: one for one in overrides}
    hours = [(one, violation_key(one)) for one in warm.duty_hours if one.severity == "error"]
    broken = [(one, finding_key(one)) for one in warm.broken if one.severity == "error"]
    open_hours = [one for one, key in hours if key not in accepted]
    open_rules = [one for one, key in broken if key not in accepted]
    count = len(open_hours) + len(open_rules)
    if not count:
        return
    answered_hours = [one for one, key in hours if key in accepted]
    answered_rules = [one for one, key in broken if key in accepted]
    details = _told(warm, open_hours, open_rules, {}) | {
        "overridden": _told(warm, answered_hours, answered_rules, accepted)
    }
    error = DutyHoursUnresolvedError if open_hours else UnresolvedError
    raise error(
        f"{count} {'error is' if count == 1 else 'errors are'} unresolved: mend them, or override "
        "them with a reason.",
        details,
    )


def _told(
    warm: WarmSchedule,
    hours: Sequence[Violation],
    broken: Sequence[Finding],
    accepted: Accepted,
) -> dict[str, Any]:
    found_hours = duty_hours(warm, hours[:_MOST_TOLD], accepted)
    found_rules = rules(warm, broken[:_MOST_TOLD], accepted)
    return {
        "errors": len(hours) + len(broken),
        "duty_hours": [one.model_dump(mode="json") for one in found_hours],
        "rules": [one.model_dump(mode="json") for one in found_rules],
    }
