import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.files.faults import InvalidFile
from app.files.loaded import Formats, LoadedProgramme, ScheduleColumns, ScheduleWords, Source
from app.files.schedule_document import ScheduleDocument, build_document
from app.files.schedule_file import read_schedule, to_csv, to_json, write_schedule
from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.duties import Assignment, DutyType, Session
from app.scheduling.domain.params import SolveParams
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding, Result, Term
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Who
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.requirement import Requirement
from tests.scheduling.builders import grid

ROWS = ("WIV", "IW.")


def programme(**calendar: Any) -> LoadedProgramme:
    """Return two people and three periods; ``ben`` leaves after the second."""
    program = Program(
        name="Small",
        calendar=Calendar(start=date(2026, 7, 1), period="4 weeks", periods=3, **calendar),
        rotation_types=(
            RotationType(code="W", name="Wards, general", colour="#4477aa"),
            RotationType(code="I", name="Intensive care"),
            RotationType(code="V", leave=True),
        ),
        people=(
            Person(id="ann", name="Ann Ö", pgy=1, cohort="A"),
            Person(id="ben", pgy=2, end=date(2026, 8, 25)),
        ),
        rules=(
            Requirement(name="Wards", rotations=("W",), min=1, max=2, who=Who(pgy=(1,))),
            Coverage(name="ICU", rotations=("I",), min=1, penalty=0.5, who=Who(cohort=("A",))),
        ),
    )
    sources = (Source(role="programme", file="programme.yaml", sha256="00ff"),)
    return LoadedProgramme(program=program, sources=sources)


def solved(problem: Problem) -> tuple[Result, SolveParams]:
    found = Finding(rule="coverage", name="ICU", severity="warning", period=3, message="short")
    term = Term(rule="coverage", name="ICU", unit="u", amount=1, weight=0.5, value=0.5, ideal=0)
    result = Result(
        status="FEASIBLE",
        grid=grid(problem, *ROWS),
        objective=0.5,
        bound=0.0,
        bound_source="test",
        gap=1.0,
        ideal=0.0,
        terms=(term,),
        findings=(found,),
        seed=7,
        workers=2,
        input_hash="abc",
        engine_version="1.2.3",
        wall_s=12.34,
        stopped=False,
    )
    return result, SolveParams(time_s=5.0, seed=7, workers=2)


@pytest.fixture
def loaded() -> LoadedProgramme:
    return programme()


@pytest.fixture
def problem(loaded: LoadedProgramme) -> Problem:
    return compile_problem(loaded.program)


@pytest.fixture
def document(loaded: LoadedProgramme, problem: Problem) -> ScheduleDocument:
    return build_document(loaded, problem, grid(problem, *ROWS), solved=solved(problem))


def faults(path: Path, *arguments: Any) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        read_schedule(path, *arguments)
    return [str(fault).removeprefix(f"{path.parent}/") for fault in caught.value.faults]


def test_csv_has_every_person_and_period(document: ScheduleDocument) -> None:
    assert to_csv(document) == (
        "person,period,rotation\nann,1,W\nann,2,I\nann,3,V\nben,1,I\nben,2,W\n"
    )


def test_split_periods_have_first_and_last_days(tmp_path: Path) -> None:
    loaded = programme(splits=(Split(period=2, on=date(2026, 8, 12)),))
    problem = compile_problem(loaded.program)
    document = build_document(loaded, problem, grid(problem, "WIVW", "IWW."))
    text = to_csv(document)
    assert text.splitlines()[:3] == [
        "person,period,rotation,start,end",
        "ann,1,W,,",
        "ann,2,I,2026-07-29,2026-08-11",
    ]
    path = tmp_path / "s.csv"
    path.write_text(text.replace("ann,2,I,2026-07-29,2026-08-11", "ann,2,I,2026-07-29,2026-08-12"))
    assert faults(path, loaded, problem) == [
        "s.csv:3: ann: period 2 from 2026-07-29 ends on 2026-08-12: expected 2026-08-11"
    ]
    path.write_text(text)
    assert read_schedule(path, loaded, problem) == document


