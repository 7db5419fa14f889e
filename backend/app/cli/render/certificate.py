"""A certificate in a terminal: its verdict, and whether it holds."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from app.cli.output import typed_name
from app.cli.render.summary import Found, print_findings, print_sentence
from app.cli.render.terminal import console
from app.files.certificate_check import Checked
from app.files.certificate_document import Certificate
from app.files.certificate_summary import CertificateSummary
from app.files.exports.annual_grid import long_date

_STYLES = {
    "compliant": "bold green",
    "compliant with overrides": "bold yellow",
    "not compliant": "bold red",
}


def show_certified(
    certificate: Certificate, found: Sequence[Found], written: tuple[Path, Path | None], key: str
) -> None:
    """Print what was certified and where it is.

    Parameters
    ----------
    written
        The certificate's file, and its page.
    key
        Fingerprint of the key that signed it; empty: none did.
    """
    screen = console()
    _print_verdict(screen, certificate)
    print_findings(screen, found)
    screen.print()
    file, page = written
    signed = f"signed by {key}" if key else "not signed: --sign-key KEY.pem signs it"
    print_sentence(screen, f"Certificate: {file}, {signed}")
    if page is not None:
        print_sentence(screen, f"Page: {page}")
    pinned = " --key PUBLIC.pem" if key else ""
    print_sentence(screen, f"To check it: {typed_name()} verify-certificate {file}{pinned}")


def show_checked(name: str, checked: Checked) -> None:
    """Print whether a certificate holds, and what it says if it does."""
    screen = console()
    if checked.certificate is None or not checked.valid:
        print_sentence(screen, f"{name}: not valid", "bold red")
        for problem in checked.problems:
            print_sentence(screen, f"  {problem.part}: {problem.message}")
        return
    print_sentence(screen, f"{name}: valid, all that it claims follows from it", "bold green")
    for doubt in checked.doubts:
        print_sentence(screen, f"  {doubt.part}: {doubt.message}", "yellow")
    if checked.signed_by:
        whose = "the key that you gave" if checked.pinned else "key"
        print_sentence(screen, f"Signed by {whose} {checked.signed_by}")
    screen.print()
    _print_verdict(screen, checked.certificate)
    for one in checked.certificate.judgement.overrides:
        who = f" of {one.person}" if one.person else ""
        words = f"  {one.rule}{who} from {long_date(one.first)}: accepted by {one.author}"
        print_sentence(screen, f"{words}: {one.reason}")


def _print_verdict(screen: Console, certificate: Certificate) -> None:
    summary = CertificateSummary(certificate)
    print_sentence(screen, certificate.subject.programme, "bold")
    print_sentence(screen, summary.subject, "dim")
    print_sentence(screen, summary.verdict, _STYLES[certificate.judgement.verdict])
    screen.print(f"Findings: {summary.counts}")
