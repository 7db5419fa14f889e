import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.files.faults import InvalidFile
from app.files.loaded import LoadedProgramme
from app.files.programme_file import load_programme
from app.scheduling.domain.people import Leave, Person, Preassignment, Wish
from tests.files.workbook_maker import save

HEAD = """\
name: Small
calendar: {start: 2026-07-01, period: 4 weeks, periods: 13}
rotation_types:
  - {code: MT, name: Medical Teams}
  - {code: CARD, name: Cardiology}
  - {code: NF}
rotation_groups: {both: [MT, CARD]}
"""
CLASSES = """\
people:
  file: people.xlsx
  columns:
    id: ID
    class:
      column: PGY
      values:
        R1: {pgy: 1, track: R1, tags: [new]}
        R4_Chiefs: {pgy: 4, track: Chief, fte: 0.5}
    leave:
      - {period: Leave1Block, half: Leave1Half}
      - {period: Leave2Block, half: Leave2Half}
    preassignments: {columns: "Block_{period}", separator: ",", never_prefix: "!"}
"""
COLUMNS = ("ID", "PGY", "Leave1Block", "Leave1Half", "Leave2Block", "Leave2Half")
BLOCKS = tuple(f"Block_{period}" for period in range(1, 14))

Load = Callable[..., LoadedProgramme]
Faults = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(
        text: str,
        *,
        rows: Sequence[Sequence[object]] = (),
        files: dict[str, str] | None = None,
        head: str = HEAD,
        **options: Any,
    ) -> LoadedProgramme:
        (tmp_path / "programme.yaml").write_text(head + text, encoding="utf-8")
        if rows:
            save(tmp_path / "people.xlsx", ("input", rows))
        for name, content in (files or {}).items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        return load_programme(tmp_path / "programme.yaml", **options)

    return load


@pytest.fixture
def faults(load: Load, tmp_path: Path) -> Faults:
    def faults(text: str, **options: Any) -> list[str]:
        with pytest.raises(InvalidFile) as caught:
            load(text, **options)
        return [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]

    return faults


def only(loaded: LoadedProgramme) -> Person:
    (person,) = loaded.program.people
    return person


def test_a_workbook_is_read_as_it_is(load: Load) -> None:
    loaded = load(
        CLASSES,
        rows=[
            (*COLUMNS, *BLOCKS),
            ("T1", "R1", 6.0, "first", 6.0, "second", "Medical Teams", "!NF, !Cardiology"),
            ("T2", "R4_Chiefs", 8.0, "Second Half", None, None, None, None, "MT,CARD"),
            ("T3", "R1", None, None, 13, None),
            (),
        ],
    )
    assert loaded.program.people == (
        Person(
            id="T1",
            pgy=1,
            track="R1",
            tags=("new",),
            leave=(Leave(period=6, half="first"), Leave(period=6, half="second")),
            preassignments=(
                Preassignment(periods=(1,), one_of=("MT",)),
                Preassignment(periods=(2,), never=("NF", "CARD")),
            ),
        ),
        Person(
            id="T2",
            pgy=4,
            track="Chief",
            fte=0.5,
            leave=(Leave(period=8, half="second"),),
            preassignments=(Preassignment(periods=(3,), one_of=("MT", "CARD")),),
        ),
        Person(id="T3", pgy=1, track="R1", tags=("new",), leave=(Leave(period=13),)),
    )
    assert loaded.findings == ()
    assert [(source.role, source.file) for source in loaded.sources] == [
        ("programme", "programme.yaml"),
        ("people", "people.xlsx"),
    ]


def test_a_blank_half_can_mean_a_half(load: Load) -> None:
    text = CLASSES.replace("half: Leave1Half}", "half: Leave1Half, without_half: first}")
    loaded = load(text, rows=[(*COLUMNS, *BLOCKS), ("T1", "R1", 6)])
    assert only(loaded).leave == (Leave(period=6, half="first"),)