def test_formats_rename_columns_and_values_both_ways(tmp_path: Path, problem: Problem) -> None:
    columns = ScheduleColumns(person="resident", period="block")
    words = ScheduleWords(columns=columns, rotations="names", values={"V": "Vacation"})
    plain = programme()
    loaded = LoadedProgramme(program=plain.program, formats=Formats(schedule_csv=words))
    document = build_document(loaded, problem, grid(problem, *ROWS))
    text = to_csv(document)
    assert text == (
        'resident,block,rotation\nann,1,"Wards, general"\nann,2,Intensive care\nann,3,Vacation\n'
        'ben,1,Intensive care\nben,2,"Wards, general"\n'
    )
    path = tmp_path / "s.csv"
    path.write_text(text)
    assert read_schedule(path, loaded, problem) == document
    path.write_text(to_csv(build_document(plain, problem, grid(problem, *ROWS))))
    assert read_schedule(path, loaded, problem) == document
    json_path = tmp_path / "s.json"
    write_schedule(json_path, document)
    assert to_csv(read_schedule(json_path)) == text


def test_json_goes_both_ways_alone_and_with_its_programme(
    tmp_path: Path, document: ScheduleDocument, loaded: LoadedProgramme, problem: Problem
) -> None:
    path = tmp_path / "s.json"
    write_schedule(path, document)
    assert read_schedule(path) == document
    assert read_schedule(path, loaded, problem) == document
    assert np.array_equal(read_schedule(path).grid, grid(problem, *ROWS))


def test_json_is_canonical_and_says_no_wall_time(
    document: ScheduleDocument, loaded: LoadedProgramme, problem: Problem
) -> None:
    text = to_json(document)
    again = build_document(loaded, problem, grid(problem, *ROWS), solved=solved(problem))
    assert to_json(again) == text
    assert "12.34" not in text
    assert "wall" not in text
    content = json.loads(text)
    assert list(content) == [
        *("format", "version", "provenance", "outcome", "display", "formats"),
        *("placements", "assignments"),
    ]
    assert content["provenance"] == {
        "input_hash": "abc",
        "engine_version": "1.2.3",
        "seed": 7,
        "limits": {"time_s": 5, "gap": 0, "workers": 2, "seed": 7, "deterministic": False},
        "sources": [{"role": "programme", "file": "programme.yaml", "sha256": "00ff"}],
    }
    assert content["placements"][0] == {"person": "ann", "period": 1, "rotation": "W"}
    assert content["display"]["people"][0]["name"] == "Ann Ö"
    assert content["display"]["slots"][2] == {
        "period": 3, "part": 0, "label": "3", "start": "2026-08-26", "end": "2027-06-30",
    }  # fmt: skip
    assert content["assignments"] == []


def test_a_read_document_is_written_as_it_was(tmp_path: Path, document: ScheduleDocument) -> None:
    path, again = tmp_path / "a.json", tmp_path / "b.json"
    write_schedule(path, document)
    write_schedule(again, read_schedule(path))
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ann,1,W\n", "ann,1,X\n", "s.csv:2: ann: column rotation: rotation type 'X' is unknown"),
        ("ann,1,W\n", "anne,1,W\n", "s.csv:2: person 'anne' is unknown: did you mean 'ann'?"),
        ("ann,1,W\n", "ann,9,W\n", "s.csv:2: ann: column period: period 9 does not exist"),
        ("ann,1,W\n", "ann,one,W\n", "s.csv:2: ann: column period: 'one' is no whole number"),
        ("ann,1,W\n", "ann,1.5,W\n", "s.csv:2: ann: column period: '1.5' is no whole number"),
        ("ann,1,W\n", "ann,,W\n", "s.csv:2: ann: column period: the period is missing"),
        ("ann,1,W\n", ",1,W\n", "s.csv:2: column person: the person is missing"),
        ("ann,1,W\n", "ann,1,\n", "s.csv:2: ann: column rotation: the rotation type is missing"),
        ("ann,1,W\n", "ann,2,W\n", "s.csv:3: ann has two placements in period 2"),
        ("ann,1,W\n", "ann,1\n", "s.csv:2: the row has 2 columns, the header has 3"),
        ("rotation\n", "service\n", "s.csv:1: column 'rotation' is missing"),
        ("person,period,rotation\n", "", "s.csv:1: column 'person' is missing"),
    ],
)
def test_faults_of_csv(
    tmp_path: Path,
    document: ScheduleDocument,
    loaded: LoadedProgramme,
    problem: Problem,
    old: str,
    new: str,
    expected: str,
) -> None:
    path = tmp_path / "s.csv"
    text = to_csv(document)
    assert old in text
    path.write_text(text.replace(old, new))
    assert expected in faults(path, loaded, problem)[0]


