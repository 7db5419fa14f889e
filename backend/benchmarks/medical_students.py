"""Instances of medical student scheduling as programmes.

Students take disciplines in hospitals, one at a time. A rotation type is a discipline at a
hospital, its site; unassigned time is a rotation type too. The files are MiniZinc data, as in
doi:10.1016/j.cor.2020.105209 and doi:10.1007/s10951-024-00806-z.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.people import Person, Preassignment
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import Who
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.preassignments import PreassignmentsKept
from app.scheduling.rules.preferences import Preference, Preferences
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.site_changes import SiteChanges
from app.scheduling.rules.waiting import Waiting
from app.scheduling.rules.worst_off import WorstOff

Ints = NDArray[np.int64]

IDLE: Final = "IDLE"
_START = date(2026, 7, 6)
_SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "DiscGroup": ("Disciplines",),
    "StudDiscGroup": ("Students", "Groups"),
    "AllowedDisc": ("Students", "Disciplines"),
    "Precededby": ("Disciplines", "Disciplines"),
    "Availability": ("Students", "Horizon"),
    "Ability": ("Students", "Hospitals", "Disciplines"),
    "MinPosHosp": ("Hospitals", "Disciplines", "Horizon"),
    "MaxPosHosp": ("Hospitals", "Disciplines", "Horizon"),
    "WeightPref": ("Students", "Weights"),
    "PrefStudDisc": ("Students", "Disciplines"),
    "PrefStudHosp": ("Students", "Hospitals"),
    "ManPref": ("Disciplines",),
}


@dataclass(frozen=True, slots=True)
class Instance:
    """What a file says: sizes by name, and arrays in the shapes of their dimensions."""

    sizes: dict[str, int]
    arrays: dict[str, Ints]

    @property
    def duration(self) -> int:
        """Periods of a stay."""
        return self.sizes["Duration"]


@dataclass(frozen=True, slots=True)
class Stay:
    """A discipline taken in a hospital from a period on; all count from 1, as in the files."""

    student: int
    discipline: int
    hospital: int
    start: int


def read_instance(text: str) -> Instance:
    """Return what a MiniZinc data file says.

    Raises
    ------
    ValueError
        When an array does not have the size that the scalars tell.
    KeyError
        When a scalar or an array is missing.
    """
    plain = re.sub(r"%.*", "", text)
    said = dict(re.findall(r"(\w+)\s*=\s*([^;]*);", plain))
    sizes = {name: int(value) for name, value in said.items() if "[" not in value}
    sizes["Weights"] = 4
    found = {
        name: re.findall(r"-?\d+", value[value.index("[") :])
        for name, value in said.items()
        if "[" in value
    }
    arrays = {
        name: np.array(found[name], dtype=np.int64).reshape([sizes[size] for size in shape])
        for name, shape in _SHAPES.items()
    }
    return Instance(sizes, arrays)


def program_of(instance: Instance, name: str) -> Program:
    """Return an instance as a programme; its objective is the instance's.

    Raises
    ------
    ValueError
        When preferences are negative, or changes or waiting are rewarded.
    """
    return _Building(instance).program(name)


def stays_of(instance: Instance, program: Program, grid: Grid) -> list[Stay]:
    """Return a schedule of the instance's programme as stays."""
    codes = [re.findall(r"\d+", kind.code) for kind in program.rotation_types]
    stays = []
    for student, row in enumerate(grid.tolist(), 1):
        period = 0
        while period < len(row):
            numbers = codes[row[period]]
            if numbers:
                discipline, hospital = map(int, numbers)
                stays.append(Stay(student, discipline, hospital, period + 1))
            period += instance.duration if numbers else 1
    return stays


