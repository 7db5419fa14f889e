"""A certificate as a person reads it: one row a rule, the verdict in words, what was decided."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.files.certificate import override_of
from app.files.certificate_document import Certificate, CertifiedFinding, WorstWindow
from app.files.exports.annual_grid import long_date
from app.scheduling.acgme.pack import rules_in_force
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.rule import DutyHourRule
from app.scheduling.acgme.words import counted, decimal

_WORDS = {"error": "error", "warning": "warning", "info": "note"}
_AVERAGED = {
    "rotation": "by rotation, as the ACGME says",
    "fixed28": "over 28 days, which is local policy",
    "calendar_month": "by calendar month, which is local policy",
    "rolling28_local": "over any 28 days, which is local policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule, who comes closest to it, and how often it is broken.

    Parameters
    ----------
    limit
        What it asks for, where the closest is: ``at most 80 hours a week``.
    worst
        The closest window, or of a rule that only hints the first that it points at.
    counts
        Findings by severity, without those that are accepted.
    accepted
        Findings that an override accepts.
    within
        A stricter rule whose findings stand for this one's too; empty: none.
    """

    rule: DutyHourRule
    limit: str
    unconfirmed: bool
    worst: WorstWindow | CertifiedFinding
    counts: Counter[str]
    accepted: int
    within: str

    @property
    def found(self) -> str:
        """How often it is broken: ``2 errors, 1 accepted``."""
        words = found_in_words(self.counts, self.accepted)
        return f"with {self.within}" if words == "none" and self.within else words


def found_in_words(counts: Mapping[str, int], accepted: int) -> str:
    """Return ``2 errors, 1 accepted``; ``none`` for none."""
    parts = [(counts.get(severity, 0), word) for severity, word in _WORDS.items()]
    shown = [counted(count, word) for count, word in parts if count]
    return ", ".join([*shown, *([f"{accepted} accepted"] if accepted else [])]) or "none"


@dataclass(frozen=True)
class CertificateSummary:
    """What one page says of a certificate."""

    certificate: Certificate

    @cached_property
    def labels(self) -> dict[str, str]:
        """Name of everybody by id."""
        return {one.id: one.label for one in self.certificate.duty.residents}

    @cached_property
    def rows(self) -> tuple[RuleRow, ...]:
        """Every rule that had something to judge, in the order of the packs."""
        rows = (self._row(rule) for rule in self._rules.values())
        return tuple(row for row in rows if row is not None)

    @cached_property
    def silent(self) -> tuple[str, ...]:
        """Names of the rules that had nothing to judge."""
        judged = {row.rule.id for row in self.rows}
        return tuple(rule.name for id_, rule in self._rules.items() if id_ not in judged)

    @cached_property
    def _rules(self) -> dict[str, DutyHourRule]:
        law = self.certificate.law
        return {rule.id: rule for rule in rules_in_force(law.packs, law.policy)}

    def _row(self, rule: DutyHourRule) -> RuleRow | None:
        judgement = self.certificate.judgement
        windows = [one for one in judgement.margins if one.rule == rule.id]
        findings = [one for one in judgement.findings if one.rule == rule.id]
        if not windows and not findings:
            return None
        worst: WorstWindow | CertifiedFinding
        worst = min(windows, key=lambda one: one.margin) if windows else findings[0]
        limit = f"{rule.sense} {decimal(worst.limit)} {worst.unit}"
        open_ = [one for one in findings if not override_of(one, judgement.overrides)]
        return RuleRow(
            rule=rule,
            limit="none allowed" if rule.sense == "at most" and worst.limit == 0 else limit,
            unconfirmed=rule.id in self.unconfirmed,
            worst=worst,
            counts=Counter[str](one.severity for one in open_),
            accepted=len(findings) - len(open_),
            within=next((one.rule for one in judgement.findings if rule.id in one.also), ""),
        )

    @cached_property
    def unconfirmed(self) -> tuple[str, ...]:
        """Ids of the rules whose numbers nobody confirmed."""
        return tuple(dict.fromkeys(one.rule for one in self.certificate.judgement.unconfirmed))

    @cached_property
    def open_errors(self) -> tuple[CertifiedFinding, ...]:
        """Errors that no override accepts."""
        judgement = self.certificate.judgement
        return tuple(
            found
            for found in judgement.findings
            if found.severity == "error" and not override_of(found, judgement.overrides)
        )

    @property
    def counts(self) -> str:
        """All findings: ``2 errors, 1 warning, 3 accepted``."""
        judgement = self.certificate.judgement
        total = Counter[str](
            found.severity
            for found in judgement.findings
            if not override_of(found, judgement.overrides)
        )
        return found_in_words(total, len(judgement.findings) - total.total())

    @property
    def verdict(self) -> str:
        """The verdict as a sentence."""
        verdict = self.certificate.judgement.verdict
        if verdict == "compliant":
            return "Compliant: every rule that must be kept is kept"
        if verdict == "compliant with overrides":
            return "Compliant with overrides: every error is accepted by name"
        return f"Not compliant: {counted(len(self.open_errors), 'error')}"

    @property
    def subject(self) -> str:
        """Specialty, year, days, how many residents there are, and whether it is a plan."""
        certificate = self.certificate
        duty = certificate.duty
        parts = (
            certificate.subject.specialty,
            certificate.subject.academic_year,
            f"{long_date(duty.first)} – {long_date(duty.last)}",
            counted(len(duty.residents), "resident"),
            {"plan": "planned duty", "record": "logged duty"}[duty.basis],
        )
        return " · ".join(part for part in parts if part)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """What the programme decided, was granted or confirmed."""
        return tuple(_choices(self.certificate.law.policy))


def _choices(policy: Policy) -> Iterator[str]:
    usual = Policy()
    yield f"Averaged {_AVERAGED[policy.averaging]}"
    for granted in policy.exceptions:
        where = ", ".join(granted.rotations) or "all rotations"
        yield (
            f"{granted.hours} hours a week granted on {where}{_dates(granted.start, granted.end)}, "
            f"approval {granted.approval}"
        )
    for tight in policy.tightened:
        why = f": {tight.reason}" if tight.reason else ""
        yield f"{tight.rule} tightened to {decimal(tight.limit)}{why}"
    for confirmed in policy.confirmed:
        yield f"{confirmed.rule} confirmed: {confirmed.source}"
    if policy.remainder != usual.remainder:
        yield "Days left over in a long rotation averaged on their own"
    if policy.rounding != usual.rounding:
        yield f"Days off due rounded: {policy.rounding}"
    if policy.merge_gap_minutes:
        yield f"Gaps of up to {policy.merge_gap_minutes} minutes do not end a duty period"
    if policy.dst_grace_minutes:
        yield f"{policy.dst_grace_minutes} minutes of grace when the clock is put back"
    if not policy.moonlighting_breaks_days_off:
        yield "Moonlighting does not end a day off"
    if not policy.moonlighting_has_rest_rules:
        yield "Rest rules do not look at moonlighting"


def _dates(first: date | None, last: date | None) -> str:
    return "".join(
        f" {word} {long_date(day)}" for word, day in (("from", first), ("to", last)) if day
    )
