"""Schedules as files: CSV, and JSON that carries what showing it needs."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from math import isfinite
from pathlib import Path

from app.files.faults import FileFault, InvalidFile, Place, shown
from app.files.loaded import LoadedProgramme, ScheduleColumns
from app.files.programme_file import parse
from app.files.reading import decode, read_bytes, write_atomically
from app.files.schedule_document import ScheduleDocument, ShownSlot, build_display, in_order
from app.files.table_reader import TableReader, Words
from app.files.tables import Row, read_csv
from app.files.yaml_source import Value, YamlSource, read_yaml
from app.scheduling.domain.duties import Assignment
from app.scheduling.domain.duty_faults import assignment_faults, doubled_assignments
from app.scheduling.domain.faults import Fault
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.program import Program, nearest, references
from app.scheduling.domain.schedule import Placement, to_grid, to_placements
from app.scheduling.domain.score import plain

FORMAT, VERSION = "housestaff-schedule", 1


def write_schedule(path: Path, document: ScheduleDocument) -> None:
    """Write a schedule in the format of the file's suffix, all or nothing.

    Raises
    ------
    ValueError
        When the suffix is neither .json nor .csv.
    """
    writers = {".json": to_json, ".csv": to_csv}
    if path.suffix.lower() not in writers:
        raise ValueError(f"{path}: a schedule is written as .json or .csv")
    write_atomically(path, writers[path.suffix.lower()](document).encode())


def to_csv(document: ScheduleDocument) -> str:
    """Return ``person,period,rotation`` rows, with first and last days where a period is split.

    Columns and rotation types are called as the programme's formats say.
    """
    words = document.formats.schedule_csv
    names = {kind.code: words.word(kind.code, kind.name) for kind in document.display.rotations}
    split = any(slot.part for slot in document.display.slots)
    columns = words.columns
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header = [columns.person, columns.period, columns.rotation]
    writer.writerow([*header, columns.start, columns.end] if split else header)
    for one in document.placements:
        row = [one.person, one.period, names[one.rotation]]
        writer.writerow([*row, one.start or "", one.end or ""] if split else row)
    return text.getvalue()


def to_json(document: ScheduleDocument) -> str:
    """Return the schedule as JSON: the same schedule gives the same bytes."""
    content: dict[str, object] = {"format": FORMAT, "version": VERSION}
    for name in ("provenance", "outcome", "display", "formats"):
        value = getattr(document, name)
        content[name] = None if value is None else asdict(value)
    content["placements"] = [
        {key: value for key, value in asdict(one).items() if value is not None}
        for one in document.placements
    ]
    content["assignments"] = [
        {key: value for key, value in asdict(one).items() if value not in (None, "")}
        for one in document.assignments
    ]
    return "".join(_layout(content, 0)) + "\n"


def _layout(value: object, depth: int) -> Iterator[str]:
    """Yield JSON with blocks opened two levels deep and one line per entry of a list of blocks."""
    margin, inner = "  " * depth, "  " * (depth + 1)
    if isinstance(value, dict) and depth < 2 and value:
        yield "{"
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else ''}\n{inner}{_compact(key)}: "
            yield from _layout(item, depth + 1)
        yield f"\n{margin}}}"
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        yield "["
        for number, item in enumerate(value):
            yield f"{',' if number else ''}\n{inner}{_compact(item)}"
        yield f"\n{margin}]"
    else:
        yield _compact(value)


def _compact(value: object) -> str:
    return json.dumps(_tidy(value), ensure_ascii=False, allow_nan=False)


def _tidy(value: object) -> object:
    """Return the value with whole floats as whole numbers and days as text."""
    if isinstance(value, dict):
        return {key: _tidy(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(inner) for inner in value]
    if isinstance(value, float):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def read_schedule(
    path: Path,
    loaded: LoadedProgramme | None = None,
    problem: Problem | None = None,
) -> ScheduleDocument:
    """Read a schedule from CSV or JSON; it may leave placements out.

    Parameters
    ----------
    loaded, problem
        The programme to which the schedule belongs, and it compiled: the document's grid then has
        the problem's rows, columns and values. A JSON schedule can do without, a CSV cannot. A
        schedule that says nothing of assignments has the programme's.

    Raises
    ------
    InvalidFile
        With every fault found, by line.
    """
    content = read_bytes(path, str(path))
    if path.suffix.lower() == ".json" or content.lstrip()[:1] == b"{":
        document, lines, told = _read_json(content, str(path))
        if loaded is None or problem is None:
            return document
        assignments = _checked_assignments(loaded.program, document.assignments, lines)
        placements: Sequence[Placement] = document.placements

        def place_of(position: int) -> Place:
            return lines.place(("placements", position))

    else:
        if loaded is None or problem is None:
            message = "a CSV schedule says nothing about people and rotation types"
            mend = "name its programme file with --program"
            raise InvalidFile([FileFault(Place(file=str(path)), "", message, mend)])
        document, told, assignments = None, False, ()
        placements, places = _read_csv(content, str(path), loaded, problem)

        def place_of(position: int) -> Place:
            return places[position]

    read = ScheduleDocument(
        display=build_display(loaded.program, problem),
        placements=_checked(problem, placements, place_of),
        assignments=in_order(loaded.program, assignments if told else loaded.program.assignments),
        formats=loaded.formats,
    )
    if document is not None:
        return replace(read, provenance=document.provenance, outcome=document.outcome)
    return read


def _checked(
    problem: Problem,
    placements: Sequence[Placement],
    place_of: Callable[[int], Place],
) -> tuple[Placement, ...]:
    """Return the placements in order of people and time, once they fit the problem."""
    grid, found = to_grid(problem, placements)
    people = {person.id for person in problem.people}
    codes = {kind.code for kind in problem.rotations}
    faults = []
    for fault in found:
        position, *field = fault.path
        one = placements[int(position)]
        hint = nearest(one.person, people) if field == ["person"] else ""
        hint = nearest(one.rotation, codes) if field == ["rotation"] else hint
        faults.append(FileFault(place_of(int(position)), "", fault.message, hint))
    ends = {slot.start: slot.end - timedelta(1) for slot in problem.slots}
    for number, one in enumerate(placements):
        if one.start in ends and one.end not in (None, ends[one.start]):
            message = f"{one.person}: period {one.period} from {one.start} ends on {one.end}"
            faults.append(FileFault(place_of(number), "", message, f"expected {ends[one.start]}"))
    if faults:
        raise InvalidFile(faults)
    return to_placements(problem, grid)


def _checked_assignments(
    program: Program, assignments: tuple[Assignment, ...], lines: "_Lines"
) -> tuple[Assignment, ...]:
    """Return the assignments, once they name what the programme has.

    Those outside an appointment are left alone: they mean nothing, and a schedule that was made
    before somebody left must still be read.
    """
    known: dict[str, set[str]] = {
        "person": {person.id for person in program.people},
        "duty type": {duty.code for duty in program.duty_types},
        "rotation type": {kind.code for kind in program.rotation_types}
        | set(program.rotation_groups),
    }
    found = [
        Fault(path, f"{what} {name!r} is unknown", nearest(name, known[what]))
        for path, what, name in references(assignments, ("assignments",))
        if name not in known[what]
    ]
    found += assignment_faults(program, assignments)
    if found:
        raise InvalidFile(FileFault(lines.place(f.path), "", f.message, f.mend) for f in found)
    return assignments


def _read_csv(
    content: bytes, file: str, loaded: LoadedProgramme, problem: Problem
) -> tuple[list[Placement], list[Place]]:
    table = read_csv(content, file, 1, "utf-8")
    words = loaded.formats.schedule_csv
    codes = words.codes((kind.code, kind.label) for kind in problem.rotations)
    reader = TableReader(
        table,
        Words(codes=codes, groups=frozenset(), periods=problem.slots[-1].period),
        ignore_unknown=False,
    )
    own, usual = asdict(words.columns), asdict(ScheduleColumns())
    columns = {key: own[key] if own[key] in table.header else usual[key] for key in own}
    needed = [
        own[key] for key in ("person", "period", "rotation") if columns[key] not in table.header
    ]
    reader.faults += table.faults_of_columns(needed)
    if reader.faults:
        raise InvalidFile(reader.faults)
    placements, places = [], []
    for row in table.rows:
        placement = _placement(reader, row, columns)
        if placement is not None:
            placements.append(placement)
            places.append(reader.place(row))
    if reader.faults:
        raise InvalidFile(reader.faults)
    return placements, places


def _placement(reader: TableReader, row: Row, columns: dict[str, str]) -> Placement | None:
    reader.subject = ""
    before = len(reader.faults)
    person = reader.text(row, columns["person"])
    reader.subject = person
    if not person:
        reader.fault(row, columns["person"], "the person is missing")
    period = reader.period(row, columns["period"])
    if period is None and len(reader.faults) == before:
        reader.fault(row, columns["period"], "the period is missing")
    name = reader.text(row, columns["rotation"])
    if not name:
        reader.fault(row, columns["rotation"], "the rotation type is missing")
    codes = reader.rotations(row, columns["rotation"], [name] if name else [])
    start, end = reader.day(row, columns["start"]), reader.day(row, columns["end"])
    if len(reader.faults) > before or period is None:
        return None
    return Placement(person=person, period=period, rotation=codes[0], start=start, end=end)


def _read_json(content: bytes, file: str) -> tuple[ScheduleDocument, "_Lines", bool]:
    """Return the document, its lines, and whether it says what its assignments are."""
    text = decode(content, file, "save it as UTF-8")
    lines = _Lines(file, text)
    try:
        data = json.loads(
            text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        place = Place(file=file, line=error.lineno, column=error.colno)
        raise InvalidFile([FileFault(place, "", f"this is not JSON: {error.msg}")]) from None
    except RecursionError:
        raise InvalidFile([FileFault(Place(file=file), "", "the blocks nest too deep")]) from None
    except ValueError as error:
        raise InvalidFile([FileFault(Place(file=file), "", str(error))]) from None
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        message = "this is no schedule of Housestaff"
        raise InvalidFile([FileFault(Place(file=file), "", message)])
    if data.pop("version", None) != VERSION:
        message = "the schedule is of another version"
        raise InvalidFile(
            [FileFault(lines.place(("version",)), "", message, f"known is {VERSION}")]
        )
    document = parse(ScheduleDocument, data)
    faults = document if isinstance(document, list) else list(_inner_faults(document))
    if isinstance(document, list) or faults:
        raise InvalidFile(FileFault(lines.place(f.path), "", f.message, f.mend) for f in faults)
    return document, lines, "assignments" in data


def _once(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    block = dict(pairs)
    if len(block) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {shown(doubled)} is twice in one block")
    return block


def _finite(word: str) -> float:
    number = float(word)
    if not isfinite(number):
        raise ValueError(f"{shown(word)} is no number that means anything here")
    return number


class _Lines:
    """Finds the lines of a JSON file's values; read only when something is wrong."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._source: YamlSource | None = None

    def place(self, path: tuple[str | int, ...]) -> Place:
        """Return the place of a value; the file alone where it cannot be told."""
        if self._source is None:
            try:
                self._source = read_yaml(self._text.encode(), self._file)
            except InvalidFile:
                return Place(file=self._file)
        return self._source.place(path)


