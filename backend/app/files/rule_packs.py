"""Rule packs as files: those that come with Housestaff, and others of the same form."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from app.files.faults import FileFault, InvalidFile, shown
from app.files.programme_file import parse
from app.files.reading import read_bytes
from app.files.yaml_source import Value, YamlSource, read_yaml
from app.scheduling import acgme
from app.scheduling.acgme.pack import RulePack, rules_in_force
from app.scheduling.acgme.predicates import PREDICATES, AnyDutyHourRule
from app.scheduling.domain.faults import Fault
from app.scheduling.domain.faults import Path as FaultPath
from app.scheduling.domain.program import Program, nearest

_Read = TypeVar("_Read")

COMMON = "acgme-common"
_SHIPPED = Path(acgme.__path__[0]) / "packs"


def shipped_packs() -> tuple[str, ...]:
    """Return the names of the packs that come with Housestaff."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def load_packs(names: Iterable[str]) -> tuple[RulePack, ...]:
    """Return the common pack and those named, each once; a name with a suffix is a file.

    Raises
    ------
    InvalidFile
        When a file cannot be read as a rule pack.
    UnknownPackError
        When no such pack comes with Housestaff.
    """
    return tuple(load_pack(name) for name in dict.fromkeys((COMMON, *names)))


def packs_of(program: Program, names: Iterable[str] = ()) -> tuple[RulePack, ...]:
    """Return the packs that a programme is judged by, and others; none if it has no duty types.

    Raises
    ------
    InvalidFile, UnknownPackError
        As `load_packs`.
    InvalidPolicyError
        When the programme's policy names rules that no pack has, or loosens one.
    """
    if not program.duty_types:
        return ()
    packs = load_packs([*program.policy.packs, *names])
    rules_in_force(packs, program.policy)
    return packs


class UnknownPackError(ValueError):
    """No pack of this name comes with Housestaff."""


def load_pack(name: str) -> RulePack:
    """Return a pack by its name, or from a YAML file."""
    if name.endswith((".yaml", ".yml")):
        return read_pack(Path(name))
    if name not in shipped_packs():
        hint = nearest(name, set(shipped_packs()))
        raise UnknownPackError(f"there is no rule pack {name!r}: {hint}, or give a .yaml file")
    return _shipped(name)


@cache
def _shipped(name: str) -> RulePack:
    return read_pack(_SHIPPED / f"{name}.yaml")


def read_pack(path: Path) -> RulePack:
    """Read a pack from a YAML file.

    Raises
    ------
    InvalidFile
        When it cannot be read as one; every fault is listed, with its line.
    """
    source = read_yaml(read_bytes(path, path.name), path.name)
    if source.faults:
        raise InvalidFile(source.faults)
    reader = _Reader(source)
    pack = reader.pack()
    if pack is None:
        raise InvalidFile(reader.faults)
    return pack


class _Reader:
    """Reads rule by rule, so that a fault names the parameter and not the whole catalogue."""

    def __init__(self, source: YamlSource) -> None:
        self.source = source
        self.faults: list[FileFault] = []

    def pack(self) -> RulePack | None:
        data = self.source.data
        entries = data.get("rules") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(entries, list):
            self._note(Fault((), "a rule pack is a block of keys with a list of rules"))
            return None
        rules = [self._rule(position, entry) for position, entry in enumerate(entries)]
        head = self._take((), parse(RulePack, {**data, "rules": []}))
        if head is None or self.faults:
            return None
        try:
            return replace(head, rules=tuple(rule for rule in rules if rule is not None))
        except ValueError as error:
            self._note(Fault(("rules",), str(error)))
            return None

    def _rule(self, position: int, entry: Value) -> AnyDutyHourRule | None:
        path = ("rules", position)
        word = entry.get("predicate") if isinstance(entry, dict) else None
        if not isinstance(word, str) or word not in PREDICATES:
            given = "is missing" if word is None else f"{shown(word)} is unknown"
            self._note(Fault(path, f"predicate {given}", nearest(str(word), set(PREDICATES))))
            return None
        return cast("AnyDutyHourRule | None", self._take(path, parse(PREDICATES[word], entry)))

    def _take(self, path: FaultPath, read: _Read | list[Fault]) -> _Read | None:
        if not isinstance(read, list):
            return read
        for fault in read:
            self._note(replace(fault, path=(*path, *fault.path)))
        return None

    def _note(self, fault: Fault) -> None:
        place = self.source.place(fault.path)
        self.faults.append(FileFault(place, "", fault.message, fault.mend))
