"""Specification §6, rows E: durations are elapsed time, days are local."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.scheduling.acgme.intervals import DutyInterval
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import diary, each

ORDINARY, SPRING, FALL = "2027-02-01", "2027-03-08", "2027-11-01"
"""Mondays; the clock changes on the Sunday after (14 March, 7 November)."""
SATURDAY, SUNDAY, MONDAY = 6, 7, 8
NEW_YORK = ZoneInfo("America/New_York")
HOURS = "CPR-6.20-80H"
EIGHT = "CPR-6.21-8H"
FOURTEEN = "CPR-6.21a-14H"
DAYS_OFF = "CPR-6.21b-1in7"
CONTINUOUS = "CPR-6.22-24H"
TRANSITION = "CPR-6.22a-+4"
GRACE = Policy(dst_grace_minutes=60)


@pytest.mark.parametrize(("week", "length"), [(ORDINARY, 12.0), (SPRING, 11.0), (FALL, 13.0)])
def test_e1_a_night_is_as_long_as_it_lasts(week: str, length: float) -> None:
    made = diary(("NF", 28), start=week).work(SATURDAY, "18:00-06:00", "night_float")
    verdict = made.verdict()
    assert verdict.violations == ()
    assert verdict.margin(CONTINUOUS).measured == length
    assert verdict.margin(HOURS).measured == length / 4


def test_e2_a_call_over_the_change_in_november_lasts_25_hours() -> None:
    verdict = diary(start=FALL).call(SATURDAY, "07:00").verdict()
    assert (set(verdict.errors), verdict.warnings) == ({CONTINUOUS, TRANSITION}, [])
    finding = verdict.finding(CONTINUOUS)
    assert (finding.measured, finding.limit) == (25.0, 24)


def test_e2_the_25th_hour_may_be_transition_or_given_to_the_relief() -> None:
    relieved = diary(start=FALL).work(SATURDAY, "07:00-06:00", "call")
    assert relieved.verdict().violations == ()
    handed_over = relieved.work(SUNDAY, "06:00-07:00", "transition").verdict()
    assert handed_over.violations == ()
    assert handed_over.margin(CONTINUOUS).measured == 24.0
    assert handed_over.margin(TRANSITION).measured == 25.0


def test_e2_the_25th_hour_may_be_graced_and_is_pointed_at() -> None:
    made = diary(start=FALL).call(SATURDAY, "07:00")
    verdict = made.verdict(policy=GRACE)
    assert (verdict.errors, verdict.warnings) == ([], [])
    assert CONTINUOUS in verdict.infos
    assert verdict.finding(CONTINUOUS).measured == 25.0


@pytest.mark.parametrize(("week", "length"), [(ORDINARY, 24), (FALL, 25)])
def test_e2_the_grace_is_only_for_what_the_clock_did(week: str, length: int) -> None:
    made = diary(start=week).work(SATURDAY, "07:00-07:01+1", "call")
    finding = made.verdict(policy=GRACE).finding(CONTINUOUS)
    assert finding.severity == "error"
    assert finding.measured == pytest.approx(length + 1 / 60)


def test_e2_a_call_over_the_change_in_march_lasts_23_hours() -> None:
    made = diary(start=SPRING).call(SATURDAY, "07:00").work(SUNDAY, "20:00-06:00", "night_float")
    verdict = made.verdict()
    assert verdict.violations == ()
    assert verdict.margin(CONTINUOUS).measured == 23.0
    assert not verdict.judges(FOURTEEN)


@pytest.mark.parametrize(
    ("week", "rest", "warnings"), [(ORDINARY, 8.0, []), (SPRING, 7.0, [EIGHT]), (FALL, 9.0, [])]
)
def test_e3_eight_hours_on_the_clock_may_be_seven(
    week: str, rest: float, warnings: list[str]
) -> None:
    made = diary(start=week).work(SATURDAY, "12:00-23:00").work(SUNDAY, "07:00-17:00")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings) == ([], warnings)
    margin = verdict.margin(EIGHT)
    assert (margin.measured, margin.limit) == (rest, 8)


@pytest.mark.parametrize(
    ("week", "end", "start", "errors"),
    [
        (ORDINARY, "00:00", "00:00", []),
        (SPRING, "00:00", "00:00", [DAYS_OFF]),
        (SPRING, "00:00", "00:59", [DAYS_OFF]),
        (SPRING, "00:00", "01:00", []),
        (SPRING, "23:00", "00:00", []),
        (FALL, "00:00", "00:00", []),
        (FALL, "01:00", "00:00", []),
    ],
)
def test_e4_a_day_off_is_24_hours_whatever_the_calendar_says(
    week: str, end: str, start: str, errors: list[str]
) -> None:
    made = diary(("WARD", 7), start=week).work(each("Mon-Fri", 1), "08:00-17:00")
    made = made.work(SATURDAY, f"10:00-{end}").work(MONDAY, f"{start}-08:00")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings) == (errors, [])
    assert verdict.margin(DAYS_OFF).measured == 1 - len(errors)


@pytest.mark.parametrize(("fold", "length"), [(0, 1.5), (1, 2.5)])
def test_a_time_that_comes_twice_is_told_apart(fold: int, length: float) -> None:
    duty = DutyInterval(
        person="r1",
        start=datetime(2027, 11, 7, 0, 0, tzinfo=NEW_YORK),
        end=datetime(2027, 11, 7, 1, 30, tzinfo=NEW_YORK, fold=fold),
        kind=Kind.NIGHT_FLOAT,
    )
    assert diary(start=FALL).add(duty).verdict().margin(HOURS).measured == length / 4


def test_a_time_that_is_skipped_is_an_hour_later() -> None:
    made = diary(start=SPRING).work(SUNDAY, "02:30-06:00", "night_float")
    assert made.verdict().margin(HOURS).measured == 2.5 / 4


def test_each_site_has_its_clock_and_days_are_those_at_home() -> None:
    made = diary().work(SATURDAY, "20:00-23:00", zone="America/Chicago").off(SUNDAY)
    assert made.verdict().margin(HOURS).measured == pytest.approx(3 * 7 / 27)
    later = diary().work(SATURDAY, "20:00-23:30", zone="America/Chicago").off(SUNDAY)
    assert later.verdict().margin(HOURS).measured == 3.5 * 7 / 28
    moved = made.work(MONDAY, "06:00-18:00", zone="Europe/London")
    assert moved.verdict().margin(EIGHT).measured == 25.0
