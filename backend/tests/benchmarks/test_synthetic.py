import json
from typing import Literal

import pytest

from app.scheduling.api import check, compile_program, evaluate
from app.scheduling.rules.coverage import Coverage
from benchmarks.planting import SERVICE_WEEKS, House, keeps_rules
from benchmarks.synthetic import LEVELS, VERSION, Level, generate

FROZEN: dict[tuple[int, Level, int], str] = {
    (24, "loose", 1): "4bd395a0b50bb31a61990f33004a0aea95bf62a2f2529e39ead48e76186db77d",
    (24, "loose", 2): "19cd3893b891c21154c85c72fc4c196552aaf53a93f633e9c66fc405a5d78f06",
    (24, "tight97", 1): "8ac091ecdaee80571f1b7e7e1bce4a74db5f00921f44e3fe889c711b07154391",
    (24, "tight100", 1): "00670cafb7a8f608879fdd971420387ccd130dcc8e2672ad30a4b39012aa9f82",
    (60, "loose", 1): "5a51f25894876dd242105ebf38ecc85091f79ab4d64d8873466020a1975e30bd",
    (60, "tight97", 1): "206042f514dce3d7872bab93adacb7fad1eb25e8ec2baecc27aeaf9a55a3a325",
    (120, "tight97", 2): "85abb7a1b6a7f6b079e311cba60a91b42e8009dd08f890ac207b640af73625ad",
}


def test_version_1_is_frozen() -> None:
    made = {key: generate(*key).fingerprint for key in FROZEN}

    assert VERSION == 1
    assert made == FROZEN


def test_other_shapes_are_frozen_too() -> None:
    assert {
        "26 slots": generate(24, "tight97", slots=26).fingerprint,
        "10 rotations": generate(24, "tight97", rotations=10).fingerprint,
        "30 rotations": generate(24, "tight97", rotations=30).fingerprint,
    } == {
        "26 slots": "3797308f5c4abbd8ae66520fd3e2a7340874b3beb0ca936cfa13391f59f87cae",
        "10 rotations": "56446eb1913b5714f596f2092d82c2f68f84e7b73741c7a7b7101f5e3ebf09df",
        "30 rotations": "a6ecdf065b6a76d13c579ce3c0d3130a3e2c6adf65abf747d6a63437b8de1906",
    }


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("residents", "slots", "rotations"), [(24, 52, 14), (60, 26, 14), (16, 52, 10), (60, 52, 30)]
)
def test_the_hidden_year_keeps_every_hard_rule_and_fills_every_place(
    residents: int, slots: Literal[52, 26], rotations: int, level: Level
) -> None:
    made = generate(residents, level, 3, slots=slots, rotations=rotations)
    program, grid = made.program(), made.planted_grid()

    errors = [finding for finding in check(program, grid) if finding.severity == "error"]
    short = [term.amount for term in evaluate(program, grid).terms if term.rule == "coverage"]

    assert grid.shape == (residents, slots)
    assert errors == []
    assert sum(short) == 0


def test_a_document_is_json_and_levels_share_people() -> None:
    loose, tight = generate(24, "loose").document, generate(24, "tight100").document

    assert json.loads(json.dumps(loose)) == loose
    assert loose["people"] == tight["people"]


@pytest.mark.parametrize(("level", "percent"), [("tight97", 97), ("tight100", 100)])
def test_tight_minima_are_a_share_of_supply(level: Level, percent: int) -> None:
    program = generate(60, level).program()
    problem = compile_program(program)
    by_name = {rule.name: rule for rule in program.rules}
    for pgy, name in ((1, "interns"), (2, "PGY-2"), (3, "PGY-3")):
        for code in ("WARD", "ICU", "NF", "CCU", "ED"):
            rule = by_name[f"{name} on {code}"]
            assert isinstance(rule, Coverage)
            supply = 20 * SERVICE_WEEKS[pgy][code]

            assert rule.penalty == 30
            assert rule.limits(problem)[0].sum() == percent * supply // 100


def test_interns_are_not_needed_in_intensive_care_in_july() -> None:
    program = generate(60, "tight97").program()
    problem = compile_program(program)
    low = {
        rule.name: rule.limits(problem)[0] for rule in program.rules if isinstance(rule, Coverage)
    }

    assert low["interns on ICU"][:6].sum() == 0
    assert low["interns on ICU"][6:].sum() > 0
    assert low["interns on CCU"][:12].sum() == 0
    assert low["interns on CCU"][12:].sum() > 0


@pytest.mark.parametrize(
    "bad",
    [
        ["ICU", "NF", "ELEC"],
        ["NF", "NF", "NF"],
        ["WARD"] * 5,
        ["WARD", "WARD", "ELEC", "WARD", "WARD", "ICU", "ICU", "WARD"],
    ],
)
def test_a_year_that_breaks_a_rule_is_not_planted(bad: list[str]) -> None:
    house = House(residents=60, slots=52, rotations=14)

    assert not keeps_rules(house, 59, bad)
    assert keeps_rules(house, 59, ["WARD", "WARD", "ELEC", "ELEC", "CLIN", "ICU", "ICU", "WARD"])


def test_interns_begin_on_the_wards() -> None:
    house = House(residents=60, slots=52, rotations=14)
    late = ["ELEC", "ELEC", "CLIN", "ELEC", "ELEC", "ELEC"]

    assert not keeps_rules(house, 0, [*late, "ICU"])
    assert not keeps_rules(house, 0, ["WARD", "WARD", "CLIN", "ICU"])
    assert keeps_rules(house, 0, [*late[:4], "WARD", "WARD", "ICU"])


def test_sizes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="15 residents"):
        generate(14, "loose")
    with pytest.raises(ValueError, match="30 rotations"):
        generate(24, "loose", rotations=31)
