import argparse
from pathlib import Path

from app.cli import inputs
from app.cli.output import BadInput, Report
from app.cli.render.grid import print_person, print_schedule
from app.cli.render.terminal import NARROWEST, console
from app.files.exports.annual_grid import AnnualGrid, Row, Staffing, lay_out
from app.files.schedule_document import ScheduleDocument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedule", metavar="SCHEDULE", type=Path, help="the schedule, JSON or CSV")
    inputs.add_schedule_programme(parser)
    parser.add_argument("--width", type=int, metavar="N", help="columns (those of the terminal)")
    parser.add_argument("--person", metavar="NAME", help="one person's year, by id or name")
    parser.add_argument("--no-color", action="store_true", help="no colours (also: NO_COLOR)")


def run(arguments: argparse.Namespace) -> Report:
    if arguments.width is not None and arguments.width < NARROWEST:
        raise BadInput(f"--width {arguments.width}: at least {NARROWEST} columns are needed")
    document = inputs.schedule(arguments.schedule, inputs.optional_programme(arguments))
    grid = lay_out(document)
    person = None if arguments.person is None else find_person(grid, arguments.person)

    def show() -> None:
        screen = console(arguments.width, no_color=arguments.no_color)
        if person is None:
            print_schedule(screen, document)
        else:
            print_person(screen, document, person.person.id)

    return Report(fields=_fields(document, grid, person), show=show)


def find_person(grid: AnnualGrid, words: str) -> Row:
    """Return the person with this id, or the only one with these words in the name."""
    wanted = words.strip().casefold()
    exact = [row for row in grid.rows if row.person.id == words]
    exact = exact or [row for row in grid.rows if row.person.name.casefold() == wanted]
    found = exact or [row for row in grid.rows if wanted in row.person.name.casefold()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(f"nobody is called {words!r}")
    names = ", ".join(f"{row.person.name} ({row.person.id})" for row in found[:5])
    raise BadInput(f"{len(found)} people are called {words!r}: {names}; give an id")


def _fields(document: ScheduleDocument, grid: AnnualGrid, person: Row | None) -> dict[str, object]:
    rows = grid.rows if person is None else (person,)
    return {
        "program": grid.title,
        "outcome": None if document.outcome is None else document.outcome.status,
        "periods": [
            {"label": slot.label, "start": slot.start, "end": slot.end} for slot in grid.columns
        ],
        "people": [_person(grid, row) for row in rows],
        "staffing": [_staffing(rule) for rule in grid.staffing],
    }


def _person(grid: AnnualGrid, row: Row) -> dict[str, object]:
    return {
        "id": row.person.id,
        "name": row.person.name,
        "pgy": row.person.pgy,
        "rotations": [None if cell is None else cell.code for cell in row.cells],
        "requirements": [
            {
                "label": grid.tallies[position].label,
                "unit": grid.tallies[position].unit,
                "done": count.there,
                "min": count.limits.low,
                "max": count.limits.high,
            }
            for position, count in row.tallies.items()
        ],
    }


def _staffing(rule: Staffing) -> dict[str, object]:
    return {
        "name": rule.name,
        "rotations": list(rule.rotations),
        "staffed": [count.there for count in rule.counts],
        "min": [count.limits.low for count in rule.counts],
        "max": [count.limits.high for count in rule.counts],
    }
