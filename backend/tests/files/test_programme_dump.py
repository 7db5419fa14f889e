from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.loaded import Formats, ScheduleColumns, ScheduleWords
from app.files.programme_dump import dump_programme
from app.files.programme_file import KINDS, load_programme
from app.files.yaml_source import LONGEST_TEXT
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Who
from tests.scheduling.random_programs import MODES, draw_case

EXAMPLES = Path(__file__).parents[3] / "examples"


def reloaded(program: Program, folder: Path, formats: Formats | None = None) -> Program:
    """Return the programme after a way through a file."""
    path = folder / "programme.yaml"
    text = dump_programme(program) if formats is None else dump_programme(program, formats)
    path.write_text(text, encoding="utf-8")
    return load_programme(path).program


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_any_programme_loads_as_it_was_dumped(kind: str, mode: str, tmp_path: Path) -> None:
    for number in range(3):
        program = draw_case(kind, mode, number).program
        assert kind in {rule.kind for rule in program.rules}
        assert reloaded(program, tmp_path) == program


def test_the_random_programmes_have_every_kind() -> None:
    assert {kind for kind, _ in MODES} == KINDS.keys()


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/*.yaml")))
def test_the_examples_load_as_they_were_dumped(example: str, tmp_path: Path) -> None:
    loaded = load_programme(EXAMPLES / example / "programme.yaml")
    path = tmp_path / "programme.yaml"
    path.write_text(dump_programme(loaded.program, loaded.formats), encoding="utf-8")
    again = load_programme(path)
    assert (again.program, again.formats) == (loaded.program, loaded.formats)


WORDS = r"""
no yes null ~ 1 1e3 0x1f 0o7 .5 .inf .nan 2026-07-01 2026-02-31 true 06:00 << = #x @x *a &a !a %a
| > {} [] - ' " \\ é 99999999999999999999 a:b
"""
TROUBLESOME = [*WORDS.split(), "a: b", "- a", "a #b", "a\nb", "\t", "\x85", "\u2028", "\ufeff"]
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
words |= st.sampled_from(TROUBLESOME)


@given(name=words, codes=st.lists(words, min_size=1, max_size=4, unique=True), group=words)
def test_any_text_survives(
    name: str, codes: list[str], group: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    codes = [code for code in codes if code.strip()] or ["A"]
    program = Program(
        name=name,
        calendar=Calendar(start=date(2026, 7, 1)),
        rotation_types=tuple(RotationType(code=code, name=name) for code in codes),
        people=(Person(id=f"p{name}", pgy=1, carry_over={group: 0.1}, tags=tuple(codes)),),
        groups={group: Who(tags=(name,))},
    )
    assert reloaded(program, tmp_path_factory.mktemp("dump")) == program


@given(thousandths=st.integers(1, 1000))
def test_any_fte_survives(thousandths: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    program = Program(
        name="x",
        calendar=Calendar(start=date(2026, 7, 1)),
        rotation_types=(RotationType(code="A"),),
        people=(Person(id="p", pgy=1, fte=thousandths / 1000),),
    )
    assert reloaded(program, tmp_path_factory.mktemp("dump")) == program


def test_formats_are_dumped(tmp_path: Path) -> None:
    program = Program(
        name="x" * LONGEST_TEXT,
        calendar=Calendar(start=date(2026, 7, 1)),
        rotation_types=(RotationType(code="A", name="Alpha"),),
        people=(Person(id="p", pgy=1),),
    )
    columns = ScheduleColumns(person="resident", period="block")
    formats = Formats(
        schedule_csv=ScheduleWords(columns=columns, rotations="names", values={"A": "First"})
    )
    path = tmp_path / "programme.yaml"
    path.write_text(dump_programme(program, formats), encoding="utf-8")
    again = load_programme(path)
    assert (again.program, again.formats) == (program, formats)


def test_defaults_are_left_out_and_rules_begin_with_kind_and_name() -> None:
    text = dump_programme(load_programme(EXAMPLES / "tiny" / "programme.yaml").program)
    assert "specialty: Internal medicine\n" in text
    assert "half:" not in text
    assert "- {kind: leave, name: Approved leave is kept}\n" in text
    assert "periods: [1-3]" in text