def test_columns_of_preassignments_that_are_not_there_are_told(load: Load) -> None:
    loaded = load(CLASSES, rows=[COLUMNS, ("T1", "R1", 6.0, "first")])
    (finding,) = loaded.findings
    assert finding.severity == "info"
    assert "people.xlsx:input!A1: 13 columns of pre-assignments are not there" in finding.message
    assert "(Block_1 to Block_13)" in finding.message


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("T1", "R9"), "input!B2: T1: column PGY: class 'R9' is unknown: did you mean 'R1'?"),
        (("T1", None), "input!B2: T1: column PGY: the class is missing"),
        ((None, "R1"), "input!A2: column ID: the id is missing"),
        (("T1", "R1", 6.5), "input!C2: T1: column Leave1Block: 6.5 is no whole number"),
        (("T1", "R1", "six"), "input!C2: T1: column Leave1Block: 'six' is no whole number"),
        (
            ("T1", "R1", 14),
            "input!C2: T1: column Leave1Block: period 14 does not exist: they count",
        ),
        (("T1", "R1", True), "input!C2: T1: column Leave1Block: True is no whole number"),
        (
            ("T1", "R1", 6, "third"),
            "input!D2: T1: column Leave1Half: 'third' is no half: write first",
        ),
        (
            (*("T1", "R1", *[None] * 4), "Medical Team"),
            "input!G2: T1: column Block_1: rotation type",
        ),
        (
            (*("T1", "R1", *[None] * 5), "MT, !NF"),
            "input!H2: T1: column Block_2: 'MT, !NF' mixes what must be with what must not",
        ),
    ],
)
def test_faults_name_sheet_cell_person_and_column(
    faults: Faults, row: tuple[object, ...], expected: str
) -> None:
    found = faults(CLASSES, rows=[(*COLUMNS, *BLOCKS), row])
    assert len(found) == 1
    assert found[0].startswith(f"people.xlsx:{expected}")


def test_all_faults_of_a_table_come_at_once(faults: Faults) -> None:
    found = faults(
        CLASSES + "rules: [{kind: coverage, name: a, rotations: [XX], min: 1}]\n",
        rows=[(*COLUMNS, *BLOCKS), ("T1", "R9"), ("T2", "R1", 77), ("T1", "R1"), ("T3", "R1")],
    )
    assert [fault.split(": ")[0] for fault in found] == [
        "programme.yaml:21",
        "people.xlsx:input!B2",
        "people.xlsx:input!C3",
        "people.xlsx:input!A4",
    ]
    assert "T1: column ID: the id is in row 2 too: keep one" in found[3]


def test_errors_in_cells_are_faults_only_where_they_are_read(load: Load, faults: Faults) -> None:
    header = (*COLUMNS, *BLOCKS, "notes")
    row = ("T1", "R1", "=1/0", *[None] * 16, "=1/0")
    found = faults(CLASSES, rows=[header, row])
    assert len(found) == 1
    assert "input!C2: T1: column Leave1Block: the cell's formula was never calculated" in found[0]
    assert load(CLASSES, rows=[header, ("T1", "R1", *[None] * 17, "=1/0")]).program.people


def test_unknown_names_can_be_passed_over_but_are_told(load: Load) -> None:
    row = ("T1", "R1", *[None] * 4, "Foo", "Foo, Cardiology", "!Foo")
    loaded = load(CLASSES + "  on_unknown: ignore\n", rows=[(*COLUMNS, *BLOCKS), row])
    assert only(loaded).preassignments == (Preassignment(periods=(2,), one_of=("CARD",)),)
    assert [(f.severity, f.person, f.period) for f in loaded.findings] == [
        ("warning", "T1", 1),
        ("warning", "T1", 2),
        ("warning", "T1", 3),
    ]
    assert "input!G2: T1: column Block_1: rotation type 'Foo' is unknown" in (
        loaded.findings[0].message
    )


def test_missing_columns_are_all_listed(faults: Faults) -> None:
    found = faults(CLASSES, rows=[("Id", "Leave1Block", "Leave1Half"), ("T1",)])
    both, swapped = "'Leave1Block' or 'Leave1Half'", "'Leave1Half' or 'Leave1Block'"
    assert found == [
        "people.xlsx:input!A1: column 'ID' is missing: did you mean 'Id'?",
        f"people.xlsx:input!A1: column 'Leave2Block' is missing: did you mean {both}?",
        f"people.xlsx:input!A1: column 'Leave2Half' is missing: did you mean {swapped}?",
        "people.xlsx:input!A1: column 'PGY' is missing: known are Id, Leave1Block, Leave1Half",
    ]


def test_doubled_columns_are_faults_only_where_they_are_read(faults: Faults, load: Load) -> None:
    row = ("T1", "R1")
    found = faults(CLASSES, rows=[(*COLUMNS, *BLOCKS, "PGY"), row])
    assert found == ["people.xlsx:input!T1: column 'PGY' is there twice: rename one"]
    assert load(CLASSES, rows=[(*COLUMNS, *BLOCKS, "x", "x"), row]).program.people


