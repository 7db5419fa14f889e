"""Specification §5 (end), §1: absolute rules cross blocks and years; what was in force judges."""

import pytest

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import (
    EM,
    EMERGENCY,
    IM,
    INTERNAL,
    NY,
    DutyDiary,
    confirmed,
    diary,
    each,
)

HOURS = "CPR-6.20-80H"
EIGHT = "CPR-6.21-8H"
FOURTEEN = "CPR-6.21a-14H"
DAYS_OFF = "CPR-6.21b-1in7"
CONTINUOUS = "CPR-6.22-24H"
TRANSITION = "CPR-6.22a-+4"
PGY_1 = "CPR-2011-PGY1-16H"


BLOCKS = (("ICU", 28), ("WARD", 28))
BOUNDARIES = pytest.mark.parametrize(
    ("made", "last"),
    [
        pytest.param(diary(), 0, id="first known day"),
        pytest.param(diary(start="2026-07-01"), 0, id="first known day of the year"),
        pytest.param(diary(*BLOCKS), 28, id="rotation"),
        pytest.param(diary(*BLOCKS, start="2026-06-03"), 28, id="rotation and year"),
    ],
)
"""Known days, a rotation or a year begin after the day numbered `last`."""


@BOUNDARIES
@pytest.mark.parametrize(("out", "errors"), [("11:00", []), ("11:01", [TRANSITION])])
def test_a_call_across_the_boundary_is_one_run(
    made: DutyDiary, last: int, out: str, errors: list[str]
) -> None:
    verdict = made.call(last, out).verdict()
    assert verdict.errors == errors
    assert verdict.margin(CONTINUOUS).measured == 24.0


@BOUNDARIES
@pytest.mark.parametrize(("start", "errors"), [("01:00", []), ("00:59", [FOURTEEN])])
def test_14_hours_are_counted_from_a_call_before_the_boundary(
    made: DutyDiary, last: int, start: str, errors: list[str]
) -> None:
    verdict = made.call(last - 1).work(last + 1, f"{start}-08:00").verdict()
    assert verdict.errors == errors
    assert verdict.margin(FOURTEEN).measured == pytest.approx(14 - len(errors) / 60)


@BOUNDARIES
@pytest.mark.parametrize(("start", "warnings"), [("07:00", []), ("06:59", [EIGHT])])
def test_8_hours_are_counted_from_duty_before_the_boundary(
    made: DutyDiary, last: int, start: str, warnings: list[str]
) -> None:
    verdict = made.work(last, "12:00-23:00").work(last + 1, f"{start}-16:00").verdict()
    assert (verdict.errors, verdict.warnings) == ([], warnings)


@BOUNDARIES
@pytest.mark.parametrize(("night", "errors"), [(1, ["IM-Q3"]), (2, [])])
def test_calls_on_both_sides_of_the_boundary_are_apart(
    made: DutyDiary, last: int, night: int, errors: list[str]
) -> None:
    policy = Policy(specialty=INTERNAL, confirmed=confirmed(IM))
    verdict = made.call((last - 1, last + night), "07:00").verdict(IM, policy=policy)
    assert verdict.errors == errors


def test_seven_nights_are_counted_across_the_first_known_day() -> None:
    made = diary(("ED", 28), specialty=EMERGENCY)
    six = made.work(range(-2, 4), "22:00-06:00", "night_float")
    assert six.planned(EM).errors == []
    seven = made.work(range(-2, 5), "22:00-06:00", "night_float")
    assert "EM-NIGHTS" in seven.planned(EM).errors


@pytest.mark.parametrize(("first", "errors"), [(-1, []), (-2, ["NY-DAYOFF"])])
def test_seven_days_without_a_day_off_are_counted_across_the_first_known_day(
    first: int, errors: list[str]
) -> None:
    made = diary().work(range(first, 5), "08:00-16:00").work(first - 2, "08:00-16:00")
    assert made.verdict(NY).errors == errors


def test_a_day_off_that_began_before_belongs_to_the_period_before() -> None:
    made = diary(("WARD", 7)).work(range(2, 9), "07:00-17:00")
    assert made.verdict().errors == []
    earlier = made.work(-1, "06:00-18:00", rotation="ICU")
    assert earlier.verdict().errors == [DAYS_OFF]


def test_averages_begin_anew_with_a_rotation() -> None:
    made = diary().work(range(-13, 1), "06:00-22:00").work(each("Mon-Sat"), "06:00-18:00")
    assert made.verdict().margin(HOURS).measured == 72.0


@pytest.mark.parametrize(
    ("start", "pgy", "errors"),
    [
        ("2016-08-01", 1, [PGY_1]),
        ("2016-08-01", 2, []),
        ("2011-07-04", 1, [PGY_1]),
        ("2010-08-02", 1, []),
        ("2017-08-07", 1, []),
        ("2026-07-06", 1, []),
    ],
)
def test_a_first_year_had_16_hours_from_2011_to_2017(
    start: str, pgy: int, errors: list[str]
) -> None:
    made = diary(start=start, pgy=pgy).work(2, "06:00-22:01")
    verdict = made.verdict()
    assert verdict.errors == errors
    if errors:
        finding = verdict.finding(PGY_1)
        assert finding.measured == pytest.approx(16 + 1 / 60)
        assert finding.limit == 16
    assert diary(start=start, pgy=pgy).work(2, "06:00-22:00").verdict().errors == []


@pytest.mark.parametrize(("day", "errors"), [(1, [PGY_1]), (5, [PGY_1]), (6, []), (9, [])])
def test_duty_is_judged_by_what_was_in_force_on_its_first_day(day: int, errors: list[str]) -> None:
    made = diary(("WARD", 14), start="2017-06-26", pgy=1).work(day, "18:00-11:00")
    assert made.verdict().errors == errors


@pytest.mark.parametrize(("day", "errors"), [(4, []), (5, [PGY_1])])
def test_a_rule_begins_on_its_day(day: int, errors: list[str]) -> None:
    made = diary(("WARD", 14), start="2011-06-27", pgy=1).work(day, "06:00-23:00")
    assert made.verdict().errors == errors


def test_eight_hours_and_six_nights_were_a_must_from_2011_to_2017() -> None:
    short = diary(start="2016-08-01").work(1, "08:00-22:00").work(2, "05:00-16:00")
    assert short.verdict().errors == ["CPR-2011-8H"]
    nights = diary(start="2016-08-01").work(range(1, 8), "22:00-06:00", "night_float")
    assert nights.verdict().errors == ["CPR-2011-NF6"]
    later = diary(start="2017-08-07").work(range(1, 8), "22:00-06:00", "night_float")
    assert later.verdict().errors == []


def test_a_first_year_could_moonlight_before_2011() -> None:
    made = diary(start="2010-08-02", pgy=1).work(6, "08:00-20:00", "moonlighting_external")
    assert made.verdict().errors == []


def test_the_rules_of_2017_do_not_judge_what_was_before() -> None:
    made = diary(start="2016-08-01").call(1, "13:00")
    verdict = made.verdict()
    assert verdict.errors == []
    assert not verdict.judges(TRANSITION)
