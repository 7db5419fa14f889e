"""Synthetic annual 4+1 programmes: seeded, documented and frozen.

The programme is a plain document in the shape of a programme file, so that the engine, the
baselines and the command line all read the same thing:

    python -m benchmarks.synthetic --residents 60 --level tight97 --seed 1 > programme.yaml

A hidden year (`benchmarks.planting`) that keeps every hard rule is made first, and limits are read
off it: every programme has a schedule by construction. What is in it:

- three PGY classes, five clinic cohorts (4+1 in weeks, 8+2 in two-week periods);
- weeks per rotation and PGY, runs of two to four weeks, night float and vacation exactly two, runs
  cut by the year's ends allowed; no two different of ICU, NF and CCU on end; at most six hard weeks
  in any eight; interns on the wards before the ICU before the CCU; nights and hard weeks within two
  weeks inside each PGY. All hard;
- most people on each service and on vacation in a week. Hard;
- four ranked vacation wishes (half in holiday weeks), two fortnights to avoid hard services in, and
  two consults asked for, per person. Soft;
- fewest people on each service. `loose`: for interns and seniors and per consult, at three quarters
  of the mean, hard. `tight97`, `tight100`: per PGY, service and period at 97 % and 100 % of
  supply, which is what all residents of the class together may work there, with 30 points per
  missing person and week; consults, which all classes share, at 85 % of what the hidden year gives.

Intern minima begin where the hidden year has interns there: week 7 in the ICU, week 13 in the CCU.
With `tight100` the hidden year fills every place, so a shortage is never forced.

`VERSION` changes with any change of what is generated; a test pins fingerprints.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
import yaml
from pydantic import Field, TypeAdapter

from app.scheduling.api import compile_program
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Who
from app.scheduling.rules import AnyRule
from benchmarks.planting import (
    CCU,
    CLINIC,
    CONSULT_WEEKS,
    CYCLE,
    ED,
    ELECTIVE,
    FORTNIGHTS,
    GERI,
    HARD,
    ICU,
    MOST_OF_ONE_CONSULT,
    NF,
    SERVICE_WEEKS,
    VACATION,
    WARD,
    WEEKS,
    House,
    Year,
    below,
    plant,
    shuffled,
)

VERSION: Final = 1

Level = Literal["loose", "tight97", "tight100"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

Document = dict[str, Any]
"""A programme in the shape of a programme file: JSON values only."""

START = date(2026, 7, 1)
HOLIDAYS = {
    "Independence Day": date(2026, 7, 4),
    "Labor Day": date(2026, 9, 7),
    "Thanksgiving": date(2026, 11, 26),
    "Christmas Day": date(2026, 12, 25),
    "New Year's Day": date(2027, 1, 1),
    "Memorial Day": date(2027, 5, 31),
}
COHORTS = "ABCDE"
SERVICES = (WARD, ICU, NF, CCU, ED)
SHORTAGE_PENALTY = 30
VACATION_POINTS = (6, 4, 2, 1)
AVOID_RANK = len(VACATION_POINTS) + 1
SUPPLY_PERCENT: dict[Level, int] = {"tight97": 97, "tight100": 100}
CONSULT_PERCENT = 85

LOOSE_WEEKS = {
    1: {WARD: (12, 18), ICU: (4, 8), NF: (4, 6), CCU: (2, 4), ED: (2, 6), GERI: (2, 4)},
    2: {WARD: (6, 12), ICU: (4, 8), NF: (2, 6), CCU: (2, 4), ED: (2, 6), GERI: (2, 4)},
    3: {WARD: (6, 12), ICU: (2, 6), NF: (2, 4), CCU: (2, 4), ED: (0, 4), GERI: (2, 4)},
}
LOOSE_CONSULT_WEEKS = {1: (2, 8), 2: (6, 12), 3: (8, 16)}
LOOSE_ELECTIVE_WEEKS = {1: (0, 8), 2: (2, 10), 3: (2, 12)}

_TITLES = {
    CLINIC: ("Continuity clinic", "clinic"),
    WARD: ("General medicine wards", "ward"),
    ICU: ("Intensive care", "icu"),
    NF: ("Night float", "night"),
    CCU: ("Coronary care", "icu"),
    ED: ("Emergency department", "acute"),
    GERI: ("Geriatrics", "consult"),
    ELECTIVE: ("Elective", "elective"),
    VACATION: ("Vacation", "leave"),
}
_CLASSES = {"interns": (1,), "PGY-2": (2,), "PGY-3": (3,), "seniors": (2, 3)}


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A generated programme.

    Parameters
    ----------
    document
        The programme as data.
    planted
        The hidden year: for every person, the rotation code by slot.
    """

    document: Document
    planted: tuple[tuple[str, ...], ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the document, in hexadecimal."""
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def program(self) -> Program:
        """Return the programme as the engine takes it."""
        return program_of(self.document)

    def planted_grid(self) -> Grid:
        """Return the hidden year as a grid: int16 array (P, S)."""
        kinds = compile_program(self.program()).rotations
        index = {kind.code: number for number, kind in enumerate(kinds)}
        return np.array([[index[code] for code in year] for year in self.planted], dtype=np.int16)


def generate(
    residents: int,
    level: Level,
    seed: int = 1,
    *,
    slots: Literal[52, 26] = 52,
    rotations: int = 14,
) -> Synthetic:
    """Generate a programme.

    Parameters
    ----------
    residents
        At least 15, so that every cohort has somebody of every PGY; 24, 60, 120, 180 and 200 are
        the sizes that are measured.
    level
        How tightly services are to be staffed.
    seed
        Any non-negative integer.
    slots
        52 one-week periods, or 26 of two weeks.
    rotations
        Rotation types in all, 10 to 30.
    """
    if residents < 15 or not 10 <= rotations <= 30:
        raise ValueError("expected at least 15 residents and 10 to 30 rotations")
    house = House(residents, slots, rotations)
    random = Random(f"{VERSION} {residents} {slots} {rotations} {seed}")
    years = plant(house, random)
    people = [_person(house, resident, random) for resident in range(residents)]
    counts = _Counts(house, years)
    rules = _rules_of_a_year(house, tight=level != "loose")
    rules += _loose_coverage(counts) if level == "loose" else _tight_coverage(counts, level, random)
    rules += _most(counts, level)
    rules += _wishes(house)
    document: Document = {
        "name": f"Synthetic {residents} x {slots} x {rotations} {level}, seed {seed}",
        "specialty": "Internal medicine",
        "calendar": {
            "start": START.isoformat(),
            "end": (START + timedelta(weeks=WEEKS) - timedelta(1)).isoformat(),
            "period": "1 week" if house.weeks == 1 else "2 weeks",
            "holidays": [{"on": day.isoformat(), "name": name} for name, day in HOLIDAYS.items()],
        },
        "groups": {name: {"pgy": list(pgy)} for name, pgy in _CLASSES.items()},
        "rotation_groups": {"hard": sorted(HARD), "consults": list(house.consults)},
        "rotation_types": [_rotation_type(code) for code in _codes(house)],
        "people": people,
        "rules": rules,
    }
    return Synthetic(document, tuple(tuple(year) for year in years))


def program_of(document: Document) -> Program:
    """Return a document as the engine takes it."""
    return Program(
        name=document["name"],
        specialty=document["specialty"],
        calendar=_CALENDAR.validate_python(document["calendar"]),
        rotation_types=_ROTATION_TYPES.validate_python(document["rotation_types"]),
        people=_PEOPLE.validate_python(document["people"]),
        groups=_GROUPS.validate_python(document["groups"]),
        rotation_groups={n: tuple(codes) for n, codes in document["rotation_groups"].items()},
        rules=_RULES.validate_python(document["rules"]),
    )


_CALENDAR = TypeAdapter(Calendar)
_ROTATION_TYPES = TypeAdapter(tuple[RotationType, ...])
_PEOPLE = TypeAdapter(tuple[Person, ...])
_GROUPS = TypeAdapter(dict[str, Who])
_RULES: TypeAdapter[tuple[AnyRule, ...]] = TypeAdapter(
    tuple[Annotated[AnyRule, Field(discriminator="kind")], ...]
)


def _codes(house: House) -> tuple[str, ...]:
    return (CLINIC, WARD, ICU, NF, CCU, ED, *house.consults, GERI, ELECTIVE, VACATION)


def _rotation_type(code: str) -> Document:
    name, category = _TITLES.get(code, (f"Consult service {code[3:]}", "consult"))
    return {"code": code, "name": name, "category": category, "leave": code == VACATION}


def _person(house: House, resident: int, random: Random) -> Document:
    """Return a resident with four vacation wishes, two fortnights to avoid and two consults."""
    length = 2 // house.weeks
    fortnights = [
        first
        for first in range(house.slots - length + 1)
        if not any(house.clinic(resident, s) for s in range(first, first + length))
    ]
    festive = {(day - START).days // (7 * house.weeks) for day in HOLIDAYS.values()}
    on_holidays = [f for f in fortnights if festive & set(range(f, f + length))]
    others = [f for f in fortnights if f not in on_holidays]
    chosen = [*_apart(random, on_holidays, 2, length), *_apart(random, others, 2, length)]
    avoid = _apart(random, others, 2, length)
    ranked = shuffled(random, chosen)
    wishes = [(rank, VACATION, first) for rank, first in enumerate(ranked, 1)]
    wishes += [(AVOID_RANK, "hard", first) for first in avoid]
    return {
        "id": f"r{resident + 1:03d}",
        "name": f"Resident {resident + 1}",
        "pgy": house.pgy(resident),
        "cohort": COHORTS[house.cohort(resident)],
        "tags": [f"asks for {code}" for code in shuffled(random, house.consults)[:2]],
        "wishes": [
            {
                "rank": rank,
                "rotations": [code],
                "periods": list(range(first + 1, first + length + 1)),
                "avoid": rank == AVOID_RANK,
            }
            for rank, code, first in wishes
        ],
    }


def _apart(random: Random, firsts: list[int], count: int, length: int) -> list[int]:
    """Return so many of these first slots at random, whose stretches do not overlap."""
    chosen: list[int] = []
    while len(chosen) < count:
        first = firsts[below(random, len(firsts))]
        if all(abs(first - other) >= length for other in chosen):
            chosen.append(first)
    return chosen


def _rules_of_a_year(house: House, *, tight: bool) -> list[Document]:
    """Return what every single year has to look like."""
    weeks = house.weeks
    staying = [c for c in _codes(house) if c != CLINIC and c not in FORTNIGHTS]
    rules: list[Document] = [
        {
            "kind": "cohorts",
            "name": "Clinic every fifth period",
            "cycle": CYCLE,
            "clinic": [CLINIC],
            "first": {name: number for number, name in enumerate(COHORTS, 1)},
        },
        {
            "kind": "run_length",
            "name": "Services last two to four weeks",
            "rotations": staying,
            "min": 2 // weeks,
            "max": 4 // weeks,
        },
        {
            "kind": "run_length",
            "name": "Nights and vacations last two weeks",
            "rotations": sorted(FORTNIGHTS),
            "min": 2 // weeks,
            "max": 2 // weeks,
        },
        *(
            {
                "kind": "forbidden_sequence",
                "name": f"No {one} beside {other}",
                "pattern": [[one], [other]],
                "either_order": True,
            }
            for one, other in ((ICU, NF), (ICU, CCU), (NF, CCU))
        ),
        {
            "kind": "window_limit",
            "name": "At most six hard weeks in any eight",
            "rotations": ["hard"],
            "window": 8 // weeks,
            "max": 6 // weeks,
        },
        *(
            {
                "kind": "prerequisite",
                "name": f"{before} before {after}",
                "who": {"groups": ["interns"]},
                "before": [before],
                "after": [after],
            }
            for before, after in ((WARD, ICU), (ICU, CCU))
        ),
        _requirement("Four weeks of vacation", {}, [VACATION], 4 // weeks, 4 // weeks),
        *(
            _requirement(f"At most four weeks of {code}", {}, [code], None, high)
            for code in house.consults
            for high in (MOST_OF_ONE_CONSULT // weeks,)
        ),
    ]
    for name, (pgy, *seniors) in _CLASSES.items():
        if seniors:
            continue
        who = {"groups": [name]}
        for code, (low, high) in LOOSE_WEEKS[pgy].items():
            supply = SERVICE_WEEKS[pgy][code]
            most = supply if tight and code in SERVICES else high
            rules.append(
                _requirement(f"{code} of {name}", who, [code], low // weeks, most // weeks)
            )
        low, high = LOOSE_CONSULT_WEEKS[pgy]
        possible = MOST_OF_ONE_CONSULT * len(house.consults)
        low, most = min(low, possible), CONSULT_WEEKS[pgy] if tight else high
        rules.append(
            _requirement(f"Consults of {name}", who, ["consults"], low // weeks, most // weeks)
        )
        low, high = LOOSE_ELECTIVE_WEEKS[pgy]
        wide = tight or len(house.consults) * MOST_OF_ONE_CONSULT < CONSULT_WEEKS[pgy]
        rules.append(
            _requirement(
                f"Elective of {name}",
                who,
                [ELECTIVE],
                low // weeks,
                None if wide else high // weeks,
            )
        )
        rules += [
            {
                "kind": "fairness",
                "name": f"{title} of {name} within two weeks",
                "who": who,
                "points": {rotation: weeks},
                "band": 2,
            }
            for title, rotation in (("Nights", NF), ("Hard weeks", "hard"))
        ]
    return rules


def _requirement(
    name: str, who: Document, rotations: list[str], low: int | None, high: int | None
) -> Document:
    limits = {key: value for key, value in (("min", low), ("max", high)) if value is not None}
    return {"kind": "requirement", "name": name, "who": who, "rotations": rotations, **limits}


class _Counts:
    """Head counts of the hidden year."""

    def __init__(self, house: House, years: list[Year]) -> None:
        self.house = house
        self._years = years

    def by_slot(self, pgy: tuple[int, ...], codes: tuple[str, ...]) -> list[int]:
        """Return how many people of these PGYs are on these rotations, by slot."""
        there = [y for r, y in enumerate(self._years) if self.house.pgy(r) in pgy]
        return [sum(year[slot] in codes for year in there) for slot in range(self.house.slots)]


def _loose_coverage(counts: _Counts) -> list[Document]:
    """Return hard minima at three quarters of the mean, or lower where the hidden year is."""
    house = counts.house
    rules = []
    for name in ("interns", "seniors"):
        for code in SERVICES:
            profile = _flat(house, counts.by_slot(_CLASSES[name], (code,)))
            rules.append(_coverage(f"{name} on {code}", {"groups": [name]}, [code], profile, {}))
    for code in house.consults:
        profile = _flat(house, counts.by_slot((1, 2, 3), (code,)))
        rules.append(_coverage(f"Staffing of {code}", {}, [code], profile, {}))
    return [rule for rule in rules if rule["ramp"]]


def _flat(house: House, there: list[int]) -> list[int]:
    """Return one minimum for all slots from the first with somebody on.

    The first and last week of the year, in which cohorts begin and end, have none.
    """
    begin = max(2 // house.weeks - 1, next((s for s, n in enumerate(there) if n), 0))
    end = len(there) - (2 // house.weeks - 1)
    body = there[begin:end]
    least = min(*body, 3 * sum(body) // (4 * len(body)))
    return [least if begin <= slot < end else 0 for slot in range(len(there))]


def _tight_coverage(counts: _Counts, level: Level, random: Random) -> list[Document]:
    """Return soft minima at a share of supply per PGY, service and slot."""
    house = counts.house
    soft = {"penalty": SHORTAGE_PENALTY * house.weeks}
    rules = []
    for name, pgy in _CLASSES.items():
        if name == "seniors":
            continue
        who = {"groups": [name]}
        for code in SERVICES:
            there = counts.by_slot(pgy, (code,))
            profile = _clipped(there, SUPPLY_PERCENT[level], random)
            rules.append(_coverage(f"{name} on {code}", who, [code], profile, soft))
    for code in house.consults:
        profile = _clipped(counts.by_slot((1, 2, 3), (code,)), CONSULT_PERCENT, random)
        rules.append(_coverage(f"Staffing of {code}", {}, [code], profile, soft))
    return [rule for rule in rules if rule["ramp"]]


def _clipped(there: list[int], percent: int, random: Random) -> list[int]:
    """Return the counts with their peaks cut until their sum is this share of it, rounded down."""
    order = shuffled(random, range(len(there)))
    result = list(there)
    while 100 * sum(result) > percent * sum(there):
        result[max(order, key=result.__getitem__)] -= 1
    return result


def _most(counts: _Counts, level: Level) -> list[Document]:
    """Return hard maxima, somewhat above the mean and never below the hidden year."""
    house = counts.house
    percent = 160 if level == "loose" else 125
    everybody = (1, 2, 3)
    rules = []
    for name, pgy in _CLASSES.items():
        if (name in {"interns", "seniors"}) if level == "loose" else (name != "seniors"):
            for code in SERVICES:
                limit = _ceiling(counts.by_slot(pgy, (code,)), percent)
                title = f"Most {name} on {code}"
                rules.append(_maximum(title, {"groups": [name]}, code, limit))
    for code in (*house.consults, GERI):
        limit = _ceiling(counts.by_slot(everybody, (code,)), 160)
        rules.append(_maximum(f"Most people on {code}", {}, code, limit))
    limit = _ceiling(counts.by_slot(everybody, (VACATION,)), 140)
    rules.append(_maximum("Most people on vacation", {}, VACATION, limit))
    return rules


def _ceiling(there: list[int], percent: int) -> int:
    in_use = [n for n in there if n] or [0]
    return max(*there, -(-percent * sum(there) // (100 * len(in_use))))


def _maximum(name: str, who: Document, code: str, limit: int) -> Document:
    return {"kind": "coverage", "name": name, "who": who, "rotations": [code], "max": limit}


def _coverage(
    name: str, who: Document, rotations: list[str], minima: list[int], soft: Document
) -> Document:
    """Return minima by slot as a ramp with an entry wherever they change."""
    before = [0, *minima[:-1]]
    ramp = [
        {"period": slot + 1, "min": now}
        for slot, (last, now) in enumerate(zip(before, minima, strict=True))
        if now != last
    ]
    return {
        "kind": "coverage", "name": name, "who": who, "rotations": rotations, "ramp": ramp, **soft,
    }  # fmt: skip


def _wishes(house: House) -> list[Document]:
    """Return what people asked for: about 19 points a person."""
    return [
        {
            "kind": "wishes",
            "name": "Vacation wishes",
            "points": list(VACATION_POINTS),
            "ranks": list(range(1, AVOID_RANK)),
            "reward": 1,
        },
        {
            "kind": "wishes",
            "name": "Fortnights to avoid",
            "points": [0] * len(VACATION_POINTS) + [1],
            "ranks": [AVOID_RANK],
            "reward": 1,
        },
        *(
            {
                "kind": "requirement",
                "name": f"{code} for those who ask for it",
                "who": {"tags": [f"asks for {code}"]},
                "rotations": [code],
                "min": 2 // house.weeks,
                "penalty": house.weeks,
            }
            for code in house.consults
        ),
    ]


class _Written(yaml.SafeDumper):
    """Writes what is used twice twice: programme files have no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - asked for every value
        return True


def main() -> None:
    """Print a programme file."""
    parser = argparse.ArgumentParser(description="Print a synthetic programme file.")
    parser.add_argument("--residents", type=int, default=60)
    parser.add_argument("--level", choices=LEVELS, default="loose")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slots", type=int, choices=(52, 26), default=52)
    parser.add_argument("--rotations", type=int, default=14)
    given = parser.parse_args()
    made = generate(
        given.residents, given.level, given.seed, slots=given.slots, rotations=given.rotations
    )
    yaml.dump(made.document, sys.stdout, _Written, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    main()
