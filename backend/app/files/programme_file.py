"""The programme file: one YAML, and the tables beside it, as a programme."""

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, cast, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from app.files.cut_periods import cut_periods
from app.files.faults import MOST_FAULTS, FileFault, InvalidFile, Place, shown
from app.files.loaded import PLAIN, Formats, LoadedProgramme, Source
from app.files.people_mapping import LeaveTable, PeopleTable, TableFile, WishTable
from app.files.people_table import PeopleRead, read_leave, read_people, read_wishes
from app.files.plain_words import describe, keys, plain_faults
from app.files.reading import leads_out, read_bytes, sha256
from app.files.table_reader import TableReader, Words
from app.files.tables import Table, read_csv
from app.files.workbooks import read_workbook
from app.files.yaml_source import Value, YamlSource, read_yaml
from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import Assignment, DutyType
from app.scheduling.domain.faults import Fault, InvalidProgram
from app.scheduling.domain.faults import Path as Keys
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import ORDINARY, Program, Sense, nearest
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import STRICT, Who
from app.scheduling.domain.year_faults import OUTSIDE
from app.scheduling.rules import RULE_BOOK, AnyRule
from app.scheduling.rules.leave import LeaveKept

_Kind = TypeVar("_Kind")

KINDS: Final = {get_type_hints(kind)["kind"].__args__[0]: kind for kind in RULE_BOOK}
"""Rule classes by what the file calls their kind."""

_NAMED_BY = {
    "rules": "name",
    "people": "id",
    "rotation_types": "code",
    "duty_types": "code",
    "assignments": "person",
}
_UNKNOWN_KEY = re.compile("key .* is unknown")
_REQUIRED = ("name", "calendar", "rotation_types", "people")
_ANY_YEAR = Calendar(start=date(2000, 1, 1), end=date(2002, 12, 30), period="1 week")
"""Stands in for a calendar that could not be read, so that the rest is still checked."""
_ANY_DUTY = DutyType(
    code="\0", kind="in_house", am="00:00-08:00", pm="08:00-16:00", night="16:00-24:00"
)
"""Stands in for a duty type that could not be read; nothing that names it is called wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFile:
    """A residency programme and its year: people, rotation types and rules.

    Parameters
    ----------
    name, specialty
        What the programme is called.
    time_zone
        IANA name, such as America/New_York.
    objective
        The sense in which the objective is stated.
    calendar
        The academic year and its periods.
    rotation_types
        The services one is posted to.
    duty_types
        What one does in a half-day: named by the templates of rotation types and by assignments.
    duty_hours
        How the programme applies the duty-hour rules.
    groups
        Named scopes of people, usable wherever a `who` is.
    rotation_groups
        Named lists of rotation codes, usable wherever rotation codes are.
    people
        Everybody, here or in a table beside this file.
    leave, wishes
        Tables with more leave and wishes, one per row.
    rules
        What the schedule must be, and what it should be.
    assignments
        What single people do in single half-days, whatever leave and template say.
    formats
        How schedules outside call things.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    specialty: str = ""
    time_zone: str = "UTC"
    objective: Sense = "minimize"
    calendar: Calendar
    rotation_types: tuple[RotationType, ...]
    duty_types: tuple[DutyType, ...] = ()
    duty_hours: Policy = ORDINARY
    groups: dict[str, Who] = field(default_factory=dict)
    rotation_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    people: tuple[Person, ...] | PeopleTable
    leave: LeaveTable | None = None
    wishes: WishTable | None = None
    rules: tuple[Annotated[AnyRule, Field(discriminator="kind")], ...] = ()
    assignments: tuple[Assignment, ...] = ()
    formats: Formats = PLAIN


