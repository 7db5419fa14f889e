import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.files.faults import InvalidFile
from app.files.loaded import LoadedProgramme
from app.files.programme_file import load_programme
from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.duties import Assignment, DayDuties, DutyType
from app.scheduling.domain.scope import Who
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.requirement import Requirement

BASE = """\
name: Small
calendar: {start: 2026-07-01, period: 4 weeks}
rotation_types:
  - {code: WARD, name: Wards}
  - {code: MICU}
people:
  - {id: ann, pgy: 1}
  - {id: ben, pgy: 2, tags: [chief]}
"""
"""Eight lines, so that what a test adds begins at line 9."""

Faults = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., LoadedProgramme]:
    def load(text: str, **options: Any) -> LoadedProgramme:
        path = tmp_path / "programme.yaml"
        path.write_text(text, encoding="utf-8")
        return load_programme(path, **options)

    return load


@pytest.fixture
def faults(load: Callable[..., LoadedProgramme], tmp_path: Path) -> Faults:
    def faults(text: str, **options: Any) -> list[str]:
        with pytest.raises(InvalidFile) as caught:
            load(text, **options)
        return [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]

    return faults


def test_a_programme_is_read_into_the_engine_s_own_types(
    load: Callable[..., LoadedProgramme],
) -> None:
    loaded = load(
        BASE + "groups: {interns: {pgy: [1]}}\n"
        "objective: maximize\n"
        "rules:\n"
        "  - kind: coverage\n"
        "    name: ICU\n"
        "    who: {exclude: {groups: [interns]}}\n"
        "    rotations: [MICU]\n"
        "    ramp: [{period: 3, min: 1}]\n"
        "    penalty: 2\n"
        "  - {kind: requirement, name: Wards, rotations: [WARD], min: 1.5, max: 4}\n"
    )
    program = loaded.program
    assert program.rules == (
        Coverage(
            name="ICU",
            who=Who(exclude=Who(groups=("interns",))),
            rotations=("MICU",),
            ramp=(Ramp(period=3, min=1),),
            penalty=2.0,
        ),
        Requirement(name="Wards", rotations=("WARD",), min=1.5, max=4.0),
    )
    assert [person.tags for person in program.people] == [(), ("chief",)]
    assert (program.objective, program.time_zone) == ("maximize", "UTC")
    assert [(source.role, source.file) for source in loaded.sources] == [
        ("programme", "programme.yaml")
    ]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            "specialty: 3",
            '9: specialty: this must be text, not the number 3: put it in quotes: "3"',
        ),
        ("time_zone: Mars/Base", "9: time_zone: time zone 'Mars/Base' is unknown: write an IANA"),
        (
            "objective: min",
            "9: objective: this must be 'minimize' or 'maximize', not the text 'min'",
        ),
        (
            "objektive: minimize",
            "9: objektive: key 'objektive' is unknown: did you mean 'objective'?",
        ),
        ("rules: {a: 1}", "9: rules: 'rules' must be a list, not a block of keys"),
        ("rules: [foo]", "9: rules[1]: a rule is a block of keys, not the text 'foo'"),
        (
            "rules: [{name: a}]",
            "9: rules[1] \"a\": key 'kind' is missing: the kinds are allowed_starts",
        ),
        (
            "rules: [{kind: coverag, name: a}]",
            "9: rules[1] \"a\": rule kind 'coverag' is unknown: did you mean 'coverage'? the",
        ),
        (
            "groups: {old: {pyg: [2]}}",
            "9: groups \"old\": key 'pyg' is unknown: did you mean 'pgy'?",
        ),
        (
            "groups: {old: {pgy: 2}}",
            "9: groups \"old\": 'pgy' must be a list, not the number 2: write [2]",
        ),
        ("groups: {old: {groups: [old]}}", "9: groups \"old\": people group 'old' leads to itself"),
        ("groups:", "9: groups: this must be a block of keys, not empty"),
        ("rotation_groups: {all: [WARD, MICUU]}", "did you mean 'MICU'?"),
        (
            "formats: {schedule_csv: {values: {MICUU: x}}}",
            "'MICUU' is unknown: did you mean 'MICU'?",
        ),
        (
            "formats: {schedule_csv: {values: {MICU: WARD}}}",
            "9: formats: WARD and MICU are both called 'WARD': give one another word",
        ),
        ("formats: {schedule_csv: {columns: {person: period}}}", "need five different names"),
        ("leave: {}", "9: leave: key 'file' is missing"),
        ("leave: {file: nowhere.csv}", "nowhere.csv: there is no such file"),
    ],
)
def test_faults_of_sections(faults: Faults, added: str, expected: str) -> None:
    found = faults(BASE + added + "\n")
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("rotations: [MICUU], min: 1", "rotation type 'MICUU' is unknown: did you mean 'MICU'?"),
        (
            "rotations: [MICU], min: '3'",
            "'min' must be a whole number, not the text '3': write it without",
        ),
        (
            "rotations: [MICU], min: 1.0",
            "'min' must be a whole number, not the number 1.0: write 1",
        ),
        ("rotations: [MICU], min: true", "'min' must be a whole number, not true"),
        (
            "rotations: MICU, min: 1",
            "'rotations' must be a list, not the text 'MICU': write [MICU]",
        ),
        (
            "rotations: [1], min: 1",
            "entry 1 of 'rotations' must be text, not the number 1: put it in",
        ),
        ("min: 1", "key 'rotations' is missing"),
        ("rotations: [MICU]", "coverage needs min, max or exactly"),
        ("rotations: [MICU], min: 3, max: 2", "expected 0 <= min <= max"),
        ("rotations: [MICU], min: 1, reward: 1", "has a penalty or is hard, not a reward"),
        ("rotations: [MICU], min: 1, penalty: -1", "weight -1.0: expected above 0"),
        (
            "rotations: [MICU], min: 1, fte: yes",
            "'fte' must be true or false, not the text 'yes': write true",
        ),
        ("rotations: [MICU], min: 1, who: {pgy: ['2']}", "entry 1 of 'pgy' must be a whole number"),
        (
            "rotations: [MICU], min: 1, who: {groups: [all]}",
            "people group 'all' is unknown: none is defined",
        ),
        (
            "rotations: [MICU], min: 1, who: {people: [anne]}",
            "person 'anne' is unknown: did you mean 'ann'?",
        ),
        (
            "rotations: [MICU], min: 1, when: {periods: [99]}",
            "period '99' is unknown: the year has 13",
        ),
        (
            "rotations: [MICU], min: 1, when: {periods: [3-1]}",
            "'3-1' is not a rising range of periods",
        ),
        (
            "rotations: [MICU], min: 1, when: {periods: [1.5]}",
            "must be a whole number or text, not the number 1.5",
        ),
        (
            "rotations: [MICU], min: 1, when: {start: soon}",
            "'start' must be a date, not the text 'soon': write it as 2026-07-01",
        ),
        (
            "rotations: [MICU], min: 1, ramp: [{period: 1, mim: 2}]",
            "key 'mim' is unknown: did you mean 'min'",
        ),
        ("rotations: [MICU], min: 1, when: ~", "'when' must be a block of keys, not empty"),
        ("rotations: [MICU], min: .nan", ".nan is no number that means anything here"),
    ],
)
def test_faults_of_a_rule_name_it_and_its_line(faults: Faults, rule: str, expected: str) -> None:
    found = faults(f"{BASE}rules:\n  - {{kind: coverage, name: ICU seniors, {rule}}}\n")
    assert len(found) == 1
    assert found[0].startswith("programme.yaml:10: rules[1]")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("{id: ann, pgy: 2}", "person id 'ann' is used twice, first at entry 1: give each its own"),
        ("{id: cas, pgy: 11}", "PGY 11 of cas: expected 1 to 9"),
        ("{id: cas, pgy: 1.0}", "'pgy' must be a whole number, not the number 1.0: write 1"),
        (
            "{id: 1001, pgy: 1}",
            "'id' must be text, not the number 1001: put it in quotes: \"1001\"",
        ),
        ("{id: cas, pgy: 1, start: 2026-02-30}", "the date 2026-02-30 does not exist"),
        ("{id: cas, pgy: 1, start: 2026-08-01, end: 2026-07-01}", "ends before it starts"),
        ("{id: cas, pgy: 1, leave: [{period: 14}]}", "period '14' is unknown: the year has 13"),
        (
            "{id: cas, pgy: 1, leave: [{period: 1, half: third}]}",
            "must be 'first' or 'second', not the text",
        ),
        (
            "{id: cas, pgy: 1, wishes: [{rotations: [NF], periods: [1]}]}",
            "rotation type 'NF' is unknown",
        ),
        ("{id: cas, pgy: 1, fte: .inf}", ".inf is no number that means anything here"),
        (
            "{id: cas, pgy: 1, carry_over: {nights: many}}",
            "'nights' must be a number, not the text 'many'",
        ),
        ("{pgy: 1}", "key 'id' is missing"),
    ],
)
def test_faults_of_a_person_name_their_line(faults: Faults, person: str, expected: str) -> None:
    found = faults(BASE + f"  - {person}\n")
    assert len(found) == 1
    assert found[0].startswith("programme.yaml:9: people[3]")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("start: 2027-07-01", "the appointment from 2027-07-01"),
        ("end: 2026-06-30", "the appointment until 2026-06-30"),
        (
            "start: 2025-07-01, end: 2026-06-30",
            "the appointment from 2025-07-01 to 2026-06-30",
        ),
        ("changes: [{start: 2026-06-30, pgy: 2}]", "the change on 2026-06-30"),
        ("changes: [{start: 2027-07-01, pgy: 2}]", "the change on 2027-07-01"),
        (
            "leave: [{start: 2025-12-20, end: 2026-01-05}]",
            "leave from 2025-12-20 to 2026-01-05",
        ),
        ("leave: [{start: 2027-07-01, end: 2027-07-01}]", "leave on 2027-07-01"),
    ],
)
def test_days_of_a_person_that_miss_the_year(faults: Faults, person: str, expected: str) -> None:
    year = "lies outside the year: expected 2026-07-01 to 2027-06-30"
    found = faults(BASE + f"  - {{id: cas, pgy: 1, {person}}}\n")
    assert found == [f'programme.yaml:9: people[3] "cas": {expected} {year}']