def _inner_faults(document: ScheduleDocument) -> Iterator[Fault]:
    """Yield what in the document contradicts its own display."""
    shown_ = document.display
    people: set[str] = set()
    codes: set[str] = set()
    for position, person in enumerate(shown_.people):
        if person.id in people:
            yield Fault(("display", "people", position), f"{person.id!r} is there twice")
        people.add(person.id)
    for position, kind in enumerate(shown_.rotations):
        if kind.code in codes:
            yield Fault(("display", "rotations", position), f"{kind.code!r} is there twice")
        codes.add(kind.code)
    filled: set[tuple[str, ShownSlot]] = set()
    for position, one in enumerate(document.placements):
        path = ("placements", position)
        slots = [
            slot
            for slot in shown_.slots
            if slot.period == one.period and one.start in (None, slot.start)
        ]
        if one.person not in people:
            yield Fault(path, f"person {one.person!r} is unknown")
        if one.rotation not in codes:
            yield Fault(path, f"rotation type {one.rotation!r} is unknown")
        if not slots:
            yield Fault(path, f"period {one.period} does not exist")
        for slot in slots:
            if (one.person, slot) in filled:
                yield Fault(path, f"{one.person} has two placements in period {slot.label}")
            filled.add((one.person, slot))
    for position, assigned in enumerate(document.assignments):
        yield from _unknown_in_assignment(assigned, position, people, codes)
    yield from doubled_assignments(document.assignments)
    yield from _unknown_in_display(document)