def test_a_placement_of_somebody_absent_is_left_to_the_check(
    tmp_path: Path, document: ScheduleDocument, loaded: LoadedProgramme, problem: Problem
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(to_csv(document) + "ben,3,W\n")
    assert read_schedule(path, loaded, problem).grid[1, 2] == 0


def test_placements_may_be_left_out(
    tmp_path: Path, loaded: LoadedProgramme, problem: Problem
) -> None:
    path = tmp_path / "s.csv"
    path.write_text("person,period,rotation\nben,2,I\n")
    read = read_schedule(path, loaded, problem)
    assert read.grid.tolist() == [[-1, -1, -1], [-1, 1, -1]]


def test_csv_needs_its_programme(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("person,period,rotation\n")
    assert "name its programme file with --program" in faults(tmp_path / "s.csv")[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"person": "ann", "period": 1,',
            '"person": "anne", "period": 1,',
            "person 'anne' is unknown",
        ),
        ('"rotation": "V"', '"rotation": "X"', "rotation type 'X' is unknown"),
        ('"ann", "period": 2', '"ann", "period": 1', "ann has two placements in period 1"),
        ('"ann", "period": 2', '"ann", "period": 9', "period 9 does not exist"),
        (
            '"ann", "period": 2',
            '"ann", "period": "2"',
            "'period' must be a whole number, not the text",
        ),
        (
            '"ann", "period": 2',
            '"ann", "period": 2.0',
            "'period' must be a whole number, not the number",
        ),
        ('"ann", "period": 2', '"ann", "perod": 2', "key 'period' is missing"),
        ('"code": "I"', '"code": "W"', "'W' is there twice"),
        ('"id": "ben"', '"id": "ann"', "'ann' is there twice"),
        ('"seed": 7,', '"seed": NaN,', "'NaN' is no number that means anything here"),
        ('"seed": 7,', '"seed": 1e999,', "'1e999' is no number that means anything here"),
        ('"seed": 7,', '"seed": 7, "seed": 8,', "the key 'seed' is twice in one block"),
        ('"start": "2026-07-01"', '"start": "2026-02-30"', "'start' must be a date, not the text"),
        ('"version": 1', '"version": 2', "the schedule is of another version: known is 1"),
        (
            '"assignments": []',
            '"assignments": [1]',
            "entry 1 of 'assignments' must be a block of keys, not the number 1",
        ),
        ('housestaff-schedule"', 'x"', "this is no schedule of Housestaff"),
        ('"placements": [', '"placements": [[', "this is not JSON"),
        (
            '"others": {"ben": 0}',
            '"others": {"bob": 0}',
            "'ICU' names unknown rotation types or people",
        ),
        ('"usual": 1', '"usual": 1, "x": 1', "key 'x' is unknown"),
        ('"amounts": [1, 1, 1]', '"amounts": [1, 1]', "'Wards' does not fit the 3 columns"),
        ('"min": [1, 1, 1]', '"min": [1]', "'ICU' does not fit the 3 columns"),
        ("Ann Ö", "Ann \\ud800", ""),
    ],
)
def test_faults_of_json(
    tmp_path: Path, document: ScheduleDocument, old: str, new: str, expected: str
) -> None:
    path = tmp_path / "s.json"
    text = to_json(document)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert expected in faults(path)[0]


def test_faults_of_json_name_their_line(tmp_path: Path, document: ScheduleDocument) -> None:
    path = tmp_path / "s.json"
    text = to_json(document).replace('"rotation": "V"', '"rotation": "X"')
    path.write_text(text)
    line = text[: text.index('"X"')].count("\n") + 1
    assert faults(path) == [f"s.json:{line}: rotation type 'X' is unknown"]


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "{}", '{"format": 1}'])
def test_hostile_json_ends_cleanly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    assert len(faults(path)) == 1


def test_schedules_are_json_or_csv(tmp_path: Path, document: ScheduleDocument) -> None:
    with pytest.raises(ValueError, match=r"written as \.json or \.csv"):
        write_schedule(tmp_path / "s.txt", document)
    assert list(tmp_path.iterdir()) == []


FIRST_OF_AUGUST = date(2026, 8, 1)


def with_duty(loaded: LoadedProgramme, *assignments: Assignment) -> LoadedProgramme:
    """Return the programme with duty types and these assignments."""
    duties = (
        DutyType(code="D", kind="in_house", am="06:00-12:00", pm="12:00-18:00"),
        DutyType(code="N", kind="night_float", night="18:00-06:00"),
    )
    program = replace(loaded.program, duty_types=duties, assignments=assignments)
    return replace(loaded, program=program)


def on(person: str, session: Session, duty: str, day: date = FIRST_OF_AUGUST) -> Assignment:
    return Assignment(person=person, date=day, session=session, duty=duty)


