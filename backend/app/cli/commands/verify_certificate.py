import argparse
from pathlib import Path

from app.cli import inputs
from app.cli.commands import FIELDS
from app.cli.output import Finding, Report, finding
from app.cli.render.certificate import show_checked
from app.files.certificate_check import Checked, verify_certificate
from app.files.certificate_file import LARGEST_CERTIFICATE
from app.files.reading import read_bytes
from app.files.signing import read_public_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT.json", type=Path, help="the certificate")
    parser.add_argument(
        "--key",
        metavar="PUBLIC.pem",
        type=Path,
        help="the public key that must have signed it; without one nothing says who did",
    )


def run(arguments: argparse.Namespace) -> Report:
    path = arguments.certificate
    with inputs.faults_are_bad_input():
        key = None if arguments.key is None else read_public_key(arguments.key)
        content = read_bytes(path, str(path), LARGEST_CERTIFICATE)
    checked = verify_certificate(content, key, shown_as=str(path))
    return Report(
        status="VALID" if checked.valid else "NOT VALID",
        findings=_findings(checked),
        fields=_fields(checked, path),
        show=lambda: show_checked(str(path), checked),
    )


def _findings(checked: Checked) -> list[Finding]:
    problems = [finding(one.message, rule=one.part) for one in checked.problems]
    doubts = [finding(one.message, severity="warning", rule=one.part) for one in checked.doubts]
    return [*problems, *doubts]


def _fields(checked: Checked, path: Path) -> dict[str, object]:
    """Return what a valid certificate says; nothing of one that is not valid."""
    certificate = checked.certificate if checked.valid else None
    known: dict[str, object] = {"certificate": str(path), "pinned": checked.pinned}
    if certificate is None:
        return dict.fromkeys(FIELDS["verify-certificate"]) | known
    return known | {
        "verdict": certificate.judgement.verdict,
        "programme": certificate.subject.programme,
        "academic_year": certificate.subject.academic_year,
        "issued_at": certificate.issued_at,
        "engine_version": certificate.engine_version,
        "signed_by": checked.signed_by or None,
        "document_sha256": certificate.hashes.document,
    }
