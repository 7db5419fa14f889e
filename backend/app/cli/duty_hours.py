"""What the commands on duty hours have in common: packs, choices, and findings as JSON."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.cli.inputs import faults_are_bad_input, output_path
from app.cli.output import BadInput, Finding, finding
from app.files import rule_packs
from app.files.exports.duty_report import DutyReport
from app.files.rule_packs import UnknownPackError, load_packs, shipped_packs
from app.files.schedule_document import ScheduleDocument
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.pack import InvalidPolicyError, RulePack
from app.scheduling.acgme.policy import Confirmation, Policy
from app.scheduling.api import verify
from app.scheduling.domain.program import Program, nearest

NOTHING = "NOTHING TO VERIFY"
_CONFIRMED_HERE = "confirmed on the command line"


def add_law(parser: argparse.ArgumentParser) -> None:
    """Add what is verified against, and what of it is looked at."""
    add_packs(parser)
    parser.add_argument("--person", metavar="NAME", help="one person only, by id or name")
    parser.add_argument("--rule", metavar="ID", help="one rule only, such as CPR-6.20-80H")
    parser.add_argument(
        "--html", metavar="OUT", type=Path, help="write a page with everybody's hours by week"
    )


def add_packs(parser: argparse.ArgumentParser) -> None:
    """Add what is verified against."""
    parser.add_argument(
        "--pack",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help=f"rules beside the common ones: {', '.join(shipped_packs())}, or a YAML file; "
        "may be repeated",
    )
    parser.add_argument(
        "--confirm",
        metavar="RULE",
        action="append",
        default=[],
        help="a rule, or a pack, whose unconfirmed numbers the programme has checked: they may "
        "be errors; may be repeated",
    )


def page_path(arguments: argparse.Namespace) -> Path | None:
    """Return where the page goes, after making sure that it can be written to."""
    if arguments.html is None:
        return None
    return output_path(arguments.html, "", (".html", ".htm"))


def read_packs(names: Iterable[str]) -> tuple[RulePack, ...]:
    """Return the common pack and those named."""
    with packs_are_input():
        return load_packs(names)


@contextmanager
def packs_are_input() -> Iterator[None]:
    """Report a rule pack that is not there, or cannot be read, as what the user gave."""
    try:
        with faults_are_bad_input():
            yield
    except UnknownPackError as error:
        raise BadInput(str(error)) from error


def confirmed(policy: Policy, words: Sequence[str], packs: Sequence[RulePack]) -> Policy:
    """Return the policy with the rules and packs that the user confirms."""
    rules = {rule.id for pack in packs for rule in pack.rules}
    known = rules | {pack.name for pack in packs}
    for word in words:
        if word not in known:
            raise BadInput(
                f"--confirm {word}: no rule and no pack is called so; {nearest(word, known)}"
            )
    added = tuple(Confirmation(rule=word, source=_CONFIRMED_HERE) for word in words)
    return replace(policy, confirmed=(*policy.confirmed, *added))


@contextmanager
def policy_faults_are_bad_input() -> Iterator[None]:
    """Report a policy that loosens the law, or names what there is not, as what the user gave."""
    try:
        yield
    except InvalidPolicyError as error:
        findings = [finding(fault, rule="policy") for fault in error.faults]
        raise BadInput("the policy on duty hours cannot be applied", findings) from error


def packs_of(program: Program, names: Iterable[str] = ()) -> tuple[RulePack, ...]:
    """Return the packs that a programme is judged by, and others; none if it has no duty types."""
    with packs_are_input(), policy_faults_are_bad_input():
        return rule_packs.packs_of(program, names)


def verify_schedule(
    program: Program, packs: Sequence[RulePack], document: ScheduleDocument | None
) -> DutyReport | None:
    """Verify a schedule's planned duty hours; None without packs, or without a schedule.

    Its half-days are those of its own assignments, which may have changed since it was made.
    """
    if not packs or document is None:
        return None
    planned = replace(program, assignments=document.assignments)
    return DutyReport(
        title=program.name,
        audit=verify(planned, packs, document.grid),
        packs=tuple(packs),
        policy=program.policy,
        rotations=document.display.rotations,
    )


def chosen_rule(word: str | None, packs: Sequence[RulePack]) -> str:
    """Return the id of the only rule that is looked at; empty for all."""
    known = {rule.id for pack in packs for rule in pack.rules}
    if word is not None and word not in known:
        raise BadInput(f"--rule {word}: no rule is called so; {nearest(word, known)}")
    return word or ""


def chosen_person(word: str | None, names: dict[str, str]) -> str:
    """Return the id of the only person who is looked at; empty for all.

    Parameters
    ----------
    names
        Name of everybody by id.
    """
    if word is None or word in names:
        return word or ""
    wanted = word.strip().casefold()
    found = [id_ for id_, name in names.items() if name.casefold() == wanted]
    found = found or [id_ for id_, name in names.items() if wanted in name.casefold()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(f"nobody is called {word!r}")
    listed = ", ".join(f"{names[id_]} ({id_})" for id_ in found[:5])
    raise BadInput(f"{len(found)} people are called {word!r}: {listed}; give an id")


def duty_findings(report: DutyReport) -> list[Finding]:
    """Return what is broken, with the keys of every finding and those of specification §14."""
    sources = {name: text for pack in report.packs for name, text in pack.sources.items()}
    return [_finding(report, one, sources) for one in report.findings]


def _finding(report: DutyReport, one: Violation, sources: dict[str, str]) -> Finding:
    return finding(
        report.sentence(one),
        severity=one.severity,
        rule=one.rule,
        name=one.name,
        person=one.person,
        date=one.first,
        measured=one.measured,
        limit=one.limit,
        unit=one.unit,
        source="; ".join(sources.get(name, name) for name in one.sources),
        pack=one.pack,
        version=one.version,
        confidence=one.confidence,
        unconfirmed=one.unconfirmed,
        start=one.start,
        end=one.end,
        rotation=one.rotation or None,
        days=one.days,
        leave_days=one.leave_days,
        averaging=one.averaging,
        zone=one.zone,
        evidence=list(one.evidence),
        also=list(one.also),
    )


def _margin(report: DutyReport, one: Margin) -> dict[str, object]:
    return {
        "rule": one.rule,
        "name": one.name,
        "person": one.person,
        "rotation": one.rotation or None,
        "start": one.start,
        "end": one.end,
        "measured": one.measured,
        "limit": one.limit,
        "unit": one.unit,
        "margin": one.margin,
        "unconfirmed": one.rule in report.unconfirmed,
        "message": f"{report.labels[one.person]}: {one.message}",
    }


def report_fields(report: DutyReport, page: Path | None) -> dict[str, object]:
    """Return a verification's keys of the JSON object beside its findings."""
    return {
        "margins": [_margin(report, one) for one in report.margins],
        "packs": [
            {"name": pack.name, "title": pack.title, "version": pack.version}
            for pack in report.packs
        ],
        "averaging": report.policy.averaging,
        "basis": report.timeline.basis,
        "first": report.day(0),
        "last": report.day(report.timeline.days - 1),
        "html": None if page is None else str(page),
    }
