import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.cli import duty_hours, inputs
from app.cli.output import BadInput, Finding, Report, finding
from app.cli.render.certificate import show_certified
from app.files.certificate import (
    InvalidOverridesError,
    Sealed,
    draft_certificate,
    override_of,
    seal,
)
from app.files.certificate_document import CertifiedSchedule, Law, Override, Subject
from app.files.certificate_file import LARGEST_CERTIFICATE
from app.files.exports.duty_report import DutyReport
from app.files.loaded import LoadedProgramme
from app.files.overrides_file import faults_of, read_overrides
from app.files.reading import read_bytes, sha256, write_atomically
from app.files.schedule_document import ScheduleDocument
from app.files.signing import PASSPHRASE, others_may_read, read_private_key, signer


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Where the certificate and its page go."""

    certificate: Path
    page: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    inputs.add_programme(parser)
    parser.add_argument("schedule", metavar="SCHEDULE", type=Path, help="the schedule, JSON or CSV")
    parser.add_argument(
        "-o",
        "--output",
        metavar="CERT.json",
        type=Path,
        help="where the certificate goes (<schedule>.certificate.json)",
    )
    parser.add_argument(
        "--pdf", metavar="OUT.pdf", type=Path, help="where its page goes (beside the certificate)"
    )
    parser.add_argument(
        "--sign-key",
        metavar="KEY.pem",
        type=Path,
        help=f"sign with this key of keygen; {PASSPHRASE} opens one that is locked",
    )
    parser.add_argument(
        "--overrides",
        metavar="FILE.yaml",
        type=Path,
        help="findings that somebody accepts: a list overrides of rule, person, first, last, "
        "author and reason",
    )
    duty_hours.add_packs(parser)


def run(arguments: argparse.Namespace) -> Report:
    outputs = _outputs(arguments)
    loaded = inputs.programme(arguments)
    packs = duty_hours.packs_of(loaded.program, arguments.pack)
    choices = duty_hours.confirmed(loaded.program.duty_hours, arguments.confirm, packs)
    program = replace(loaded.program, duty_hours=choices)
    document = inputs.schedule(arguments.schedule, loaded)
    report = duty_hours.verify_schedule(program, packs, document)
    if report is None:
        raise BadInput(
            f"{program.name} has no duty types, so nobody knows when its rotations begin and end: "
            "there is nothing to certify; add duty_types and templates to the programme file"
        )
    key, notes = _key(arguments.sign_key)
    subject = _subject(arguments.schedule, loaded, document, report)
    sealed = _sealed(subject, report, arguments.overrides, key)
    _write(sealed, outputs)
    certificate = sealed.certificate
    judgement, signature = certificate.judgement, certificate.signature
    signed_by = "" if signature is None else signer(signature)
    findings = [*_findings(report, judgement.overrides), *notes]
    return Report(
        status="VIOLATIONS" if judgement.verdict == "not compliant" else "OK",
        findings=findings,
        fields={
            **duty_hours.report_fields(report, None),
            "verdict": judgement.verdict,
            "certificate": str(outputs.certificate),
            "pdf": str(outputs.page),
            "signed_by": signed_by or None,
            "issued_at": certificate.issued_at,
            "document_sha256": certificate.hashes.document,
            "overrides": [asdict(one) for one in judgement.overrides],
            "unconfirmed": [asdict(one) for one in judgement.unconfirmed],
        },
        show=lambda: show_certified(
            certificate, findings, (outputs.certificate, outputs.page), signed_by
        ),
    )


def _outputs(arguments: argparse.Namespace) -> _Outputs:
    stem = arguments.schedule.name.removesuffix(".json").removesuffix(".csv")
    certificate = inputs.output_path(arguments.output, f"{stem}.certificate.json", (".json",))
    page = inputs.output_path(arguments.pdf, str(certificate.with_suffix(".pdf")), (".pdf",))
    if certificate.exists() and certificate.samefile(arguments.schedule):
        raise BadInput(f"{certificate} is the schedule: name another file for the certificate")
    return _Outputs(certificate, page)


def _key(path: Path | None) -> tuple[Ed25519PrivateKey | None, list[Finding]]:
    """Return the key to sign with, and what is odd about its file."""
    if path is None:
        return None, []
    with inputs.faults_are_bad_input():
        key = read_private_key(path, os.environ.get(PASSPHRASE, ""))
    if not others_may_read(path):
        return key, []
    message = f"others can read {path}, and sign in your name: chmod 600 {path}"
    return key, [finding(message, severity="warning", rule="key", name="Key", source=str(path))]


def _subject(
    path: Path, loaded: LoadedProgramme, document: ScheduleDocument, report: DutyReport
) -> Subject:
    program, provenance = loaded.program, document.provenance
    with inputs.faults_are_bad_input():
        content = read_bytes(path, str(path))
    ends = (report.timeline.first, report.day(report.timeline.days - 1))
    years = dict.fromkeys(day.year for day in ends)
    return Subject(
        programme=program.name,
        specialty=program.policy.specialty,
        academic_year="–".join(map(str, years)),
        schedule=CertifiedSchedule(
            file=path.name,
            sha256=sha256(content),
            input_hash=None if provenance is None else provenance.input_hash,
            sources=loaded.sources,
        ),
    )


def _sealed(
    subject: Subject, report: DutyReport, path: Path | None, key: Ed25519PrivateKey | None
) -> Sealed:
    """Return the certificate, with the overrides of a file."""
    law = Law(packs=report.packs, policy=report.policy)
    issued_at = datetime.now(UTC)
    if path is None:
        return seal(draft_certificate(subject, report.audit, law, (), issued_at), key)
    with inputs.faults_are_bad_input():
        overrides, source = read_overrides(path)
        try:
            draft = draft_certificate(subject, report.audit, law, overrides, issued_at)
        except InvalidOverridesError as error:
            raise faults_of(error, source) from error
    return seal(draft, key)


def _write(sealed: Sealed, outputs: _Outputs) -> None:
    if len(sealed.content) > LARGEST_CERTIFICATE:
        raise BadInput(
            f"the certificate would have more than {LARGEST_CERTIFICATE // 2**20} MB: "
            "certify parts of the programme on their own"
        )
    # Drawing takes a moment to import, and is not needed where the input is wrong.
    from app.files.exports.certificate_pdf import write_certificate_page  # noqa: PLC0415

    page = write_certificate_page(sealed.certificate, outputs.certificate.name)
    write_atomically(outputs.certificate, sealed.content)
    write_atomically(outputs.page, page)


def _findings(report: DutyReport, overrides: Sequence[Override]) -> list[Finding]:
    """Return what is broken; what somebody accepted is no error."""
    found = duty_hours.duty_findings(report)
    return [
        one if override is None else _accepted(one, override)
        for one, override in zip(
            found, (override_of(one, overrides) for one in report.findings), strict=True
        )
    ]


def _accepted(found: Finding, override: Override) -> Finding:
    severity = "warning" if found["severity"] == "error" else found["severity"]
    message = f"{found['message']} (accepted by {override.author}: {override.reason})"
    return {**found, "severity": severity, "message": message, "override": asdict(override)}
