"""What commands read: programme files and schedules, with every fault of a file reported."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.cli.output import BadInput, finding
from app.files.faults import InvalidFile
from app.files.loaded import LoadedProgramme, Source
from app.files.programme_file import load_programme
from app.files.reading import read_bytes, sha256
from app.files.schedule_document import ScheduleDocument
from app.files.schedule_file import read_schedule
from app.scheduling.api import compile_program
from app.scheduling.domain.problem import Grid


def add_programme(parser: argparse.ArgumentParser) -> None:
    """Add the programme file and what replaces parts of it."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the programme file (YAML)")
    _add_tables(parser)


def add_schedule_programme(parser: argparse.ArgumentParser) -> None:
    """Add the programme file that a schedule needs when it does not carry its own display."""
    parser.add_argument(
        "--program",
        metavar="FILE",
        type=Path,
        dest="file",
        help="the programme file; a schedule in CSV needs it",
    )
    _add_tables(parser)


def _add_tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--people", metavar="FILE", type=Path, help="a table (.xlsx, .csv) instead of its people"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="the folder that its relative paths start from"
    )


def programme(arguments: argparse.Namespace) -> LoadedProgramme:
    """Read the programme file that the arguments name."""
    return programme_file(arguments.file, arguments.people, arguments.data)


def programme_file(
    path: Path, people: Path | None = None, data_dir: Path | None = None
) -> LoadedProgramme:
    """Read a programme file, with a people table and a folder of tables in place of its own."""
    with faults_are_bad_input():
        return load_programme(path, people, data_dir)


def optional_programme(arguments: argparse.Namespace) -> LoadedProgramme | None:
    """Read the programme file if the arguments name one."""
    if arguments.file is not None:
        return programme(arguments)
    if arguments.people is not None or arguments.data is not None:
        raise BadInput("--people and --data belong to a programme file: add --program FILE")
    return None


def schedule(path: Path, loaded: LoadedProgramme | None) -> ScheduleDocument:
    """Read a schedule; with the programme, its grid has the programme's rows and columns.

    Missing placements are left to the check, which names them all.
    """
    problem = None if loaded is None else compile_program(loaded.program)
    with faults_are_bad_input():
        return read_schedule(path, loaded, problem)


def base(path: Path | None, loaded: LoadedProgramme) -> tuple[Grid | None, LoadedProgramme]:
    """Read the schedule to stay close to, and note it among the programme's sources."""
    if path is None:
        return None, loaded
    grid = schedule(path, loaded).grid
    with faults_are_bad_input():
        content = read_bytes(path, str(path))
    source = Source(role="base", file=path.name, sha256=sha256(content))
    return grid, replace(loaded, sources=(*loaded.sources, source))


def output_path(given: Path | None, default: str, endings: tuple[str, ...] = ()) -> Path:
    """Return where to write, after making sure that it can be written to."""
    path = Path(default) if given is None else given
    if endings and path.suffix.lower() not in endings:
        raise BadInput(f"{path}: the name must end in {' or '.join(endings)}")
    if path.is_dir():
        raise BadInput(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise BadInput(f"{path.parent}: there is no such folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadInput(f"{path} cannot be written")
    return path


@contextmanager
def faults_are_bad_input() -> Iterator[None]:
    """Report the faults of a file that is read inside as what the user gave wrong."""
    try:
        yield
    except InvalidFile as error:
        findings = [
            finding(str(fault), rule="file", name=fault.thing or None, source=str(fault.place))
            for fault in error.faults
        ]
        files = ", ".join(dict.fromkeys(fault.place.file for fault in error.faults))
        many = "a fault" if len(findings) == 1 else f"{len(findings)} faults"
        raise BadInput(f"{files} has {many}", findings) from error
