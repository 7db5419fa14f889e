import json
from collections.abc import Iterator
from itertools import pairwise
from math import inf
from pathlib import Path
from random import Random

import numpy as np
import pytest

from app.scheduling.api import check, evaluate
from app.scheduling.domain.problem import Grid
from benchmarks.__main__ import main
from benchmarks.medical_students import Instance, Stay, program_of, read_instance, stays_of
from benchmarks.suites.mss import Case, Published, chosen, doubts, measure
from benchmarks.trace import Limits, Run, Trace

SMALL = """
% Three students, three disciplines in two groups, two hospitals, five periods.
Students = 3; Disciplines = 3;
Hospitals=2;
Duration = 1;
Horizon= 5;
Groups=2;
MaxDiscPerHosp=2;
DiscGroup = [1, 1, 2];
StudDiscGroup = [| 2, 1 | 1, 1 | 1, 0 |];
AllowedDisc = [| 1, 1, 1 | 1, 1, 1 | 0, 1, 1 |];
Precededby = [| 0, 0, 0 | 0, 0, 0 | 1, 0, 0 |];
Availability = [| 1, 1, 1, 1, 1 | 1, 0, 1, 1, 1 | 1, 1, 1, 1, 1 |];
Ability = array3d(1..3, 1..2, 1..3, [1, 1, 1, 1, 0, 1,  1, 1, 1, 1, 1, 1,  1, 1, 1, 1, 1, 1]);
MinPosHosp = array3d(1..2, 1..3, 1..5, [
  0, 0, 0, 0, 0,  0, 0, 0, 0, 0,  0, 0, 0, 0, 0,
  0, 0, 0, 0, 0,  0, 0, 1, 0, 0,  0, 0, 0, 0, 0]);
MaxPosHosp = array3d(1..2, 1..3, 1..5, [
  1, 1, 1, 1, 1,  1, 1, 1, 1, 1,  1, 1, 1, 1, 1,
  1, 0, 1, 1, 1,  1, 1, 1, 1, 1,  1, 1, 1, 2, 2]);
WeightPref = [| 2, 1, -2, -3 | 1, 3, -3, -1 | 1, 1, -1, 0 |];
PrefStudDisc = [| 3, 1, 2 | 1, 2, 3 | 1, 1, 3 |];
PrefStudHosp = [| 1, 3 | 2, 1 | 1, 2 |];
ManPref = [0, 2, 1];
"""
LONG = SMALL.replace("Duration = 1", "Duration = 2")
STAY = Stay(1, 1, 1, 1)
SCORER = """
import json
print(json.dumps({{"hard_violations": [], "objective": {objective}}}))
"""


def plain_value(instance: Instance, stays: list[Stay]) -> int:
    """Return the objective, counted stay by stay."""
    values = []
    for student, (discipline, hospital, change, waiting) in enumerate(
        instance.arrays["WeightPref"].tolist(), 1
    ):
        own = sorted((s for s in stays if s.student == student), key=lambda stay: stay.start)
        value = change * sum(a.hospital != b.hospital for a, b in pairwise(own))
        for stay in own:
            place = student - 1, stay.discipline - 1
            value += discipline * int(instance.arrays["PrefStudDisc"][place])
            value += int(instance.arrays["ManPref"][stay.discipline - 1])
            value += hospital * int(instance.arrays["PrefStudHosp"][student - 1, stay.hospital - 1])
        if own:
            end = own[-1].start - 1 + instance.duration
            value += waiting * (end - len(own) * instance.duration)
        values.append(int(value))
    return sum(values) + min(values)


def random_years(instance: Instance, seed: int) -> Iterator[Stay]:
    """Yield stays that do not overlap, whatever else they break."""
    draw = Random(seed)  # noqa: S311 - repeatable on purpose
    for student in range(1, instance.sizes["Students"] + 1):
        period = 1
        disciplines = draw.sample(range(1, 4), 3)
        while period + instance.duration <= instance.sizes["Horizon"] + 1 and disciplines:
            if draw.random() < 0.6:
                yield Stay(student, disciplines.pop(), draw.randint(1, 2), period)
                period += instance.duration
            else:
                period += 1


def grid_of(instance: Instance, stays: list[Stay]) -> Grid:
    """Return stays as a schedule of the instance's programme."""
    kinds = program_of(instance, "small").rotation_types
    index = {kind.code: number for number, kind in enumerate(kinds)}
    shape = instance.sizes["Students"], instance.sizes["Horizon"]
    grid: Grid = np.full(shape, index["IDLE"], dtype=np.int16)
    for stay in stays:
        first = stay.start - 1
        code = index[f"D{stay.discipline}.{stay.hospital}"]
        grid[stay.student - 1, first : first + instance.duration] = code
    return grid


@pytest.mark.parametrize("text", [SMALL, LONG])
def test_the_engines_value_is_the_instances_on_any_schedule(text: str) -> None:
    instance = read_instance(text)
    program = program_of(instance, "small")
    for seed in range(60):
        stays = list(random_years(instance, seed))
        grid = grid_of(instance, stays)
        assert stays_of(instance, program, grid) == stays
        assert evaluate(program, grid).objective == plain_value(instance, stays)