class _Building:
    """The building of one programme; everything is counted from 0 here."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._sizes = instance.sizes
        self._arrays = instance.arrays
        self._duration = instance.duration

    def program(self, name: str) -> Program:
        weeks = timedelta(weeks=self._sizes["Horizon"])
        return Program(
            name=name,
            objective="maximize",
            calendar=Calendar(start=_START, end=_START + weeks - timedelta(1), period="1 week"),
            rotation_types=(*map(_rotation_type, self._offered), RotationType(code=IDLE)),
            people=tuple(self._person(p) for p in range(self._sizes["Students"])),
            rotation_groups=self._rotation_groups(),
            rules=(*self._limits(), *self._places(), *self._values()),
        )

    @cached_property
    def _suits(self) -> NDArray[np.bool_]:
        """Who may take what where: bool array (P, H, D)."""
        allowed = self._arrays["AllowedDisc"][:, None, :]
        result: NDArray[np.bool_] = (self._arrays["Ability"] & allowed).astype(np.bool_)
        return result

    @cached_property
    def _offered(self) -> list[tuple[int, int]]:
        """Disciplines and hospitals with a place that somebody may take, or must."""
        open_ = self._suits.any(axis=0) & (self._arrays["MaxPosHosp"] > 0).any(axis=2)
        open_ |= (self._arrays["MinPosHosp"] > 0).any(axis=2)
        return [(d, h) for d, h in np.argwhere(open_.T).tolist()]

    def _rotation_groups(self) -> dict[str, tuple[str, ...]]:
        """Return the rotations of each discipline (D), hospital (H) and group (G), by name."""
        groups: dict[str, list[str]] = {}
        for d, h in self._offered:
            group = self._arrays["DiscGroup"][d]
            for name in (f"D{d + 1}", f"H{h + 1}", f"G{group}"):
                groups.setdefault(name, []).append(_code(d, h))
        return {name: tuple(codes) for name, codes in groups.items()}

    def _person(self, p: int) -> Person:
        away = (self._arrays["Availability"][p] == 0).nonzero()[0] + 1
        never = tuple(_code(d, h) for d, h in self._offered if not self._suits[p, h, d])
        decided = []
        if away.size:
            decided.append(Preassignment(periods=tuple(away.tolist()), one_of=(IDLE,)))
        if never:
            decided.append(Preassignment(periods=(f"1-{self._sizes['Horizon']}",), never=never))
        return Person(id=_id(p), pgy=1, preassignments=tuple(decided))

    def _limits(self) -> Iterator[Rule]:
        """Yield what every student's year must be."""
        stay, groups = self._duration, self._rotation_groups()
        yield PreassignmentsKept(name="Absences and abilities")
        disciplines = [name for name in groups if name.startswith("D")]
        if stay > 1:
            yield RunLength(
                name="Stays are whole",
                rotations=tuple(disciplines),
                min=stay,
                max=stay,
                cut_by_year=False,
            )
        for name in disciplines:
            yield Requirement(name=f"{name} once", rotations=(name,), max=stay)
        most = self._sizes["MaxDiscPerHosp"]
        for name in groups:
            if name.startswith("H") and most < len(disciplines):
                yield Requirement(name=f"{name} not too often", rotations=(name,), max=most * stay)
        for after, before in np.argwhere(self._arrays["Precededby"]).tolist():
            names = f"D{before + 1}", f"D{after + 1}"
            if set(names) <= groups.keys():
                yield Prerequisite(
                    name=" before ".join(names),
                    before=names[:1],
                    after=names[1:],
                    amount=stay,
                )
        yield from self._numbers(groups)

    def _numbers(self, groups: dict[str, tuple[str, ...]]) -> Iterator[Rule]:
        """Yield how many disciplines of each group students take."""
        for g, column in enumerate(self._arrays["StudDiscGroup"].T):
            rotations = (f"G{g + 1}",)
            for count in sorted(set(column.tolist())):
                if f"G{g + 1}" in groups:
                    yield Requirement(
                        name=f"{count} of G{g + 1}",
                        rotations=rotations,
                        exactly=count * self._duration,
                        who=_those(column == count),
                    )

    def _places(self) -> Iterator[Rule]:
        """Yield the places in every hospital, discipline and period."""
        for d, h in self._offered:
            low, high = (self._arrays[name][h, d] for name in ("MinPosHosp", "MaxPosHosp"))
            changes = (np.diff(low) != 0) | (np.diff(high) != 0)
            yield Coverage(
                name=f"Places of D{d + 1} in H{h + 1}",
                rotations=(_code(d, h),),
                min=int(low[0]),
                max=int(high[0]),
                ramp=tuple(
                    Ramp(period=t + 1, min=int(low[t]), max=int(high[t]))
                    for t in (changes.nonzero()[0] + 1).tolist()
                ),
            )

    def _values(self) -> Iterator[Rule]:
        """Yield what the objective adds up."""
        weights = self._arrays["WeightPref"]
        if (weights[:, 2:] > 0).any():
            raise ValueError("changes of hospital and waiting must not be rewarded")
        yield Preferences(
            name="Preferences",
            personal=tuple(
                Preference(who=Who(people=(_id(p),)), points=self._points(p))
                for p in range(len(weights))
            ),
            counted_in="stays" if self._duration > 1 else "periods",
            reward=1,
        )
        for weight in sorted(set(weights[:, 2].tolist()) - {0}):
            who = _those(weights[:, 2] == weight)
            yield SiteChanges(name=f"Changes of hospital at {-weight}", who=who, penalty=-weight)
        for weight in sorted(set(weights[:, 3].tolist()) - {0}):
            who = _those(weights[:, 3] == weight)
            yield Waiting(name=f"Waiting at {-weight}", who=who, rotations=(IDLE,), penalty=-weight)
        yield WorstOff(name="Worst-off student", reward=1)

    def _points(self, p: int) -> dict[str, float]:
        """Return what a student's stays are worth by discipline, and by hospital."""
        of_discipline, of_hospital = self._arrays["WeightPref"][p, :2].tolist()
        disciplines = of_discipline * self._arrays["PrefStudDisc"][p] + self._arrays["ManPref"]
        hospitals = of_hospital * self._arrays["PrefStudHosp"][p]
        offered = self._rotation_groups()
        named = {f"D{d + 1}": worth for d, worth in enumerate(disciplines.tolist())}
        named |= {f"H{h + 1}": worth for h, worth in enumerate(hospitals.tolist())}
        return {name: worth for name, worth in named.items() if worth and name in offered}


def _rotation_type(offered: tuple[int, int]) -> RotationType:
    d, h = offered
    return RotationType(code=_code(d, h), category=f"Discipline {d + 1}", site=f"Hospital {h + 1}")


def _code(d: int, h: int) -> str:
    return f"D{d + 1}.{h + 1}"


def _id(p: int) -> str:
    return f"S{p + 1}"


def _those(mask: NDArray[Any]) -> Who:
    """Return the students for whom a bool array (P,) is true."""
    return Who(people=tuple(_id(p) for p in mask.nonzero()[0].tolist()))
