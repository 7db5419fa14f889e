"""The duty-hour certificate, made from an audit: judged again from its own data, and signed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import __version__
from app.files.certificate_document import (
    Certificate,
    CertifiedFinding,
    Hashes,
    Judgement,
    Law,
    Override,
    Subject,
    Unconfirmed,
    Verdict,
    WorstWindow,
)
from app.files.certificate_duty import duty_of, timeline_of
from app.files.certificate_file import (
    hashes_of,
    signed_content,
    to_block,
    to_bytes,
    to_plain,
)
from app.files.signing import sign
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.pack import is_confirmed
from app.scheduling.acgme.timeline import Timeline
from app.scheduling.acgme.validator import ACGMEValidator, Audit

_DECIMALS = 6
"""Of what was measured; what is broken was decided in whole minutes."""

_NO_HASHES = Hashes(
    residents="",
    intervals="",
    spans="",
    leave="",
    supervision="",
    packs={},
    policy="",
    judgement="",
    document="",
)


class InvalidOverridesError(ValueError):
    """Overrides that accept nothing, or the same finding twice; every fault is listed.

    Parameters
    ----------
    faults
        Position of the override, from 0, and what is wrong with it.
    """

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(message for _, message in faults))


@dataclass(frozen=True, slots=True)
class Sealed:
    """A certificate with its hashes and perhaps a signature, and its file."""

    certificate: Certificate
    content: bytes


def draft_certificate(
    subject: Subject,
    audit: Audit,
    law: Law,
    overrides: Sequence[Override] = (),
    issued_at: datetime | None = None,
) -> Certificate:
    """Return the certificate of an audit, to be sealed.

    Parameters
    ----------
    subject
        Whose schedule, and which.
    audit
        What the law says of a timeline.
    law
        The packs and the policy that the audit was made by.
    overrides
        Findings that somebody answers for.
    issued_at
        With a zone; None: the certificate does not say when.

    Raises
    ------
    InvalidOverridesError
        When an override accepts no finding.
    RuntimeError
        When the certificate's own data do not give the same audit: a defect of the engine.
    """
    duty = duty_of(audit.timeline)
    judgement = judge(timeline_of(duty), law, overrides)
    if judgement.findings != _findings(audit) or judgement.margins != _margins(audit):
        raise RuntimeError("the duty of the certificate does not give the audit that it is made of")
    return Certificate(
        engine_version=__version__,
        issued_at=None if issued_at is None else issued_at.replace(microsecond=0),
        subject=subject,
        duty=duty,
        law=law,
        judgement=judgement,
        hashes=_NO_HASHES,
    )


def seal(draft: Certificate, key: Ed25519PrivateKey | None = None) -> Sealed:
    """Add the hashes and, with a key, the signature."""
    block = to_block(draft)
    block["hashes"] = hashes_of(block)
    signature = None if key is None else sign(signed_content(block), key)
    block["signature"] = to_plain(signature)
    hashes = Hashes(**cast("Any", block["hashes"]))
    return Sealed(replace(draft, hashes=hashes, signature=signature), to_bytes(block))


def judge(timeline: Timeline, law: Law, overrides: Sequence[Override]) -> Judgement:
    """Return what a law says of a timeline, and the verdict.

    Raises
    ------
    InvalidPolicyError
        When the policy does not fit the packs.
    InvalidOverridesError
        When an override accepts no finding, or one that another accepts.
    """
    validator = ACGMEValidator(law.packs, law.policy)
    audit = validator.audit(timeline)
    findings = _findings(audit)
    _check_overrides(overrides, findings)
    unconfirmed = {
        (rule.pack, rule.id): Unconfirmed(
            rule=rule.id, name=rule.name, pack=rule.pack, confidence=rule.confidence
        )
        for rule in validator.rules
        if not is_confirmed(rule, law.policy)
    }
    return Judgement(
        verdict=_verdict(findings, overrides),
        findings=findings,
        margins=_margins(audit),
        overrides=tuple(overrides),
        unconfirmed=tuple(unconfirmed.values()),
    )


def override_of(
    finding: CertifiedFinding | Violation, overrides: Iterable[Override]
) -> Override | None:
    """Return the override that accepts a finding, if there is one."""
    return next((one for one in overrides if one.covers(finding)), None)


def _verdict(findings: Iterable[CertifiedFinding], overrides: Sequence[Override]) -> Verdict:
    errors = [found for found in findings if found.severity == "error"]
    if not errors:
        return "compliant"
    if all(override_of(found, overrides) for found in errors):
        return "compliant with overrides"
    return "not compliant"


def _check_overrides(overrides: Sequence[Override], findings: Sequence[CertifiedFinding]) -> None:
    faults = []
    taken: dict[int, int] = {}
    for position, one in enumerate(overrides):
        covered = [number for number, found in enumerate(findings) if one.covers(found)]
        what = f"{one.rule} of {one.person} from {one.first}"
        if not covered:
            faults.append((position, f"no finding is accepted by the override of {what}"))
        earlier = {taken[number] for number in covered if number in taken}
        if earlier:
            message = f"override {min(earlier) + 1} accepts {what} already: one answers for it"
            faults.append((position, message))
        taken.update(dict.fromkeys(covered, position))
    if faults:
        raise InvalidOverridesError(faults)


def _findings(audit: Audit) -> tuple[CertifiedFinding, ...]:
    return tuple(CertifiedFinding(**_known(one)) for one in audit.findings)


def _margins(audit: Audit) -> tuple[WorstWindow, ...]:
    return tuple(WorstWindow(**_known(one)) for one in audit.margins)


def _known(one: Violation | Margin) -> dict[str, Any]:
    block = {field.name: getattr(one, field.name) for field in fields(one)}
    for name, value in block.items():
        if isinstance(value, float):
            block[name] = round(value, _DECIMALS)
        elif isinstance(value, datetime):
            block[name] = value.astimezone(UTC)
    return block | {"first": one.first, "last": one.last}