@pytest.mark.parametrize(
    "person",
    [
        "start: 2027-06-30",
        "end: 2026-07-01",
        "start: 2020-07-01, end: 2030-06-30",
        "changes: [{start: 2026-07-01, pgy: 2}, {start: 2027-06-30, pgy: 3}]",
        "leave: [{start: 2026-06-01, end: 2026-07-01}, {start: 2027-06-30, end: 2027-08-01}]",
    ],
)
def test_days_of_a_person_that_reach_the_year(
    load: Callable[..., LoadedProgramme], person: str
) -> None:
    loaded = load(BASE + f"  - {{id: cas, pgy: 1, {person}}}\n")
    assert [person.id for person in loaded.program.people] == ["ann", "ben", "cas"]


def test_holidays_and_rules_that_miss_the_year(faults: Faults) -> None:
    calendar = (
        "{start: 2026-07-01, holidays: [\n"
        "  {on: 2026-07-04, name: A},\n"
        "  {name: B,\n"
        "   on: 2027-07-01}]}"
    )
    found = faults(
        BASE.replace("{start: 2026-07-01, period: 4 weeks}", calendar) + "rules:\n"
        "  - {kind: coverage, name: a, rotations: [MICU], min: 1, when: {end: 2026-06-30}}\n"
        "  - {kind: coverage, name: b, rotations: [MICU], min: 1, when: {end: 2026-07-01}}\n"
        "  - kind: coverage\n"
        "    name: c\n"
        "    rotations: [MICU]\n"
        "    min: 1\n"
        "    when: {start: 2027-08-01, end: 2027-08-31}\n"
    )
    year = "lies outside the year: expected 2026-07-01 to 2027-06-30"
    assert found == [
        f"programme.yaml:5: calendar: the holiday on 2027-07-01 {year}",
        f'programme.yaml:13: rules[1] "a": when until 2026-06-30 {year}',
        f'programme.yaml:19: rules[3] "c": when from 2027-08-01 to 2027-08-31 {year}',
    ]


