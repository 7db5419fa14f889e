"""Specification §5, rows C: 24 hours and four more, 14 hours and 8 hours off."""

import pytest

from tests.scheduling.acgme.builders import diary

EIGHT = "CPR-6.21-8H"
FOURTEEN = "CPR-6.21a-14H"
CONTINUOUS = "CPR-6.22-24H"
TRANSITION = "CPR-6.22a-+4"
HOURS = "CPR-6.20-80H"


def test_c1_a_call_and_four_hours_of_transition_are_28() -> None:
    verdict = diary().call(1, "11:00").verdict()
    assert verdict.violations == ()
    assert verdict.margin(CONTINUOUS).measured == 24.0
    assert verdict.margin(TRANSITION).measured == 28.0
    assert verdict.margin(HOURS).measured == 7.0


def test_c2_half_an_hour_of_notes_after_28_is_an_error() -> None:
    verdict = diary().call(1, "11:30").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([TRANSITION], [], [])
    finding = verdict.finding(TRANSITION)
    assert (finding.measured, finding.limit) == (28.5, 28)
    assert verdict.margin(CONTINUOUS).measured == 24.0


def test_c2_a_voluntary_stay_is_no_error_and_counts() -> None:
    verdict = diary().call(1, "11:00").work(2, "11:00-11:30", "voluntary").verdict()
    assert verdict.violations == ()
    assert verdict.margin(TRANSITION).measured == 28.0
    assert verdict.margin(HOURS).measured == 28.5 * 7 / 28


def test_c3_a_clinic_after_24_hours_is_an_error_though_only_28() -> None:
    made = diary().call(1, "08:00").work(2, "08:00-11:00", new_care=True)
    verdict = made.verdict()
    assert set(verdict.errors) == {TRANSITION, CONTINUOUS}
    assert len(verdict.errors) == 2
    assert verdict.finding(CONTINUOUS).measured == 27.0
    assert verdict.margin(HOURS).measured == 7.0


def test_c3_a_clinic_after_a_break_is_an_error_too() -> None:
    verdict = diary().call(1, "07:30").work(2, "09:00-11:00").verdict()
    assert (verdict.errors, verdict.warnings) == ([FOURTEEN, TRANSITION], [])
    finding = verdict.finding(FOURTEEN)
    assert (finding.measured, finding.also) == (1.5, (EIGHT,))


def test_c3_education_after_24_hours_is_legal() -> None:
    verdict = diary().call(1, "08:00").work(2, "08:00-11:00", "education").verdict()
    assert verdict.violations == ()
    assert verdict.margin(TRANSITION).measured == 28.0


def test_c3_a_new_patient_after_24_hours_is_an_error_though_called_transition() -> None:
    made = diary().call(1, "08:00").work(2, "08:00-11:00", "transition", new_care=True)
    assert made.verdict().errors == [TRANSITION]


@pytest.mark.parametrize(
    ("next_duty", "rest", "errors"),
    [((2, "20:00-06:00"), 9.5, [FOURTEEN]), ((3, "07:00-17:00"), 20.5, [])],
)
def test_c4_rest_after_a_call_is_14_hours(
    next_duty: tuple[int, str], rest: float, errors: list[str]
) -> None:
    verdict = diary().call(1, "10:30").work(*next_duty).verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == (errors, [], [])
    margin = verdict.margin(FOURTEEN)
    assert (margin.measured, margin.limit, margin.margin) == (rest, 14, rest - 14)


@pytest.mark.parametrize(("start", "errors"), [("00:29", [FOURTEEN]), ("00:30", [])])
def test_c4_exactly_14_hours_are_enough(start: str, errors: list[str]) -> None:
    assert diary().call(1, "10:30").work(3, f"{start}-08:00").verdict().errors == errors


@pytest.mark.parametrize("kind", ["call", "night_float"])
def test_c5_nine_hours_are_enough_after_15(kind: str) -> None:
    verdict = diary().work((1, 2), "17:00-08:00", kind).verdict()
    assert verdict.violations == ()
    assert verdict.margin(EIGHT).measured == 9.0
    assert not verdict.judges(FOURTEEN)


def test_c6_called_in_from_home_leaves_less_than_8_hours() -> None:
    made = diary().work((1, 2), "06:00-18:00").work(1, "18:00-06:00", "home_call")
    verdict = made.work(2, "02:00-05:00", "home_call_in").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [EIGHT], [])
    finding = verdict.finding(EIGHT)
    assert (finding.measured, finding.limit) == (1.0, 8)
    assert verdict.margin(CONTINUOUS).measured == 12.0
    assert not verdict.judges(FOURTEEN)


def test_c7_rest_is_counted_from_when_somebody_left() -> None:
    logged = diary().call(1, "09:00").work(2, "22:30-06:30", "night_float").verdict()
    assert (logged.errors, logged.warnings, logged.infos) == ([FOURTEEN], [], [])
    assert logged.finding(FOURTEEN).measured == 13.5
    planned = diary().call(1, "07:00").work(2, "22:30-06:30", "night_float").planned()
    assert planned.violations == ()
    assert planned.margin(FOURTEEN).measured == 15.5


def test_c8_a_call_at_the_end_of_a_block_leaves_24_hours() -> None:
    made = diary(("ICU", 28), ("WARD", 28)).call(27, "07:00").work(29, "07:00-17:00")
    verdict = made.verdict()
    assert verdict.violations == ()
    assert verdict.margin(FOURTEEN).measured == 24.0
