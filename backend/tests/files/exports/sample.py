"""Schedules of known content to draw: nothing here is solved."""

from datetime import date

import numpy as np

from app.files.loaded import LoadedProgramme
from app.files.schedule_document import ScheduleDocument, build_document
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import ABSENT
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.requirement import Requirement

INTERNS = Who(pgy=(1,))
ROWS = {
    "ada": "WWIVNCC",
    "ben": "IWWNVCC",
    "eve": "CIWWWV.",
}


def small_program() -> Program:
    """Return three people, seven periods; ``ada`` and ``ben`` are interns, ``eve`` leaves early."""
    return Program(
        name="Sample & Sons <Hospital>",
        calendar=Calendar(start=date(2026, 7, 1), period="4 weeks", periods=7),
        rotation_types=(
            RotationType(code="W", name="Wards", category="ward", colour="#1f3f5f"),
            RotationType(code="I", name="Intensive care", category="icu", colour="#f1ce63"),
            RotationType(code="N", name="Nights"),
            RotationType(code="C", name="=HYPERLINK(0)", category="clinic"),
            RotationType(code="V", name="Vacation", leave=True),
        ),
        people=(
            Person(id="ada", name="Ada <b>Lovelace</b>", pgy=1, cohort="A"),
            Person(id="ben", name="=1+1", pgy=1, cohort="B"),
            Person(id="eve", name="Eve Ng", pgy=3, end=date(2026, 12, 10), cohort="A"),
        ),
        rules=(
            Coverage(
                name="Wards | always",
                rotations=("W",),
                min=1,
                max=1,
                ramp=(Ramp(period=5, min=0, max=2),),
                source="Bed meeting",
                reason="Two teams",
            ),
            Coverage(name="Nights", rotations=("N",), min=1, penalty=2, who=INTERNS),
            Requirement(name="Intern wards", rotations=("W",), exactly=2, who=INTERNS),
            Requirement(
                name="Senior wards",
                rotations=("W",),
                min=4,
                max=5,
                who=Who(pgy=(3,)),
                when=When(),
                penalty=1.5,
            ),
            Requirement(name="One vacation", rotations=("V",), exactly=1),
        ),
    )


def small_document() -> ScheduleDocument:
    """Return `ROWS` as a document: eve is short of wards, wards are over in two periods."""
    return document(small_program(), ROWS)


def document(program: Program, rows: dict[str, str]) -> ScheduleDocument:
    """Return rows of one-letter codes as a document; ``.`` where nobody is appointed."""
    problem = compile_problem(program)
    index = {kind.code: value for value, kind in enumerate(problem.rotations)} | {".": ABSENT}
    grid = np.array(
        [[index[letter] for letter in rows[person.id]] for person in problem.people], dtype=np.int16
    )
    return build_document(LoadedProgramme(program=program), problem, grid)


def wide_program() -> Program:
    """Return one person with thirteen rotations, each required once."""
    codes = "ABCDEFGHIJKLM"
    return Program(
        name="Wide",
        calendar=Calendar(start=date(2026, 7, 1), period="4 weeks", periods=len(codes)),
        rotation_types=tuple(RotationType(code=code) for code in codes),
        people=(Person(id="p", pgy=2),),
        rules=tuple(Requirement(name=f"r{c}", rotations=(c,), exactly=1) for c in codes),
    )