def test_days_miss_no_year_that_could_not_be_read(faults: Faults) -> None:
    text = BASE.replace("4 weeks", "4 week") + "  - {id: cas, pgy: 1, start: 2027-07-01}\n"
    assert len(faults(text)) == 1


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        ("{start: 9999-12-31}", "9999-12-31 lies outside the years 1900 to 2199"),
        ("{start: 2026-07-01, end: 2026-01-01}", "expected 1 to 1098"),
        ("{start: 2026-07-01, end: 2199-01-01}", "expected 1 to 1098"),
        ("{start: 2026-07-01, periods: 100000000000000}", "expected 1 to 365, the year's days"),
        (
            "{start: 2026-07-01, period: 3 weeks}",
            "'period' must be '1 week', '2 weeks', '4 weeks' or",
        ),
        ("{start: 2026-07-01, splits: [{period: 3, on: 2026-07-01}]}", "split of period 3"),
        ("[2026-07-01]", "this must be a block of keys, not a list"),
        ("2026-07-01", "this must be a block of keys, not the text '2026-07-01'"),
    ],
)
def test_faults_of_the_calendar(faults: Faults, calendar: str, expected: str) -> None:
    found = faults(BASE.replace("{start: 2026-07-01, period: 4 weeks}", calendar))
    assert len(found) == 1
    assert found[0].startswith("programme.yaml:2: calendar: ")
    assert expected in found[0]


