"""Specification §5, rows D: not more than every third night."""

from collections.abc import Sequence

import pytest

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import IM, INTERNAL, confirmed, diary, each

THIRD = "CPR-6.27-Q3"
STRICT = "IM-Q3"
EVERY_THIRD = range(1, 29, 3)


@pytest.mark.parametrize(("nights", "errors"), [(9, []), (10, [THIRD])])
def test_d1_nine_calls_in_28_nights(nights: int, errors: list[str]) -> None:
    verdict = diary().call(EVERY_THIRD[:nights], "07:00").verdict()
    assert (verdict.errors, verdict.warnings) == (errors, [])
    margin = verdict.margin(THIRD)
    assert (margin.measured, margin.limit, margin.margin) == (nights, 9, 9 - nights)


@pytest.mark.parametrize(
    ("nights", "errors"),
    [((1, 4, 7, 10, 13, 16, 19), []), ((1, 3, 6, 9, 12, 15, 18, 20), [THIRD])],
)
def test_d2_a_week_of_vacation_leaves_seven_calls(nights: Sequence[int], errors: list[str]) -> None:
    verdict = diary().call(nights, "07:00").off(22, 28).verdict()
    assert (verdict.errors, verdict.warnings) == (errors, [])
    margin = verdict.margin(THIRD)
    assert (margin.measured, margin.limit) == (len(nights), 7)


def test_d3_two_nights_apart_are_legal_on_average_and_not_in_internal_medicine() -> None:
    made = diary(resident_specialty=INTERNAL).call((1, 3, 7, 10, 13, 16, 19, 22, 25), "07:00")
    assert made.verdict().errors == []
    verdict = made.verdict(IM, policy=Policy(confirmed=confirmed(STRICT)))
    assert (verdict.errors, verdict.warnings) == ([STRICT], [])
    finding = verdict.finding(STRICT)
    assert (finding.measured, finding.limit, finding.unconfirmed) == (2, 3, False)
    assert (made.number(finding.first), made.number(finding.last)) == (1, 3)


def test_d3_unconfirmed_the_rule_of_internal_medicine_is_only_a_warning() -> None:
    made = diary(resident_specialty=INTERNAL).call((1, 3, 7, 10, 13, 16, 19, 22, 25), "07:00")
    verdict = made.verdict(IM)
    assert (verdict.errors, verdict.warnings) == ([], [STRICT])
    assert verdict.finding(STRICT).unconfirmed


@pytest.mark.parametrize(("start", "days"), [("2026-07-01", 31), ("2026-06-01", 30)])
@pytest.mark.parametrize(("nights", "errors"), [(10, []), (11, [THIRD])])
def test_d4_ten_calls_in_a_month(start: str, days: int, nights: int, errors: list[str]) -> None:
    calls = (1, *range(3, 31, 3))[:nights]
    verdict = diary(("ICU", days), start=start).call(calls, "07:00").verdict()
    assert verdict.errors == errors
    margin = verdict.margin(THIRD)
    assert (margin.measured, margin.limit) == (nights, 10)


def test_d5_night_float_is_not_call_and_needs_days_off() -> None:
    made = diary(("NF", 14)).work(each("Mon-Sat", 1, 2), "18:00-06:00", "night_float")
    verdict = made.work(15, "18:00-06:00", "night_float", rotation="NEXT").verdict()
    assert (verdict.errors, verdict.warnings) == ([], [])
    assert not verdict.judges(THIRD) or verdict.margin(THIRD).measured == 0
    margin = verdict.margin("CPR-6.21b-1in7")
    assert (margin.measured, margin.limit) == (2, 2)
    nightly = made.work((7, 14, 15), "18:00-06:00", "night_float").verdict()
    assert nightly.errors == ["CPR-6.20-80H", "CPR-6.21b-1in7"]
    assert nightly.finding("CPR-6.20-80H").measured == (14 * 12 - 6) / 2 == 81.0


def test_d6_every_third_night_with_four_days_off_is_78() -> None:
    made = diary().call(range(1, 26, 3)).work(29, "07:00-17:00", rotation="NEXT")
    others = (6, 9, 15, 18, 24, 27)
    verdict = made.work(others, "07:00-17:00").verdict()
    assert (verdict.errors, verdict.warnings) == ([], [])
    assert verdict.margin("CPR-6.20-80H").measured == (9 * 28 + 6 * 10) / 4 == 78.0
    assert verdict.margin(THIRD).margin == 0
    assert verdict.margin("CPR-6.21b-1in7").margin == 0
    assert verdict.infos == ["CPR-6.21b-POSTCALL"]
    assert verdict.finding("CPR-6.21b-POSTCALL").measured == pytest.approx(75.0)
