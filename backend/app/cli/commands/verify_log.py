import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from app.cli import duty_hours, inputs
from app.cli.output import BadInput, Finding, Report, engine_findings, finding
from app.cli.render.duty_hours import show_verified
from app.files.duty_log import LogOptions, load_duty_log
from app.files.duty_policy import load_policy
from app.files.exports.duty_hours import duty_hours_page
from app.files.exports.duty_report import DutyReport
from app.files.local_times import LocalTimeError, read_day, zones
from app.files.log_spans import GivenSpan
from app.files.reading import write_atomically
from app.scheduling.acgme.pack import RulePack
from app.scheduling.acgme.policy import AveragingMode, Policy
from app.scheduling.acgme.validator import ACGMEValidator
from app.scheduling.domain.program import nearest

_TYPO = 0.8
"""How alike two names are of which one is mistyped."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "log",
        metavar="LOG.csv",
        type=Path,
        help="one interval a row: person,pgy,kind,start,end,zone,rotation, and if wanted "
        "call_night,approved,new_care,name; leave is whole days",
    )
    parser.add_argument(
        "--until", metavar="DATE", type=_day, help="last day of everybody's last rotation"
    )
    parser.add_argument(
        "--span",
        metavar="PERSON:ROTATION:START:END",
        type=_span,
        action="append",
        default=[],
        help="first and last day of a rotation, where its rows do not tell; may be repeated",
    )
    duty_hours.add_law(parser)
    parser.add_argument(
        "--specialty",
        metavar="ROTATION=NAME",
        type=_specialty,
        action="append",
        default=[],
        help="specialty of a rotation's service; without it everything in the log is of the "
        "first pack's specialty; may be repeated",
    )
    parser.add_argument(
        "--averaging",
        choices=get_args(AveragingMode),
        metavar="MODE",
        help=f"over what hours are averaged: {', '.join(get_args(AveragingMode))} (rotation; "
        "others are local policy)",
    )
    parser.add_argument(
        "--zone", metavar="ZONE", help="home zone of everybody (that of most of a person's rows)"
    )
    parser.add_argument(
        "--policy", metavar="FILE.yaml", type=Path, help="the programme's choices about duty hours"
    )


def run(arguments: argparse.Namespace) -> Report:
    page = duty_hours.page_path(arguments)
    if arguments.zone is not None and arguments.zone not in zones():
        raise BadInput(f"--zone {arguments.zone}: {nearest(arguments.zone, set(zones()))}")
    with inputs.faults_are_bad_input():
        policy = Policy() if arguments.policy is None else load_policy(arguments.policy)
    packs = duty_hours.read_packs([*policy.packs, *arguments.pack])
    policy = _with_specialty(policy, packs, arguments.specialty)
    if arguments.averaging is not None:
        policy = replace(policy, averaging=arguments.averaging)
    policy = duty_hours.confirmed(policy, arguments.confirm, packs)
    options = LogOptions(
        until=arguments.until,
        spans=tuple(arguments.span),
        zone=arguments.zone or "",
        specialties=dict(arguments.specialty),
    )
    with inputs.faults_are_bad_input():
        log = load_duty_log(arguments.log, options)
    names = {one.id: one.label for one in log.timeline.people}
    with duty_hours.policy_faults_are_bad_input():
        audit = ACGMEValidator(packs, policy).audit(log.timeline)
    report = DutyReport(
        title=arguments.log.name,
        audit=audit,
        packs=packs,
        policy=policy,
        person=duty_hours.chosen_person(arguments.person, names),
        rule=duty_hours.chosen_rule(arguments.rule, packs),
    )
    found, notes = (
        duty_hours.duty_findings(report),
        [
            *_left_alone(packs, arguments.specialty),
            *engine_findings(log.findings),
        ],
    )
    if page is not None:
        write_atomically(page, duty_hours_page(report, notes).encode())
    return Report(
        status="VIOLATIONS" if report.count("error") else "OK",
        findings=[*found, *notes],
        fields={
            **duty_hours.report_fields(report, page),
            "log": str(arguments.log),
            "sha256": log.sha256,
        },
        show=lambda: show_verified(report, found, page, notes=notes),
    )


def _with_specialty(
    policy: Policy, packs: Sequence[RulePack], stated: Sequence[tuple[str, str]]
) -> Policy:
    """Return the policy of the specialty that the log is of: its own, or the first pack's.

    A pack of another specialty judges the rotations that are stated to be of it, and there must
    be one.
    """
    known = _specialties(packs)
    for code, name in stated:
        close = get_close_matches(name.casefold(), known, n=1, cutoff=_TYPO)
        if close and name.casefold() not in known:
            raise BadInput(f"--specialty {code}={name}: did you mean {known[close[0]]!r}?")
    owner = next((pack for pack in packs if pack.specialty), None)
    own = policy.specialty or (owner.specialty if owner else "")
    named = {name.casefold() for _, name in stated} | {own.casefold()}
    for pack in packs:
        if pack.specialty and pack.specialty.casefold() not in named:
            raise BadInput(
                f"{pack.name} is for {pack.specialty}, but the log is of {own}: say which "
                f"rotations it judges with --specialty ROTATION={pack.specialty!r}"
            )
    return replace(policy, specialty=own)


def _specialties(packs: Sequence[RulePack]) -> dict[str, str]:
    """Return what packs call the specialties that they are for, by the same in small letters."""
    names = {pack.specialty for pack in packs if pack.specialty}
    for pack in packs:
        for rule in pack.rules:
            names |= {*rule.applies.rotation_specialty, *rule.applies.resident_specialty}
    return {name.casefold(): name for name in sorted(names)}


def _left_alone(packs: Sequence[RulePack], stated: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Say which rotations are of a specialty that no pack is for."""
    known = _specialties(packs)
    for code, name in stated:
        if name.casefold() not in known:
            message = f"{code} is of {name}: no pack that is given is for it"
            yield finding(message, severity="info", rule="specialty", name="Specialty without pack")


def _day(word: str) -> date:
    try:
        return read_day(word)
    except LocalTimeError as error:
        raise argparse.ArgumentTypeError(
            ": ".join(filter(None, (str(error), error.mend)))
        ) from None


def _span(words: str) -> GivenSpan:
    parts = words.rsplit(":", 3)
    if len(parts) != 4 or not all(part.strip() for part in parts):
        message = f"{words!r} is not PERSON:ROTATION:START:END"
        raise argparse.ArgumentTypeError(message)
    person, rotation, first, last = (part.strip() for part in parts)
    span = GivenSpan(person, rotation, _day(first), _day(last))
    if span.last < span.first:
        raise argparse.ArgumentTypeError(f"{words!r} ends before it starts")
    return span


def _specialty(words: str) -> tuple[str, str]:
    code, sign, name = words.rpartition("=")
    if not sign or not code.strip() or not name.strip():
        raise argparse.ArgumentTypeError(f"{words!r} is not ROTATION=NAME")
    return code.strip(), name.strip()