def load_programme(
    path: Path, people: Path | None = None, data_dir: Path | None = None
) -> LoadedProgramme:
    """Read a programme file and the tables that it names.

    Parameters
    ----------
    path
        The YAML file.
    people
        A workbook or CSV file read in place of the people of the programme file, by the same
        mapping; with default columns where the file lists its people itself.
    data_dir
        The folder from which relative paths start; the programme file's own when None.

    Raises
    ------
    InvalidFile
        With every fault found, by file and line.
    """
    content = read_bytes(path, str(path))
    source = read_yaml(content, str(path))
    if not isinstance(source.data, dict):
        message = f"a programme file is a block of keys, not {describe(source.data)}"
        mend = "it begins with name: …"
        raise InvalidFile([*source.faults, FileFault(source.place(()), "", message, mend)])
    loader = _Loader(source, source.data, data_dir or path.parent, people)
    loader.sources.append(Source(role="programme", file=path.name, sha256=sha256(content)))
    return loader.load()


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any annotation
    """Return Pydantic's reader of a type."""
    return TypeAdapter(kind)


def parse(kind: type[_Kind], data: Value) -> _Kind | list[Fault]:
    """Read plain data as a type, strictly; return the faults where it is none.

    JSON's strictness is what is wanted here: lists become tuples and ISO dates dates, but text
    never becomes a number, nor 1.0 or true a whole number.
    """
    text = json.dumps(data, default=date.isoformat)
    try:
        result: _Kind = adapter(cast("Any", kind)).validate_json(text, strict=True)
    except ValidationError as error:
        return plain_faults(kind, data, error.errors(include_url=False))
    return result