def _unknown_in_assignment(
    assigned: Assignment, position: int, people: set[str], codes: set[str]
) -> Iterator[Fault]:
    path = ("assignments", position)
    if assigned.person not in people:
        yield Fault((*path, "person"), f"person {assigned.person!r} is unknown")
    if assigned.rotation is not None and assigned.rotation not in codes:
        yield Fault((*path, "rotation"), f"rotation type {assigned.rotation!r} is unknown")


def _unknown_in_display(document: ScheduleDocument) -> Iterator[Fault]:
    shown_ = document.display
    people = {person.id for person in shown_.people}
    codes = {kind.code for kind in shown_.rotations}
    width = len(shown_.slots)
    for n, requirement in enumerate(shown_.requirements):
        path = ("display", "requirements", n)
        named = {need.person for need in requirement.needs}
        columns = {s for need in requirement.needs for s in need.slots or ()}
        if not set(requirement.rotations) <= codes or not named <= people:
            yield Fault(path, f"{requirement.name!r} names unknown rotation types or people")
        if len(requirement.amounts) != width or not columns <= set(range(width)):
            yield Fault(path, f"{requirement.name!r} does not fit the {width} columns")
    for n, staffing in enumerate(shown_.staffing):
        path = ("display", "staffing", n)
        if not set(staffing.rotations) <= codes or not set(staffing.others) <= people:
            yield Fault(path, f"{staffing.name!r} names unknown rotation types or people")
        lengths = {len(staffing.min), len(staffing.max)}
        lengths |= {len(row) for row in staffing.others.values() if isinstance(row, tuple)}
        if lengths != {width}:
            yield Fault(path, f"{staffing.name!r} does not fit the {width} columns")