DUTY = (
    BASE.replace("{code: MICU}", "{code: MICU, template: {mon-fri: DAY}}")
    + """\
duty_types:
  - {code: DAY, kind: in_house, am: 06:00-12:00, pm: 12:00-18:00}
  - {code: CALL, kind: call, night: 18:00-06:00, next_morning: POST}
  - {code: POST, kind: transition, am: 06:00-10:00}
"""
)
"""Twelve lines, so that what a test adds begins at line 13."""


def test_duty_is_read_into_the_engine_s_own_types(load: Callable[..., LoadedProgramme]) -> None:
    text = DUTY.replace("mon-fri: DAY", 'mon-fri: DAY, "sat,sun": {am: DAY, night: CALL}')
    program = load(
        text + "duty_hours: {packs: [acgme-im], merge_gap_minutes: 90}\n"
        "assignments:\n"
        "  - {person: ann, date: 2026-09-04, session: PM, duty: DAY, rotation: WARD, note: Swap}\n"
    ).program
    assert program.duty_types[1] == DutyType(
        code="CALL", kind="call", night="18:00-06:00", next_morning="POST"
    )
    assert program.rotation_types[1].template == {
        "mon-fri": "DAY",
        "sat,sun": DayDuties(am="DAY", night="CALL"),
    }
    assert program.duty_hours == Policy(packs=("acgme-im",), merge_gap_minutes=90)
    assert program.assignments == (
        Assignment(
            person="ann",
            date=date(2026, 9, 4),
            session="PM",
            duty="DAY",
            rotation="WARD",
            note="Swap",
        ),
    )


