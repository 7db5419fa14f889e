import argparse
from pathlib import Path

from app.cli import duty_hours, inputs
from app.cli.commands.solve import Solved, result_fields, search, show_solved
from app.cli.output import BadInput, Report, engine_findings, say, typed_name
from app.cli.render.grid import print_schedule
from app.cli.render.numbers import counted
from app.cli.render.terminal import console
from app.core.machine import cores
from app.files.exports.duty_report import DutyReport
from app.files.exports.web import write_web_page
from app.files.exports.workbook import write_workbook
from app.files.loaded import LoadedProgramme
from app.files.reading import write_atomically
from app.files.schedule_document import ScheduleDocument
from app.files.schedule_file import write_schedule
from app.scheduling.api import check
from app.scheduling.domain.params import SolveParams

_DEMO = Path(__file__).parents[4] / "examples" / "im-4plus1" / "programme.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        default=Path("housestaff-data"),
        help="where the files go (./housestaff-data)",
    )
    parser.add_argument(
        "--time", type=float, default=30.0, metavar="S", help="seconds to search (30)"
    )


def run(arguments: argparse.Namespace) -> Report:
    if not _DEMO.exists():
        raise BadInput(f"{_DEMO} is missing: the demo needs a checkout with its examples")
    try:
        params = SolveParams(time_s=arguments.time, workers=cores())
    except ValueError as error:
        raise BadInput(str(error)) from error
    folder = _folder(arguments.data_dir)
    loaded = inputs.programme_file(_DEMO)
    say(f"solving {loaded.program.name} for up to {params.time_s:g} s; Ctrl-C keeps the best")
    packs = duty_hours.packs_of(loaded.program)
    solved = search(loaded, params)
    files = [] if solved.document is None else _write(folder, solved.document)
    duty = duty_hours.verify_schedule(loaded.program, packs, solved.document)
    return Report(
        status=solved.result.status,
        findings=[*engine_findings(loaded.findings), *engine_findings(solved.result.findings)],
        fields=result_fields(solved.result, files[0] if files else None, duty)
        | {"files": [str(file) for file in files]},
        show=lambda: _show(loaded, solved, files, duty),
        interrupted=solved.interrupted,
    )


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be made: {error.strerror}") from error
    inputs.output_path(path / "demo.schedule.json", "")
    return path


def _write(folder: Path, document: ScheduleDocument) -> list[Path]:
    files = [folder / f"demo.{ending}" for ending in ("schedule.json", "xlsx", "html")]
    write_schedule(files[0], document)
    write_atomically(files[1], write_workbook(document))
    write_atomically(files[2], write_web_page(document).encode())
    return files


def _show(
    loaded: LoadedProgramme, solved: Solved, files: list[Path], duty: DutyReport | None
) -> None:
    if solved.document is not None:
        print_schedule(console(), solved.document)
        print()
    show_solved(loaded, solved, duty)
    if not files or solved.result.grid is None:
        return
    findings = check(loaded.program, solved.result.grid)
    errors = sum(found.severity == "error" for found in findings)
    hard = sum(rule.hard for rule in loaded.program.rules)
    verdict = f"all {hard} rules that must hold are kept"
    if errors:
        verdict = f"{counted(errors, 'placement')} against rules that must hold"
    print(f"\nChecked: {verdict}, {counted(len(findings) - errors, 'warning')}")
    print("\nFiles:")
    print(*(f"  {file}" for file in files), sep="\n")
    print("\nGo on with:")
    print(f"  {typed_name()} show {files[0]} --person NAME")
    print(f"  {typed_name()} check {_DEMO} {files[0]}")
    if duty is not None:
        print(f"  {typed_name()} verify {_DEMO} {files[0]}")
