"""Findings of a schedule in the form in which callers get them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from types import MappingProxyType

from app.models import Override
from app.scheduling.acgme.finding import Violation
from app.scheduling.domain.duties import Session
from app.scheduling.domain.result import Finding
from app.schemas.finding import (
    DutyHourFinding,
    FindingCounts,
    FindingOverride,
    FindingsResponse,
    RuleFinding,
    TermResponse,
)
from app.services.warm_schedule import WarmSchedule

Accepted = Mapping[str, Override]
"""What somebody answers for, by the keys of the findings."""
_NOTHING: Accepted = MappingProxyType({})
_KEY_LETTERS = 16


def all_findings(warm: WarmSchedule, accepted: Accepted = _NOTHING) -> FindingsResponse:
    """Return everything that is wrong with a schedule, and what somebody answers for."""
    score = warm.score
    hours = list(duty_hours(warm, warm.duty_hours, accepted))
    return FindingsResponse(
        schedule_id=warm.schedule_id,
        revision=warm.revision,
        state=warm.state,
        duty_hours=None if warm.audit is None else hours,
        duty_hour_counts=counts(warm.duty_hours),
        rules=list(rules(warm, warm.broken, accepted)),
        rule_counts=counts(warm.broken),
        objective=score.objective,
        ideal=score.ideal,
        terms=[TermResponse(**asdict(term)) for term in score.terms],
    )


def duty_hours(
    warm: WarmSchedule, found: Iterable[Violation], accepted: Accepted = _NOTHING
) -> Iterator[DutyHourFinding]:
    """Yield duty-hour findings of a schedule."""
    packs = () if warm.validator is None else warm.validator.packs
    sources = {name: text for pack in packs for name, text in pack.sources.items()}
    labels = {person.id: person.label for person in warm.program.people}
    for one in found:
        subject = f"{labels[one.person]}: " if one.person else ""
        key = violation_key(one)
        yield DutyHourFinding(
            key=key,
            override=_answer(accepted.get(key)),
            origin="duty_hours",
            rule=one.rule,
            name=one.name,
            severity=one.severity,
            person_id=warm.names.ids.get(one.person),
            person=one.person or None,
            measured=one.measured,
            limit=one.limit,
            unit=one.unit,
            message=f"{subject}{one.message}{' (unconfirmed)' if one.unconfirmed else ''}",
            source="; ".join(sources.get(name, name) for name in one.sources) or None,
            date=one.first,
            start=one.start,
            end=one.end,
            rotation=one.rotation or None,
            days=one.days,
            leave_days=one.leave_days,
            averaging=one.averaging,
            pack=one.pack,
            version=one.version,
            confidence=one.confidence,
            unconfirmed=one.unconfirmed,
            evidence=list(one.evidence),
            also=list(one.also),
        )


def rules(
    warm: WarmSchedule, found: Iterable[Finding], accepted: Accepted = _NOTHING
) -> Iterator[RuleFinding]:
    """Yield findings of the programme's own rules."""
    for one in found:
        key = finding_key(one)
        yield RuleFinding(
            key=key,
            override=_answer(accepted.get(key)),
            origin="rules",
            rule=one.rule,
            name=one.name,
            severity=one.severity,
            person_id=warm.names.ids.get(one.person or ""),
            person=one.person,
            measured=one.measured,
            limit=one.limit,
            unit=one.unit,
            message=one.message,
            source=one.source,
            period=one.period,
            date=one.date,
        )


def counts(found: Iterable[Violation] | Iterable[Finding]) -> FindingCounts:
    """Return how many findings there are of each severity."""
    told = Counter(one.severity for one in found)
    return FindingCounts(errors=told["error"], warnings=told["warning"], infos=told["info"])


def errors(warm: WarmSchedule) -> Iterator[tuple[str, str]]:
    """Yield the key of every error, and the name of what it breaks."""
    yield from ((violation_key(one), one.name) for one in warm.duty_hours if _is_error(one))
    yield from ((finding_key(one), one.name) for one in warm.broken if _is_error(one))


def _is_error(one: Violation | Finding) -> bool:
    return one.severity == "error"


def violation_key(one: Violation) -> str:
    """Return what names a duty-hour finding: its rule, person and window."""
    return _key("duty_hours", one.rule, one.person, one.start.isoformat(), one.end.isoformat())


def finding_key(one: Finding) -> str:
    """Return what names a finding of the programme's rules: its rule, person and place."""
    return _key("rules", one.rule, one.name, one.person, one.period, one.date)


def leave_key(person: str, day: date, session: Session) -> str:
    """Return what names duty of somebody on leave: the half-day."""
    return _key("leave", person, day.isoformat(), session)


def _answer(override: Override | None) -> FindingOverride | None:
    if override is None:
        return None
    return FindingOverride(
        id=override.id,
        reason=override.reason,
        author_id=override.author_id,
        author=override.author,
        at=override.updated_at,
    )


def _key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:_KEY_LETTERS]
