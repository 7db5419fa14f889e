import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.cli import duty_hours, inputs
from app.cli.commands import FIELDS
from app.cli.output import Finding, Report, engine_findings, finding, say
from app.cli.render.duty_hours import show_verified
from app.files.exports.duty_hours import duty_hours_page
from app.files.exports.duty_report import DutyReport
from app.files.loaded import LoadedProgramme
from app.files.reading import write_atomically
from app.files.schedule_document import ScheduleDocument
from app.scheduling.acgme.pack import RulePack
from app.scheduling.api import check
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program

_NOTHING = (
    "{name} does not say when its rotations begin and end, so there is nothing to verify: add "
    "duty_types to the programme file and a template to its rotation types, or give logged hours "
    "to verify-log"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    inputs.add_programme(parser)
    parser.add_argument("schedule", metavar="SCHEDULE", type=Path, help="the schedule, JSON or CSV")
    duty_hours.add_law(parser)


def run(arguments: argparse.Namespace) -> Report:
    page = duty_hours.page_path(arguments)
    loaded = inputs.programme(arguments)
    packs = duty_hours.packs_of(loaded.program, arguments.pack)
    document = inputs.schedule(arguments.schedule, loaded)
    programme = [
        *engine_findings(loaded.findings),
        *engine_findings(check(loaded.program, document.grid)),
    ]
    report = _report(arguments, loaded, packs, document)
    if report is None or not len(report.timeline):
        return _nothing(loaded.program.name, programme)
    found = duty_hours.duty_findings(report)
    notes = list(_untimed(loaded.program, document.grid))
    if page is not None:
        write_atomically(page, duty_hours_page(report, notes, programme).encode())
    broken = report.count("error") or _errors(programme)
    return Report(
        status="VIOLATIONS" if broken else "OK",
        findings=[*found, *notes],
        fields={
            **duty_hours.report_fields(report, page),
            "programme_findings": programme,
        },
        show=lambda: show_verified(report, found, page, notes=notes, programme=programme),
    )


def _report(
    arguments: argparse.Namespace,
    loaded: LoadedProgramme,
    packs: Sequence[RulePack],
    document: ScheduleDocument,
) -> DutyReport | None:
    if not packs:
        return None
    program = loaded.program
    choices = duty_hours.confirmed(program.duty_hours, arguments.confirm, packs)
    report = duty_hours.verify_schedule(replace(program, duty_hours=choices), packs, document)
    if report is None:
        return None
    names = {person.id: person.label for person in program.people}
    return replace(
        report,
        person=duty_hours.chosen_person(arguments.person, names),
        rule=duty_hours.chosen_rule(arguments.rule, packs),
    )


def _untimed(program: Program, grid: Grid) -> Iterator[Finding]:
    """Point at rotation types that somebody is on without it being said when duty is."""
    used = set(np.unique(grid).tolist())
    for value, kind in enumerate(program.rotation_types):
        if value in used and not kind.leave and not kind.template:
            message = f"{kind.code} has no template: whoever is on it counts as off duty"
            yield finding(message, severity="warning", rule="duty_types", name="No template")


def _errors(found: Sequence[Finding]) -> int:
    return sum(one["severity"] == "error" for one in found)


def _nothing(name: str, programme: Sequence[Finding]) -> Report:
    message = _NOTHING.format(name=name)
    return Report(
        status=duty_hours.NOTHING,
        findings=[finding(message, rule="duty_types", name="Nothing to verify")],
        fields=dict.fromkeys(FIELDS["verify"]) | {"programme_findings": programme},
        show=lambda: say(f"housestaff: {message}"),
    )