def test_columns_are_found_by_their_own_names(load: Load) -> None:
    csv = (
        "ID;Name;E-Mail;PGY;Track;Cohort;FTE;Start;End;Tags;Leave;Wish 2;wish_1;Period 3;nights\n"
        'a;Ann;a@x.org;2;Cat;A;0.8;2026-08-01;2027-01-31;"chief, icu";'
        "6; 7-8 second; 2026-12-20 to 2026-12-31;not NF in 7-8;CARD/MT in 3, 5;both;4.5\n"
    ).replace(
        "6; 7-8 second; 2026-12-20 to 2026-12-31", '"6; 7-8 second; 2026-12-20 to 2026-12-31"'
    )
    text = "people: {file: people.csv, columns: {carry_over: {nights: nights}}}\n"
    assert only(load(text, files={"people.csv": csv})) == Person(
        id="a",
        name="Ann",
        email="a@x.org",
        pgy=2,
        track="Cat",
        cohort="A",
        fte=0.8,
        start=dt.date(2026, 8, 1),
        end=dt.date(2027, 1, 31),
        tags=("chief", "icu"),
        leave=(
            Leave(period=6),
            Leave(period=7, half="second"),
            Leave(period=8, half="second"),
            Leave(start=dt.date(2026, 12, 20), end=dt.date(2026, 12, 31)),
        ),
        wishes=(
            Wish(rank=1, rotations=("CARD", "MT"), periods=(3, 5)),
            Wish(rank=2, rotations=("NF",), periods=("7-8",), avoid=True),
        ),
        preassignments=(Preassignment(periods=(3,), one_of=("both",)),),
        carry_over={"nights": 4.5},
    )


def test_wishes_for_one_thing_give_only_periods(load: Load) -> None:
    text = "people: {file: p.csv, columns: {wishes: {columns: [w1, w2], rotations: [NF]}}}\n"
    person = only(load(text, files={"p.csv": "id,pgy,w1,w2\na,1,3-4,\n"}))
    assert person.wishes == (Wish(rank=1, rotations=("NF",), periods=("3-4",)),)


def test_dates_come_from_cells_and_text(load: Load) -> None:
    text = "people: {file: people.xlsx, columns: {leave: [{start: from, end: to}]}}\n"
    loaded = load(
        text, rows=[("id", "pgy", "from", "to"), (7, 1, dt.date(2026, 8, 1), "2026-08-02")]
    )
    leave = Leave(start=dt.date(2026, 8, 1), end=dt.date(2026, 8, 2))
    assert only(loaded) == Person(id="7", pgy=1, leave=(leave,))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "a,x,,,,",
            "2: a: column pgy: 'x' is no whole number: map words to PGY and track with class",
        ),
        ("a,,,,,", "2: a: column pgy: the PGY is missing"),
        ("a,10,,,,", "2: a: PGY 10 of a: expected 1 to 9"),
        ("a,1,1.5,,,", "2: a: FTE 1.5 of a: expected above 0 and at most 1"),
        ("a,1,nan,,,", "2: a: column fte: 'nan' is no number"),
        ("a,1,,1/8/2026,,", "2: a: column start: '1/8/2026' is no date: write it as 2026-07-01"),
        ("a,1,,,6 third,", "2: a: column leave: '6 third' is no leave: write '6', '8 first' or"),
        ("a,1,,,2026-12-31 to 2026-12-01,", "is no leave: leave ends on 2026-12-01"),
        ("a,1,,,2026-02-30 to 2026-03-01,", "is no leave: day is out of range for month"),
        ("a,1,,,99,", "2: a: column leave: period 99 does not exist: they count from 1 to 13"),
        ("a,1,,,,CARD", "2: a: column wish 1: 'CARD' is no wish: write 'CARD in 3' or"),
        (
            "a,1,,,,CRD in 3",
            "2: a: column wish 1: rotation type 'CRD' is unknown: did you mean 'CARD'",
        ),
        ("a,1,,,,CARD in 5-3", "2: a: column wish 1: '5-3' is not a rising range"),
        ("a,1,,,,CARD in 0", "2: a: column wish 1: period 0 does not exist"),
        ("a,1", "2: the row has 2 columns, the header has 6"),
        ("a,1,,,,,,", "2: the row has 8 columns, the header has 6"),
        ('a,1,,,,"', "this is not CSV"),
        (",1,,,,", "2: column id: the id is missing"),
    ],
)
def test_faults_of_csv_rows_name_line_and_column(faults: Faults, line: str, expected: str) -> None:
    csv = f"id,pgy,fte,start,leave,wish 1\n{line}\n"
    found = faults("people: {file: p.csv}\n", files={"p.csv": csv})
    assert len(found) == 1
    assert found[0].startswith("p.csv:")
    assert expected in found[0]