GOOD = [
    Stay(1, 1, 2, 1), Stay(1, 2, 1, 2), Stay(1, 3, 2, 4),
    Stay(2, 1, 1, 1), Stay(2, 3, 1, 3),
    Stay(3, 2, 2, 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({}, set()),
        ({5: Stay(3, 2, 1, 3)}, {"Places of D2 in H2"}),
        ({5: Stay(3, 1, 2, 3)}, {"Places of D2 in H2", "Absences and abilities"}),
        ({4: Stay(2, 2, 1, 3)}, {"1 of G1", "1 of G2"}),
        ({0: Stay(1, 1, 2, 2), 1: Stay(1, 2, 1, 1)}, {"Places of D1 in H2"}),
        ({1: Stay(1, 2, 2, 2)}, {"Absences and abilities", "H2 not too often"}),
        ({2: Stay(1, 2, 1, 4)}, {"D2 once", "2 of G1", "1 of G2"}),
        ({3: Stay(2, 1, 1, 2)}, {"Absences and abilities"}),
        ({3: Stay(2, 1, 1, 4)}, {"D1 before D3"}),
    ],
)
def test_every_limit_is_a_rule(changed: dict[int, Stay], broken: set[str]) -> None:
    instance = read_instance(SMALL)
    stays = [changed.get(number, stay) for number, stay in enumerate(GOOD)]
    found = check(program_of(instance, "small"), grid_of(instance, stays))
    assert {finding.name for finding in found if finding.severity == "error"} == broken


def test_stays_of_several_periods_are_whole() -> None:
    instance = read_instance(LONG)
    program = program_of(instance, "long")
    grid = grid_of(instance, [STAY])
    assert "Stays are whole" not in {finding.name for finding in check(program, grid)}
    grid[0, 1] = grid[0, 4]
    assert "Stays are whole" in {finding.name for finding in check(program, grid)}


def test_what_is_no_instance_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        read_instance(SMALL.replace("ManPref = [0, 2, 1]", "ManPref = [0, 2]"))
    rewarded = read_instance(SMALL.replace("2, 1, -2, -3", "2, 1, 2, -3"))
    with pytest.raises(ValueError, match="must not be rewarded"):
        program_of(rewarded, "rewarded")


def folder_with(tmp_path: Path, objective: float) -> Path:
    """Return a data folder with the small instance and a scorer that always says the same."""
    folder = tmp_path / "mss"
    folder.mkdir()
    (folder / "small.dzn").write_text(SMALL, encoding="utf-8")
    (folder / "score.py").write_text(SCORER.format(objective=objective), encoding="utf-8")
    told = {"instances": {"small": {"best_known": 40, "annealing_value": None}}}
    (folder / "best_known.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_a_scorer_of_another_opinion_is_a_fault(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, 1)
    one = measure(Case(folder, "small", Limits(20, 1, 1)))
    assert one.run.status == "OPTIMAL"
    assert one.faults == (
        f"the scorer says 1, the engine {-one.run.objective:.0f}, its run {-one.run.objective}",
    )


def test_the_optimum_is_the_best_of_many(tmp_path: Path) -> None:
    instance = read_instance(SMALL)
    program = program_of(instance, "small")
    one = measure(Case(folder_with(tmp_path, 1), "small", Limits(20, 1, 1)))
    values = [plain_value(instance, GOOD)]
    for seed in range(3000):
        stays = list(random_years(instance, seed))
        if not any(f.severity == "error" for f in check(program, grid_of(instance, stays))):
            values.append(plain_value(instance, stays))
    assert -one.run.objective >= max(values)


def test_instances_are_chosen_by_name(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, 1)
    told = {"instances": {"one/small": {"best_known": 7}, "two/large": {}}}
    (folder / "best_known.json").write_text(json.dumps(told), encoding="utf-8")
    assert list(chosen(folder, ())) == ["one/small", "two/large"]
    assert chosen(folder, ("small",)) == {"one/small": Published(best=7)}
    with pytest.raises(ValueError, match="unknown instances tiny"):
        chosen(folder, ("tiny",))


def test_what_contradicts_the_published_is_doubted() -> None:
    run = _run(value=30, bound=35)
    assert list(doubts(run, Published(best=30, bound=36))) == []
    assert len(list(doubts(run, Published(best=36)))) == 1
    assert len(list(doubts(run, Published(bound=29)))) == 1
    assert list(doubts(_run(value=-inf, bound=inf), Published(best=30, bound=36))) == []


def _run(value: float, bound: float) -> Run:
    trace = Trace(lambda: 0.0)
    trace.note(objective=-value, bound=-bound)
    return trace.run("FEASIBLE", None)


def test_the_suite_prints_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_with(tmp_path, 1)
    limits = ["--time", "20", "--workers", "1", "--seeds", "1"]
    assert main(["mss", "--data", str(folder.parent), *limits]) == 1  # the scorer disagrees
    told = capsys.readouterr()
    assert "small     3 x 3 x 2 x 5" in told.out
    assert "FAULT small, seed 1: the scorer says 1" in told.err
    assert main(["mss", *limits]) == 0
    assert "skipped" in capsys.readouterr().out
