"""Findings of a schedule in the form in which callers get them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from app.scheduling.acgme.finding import Violation
from app.scheduling.domain.result import Finding
from app.schemas.finding import (
    DutyHourFinding,
    FindingCounts,
    FindingsResponse,
    RuleFinding,
    TermResponse,
)
from app.services.warm_schedule import WarmSchedule

_KEY_LETTERS = 16


def all_findings(warm: WarmSchedule) -> FindingsResponse:
    """Return everything that is wrong with a schedule."""
    score = warm.score
    return FindingsResponse(
        schedule_id=warm.schedule_id,
        revision=warm.revision,
        state=warm.state,
        duty_hours=None if warm.audit is None else list(duty_hours(warm, warm.duty_hours)),
        duty_hour_counts=counts(warm.duty_hours),
        rules=list(rules(warm, warm.broken)),
        rule_counts=counts(warm.broken),
        objective=score.objective,
        ideal=score.ideal,
        terms=[TermResponse(**asdict(term)) for term in score.terms],
    )


def duty_hours(warm: WarmSchedule, found: Iterable[Violation]) -> Iterator[DutyHourFinding]:
    """Yield duty-hour findings of a schedule."""
    packs = () if warm.validator is None else warm.validator.packs
    sources = {name: text for pack in packs for name, text in pack.sources.items()}
    labels = {person.id: person.label for person in warm.program.people}
    for one in found:
        subject = f"{labels[one.person]}: " if one.person else ""
        yield DutyHourFinding(
            key=violation_key(one),
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


def rules(warm: WarmSchedule, found: Iterable[Finding]) -> Iterator[RuleFinding]:
    """Yield findings of the programme's own rules."""
    for one in found:
        yield RuleFinding(
            key=finding_key(one),
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


def violation_key(one: Violation) -> str:
    """Return what names a duty-hour finding: its rule, person and window."""
    return _key("duty_hours", one.rule, one.person, one.start.isoformat(), one.end.isoformat())


def finding_key(one: Finding) -> str:
    """Return what names a finding of the programme's rules: its rule, person and place."""
    return _key("rules", one.rule, one.name, one.person, one.period, one.date)


def _key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:_KEY_LETTERS]