def test_a_calculated_fte_is_rounded(load: Load) -> None:
    csv = "id,pgy,fte\na,1,0.333333333333333\n"
    assert only(load("people: {file: p.csv}\n", files={"p.csv": csv})).fte == 0.33


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("{}", "people: key 'file' is missing"),
        ("{file: ' '}", "people: the name of the file is missing"),
        ("{file: p.csv, header: 0}", "header row 0: expected 1 to 1000"),
        ("{file: p.csv, on_unknown: skip}", "must be 'error' or 'ignore', not the text 'skip'"),
        (
            "{file: p.csv, columns: {clas: x}}",
            "key 'clas' is unknown: did you mean 'class' or 'tags'?",
        ),
        ("{file: p.csv, columns: {preassignments: {columns: Block}}}", "lacks {period}"),
        ("{file: p.csv, columns: {leave: [{half: h}]}}", "leave is in a period column, in start"),
        ("{file: p.csv, columns: {leave: [{start: s}]}}", "needs both a start and an end column"),
        ("{file: p.csv, sheet: One}", "a CSV file has no sheet 'One'"),
        ("{file: none.csv}", "there is no such file"),
        ("{file: .}", "this is no regular file"),
        ("{file: p.csv, header: 4}", "the table has no header row"),
        ("{file: no_pgy.csv}", "no_pgy.csv:1: no column gives the pgy: write columns: {pgy: …}; "),
        ("{file: p.csv, encoding: utf-16}", "the text is not utf-16"),
        (
            "{file: old.xls}",
            "an old or a locked Excel workbook: save it as .xlsx without a password",
        ),
        ("{file: latin.csv}", "latin.csv:2: the text is not UTF-8: save it as UTF-8, or state its"),
        ("{file: empty.csv}", "there are no people under the header"),
    ],
)
def test_faults_of_the_mapping(faults: Faults, tmp_path: Path, mapping: str, expected: str) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (tmp_path / "latin.csv").write_bytes("id,pgy\né,1\n".encode("latin-1"))
    found = faults(
        f"people: {mapping}\n",
        files={"p.csv": "id,pgy\na,1\n", "empty.csv": "id,pgy\n\n", "no_pgy.csv": "id\na\n"},
    )
    assert len(found) == 1
    assert expected in found[0]