ASSIGNED = (
    on("ben", "NIGHT", "N"),
    on("ann", "NIGHT", "N"),
    on("ann", "AM", "D"),
    replace(on("ann", "PM", "D", date(2026, 7, 31)), rotation="I", note="Clinic, Ö"),
)
IN_ORDER = (ASSIGNED[3], ASSIGNED[2], ASSIGNED[1], ASSIGNED[0])


def test_assignments_go_both_ways_in_order_of_people_and_time(
    tmp_path: Path, loaded: LoadedProgramme, problem: Problem
) -> None:
    loaded = with_duty(loaded, *ASSIGNED)
    document = build_document(loaded, problem, grid(problem, *ROWS))
    assert document.assignments == IN_ORDER
    path, again = tmp_path / "s.json", tmp_path / "t.json"
    write_schedule(path, document)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["assignments"][:2] == [
        {
            "person": "ann",
            "date": "2026-07-31",
            "session": "PM",
            "duty": "D",
            "rotation": "I",
            "note": "Clinic, Ö",
        },
        {"person": "ann", "date": "2026-08-01", "session": "AM", "duty": "D"},
    ]
    assert read_schedule(path) == document
    assert read_schedule(path, loaded, problem) == document
    write_schedule(again, read_schedule(path))
    assert path.read_bytes() == again.read_bytes()


def test_a_schedule_has_its_own_assignments_or_says_nothing_of_them(
    tmp_path: Path, loaded: LoadedProgramme, problem: Problem
) -> None:
    duties = with_duty(loaded, on("ann", "AM", "D"))
    path, table = tmp_path / "s.json", tmp_path / "s.csv"
    document = build_document(loaded, problem, grid(problem, *ROWS))
    for file in (path, table):
        write_schedule(file, document)
    assert read_schedule(path, duties, problem).assignments == ()
    assert read_schedule(table, duties, problem).assignments == duties.program.assignments
    old = json.loads(path.read_text(encoding="utf-8"))
    del old["assignments"]
    path.write_text(json.dumps(old), encoding="utf-8")
    assert read_schedule(path).assignments == ()
    assert read_schedule(path, duties, problem).assignments == duties.program.assignments


def test_an_assignment_of_somebody_who_has_left_is_still_read(
    tmp_path: Path, loaded: LoadedProgramme, problem: Problem
) -> None:
    duties = with_duty(loaded, on("ben", "AM", "D"))
    path = tmp_path / "s.json"
    write_schedule(path, build_document(duties, problem, grid(problem, *ROWS)))
    people = (loaded.program.people[0], replace(loaded.program.people[1], end=date(2026, 7, 31)))
    left = replace(duties, program=replace(duties.program, people=people, assignments=()))
    read = read_schedule(path, left, compile_problem(left.program))
    assert read.assignments == duties.program.assignments


@pytest.mark.parametrize(
    ("old", "new", "alone", "expected"),
    [
        ('"ann", "date"', '"anne", "date"', True, "person 'anne' is unknown"),
        ('"session": "AM"', '"session": "am"', True, "'session' must be 'AM', 'PM' or 'NIGHT'"),
        ('"2026-08-01"', '"2026-08-41"', True, "'date' must be a date, not the text"),
        ('"duty": "D"', '"duty": "D", "x": 1', True, "key 'x' is unknown"),
        ('"duty": "D"', '"duty": "D", "rotation": "X"', True, "rotation type 'X' is unknown"),
        ('"session": "AM"', '"session": "PM"', True, "ann has two assignments on 2026-08-01 PM"),
        ('"duty": "D"', '"duty": "DD"', False, "duty type 'DD' is unknown: did you mean 'D'?"),
        ('"duty": "D"', '"duty": "N"', False, "duty type 'N' has no am: give it a time then"),
        ('"2026-08-01"', '"2027-08-01"', False, "the assignment on 2027-08-01 lies outside"),
    ],
)
def test_faults_of_assignments_name_their_line(
    tmp_path: Path,
    loaded: LoadedProgramme,
    problem: Problem,
    old: str,
    new: str,
    expected: str,
    *,
    alone: bool,
) -> None:
    loaded = with_duty(loaded, on("ann", "AM", "D"), on("ann", "PM", "D"))
    path = tmp_path / "s.json"
    text = to_json(build_document(loaded, problem, grid(problem, *ROWS)))
    head, tail = text.split('"assignments"')
    assert old in tail
    path.write_text(f'{head}"assignments"{tail.replace(old, new, 1)}')
    line = 1 + text[: text.index('"assignments"')].count("\n") + 1
    found = faults(path) if alone else faults(path, loaded, problem)
    assert expected in found[0]
    assert found[0].startswith((f"s.json:{line}: ", f"s.json:{line + 1}: "))