@pytest.mark.parametrize(
    ("duty", "expected"),
    [
        ("{kind: in_house}", ["key 'code' is missing"]),
        ("{code: X, kind: off, colour: red}", ["key 'colour' is unknown"]),
        ("{code: X, am: 06:00-12:00}", ["key 'kind' is missing"]),
        ("{code: X, kind: ward, am: 06:00-12:00}", ["'kind' must be 'off', 'in_house', 'call'"]),
        ("{code: X, kind: voluntary, am: 06:00-12:00}", ["not the text 'voluntary'"]),
        ("{code: X, kind: in_house, am: 6}", ["'am' must be text, not the number 6"]),
        ("{code: X, kind: in_house, am: 6-12}", ["am of X is '6-12': write it as \"06:00-12:00\""]),
        ("{code: X, kind: in_house}", ["X has no time: write am, pm or night"]),
        (
            "{code: X, kind: call, night: 18:00-06:00, next_morning: POTS}",
            ["duty type 'POTS' is unknown: did you mean 'POST'?"],
        ),
        (
            "{code: X, kind: call, night: 18:00-06:00, next_morning: CALL}",
            ["duty type 'CALL' has no am: give it a time then, or name another"],
        ),
        ("{code: DAY, kind: off}", ["duty code 'DAY' is used twice, first at entry 1"]),
    ],
)
def test_faults_of_a_duty_type_name_it_and_its_line(
    faults: Faults, duty: str, expected: list[str]
) -> None:
    found = faults(f"{DUTY}  - {duty}\n")
    assert len(found) == len(expected)
    for fault, words in zip(found, expected, strict=True):
        assert fault.startswith("programme.yaml:13: duty_types[4]")
        assert words in fault


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{mon: DAYS}", "duty type 'DAYS' is unknown: did you mean 'DAY'?"),
        ("{mon: {am: DAYS}}", "duty type 'DAYS' is unknown: did you mean 'DAY'?"),
        ("{mon: {night: DAY}}", "duty type 'DAY' has no night: give it a time then, or name"),
        ("{mon: {evening: DAY}}", "key 'evening' is unknown: did you mean 'night'?"),
        ("{mon: {am: 3}}", "'am' must be text, not the number 3"),
        ("{mon: {}}", "a day without duty: name that of am, pm or night, or leave it out"),
        ("{mon: 3}", "'mon' must be text or a block of keys, not the number 3"),
        ("{mon,tue: DAY}", "'mon' must be text or a block of keys, not empty"),
        ("{monday: DAY}", "'monday' is no weekday: write mon, mon-fri or mon,wed"),
        ("{mon-fri: DAY, wed: CALL}", "wed stands twice in the template"),
        ("[DAY]", "'template' must be a block of keys, not a list"),
        ("{mon: DAY}, leave: true", "NEW is leave: it has no template"),
        ("{}, zone: Mars/Base", "time zone 'Mars/Base' is unknown: write an IANA zone"),
        (
            "{}, averaging_group: WARD, specialty: Surgery",
            "WARD and NEW are averaged together, but their specialties are '' and 'Surgery'",
        ),
    ],
)
def test_faults_of_a_template_name_its_rotation_and_line(
    faults: Faults, template: str, expected: str
) -> None:
    new = f"  - code: NEW\n    template: {template}\npeople:\n"
    if template.count(", ") and not template.endswith("}"):
        new = f"  - {{code: NEW, template: {template}}}\npeople:\n"
    found = faults(DUTY.replace("people:\n", new))
    assert len(found) == 1
    assert re.match(r'programme\.yaml:[67]: rotation_types\[3\] "NEW": ', found[0])
    assert expected in found[0]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ("{packs: acgme-im}", "'packs' must be a list, not the text 'acgme-im': write [acgme-im]"),
        ("{pack: [acgme-im]}", "key 'pack' is unknown: did you mean 'packs'?"),
        ("{vacation_week_days: 6}", "vacation_week_days is 6: expected 5 or 7"),
        ("{no_moonlighting: [anne]}", "person 'anne' is unknown: did you mean 'ann'?"),
        (
            "{exceptions: [{hours: 88, approval: RC 1, rotations: [MICUU]}]}",
            "rotation type 'MICUU' is unknown: did you mean 'MICU'?",
        ),
        ("{exceptions: [{hours: 90, approval: RC 1}]}", "an exception of 90 hours: expected 81"),
    ],
)
def test_faults_of_duty_hours_name_their_line(faults: Faults, choices: str, expected: str) -> None:
    found = faults(f"{DUTY}duty_hours: {choices}\n")
    assert len(found) == 1
    assert found[0].startswith("programme.yaml:13: duty_hours: ")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("person: anne, session: AM, duty: DAY", "person 'anne' is unknown: did you mean 'ann'?"),
        ("person: ann, session: AM, duty: DAYS", "duty type 'DAYS' is unknown: did you mean"),
        ("person: ann, session: NIGHT, duty: DAY", "duty type 'DAY' has no night: give it a time"),
        ("person: ann, session: am, duty: DAY", "'session' must be 'AM', 'PM' or 'NIGHT', not the"),
        ("person: ann, session: AM", "key 'duty' is missing"),
        ("person: ann, session: PM, duty: DAY", "ann has two assignments on 2026-09-04 PM, first"),
        (
            "person: ann, session: AM, duty: DAY, rotation: MICUU",
            "rotation type 'MICUU' is unknown: did you mean 'MICU'?",
        ),
    ],
)
def test_faults_of_an_assignment_name_its_line(
    faults: Faults, assignment: str, expected: str
) -> None:
    found = faults(
        f"{DUTY}assignments:\n"
        "  - {person: ann, date: 2026-09-04, session: PM, duty: DAY}\n"
        f"  - {{date: 2026-09-04, {assignment}}}\n"
    )
    assert len(found) == 1
    assert found[0].startswith("programme.yaml:15: assignments[2]")
    assert expected in found[0]


