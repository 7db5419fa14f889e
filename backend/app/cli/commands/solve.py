import argparse
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from app.cli import duty_hours, inputs
from app.cli.output import BadInput, Report, engine_findings, typed_name
from app.cli.render.duty_hours import print_duty_summary
from app.cli.render.progress import ProgressLine
from app.cli.render.summary import print_findings, print_outcome, print_staffing, print_terms
from app.cli.render.terminal import console
from app.cli.stopping import Stopping
from app.core.machine import cores
from app.files.exports.annual_grid import lay_out
from app.files.exports.duty_report import DutyReport
from app.files.loaded import LoadedProgramme
from app.files.schedule_document import ScheduleDocument, build_document
from app.files.schedule_file import write_schedule
from app.scheduling.api import compile_program, solve
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.result import Result


@dataclass(frozen=True, slots=True)
class Solved:
    """What a solve gave, and the schedule as a document when there is one."""

    result: Result
    document: ScheduleDocument | None
    interrupted: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    inputs.add_programme(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        help="where the schedule goes, .json or .csv (<programme>.schedule.json)",
    )
    parser.add_argument(
        "--time", type=float, default=60.0, metavar="S", help="seconds to search (60)"
    )
    parser.add_argument(
        "--gap", type=float, default=0.0, help="stop at this gap, a fraction (0: when proved best)"
    )
    parser.add_argument(
        "--workers", type=_workers, default=cores(), metavar="N", help="threads (ALL cores)"
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed, another search (0)")
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="same seed and workers, same file; --time counts deterministic units",
    )
    parser.add_argument(
        "--base", metavar="SCHEDULE", type=Path, help="a schedule to start from and stay close to"
    )


def run(arguments: argparse.Namespace) -> Report:
    try:
        params = SolveParams(
            time_s=arguments.time,
            gap=arguments.gap,
            workers=arguments.workers,
            seed=arguments.seed,
            deterministic=arguments.deterministic,
        )
    except ValueError as error:
        raise BadInput(str(error)) from error
    default = f"{slug(arguments.file)}.schedule.json"
    output = inputs.output_path(arguments.output, default, (".json", ".csv"))
    loaded = inputs.programme(arguments)
    base, loaded = inputs.base(arguments.base, loaded)
    packs = duty_hours.packs_of(loaded.program)
    solved = search(loaded, params, base)
    written = None
    if solved.document is not None:
        write_schedule(output, solved.document)
        written = output
    duty = duty_hours.verify_schedule(loaded.program, packs, solved.document)
    return Report(
        status=solved.result.status,
        findings=[*engine_findings(loaded.findings), *engine_findings(solved.result.findings)],
        fields=result_fields(solved.result, written, duty),
        show=lambda: _show(arguments.file, loaded, solved, output, duty),
        interrupted=solved.interrupted,
    )


def search(loaded: LoadedProgramme, params: SolveParams, base: Grid | None = None) -> Solved:
    """Solve with progress on standard error; a first Ctrl-C keeps the best."""
    line = ProgressLine(None if params.deterministic else params.time_s)
    with Stopping(line.stopping) as stopping, line:
        watch = Watch(clock=time.monotonic, stop=lambda: stopping.requested, progress=line.update)
        result = solve(loaded.program, params, watch, base)
        line.update(Progress(result.wall_s, "search", result.objective, result.bound, result.gap))
    document = None
    if result.grid is not None:
        problem = compile_program(loaded.program, base)
        document = build_document(loaded, problem, result.grid, solved=(result, params))
    return Solved(result, document, stopping.requested)


def result_fields(
    result: Result, written: Path | None, duty: DutyReport | None
) -> dict[str, object]:
    """Return a solve's keys of the JSON object."""
    distance = None
    if result.objective is not None and result.bound is not None:
        distance = abs(result.objective - result.bound)
    return {
        "objective": result.objective,
        "bound": result.bound,
        "bound_source": result.bound_source,
        "gap": result.gap,
        "objective_gap": distance,
        "ideal": result.ideal,
        "terms": [asdict(term) for term in result.terms],
        "wall_s": round(result.wall_s, 3),
        "seed": result.seed,
        "workers": result.workers,
        "schedule": None if written is None else str(written),
        "input_hash": result.input_hash,
        "stopped": result.stopped,
        "duty_findings": None if duty is None else duty_hours.duty_findings(duty),
    }


def show_solved(loaded: LoadedProgramme, solved: Solved, duty: DutyReport | None) -> None:
    """Print what a solve gave, without the place of the file."""
    screen = console()
    print_findings(screen, engine_findings(loaded.findings))
    print_outcome(screen, loaded.program.name, solved.result)
    if solved.document is None:
        print_findings(screen, engine_findings(solved.result.findings))
    else:
        print_terms(screen, solved.result.terms)
        print_staffing(screen, lay_out(solved.document))
    if duty is not None:
        print_duty_summary(screen, duty, duty_hours.duty_findings(duty))


def _show(
    file: Path, loaded: LoadedProgramme, solved: Solved, output: Path, duty: DutyReport | None
) -> None:
    show_solved(loaded, solved, duty)
    print()
    if solved.document is not None:
        print(f"Schedule: {output}")
        if output.suffix.lower() == ".json":
            print(f"To see it: {typed_name()} show {output}")
        if duty is not None:
            print(f"Its duty hours: {typed_name()} verify {file} {output}")
    elif output.exists():
        print(f"Nothing written; {output} is of an earlier run.")
    else:
        print("Nothing written.")


def slug(path: Path) -> str:
    """Return a file's stem as a plain file name."""
    return re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "programme"


def _workers(word: str) -> int:
    if word.upper() == "ALL":
        return cores()
    try:
        return int(word)
    except ValueError:
        message = f"{word!r} is neither a whole number nor ALL"
        raise argparse.ArgumentTypeError(message) from None
