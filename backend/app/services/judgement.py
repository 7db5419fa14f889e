"""What a change of a schedule makes of its findings: which are new, which are gone."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from app.scheduling.acgme.finding import Violation
from app.scheduling.domain.result import Finding
from app.scheduling.rules.checking import Places, findings_of
from app.services.warm_schedule import WarmSchedule

Found = TypeVar("Found", Violation, Finding)


@dataclass(frozen=True, slots=True)
class Difference(Generic[Found]):
    """Findings that a change brings, and those that it takes away.

    Parameters
    ----------
    worsened
        Errors among the new ones that do not merely take the place of one that was as bad.
    """

    new: tuple[Found, ...]
    gone: tuple[Found, ...]
    worsened: tuple[Found, ...]


@dataclass(frozen=True, eq=False)
class Judgement:
    """A schedule before and after a change, with what the change does to its findings.

    Duty-hour findings and those of the programme's own rules are never mixed.
    """

    before: WarmSchedule
    after: WarmSchedule

    @cached_property
    def duty_hours(self) -> Difference[Violation]:
        """What changes about duty hours."""
        rows = self._rows
        before, after = (_violations(one, rows) for one in (self.before, self.after))
        return _difference(before, after, _violation_key, _same_window)

    @cached_property
    def rules(self) -> Difference[Finding]:
        """What changes about the programme's own rules."""
        before, after = self.before, self.after
        if before.problem is not after.problem:
            return _difference(before.broken, after.broken, _finding_key, _same_period)
        pairs = list(zip(before.breaches, after.breaches, strict=True))
        old = tuple((rule, _without(former, latter)) for (rule, former), (_, latter) in pairs)
        new = tuple((rule, _without(latter, former)) for (rule, former), (_, latter) in pairs)
        gone, come = (findings_of(before.problem, one) for one in (old, new))
        return _difference(gone, come, _finding_key, _same_period)

    @property
    def legal(self) -> bool:
        """Whether no error is new or worse than it was."""
        return not (self.duty_hours.worsened or self.rules.worsened)

    @cached_property
    def _rows(self) -> tuple[int, ...] | None:
        """Rows of the people who were judged again; None where the people are not the same."""
        before, after = self.before.audit, self.after.audit
        if before is None or after is None or self.before.program is not self.after.program:
            return None
        return tuple(
            row
            for row in range(len(self.before.program.people))
            if before.part_of(row) is not after.part_of(row)
        )


def _without(some: Places, others: Places) -> Places:
    """Return the breaches that others have not; what is the same object is not looked into."""
    if some is others:
        return {}
    return {
        place: tuple(one for one in found if one not in others.get(place, ()))
        for place, found in some.items()
        if found is not others.get(place)
    }


def _violations(warm: WarmSchedule, rows: Iterable[int] | None) -> Iterator[Violation]:
    if rows is None or warm.audit is None:
        yield from warm.duty_hours
        return
    for row in rows:
        yield from warm.audit.findings_of(row)
    yield from warm.audit.findings_together


def _difference(
    before: Iterable[Found],
    after: Iterable[Found],
    key: Callable[[Found], Hashable],
    alike: Callable[[Found, Found], bool],
) -> Difference[Found]:
    old, now = {key(one): one for one in before}, {key(one): one for one in after}
    new = tuple(one for place, one in now.items() if place not in old)
    gone = tuple(one for place, one in old.items() if place not in now)
    worsened = tuple(
        one
        for one in new
        if one.severity == "error"
        and not any(
            other.severity == "error" and alike(one, other) and _excess(other) >= _excess(one)
            for other in gone
        )
    )
    return Difference(new, gone, worsened)


def _excess(one: Violation | Finding) -> float:
    return 0.0 if one.measured is None or one.limit is None else abs(one.measured - one.limit)


def _violation_key(one: Violation) -> Hashable:
    return (one.rule, one.severity, one.person, one.start, one.end, one.measured, one.limit)


def _same_window(one: Violation, other: Violation) -> bool:
    same = (one.rule, one.person) == (other.rule, other.person)
    return same and one.start < other.end and other.start < one.end


def _finding_key(one: Finding) -> Hashable:
    return one


def _same_period(one: Finding, other: Finding) -> bool:
    return (one.rule, one.name, one.person, one.period) == (
        *(other.rule, other.name, other.person, other.period),
    )
