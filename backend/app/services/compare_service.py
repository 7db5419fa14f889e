"""Two schedules compared: what differs, and what each is worth."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import NamedTuple

from app.core.exceptions import InvalidStateError
from app.files.comparison import Change, compare_documents
from app.models import Schedule
from app.schemas.comparison import (
    AnswerDifference,
    AssignmentDifference,
    ComparedSchedule,
    ComparisonResponse,
    PersonDifference,
    PlacementDifference,
    RotationDifference,
    StaffingDifference,
    TermDifference,
)
from app.schemas.edit import DutyHourDifference, RuleDifference
from app.schemas.finding import FindingResponse
from app.services.export_service import document_of
from app.services.findings import Accepted, duty_hours, finding_key, rules, violation_key
from app.services.judgement import Judgement
from app.services.warm_schedule import WarmSchedule


class Side(NamedTuple):
    """One of the schedules that are compared."""

    schedule: Schedule
    warm: WarmSchedule
    accepted: Accepted

    def told(self) -> ComparedSchedule:
        """Return what is told of it."""
        return ComparedSchedule(
            id=self.schedule.id,
            name=self.schedule.name,
            revision=self.schedule.revision,
            objective=self.warm.score.objective,
        )


def compared(first: Side, second: Side) -> ComparisonResponse:
    """Return what differs between two schedules.

    Raises
    ------
    InvalidStateError
        When they are not of one programme.
    """
    if first.schedule.program_id != second.schedule.program_id:
        raise InvalidStateError("Schedules of different programmes cannot be compared.")
    before, after = first.warm, second.warm
    found = compare_documents(
        document_of(before), document_of(after), before.score.terms, after.score.terms
    )
    difference = Judgement(before, after)
    violations, broken = difference.duty_hours, difference.rules
    ids = before.names.ids
    return ComparisonResponse(
        before=first.told(),
        after=second.told(),
        same=found.same,
        people_only_before=list(found.people_only_before),
        people_only_after=list(found.people_only_after),
        periods_only_before=list(found.periods_only_before),
        periods_only_after=list(found.periods_only_after),
        placements=[
            PlacementDifference(
                person_id=ids.get(one.person),
                person=one.person,
                name=one.name,
                period=one.period,
                start_date=one.start,
                before=one.before,
                after=one.after,
            )
            for one in found.changes
        ],
        assignments=list(_assignments(before, after)),
        by_person=[PersonDifference(name=name, slots=count) for name, count in found.by_person],
        by_rotation=list(_by_rotation(found.changes)),
        terms=[TermDifference(**asdict(one)) for one in found.terms],
        staffing=[
            StaffingDifference(
                name=one.name,
                period=one.period,
                start_date=one.start,
                before=one.before,
                after=one.after,
                short_before=one.short_before,
                short_after=one.short_after,
            )
            for one in found.staffing
        ],
        duty_hours=DutyHourDifference(
            new=list(duty_hours(after, violations.new, second.accepted)),
            gone=list(duty_hours(before, violations.gone, first.accepted)),
        ),
        rules=RuleDifference(
            new=list(rules(after, broken.new, second.accepted)),
            gone=list(rules(before, broken.gone, first.accepted)),
        ),
        answers=list(_answers(first, second)),
    )


def _answers(first: Side, second: Side) -> Iterator[AnswerDifference]:
    """Yield what both schedules have found, and not the same is answered for."""
    wanted = first.accepted.keys() | second.accepted.keys()
    old, new = _of_keys(first, wanted), _of_keys(second, wanted)
    for key, one in new.items():
        if key in old and _said(one) != _said(old[key]):
            yield AnswerDifference(
                key=key,
                origin=one.origin,
                rule=one.rule,
                name=one.name,
                severity=one.severity,
                person=one.person,
                message=one.message,
                before=old[key].override,
                after=one.override,
            )


def _of_keys(side: Side, wanted: Collection[str]) -> dict[str, FindingResponse]:
    hours = [one for one in side.warm.duty_hours if violation_key(one) in wanted]
    broken = [one for one in side.warm.broken if finding_key(one) in wanted]
    told = (
        *duty_hours(side.warm, hours, side.accepted),
        *rules(side.warm, broken, side.accepted),
    )
    return {one.key: one for one in told}


def _said(finding: FindingResponse) -> tuple[str, str] | None:
    answer = finding.override
    return None if answer is None else (answer.author, answer.reason)


def _by_rotation(changes: Sequence[Change]) -> Iterator[RotationDifference]:
    gained = Counter(one.after for one in changes if one.after is not None)
    lost = Counter(one.before for one in changes if one.before is not None)
    for code in sorted(gained.keys() | lost.keys()):
        yield RotationDifference(rotation_type=code, gained=gained[code], lost=lost[code])


def _assignments(before: WarmSchedule, after: WarmSchedule) -> Iterator[AssignmentDifference]:
    """Yield the half-days whose assignments say different duties, by person and time."""
    old, new = (
        {(one.person, *place): one.duty for days in warm.assigned for place, one in days.items()}
        for warm in (before, after)
    )
    for place in sorted(old.keys() | new.keys()):
        if old.get(place) != new.get(place):
            person, day, session = place
            yield AssignmentDifference(
                person=person,
                date=day,
                session=session,
                before=old.get(place),
                after=new.get(place),
            )