def test_assignments_outside_the_year_and_the_appointment(faults: Faults) -> None:
    found = faults(
        DUTY.replace("{id: ann, pgy: 1}", "{id: ann, pgy: 1, start: 2026-09-01}") + "assignments:\n"
        "  - {person: ann, date: 2026-08-31, session: PM, duty: DAY}\n"
        "  - {person: ben, date: 2027-07-01, session: PM, duty: DAY}\n"
    )
    left = "ann has no appointment on 2026-08-31: move or remove the assignment"
    year = "lies outside the year: expected 2026-07-01 to 2027-06-30"
    assert [fault.removeprefix("programme.yaml:") for fault in found] == [
        f'14: assignments[1] "ann": {left}',
        f'15: assignments[2] "ben": the assignment on 2027-07-01 {year}',
    ]


def test_duty_is_not_called_unknown_when_what_defines_it_is_broken(faults: Faults) -> None:
    text = DUTY.replace("code: POST", "kode: POST").replace("06:00-12:00", "6-12")
    found = faults(
        text.replace("4 weeks", "4 week")
        + "assignments:\n  - {person: ann, date: 2026-09-04, session: NIGHT, duty: DAY}\n"
    )
    assert found[0].startswith("programme.yaml:2: calendar: 'period' must be")
    assert [fault.split(": ", 1)[1] for fault in found[1:]] == [
        'duty_types[1] "DAY": am of DAY is \'6-12\': write it as "06:00-12:00"',
        "duty_types[3]: key 'code' is missing",
        "duty_types[3]: key 'kode' is unknown: did you mean 'code' or 'kind'?",
    ]


def test_all_faults_come_at_once_sorted_by_line(faults: Faults) -> None:
    text = BASE.replace("{id: ann, pgy: 1}", "{id: ann, pgy: one}").replace("4 weeks", "4 week")
    found = faults(
        text + "rules:\n"
        "  - {kind: coverage, name: a, rotations: [NOWHERE], min: 1}\n"
        "  - {kind: coverage, name: b, rotations: [MICU], min: x}\n"
        "  - {kind: coverage, name: a, rotations: [MICU], min: 1, who: {people: [ann, cas]}}\n"
        "  - {kind: coverage, name: d, rotations: [MICU], min: 1, when: {periods: [77]}}\n"
        "extra: 1\n"
    )
    lines = [int(re.findall(r":(\d+): ", fault)[0]) for fault in found]
    assert lines == [2, 7, 10, 11, 12, 12, 14]
    assert "'pgy' must be a whole number, not the text 'one'" in found[1]
    assert "rule name 'a' is used twice, first at entry 1" in found[4] + found[5]
    assert "person 'cas' is unknown" in found[4] + found[5]


def test_names_are_not_called_unknown_when_what_defines_them_is_broken(faults: Faults) -> None:
    text = BASE.replace("code: MICU", "kode: MICU").replace("id: ann", "idd: ann")
    found = faults(
        text + "groups: {all: 3}\n"
        "rules:\n"
        "  - {kind: coverage, name: a, rotations: [MICU], min: 1, who: {people: [ann]}}\n"
        "  - {kind: coverage, name: b, rotations: [WARD], min: 1, who: {groups: [all]}}\n"
    )
    assert [fault.split(": ", 1)[1] for fault in found] == [
        "rotation_types[2]: key 'code' is missing",
        "rotation_types[2]: key 'kode' is unknown: did you mean 'code' or 'zone'?",
        "people[1]: key 'id' is missing",
        "people[1]: key 'idd' is unknown: did you mean 'id'?",
        "groups \"all\": 'all' must be a block of keys, not the number 3",
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "kind: coverage, rotations: [AA], mim: 1, when: {periods: [77]}",
            [
                "key 'name' is missing",
                "rotation type 'AA' is unknown",
                "key 'mim' is unknown: did you mean 'min'?",
                "period '77' is unknown: the year has 13",
            ],
        ),
        (
            "kind: coverage, name: a, rotations: [AA], min: 3, max: 2",
            [
                "coverage from 3 to 2: expected 0 <= min <= max",
                "rotation type 'AA' is unknown",
            ],
        ),
        (
            "kind: coverage, name: a, rotations: [AA, 7], min: 1, who: {people: [cas]}",
            [
                "entry 2 of 'rotations' must be text, not the number 7: put it in quotes: \"7\"",
                "person 'cas' is unknown",
            ],
        ),
        (
            "kind: coverage, name: a, rotations: [WARD], min: 1, when: {prds: 1, periods: [77]}",
            [
                "key 'prds' is unknown: did you mean 'periods'?",
                "period '77' is unknown: the year has 13",
            ],
        ),
        (
            "kind: coverage, name: Wards, rotations: [WARD], min: 1, note: why",
            [
                "rule name 'Wards' is used twice, first at entry 1: give each its own",
                "key 'note' is unknown: did you mean 'fte' or 'name'?",
            ],
        ),
        (
            "kind: leave_cap, name: a, max: -1, zzz: 1",
            [
                "max -1.0: expected whole or half people, at least 0",
                "key 'zzz' is unknown",
            ],
        ),
    ],
)
def test_what_else_is_wrong_in_a_faulty_rule_is_listed_too(
    faults: Faults, rule: str, expected: list[str]
) -> None:
    found = faults(
        f"{BASE}rules:\n  - {{kind: coverage, name: Wards, rotations: [WARD], min: 1}}\n"
        f"  - {{{rule}}}\n"
    )
    told = [re.sub(r'programme.yaml:11: rules\[2\]( "\w+")?: |: known.*', "", one) for one in found]
    assert told == expected


