import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.files.faults import InvalidFile
from app.files.loaded import LoadedProgramme
from app.files.programme_file import load_programme
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
        "rotation_types[2]: key 'kode' is unknown: did you mean 'code'?",
        "people[1]: key 'id' is missing",
        "people[1]: key 'idd' is unknown: did you mean 'id'?",
        "groups \"all\": 'all' must be a block of keys, not the number 3",
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