@dataclass(slots=True)
class _Loader:
    """Reads section by section, and goes on after faults so that all are listed."""

    source: YamlSource
    data: dict[str, Value]
    folder: Path
    people_path: Path | None
    faults: list[FileFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    read: PeopleRead = field(default_factory=PeopleRead)

    def load(self) -> LoadedProgramme:
        self.faults += self.source.faults
        self._check_keys()
        calendar = self._section("calendar", Calendar, None)
        kinds = self._rotation_types()
        duties = self._duty_types()
        groups = self._names("groups", dict[str, Who], "people group")
        rotation_groups = self._names(
            "rotation_groups", dict[str, tuple[str, ...]], "rotation type"
        )
        if calendar is None:
            self.unreadable.add("period")
        formats = self._formats(kinds)
        rules = self._rules()
        words = Words(
            codes=formats.schedule_csv.codes((kind.code, kind.label) for kind in kinds),
            groups=frozenset(rotation_groups),
            periods=len((calendar or _ANY_YEAR).period_starts),
            calendar=calendar,
        )
        self._people(words)
        try:
            program = Program(
                name=self._section("name", str, ""),
                specialty=self._section("specialty", str, ""),
                time_zone=self._section("time_zone", str, "UTC"),
                objective=self._section("objective", Sense, "minimize"),
                calendar=calendar or _ANY_YEAR,
                rotation_types=kinds,
                people=tuple(self.read.people),
                groups=groups,
                rotation_groups=rotation_groups,
                rules=rules,
                duty_types=duties,
                duty_hours=self._section("duty_hours", Policy, ORDINARY),
                assignments=self._assignments(),
            )
        except InvalidProgram as error:
            for fault in error.faults:
                if not self._spurious(fault):
                    self._add(fault)
            raise self._invalid() from None
        if self.faults:
            raise self._invalid()
        return LoadedProgramme(
            program=program,
            findings=(*self.findings, *cut_periods(program, self._place)),
            sources=tuple(self.sources),
            formats=formats,
        )

    def _invalid(self) -> InvalidFile:
        """Return all faults, those of the programme file before those of its tables."""
        own = self.source.file
        return InvalidFile(sorted(self.faults, key=lambda fault: fault.place.file != own))

    def _check_keys(self) -> None:
        known = set(keys(ProgrammeFile))
        for key in self.data:
            if key not in known:
                self._add(Fault((key,), f"key {shown(key)} is unknown", nearest(key, known)))
        for key in _REQUIRED:
            if key not in self.data and not (key == "people" and self.people_path):
                self._add(Fault((), f"key {key!r} is missing"))

    def _spurious(self, fault: Fault) -> bool:
        """Return whether it is a fault only because what defines a name could not be read."""
        if fault.message.endswith(OUTSIDE):
            return "period" in self.unreadable
        if not fault.message.endswith("is unknown"):
            return False
        return any(fault.message.startswith(f"{what} ") for what in self.unreadable)

    def _place(self, path: Keys) -> Place:
        """Return where a value stands: in the programme file or in the table that gave it."""
        return self._place_in_table(path) or self.source.place(path)

    def _place_in_table(self, path: Keys) -> Place | None:
        return self.read.place(path) if path[:1] == ("people",) else None

    def _add(self, fault: Fault) -> None:
        thing = self._thing(fault.path, in_table=self._place_in_table(fault.path) is not None)
        self.faults.append(FileFault(self._place(fault.path), thing, fault.message, fault.mend))
        if len(self.faults) > MOST_FAULTS:
            raise self._invalid()

    def _thing(self, path: Keys, *, in_table: bool) -> str:
        """Return the section and the name of what a path is about."""
        if in_table and isinstance(path[1], int):
            return f'people "{self.read.people[path[1]].id}"'
        if not path:
            return ""
        section = str(path[0])
        if len(path) == 1:
            return section
        if not isinstance(path[1], int):
            return f'{section} "{path[1]}"' if section.endswith("groups") else section
        label = f"{section}[{path[1] + 1}]"
        name = self._name(section, path[1])
        return f'{label} "{name}"' if name else label

    def _name(self, section: str, position: int) -> str:
        entries = self.data.get(section)
        entry = entries[position] if isinstance(entries, list) else None
        name = entry.get(_NAMED_BY.get(section, "")) if isinstance(entry, dict) else None
        return name[:60] if isinstance(name, str) else ""

    def _parse(self, kind: type[_Kind], data: Value, path: Keys) -> _Kind | None:
        """Read plain data as a type; list what is wrong and return None where it is none."""
        result = parse(kind, data)
        if isinstance(result, list):
            self._list(result, path)
            return None
        return result

    def _list(self, faults: Iterable[Fault], path: Keys) -> None:
        """List faults whose paths start from `path`."""
        for fault in faults:
            if not self.source.refused((*path, *fault.path)):
                self._add(replace(fault, path=(*path, *fault.path)))

    def _entry(self, kind: type[_Kind], data: Value, path: Keys) -> _Kind | None:
        """Read an entry of a list as `_parse` does, but without its unknown keys where it has some.

        What only the rest breaks is not listed where an unknown key is nearly a known one: it is
        what is missing.
        """
        result = parse(kind, data)
        if not isinstance(result, list):
            return result
        self._list(result, path)
        unknown = [fault for fault in result if _UNKNOWN_KEY.fullmatch(fault.message)]
        if not unknown:
            return None
        rest = parse(kind, _without(data, [fault.path for fault in unknown]))
        if not isinstance(rest, list):
            return rest
        if not any(fault.mend.startswith("did you mean") for fault in unknown):
            self._list((fault for fault in rest if fault not in result), path)
        return None

    def _section(self, key: str, kind: Any, default: Any) -> Any:  # noqa: ANN401 - by the kind
        """Return a section; the default where it is not there or wrong."""
        if key not in self.data:
            return default
        result = self._parse(kind, self.data[key], (key,))
        return default if result is None else result

    def _names(self, key: str, kind: Any, vocabulary: str) -> Any:  # noqa: ANN401 - by the kind
        """Return a section of named things; note when the names cannot be known."""
        result = self._section(key, kind, None)
        if result is None and key in self.data:
            self.unreadable.add(vocabulary)
        return result or {}

    def _entries(self, section: str) -> Iterator[tuple[int, Value]]:
        entries = self.data.get(section, [])
        if isinstance(entries, list):
            yield from enumerate(entries)
        else:
            self._add(Fault((section,), f"{section!r} must be a list, not {describe(entries)}"))

    def _rotation_types(self) -> tuple[RotationType, ...]:
        kinds = []
        for position, entry in self._entries("rotation_types"):
            kind = self._entry(RotationType, entry, ("rotation_types", position))
            if kind is None:
                code = self._name("rotation_types", position)
                if not code.strip():
                    self.unreadable |= {"rotation type", "rotation code"}
                kind = RotationType(code=code if code.strip() else f"\0{position}")
            kinds.append(kind)
        if not isinstance(self.data.get("rotation_types"), list):
            self.unreadable |= {"rotation type", "rotation code"}
            kinds.append(RotationType(code="\0"))
        return tuple(kinds)

    def _duty_types(self) -> tuple[DutyType, ...]:
        duties = []
        for position, entry in self._entries("duty_types"):
            duty = self._entry(DutyType, entry, ("duty_types", position))
            if duty is None:
                code = self._name("duty_types", position)
                if not code.strip():
                    self.unreadable.add("duty type")
                code = code if code.strip() else f"\0{position}"
                duty = replace(_ANY_DUTY, code=code)
            duties.append(duty)
        if not isinstance(self.data.get("duty_types", []), list):
            self.unreadable.add("duty type")
        return tuple(duties)

    def _assignments(self) -> tuple[Assignment, ...]:
        """Return the assignments; none when some cannot be read, so that positions hold."""
        read = [
            self._entry(Assignment, entry, ("assignments", position))
            for position, entry in self._entries("assignments")
        ]
        good = tuple(one for one in read if one is not None)
        return good if len(good) == len(read) else ()

    def _rules(self) -> tuple[Rule, ...]:
        return tuple(
            self._rule(entry, position) or LeaveKept(name=f"\0{position}")
            for position, entry in self._entries("rules")
        )

    def _rule(self, entry: Value, position: int) -> Rule | None:
        path = ("rules", position)
        if not isinstance(entry, dict):
            self._add(Fault(path, f"a rule is a block of keys, not {describe(entry)}"))
            return None
        kind = entry.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            what = (
                f"rule kind {shown(kind)} is unknown"
                if "kind" in entry
                else "key 'kind' is missing"
            )
            hint = nearest(kind, set(KINDS)) if isinstance(kind, str) else ""
            listed = f"the kinds are {', '.join(sorted(KINDS))}"
            mend = f"{hint} {listed}" if hint.startswith("did you") else listed
            self._add(Fault((*path, "kind") if "kind" in entry else path, what, mend))
            return None
        return self._entry(KINDS[kind], entry, path) or _readable(KINDS[kind], entry, position)

    def _formats(self, kinds: tuple[RotationType, ...]) -> Formats:
        formats: Formats = self._section("formats", Formats, PLAIN)
        words = formats.schedule_csv
        codes = {kind.code for kind in kinds}
        for code in words.values.keys() - codes:
            path = ("formats", "schedule_csv", "values", code)
            self._add(Fault(path, f"rotation code {code!r} is unknown", nearest(code, codes)))
        used: dict[str, str] = {}
        for kind in kinds:
            word = words.word(kind.code, kind.label)
            if used.setdefault(word, kind.code) != kind.code:
                message = f"{used[word]} and {kind.code} are both called {word!r}"
                self._add(Fault(("formats", "schedule_csv"), message, "give one another word"))
        return formats

    def _people(self, words: Words) -> None:
        stated = self.data.get("people")
        if self.people_path is not None or isinstance(stated, dict):
            self._people_table(stated, words)
        else:
            self._listed_people()
        known = {person.id: number for number, person in enumerate(self.read.people)}
        leave: LeaveTable | None = self._section("leave", LeaveTable, None)
        if leave is not None:
            spec = leave.columns
            reader = self._reader("leave", leave, self._path("leave", leave), words)
            self._table(reader, lambda r: read_leave(r, spec, known, self.read))
        wishes: WishTable | None = self._section("wishes", WishTable, None)
        if wishes is not None:
            spec_ = wishes.columns
            reader = self._reader("wishes", wishes, self._path("wishes", wishes), words)
            self._table(reader, lambda r: read_wishes(r, spec_, known, self.read))

    def _listed_people(self) -> None:
        for position, entry in self._entries("people"):
            person = self._entry(Person, entry, ("people", position))
            if person is None:
                id_ = self._name("people", position)
                if not id_.strip():
                    self.unreadable.add("person")
                person = Person(id=id_ if id_.strip() else f"\0{position}", pgy=1)
            self.read.people.append(person)
        if not isinstance(self.data.get("people"), list):
            self._no_people()

    def _no_people(self) -> None:
        self.unreadable.add("person")
        self.read.people.append(Person(id="\0", pgy=1))

    def _people_table(self, stated: Value, words: Words) -> None:
        table: PeopleTable | None = PeopleTable(file=str(self.people_path))
        if isinstance(stated, dict):
            table = self._parse(PeopleTable, stated, ("people",))
        if table is not None:
            spec = table.columns
            path = self.people_path or self._path("people", table)
            reader = self._reader("people", table, path, words)
            self._table(reader, lambda r: self._take_people(read_people(r, spec)))
        if not self.read.people:
            self._no_people()

    def _take_people(self, read: PeopleRead) -> None:
        self.read = read

    def _path(self, section: str, table: TableFile) -> Path | None:
        """Return the path of a section's table; None, with a fault, where it leads elsewhere."""
        if not leads_out(self.folder, table.file):
            return self.folder / table.file
        message = f"file {shown(table.file)} leads out of the folder {self.folder.absolute()}"
        mend = "move it into the folder, or name another folder with --data DIR"
        if section == "people":
            mend = f"name it with --people FILE, or {mend}"
        self._add(Fault((section, "file"), message, mend))
        return None

    def _reader(
        self,
        role: Literal["people", "leave", "wishes"],
        table: TableFile,
        path: Path | None,
        words: Words,
    ) -> TableReader | None:
        """Return a reader of the table in a file; None, with the faults, when there is none."""
        if path is None:
            return None
        try:
            content = read_bytes(path, str(path))
            read = _read_table(content, path, table)
        except InvalidFile as error:
            self.faults += error.faults
            return None
        self.sources.append(Source(role=role, file=path.name, sha256=sha256(content)))
        return TableReader(read, words, ignore_unknown=table.on_unknown == "ignore")

    def _table(self, reader: TableReader | None, take: Callable[[TableReader], None]) -> None:
        """Take what a table gives; list its faults and findings."""
        if reader is None:
            return
        with contextlib.suppress(InvalidFile):  # its faults are the reader's
            take(reader)
        self.faults += reader.faults
        self.findings += reader.findings


def _without(data: Value, paths: Sequence[Keys]) -> Value:
    """Return plain data without the keys at these paths."""
    if isinstance(data, dict):
        return {
            key: _without(inner, [path[1:] for path in paths if path[0] == key])
            for key, inner in data.items()
            if (key,) not in paths
        }
    if isinstance(data, list):
        return [
            _without(inner, [path[1:] for path in paths if path[0] == position])
            for position, inner in enumerate(data)
        ]
    return data


def _readable(kind: type[Rule], entry: dict[str, Value], position: int) -> Rule:
    """Return what can be read of a rule that is none, so that the names in it are checked.

    Parameters that cannot be read have their defaults, or None.
    """
    rule = object.__new__(kind)
    hints = get_type_hints(kind, include_extras=True)
    for parameter in fields(kind):
        value: object = []
        if parameter.name in entry:
            value = parse(hints[parameter.name], entry[parameter.name])
        if isinstance(value, list):
            value = None if parameter.default is MISSING else parameter.default
        object.__setattr__(rule, parameter.name, value)
    if not (rule.name or "").strip():
        object.__setattr__(rule, "name", f"\0{position}")
    return rule


def _read_table(content: bytes, path: Path, table: TableFile) -> Table:
    workbook = path.suffix.lower() in {".xlsx", ".xlsm"} or content.startswith(b"PK\x03\x04")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = "this is an old or a locked Excel workbook"
        place = Place(file=str(path))
        raise InvalidFile([FileFault(place, "", message, "save it as .xlsx without a password")])
    if workbook:
        return read_workbook(content, str(path), table.sheet, table.header)
    if table.sheet:
        message = f"a CSV file has no sheet {table.sheet!r}"
        raise InvalidFile([FileFault(Place(file=str(path)), "", message)])
    return read_csv(content, str(path), table.header, table.encoding)