def test_what_else_is_wrong_in_a_faulty_person_is_listed_too(faults: Faults) -> None:
    found = faults(BASE + "  - {id: cas, pgy: 1, wish: [], leave: [{period: 14}]}\n")
    assert [fault.split(": ", 2)[2] for fault in found] == [
        "key 'wish' is unknown: did you mean 'wishes'?",
        "period '14' is unknown: the year has 13",
    ]


def test_missing_sections_are_all_listed(faults: Faults) -> None:
    assert faults("specialty: x\n") == [
        "programme.yaml:1: key 'name' is missing",
        "programme.yaml:1: key 'calendar' is missing",
        "programme.yaml:1: key 'rotation_types' is missing",
        "programme.yaml:1: key 'people' is missing",
    ]


def test_empty_people_and_rotation_types_are_faults(faults: Faults) -> None:
    found = faults("name: x\ncalendar: {start: 2026-07-01}\nrotation_types: []\npeople: []\n")
    assert [fault.split(": ", 2)[2] for fault in found] == [
        "there is no rotation type: list at least one",
        "the programme has no people: list at least one person",
    ]


@pytest.mark.parametrize("text", ["just text", "- a\n- b\n", "12", "null"])
def test_a_file_that_is_no_block_of_keys(faults: Faults, text: str) -> None:
    found = faults(text)
    assert len(found) == 1
    assert "a programme file is a block of keys, not" in found[0]


@pytest.mark.parametrize("nul", ["\\0", "../../etc/passwd", "/etc/passwd", "America", ""])
def test_time_zones_that_are_paths_are_unknown(faults: Faults, nul: str) -> None:
    assert "is unknown: write an IANA zone" in faults(BASE + f'time_zone: "{nul}"\n')[0]


def test_long_chains_of_groups_end_cleanly(faults: Faults) -> None:
    chain = "".join(f"  g{n}: {{exclude: {{groups: [g{n + 1}]}}}}\n" for n in range(5000))
    found = faults(BASE + "groups:\n" + chain + "  g5000: {}\n")
    assert "people group 'g0' leads to itself, or through more than 20 other groups" in found[0]


def test_many_unknown_names_end_cleanly(faults: Faults) -> None:
    rules = "".join(
        f"  - {{kind: coverage, name: r{n}, rotations: [X{n}], min: 1}}\n" for n in range(9_999)
    )
    found = faults(BASE + "rules:\n" + rules)
    assert len(found) == 1000
    assert found[0].startswith("programme.yaml:10: rules[1] \"r0\": rotation type 'X0' is unknown")


def test_endless_lists_of_periods_end_cleanly(faults: Faults) -> None:
    ranges = ", ".join(["1-9999"] * 9_999)
    text = BASE + f"  - {{id: cas, pgy: 1, wishes: [{{rotations: [WARD], periods: [{ranges}]}}]}}\n"
    assert "more than 10000 periods are listed" in faults(text)[0]


def test_a_hundred_thousand_lines_are_read(load: Callable[..., LoadedProgramme]) -> None:
    person = "  - id: p{0}\n    pgy: 1\n" + "    # a comment\n" * 8
    people = "".join(person.format(number) for number in range(10_000 - 2))
    assert len(load(BASE + people).program.people) == 10_000