def test_a_stated_encoding_is_used(load: Load, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes("id,name,pgy\na,Zoë,1\n".encode("cp1252"))
    assert only(load("people: {file: p.csv, encoding: cp1252}\n")).name == "Zoë"


def test_quoted_line_ends_do_not_shift_the_lines(faults: Faults) -> None:
    csv = 'id,name,pgy\na,"two\nlines",1\n\nb,x,y\n'
    assert faults("people: {file: p.csv}\n", files={"p.csv": csv})[0].startswith("p.csv:5: b: ")


def test_another_people_file_is_read_by_the_same_mapping(load: Load, tmp_path: Path) -> None:
    rows = [(*COLUMNS, *BLOCKS), ("T1", "R1")]
    other = save(tmp_path / "other.xlsx", ("Sheet1", [COLUMNS, ("X1", "R4_Chiefs")]))
    loaded = load(CLASSES, rows=rows, people=other)
    assert [person.id for person in loaded.program.people] == ["X1"]
    assert loaded.sources[1].file == "other.xlsx"


def test_another_people_file_replaces_people_listed_inside(load: Load, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("id,pgy\nb,2\n")
    loaded = load("people: [{id: a, pgy: 1}]\n", people=tmp_path / "other.csv")
    assert [person.id for person in loaded.program.people] == ["b"]
    assert load("", people=tmp_path / "other.csv").program == loaded.program


def test_relative_paths_start_from_the_data_folder(load: Load, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "p.csv").write_text("id,pgy\nb,2\n")
    loaded = load("people: {file: p.csv}\n", data_dir=tmp_path / "data")
    assert [person.id for person in loaded.program.people] == ["b"]


@pytest.mark.parametrize(
    "file", ["/etc/passwd", "../secret.csv", "in/../../secret.csv", "link.csv", "link/secret.csv"]
)
def test_files_outside_the_folder_are_not_opened(faults: Faults, tmp_path: Path, file: str) -> None:
    folder = tmp_path / "folder"
    (folder / "in").mkdir(parents=True)
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "secret.csv").write_text("id,pgy,a secret\na,x,\n")
    found = faults(
        f"people: {{file: {file}}}\nleave: {{file: {file}}}\nwishes: {{file: {file}}}\n",
        data_dir=folder,
    )
    out = f"file '{file}' leads out of the folder {folder}"
    mend = "move it into the folder, or name another folder with --data DIR"
    assert found == [
        f"programme.yaml:8: people: {out}: name it with --people FILE, or {mend}",
        f"programme.yaml:9: leave: {out}: {mend}",
        f"programme.yaml:10: wishes: {out}: {mend}",
    ]


def test_any_path_inside_the_folder_is_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "p.csv").write_text("id,pgy\na,1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "in" / "p.csv")
    for file in ("in/p.csv", "in/../in/p.csv", "link.csv", tmp_path / "in" / "p.csv"):
        assert only(load(f"people: {{file: {file}}}\n")).id == "a"


def test_a_link_to_itself_and_a_name_that_no_file_can_have_are_faults(
    faults: Faults, tmp_path: Path
) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert len(faults("people: {file: loop.csv}\n")) == 1
    assert len(faults(f"people: {{file: {'x' * 5000}}}\n")) == 1


def test_a_programme_file_that_is_a_link_reads_beside_the_link(load: Load, tmp_path: Path) -> None:
    files = {"p.csv": "id,pgy\na,1\n"}
    assert only(load("people: {file: p.csv}\n", files=files)).id == "a"
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "programme.yaml"
    link.symlink_to(tmp_path / "programme.yaml")
    (tmp_path / "elsewhere" / "p.csv").write_text("id,pgy\nb,1\n")
    assert only(load_programme(link)).id == "b"


def test_leave_and_wishes_from_tables_beside_the_file(load: Load) -> None:
    text = (
        "people: [{id: a, pgy: 1, leave: [{period: 1}]}, {id: b, pgy: 2}]\n"
        "leave: {file: leave.csv, columns: {person: who}}\n"
        "wishes: {file: wishes.csv}\n"
    )
    files = {
        "leave.csv": "who,period,half,start,end,kind\na,3,first,,,\n"
        "b,,,2026-08-01,2026-08-09,sick\n",
        "wishes.csv": "person,rank,rotations,periods,avoid\na,2,CARD/NF,3-4,\na,1,MT,5,yes\n",
    }
    loaded = load(text, files=files)
    first, second = loaded.program.people
    assert first.leave == (Leave(period=1), Leave(period=3, half="first"))
    sick = Leave(start=dt.date(2026, 8, 1), end=dt.date(2026, 8, 9), kind="sick")
    assert second.leave == (sick,)
    assert first.wishes == (
        Wish(rank=2, rotations=("CARD", "NF"), periods=("3-4",)),
        Wish(rank=1, rotations=("MT",), periods=(5,), avoid=True),
    )
    assert [source.role for source in loaded.sources] == ["programme", "leave", "wishes"]


def test_faults_of_leave_and_wish_tables(faults: Faults) -> None:
    text = "people: [{id: a, pgy: 1}]\nleave: {file: l.csv}\nwishes: {file: w.csv}\n"
    files = {
        "l.csv": "person,period,half,start,end\nz,1,,,\na,,,,\na,1,,2026-07-01,2026-07-02\n,1,,,\n",
        "w.csv": "person,rank,rotations,periods,avoid\na,0,MT,1,\na,1,MT,14,\na,1,XX,1,maybe\n",
    }
    found = faults(text, files=files)
    assert [fault.split(": ")[0] for fault in found] == [
        *("l.csv:2", "l.csv:3", "l.csv:4", "l.csv:5"),
        *("w.csv:2", "w.csv:3", "w.csv:4", "w.csv:4"),
    ]
    assert "person 'z' is unknown" in found[0]


def test_unknown_people_in_leave_can_be_passed_over(load: Load) -> None:
    text = "people: [{id: a, pgy: 1}]\nleave: {file: l.csv, on_unknown: ignore}\n"
    loaded = load(text, files={"l.csv": "person,period\nz,1\n"})
    (finding,) = loaded.findings
    assert finding.severity == "warning"
    assert "l.csv:2: column person: person 'z' is unknown, it is passed over" in finding.message


DATED = (
    "people: {file: p.csv, columns: {leave: [{start: from, end: to}, {text: more}]}}\n"
    "leave: {file: l.csv}\n"
)
DATED_FILES = {
    "p.csv": "id,pgy,start,end,from,to,more\n"
    "a,1,,,2025-12-20,2026-01-05,6; 2027-07-01 to 2027-07-02\n"
    "b,3,,2026-06-30,2026-05-01,2026-05-02,\n"
    "c,1,,,2026-06-20,2026-07-01,\n",
    "l.csv": "person,start,end\na,2026-05-01,2026-05-01\nc,2026-07-01,2026-07-02\n",
}
MISSED = [
    "p.csv:2: a: column from: leave from 2025-12-20 to 2026-01-05 lies outside the year",
    "p.csv:2: a: column more: leave from 2027-07-01 to 2027-07-02 lies outside the year",
    "p.csv:3: b: the appointment until 2026-06-30 lies outside the year",
    "l.csv:2: a: leave on 2026-05-01 lies outside the year",
]


def test_days_in_tables_that_miss_the_year_are_faults_in_their_cells(faults: Faults) -> None:
    found = faults(DATED, files=DATED_FILES)
    year = "lies outside the year: expected 2026-07-01 to 2027-06-30"
    assert found == [
        f'p.csv:2: people "a": leave from 2025-12-20 to 2026-01-05 {year}',
        f'p.csv:2: people "a": leave from 2027-07-01 to 2027-07-02 {year}',
        f'p.csv:3: people "b": the appointment until 2026-06-30 {year}',
        f'p.csv:3: people "b": leave from 2026-05-01 to 2026-05-02 {year}',
        f'l.csv:2: people "a": leave on 2026-05-01 {year}',
    ]


def test_days_in_tables_that_miss_the_year_can_be_passed_over_but_are_told(
    load: Load, tmp_path: Path
) -> None:
    text = DATED.replace(".csv,", ".csv, on_unknown: ignore,").replace(
        "l.csv}", "l.csv, on_unknown: ignore}"
    )
    loaded = load(text, files=DATED_FILES)
    assert [(person.id, person.leave) for person in loaded.program.people] == [
        ("a", (Leave(period=6),)),
        (
            "c",
            (
                Leave(start=dt.date(2026, 6, 20), end=dt.date(2026, 7, 1)),
                Leave(start=dt.date(2026, 7, 1), end=dt.date(2026, 7, 2)),
            ),
        ),
    ]
    assert [f.message.removeprefix(f"{tmp_path}/") for f in loaded.findings] == [
        f"{message}, it is passed over" for message in MISSED
    ]
    assert {(f.rule, f.severity) for f in loaded.findings} == {("input", "warning")}
    assert [f.person for f in loaded.findings] == ["a", "a", "b", "a"]


def test_a_table_in_which_nobody_is_appointed_in_the_year(faults: Faults) -> None:
    text = "people: {file: p.csv, on_unknown: ignore}\n"
    found = faults(text, files={"p.csv": "id,pgy,end\na,1,2026-06-30\n"})
    assert found == ["p.csv:1: nobody under the header has an appointment in the year"]


def test_days_in_tables_miss_no_year_that_could_not_be_read(faults: Faults) -> None:
    text = DATED.replace(".csv,", ".csv, on_unknown: ignore,") + (
        "calendar_: {}\n"
        "rules: [{kind: coverage, name: a, rotations: [NF], min: 1, who: {people: [b]}}]\n"
    )
    head = HEAD.replace("4 weeks, periods: 13", "4 week, periods: 13")
    found = faults(text, head=head, files=DATED_FILES)
    assert [fault.split(": ")[1] for fault in found] == ["calendar", "calendar_"]


def test_faults_of_the_programme_in_table_people_name_their_cell(faults: Faults) -> None:
    text = CLASSES + "calendar_: {}\n"
    found = faults(text, rows=[(*COLUMNS, *BLOCKS), ("T1", "R1")])
    assert found == [
        "programme.yaml:21: calendar_: key 'calendar_' is unknown: did you mean 'calendar'?"
    ]
