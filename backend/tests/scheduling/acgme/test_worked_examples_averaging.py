"""Specification §3: over what hours, days off and calls are averaged."""

import pytest

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import DutyDiary, diary, each

HOURS = "CPR-6.20-80H"
DAYS_OFF = "CPR-6.21b-1in7"
ENDS = {66: "17:00", 70: "17:40", 78: "19:00", 82: "19:40", 88: "20:40", 90: "21:00", 92: "21:20"}
"""When six days from 06:00 end that make so many hours a week."""


def weeks(made: DutyDiary, *hours: int) -> DutyDiary:
    """Return a diary with so many hours in each of its weeks, Sundays off."""
    for week, amount in enumerate(hours, 1):
        made = made.work(each("Mon-Sat", week), f"06:00-{ENDS[amount]}")
    return made


def test_every_rotation_must_comply_by_itself() -> None:
    made = weeks(diary(("ICU", 14), ("CLINIC", 14), ("WARD", 28)), 82, 82, 66, 66, 78, 78, 78, 78)
    verdict = made.verdict()
    assert verdict.errors == [HOURS]
    finding = verdict.finding(HOURS)
    assert (finding.rotation, finding.measured, finding.averaging) == ("ICU", 82.0, "rotation")


@pytest.mark.parametrize(("remainder", "errors"), [("last28", []), ("own", [HOURS])])
def test_the_fifth_week_counts_with_three_before_or_on_its_own(
    remainder: str, errors: list[str]
) -> None:
    policy = Policy(remainder=remainder)  # type: ignore[arg-type]  # parametrized
    made = weeks(diary(("WARD", 35)), 66, 66, 66, 66, 90)
    verdict = made.verdict(policy=policy)
    assert verdict.errors == errors
    margin = verdict.margin(HOURS)
    days = (made.number(margin.first), made.number(margin.last))
    if remainder == "own":
        assert (margin.measured, days) == (90.0, (29, 35))
    else:
        assert (margin.measured, days) == ((3 * 66 + 90) / 4, (8, 35))


@pytest.mark.parametrize(
    ("remainder", "measured", "first"), [("last28", 82.0, 8), ("own", 82.0, 29)]
)
def test_the_first_28_days_do_not_mask_the_last(
    remainder: str, measured: float, first: int
) -> None:
    policy = Policy(remainder=remainder)  # type: ignore[arg-type]  # parametrized
    made = weeks(diary(("WARD", 35)), 66, 82, 82, 82, 82)
    verdict = made.verdict(policy=policy)
    assert verdict.errors == [HOURS]
    finding = verdict.finding(HOURS)
    assert (finding.measured, made.number(finding.first)) == (measured, first)


@pytest.mark.parametrize(("days", "errors"), [(31, []), (32, [HOURS])])
def test_a_rotation_is_cut_from_32_days_on(days: int, errors: list[str]) -> None:
    made = weeks(diary(("WARD", days)), 66, 66, 66, 66).work(range(29, days), "06:00-22:00")
    verdict = made.verdict(policy=Policy(remainder="own"))
    assert verdict.errors == errors
    margin = verdict.margin(HOURS)
    alone = (days - 29) * 16 * 7 / 4
    pooled = (4 * 66 + (days - 29) * 16) * 7 / 31
    assert margin.measured == pytest.approx(alone if days == 32 else pooled)


def test_56_days_are_two_periods_and_windows_across_them_are_not_judged() -> None:
    made = weeks(diary(("WARD", 56)), 66, 66, 88, 88, 88, 88, 66, 66)
    verdict = made.verdict()
    assert verdict.errors == []
    assert verdict.margin(HOURS).measured == 77.0


def test_in_4_plus_1_every_part_has_its_own_average() -> None:
    blocks = (("WARD", 28), ("CLINIC", 7), ("WARD", 28), ("CLINIC", 7))
    made = weeks(diary(*blocks), 78, 78, 78, 78, 82, 78, 78, 78, 78, 66)
    verdict = made.verdict()
    assert verdict.errors == [HOURS]
    finding = verdict.finding(HOURS)
    assert (finding.rotation, finding.measured) == ("CLINIC", 82.0)
    assert (made.number(finding.first), made.number(finding.last)) == (29, 35)


def test_a_shift_across_midnight_belongs_to_both_rotations() -> None:
    made = diary(("ICU", 7), ("WARD", 7)).work(7, "18:00-07:00", "night_float")
    margin = made.verdict().margin(HOURS)
    assert (margin.rotation, margin.measured) == ("WARD", 7.0)


def test_leave_belongs_to_its_own_period() -> None:
    blocks = diary(("WARD", 56)).work(each("Mon-Sat", 1, 2, 3, 5, 6, 7, 8), "06:00-19:00")
    verdict = blocks.off(22, 28).verdict()
    assert verdict.errors == []
    margin = verdict.margin(HOURS)
    assert margin.measured == 78.0
    heavier = blocks.work(each("Mon-Sat", 1, 2, 3), "19:00-19:30").off(22, 28).verdict()
    finding = heavier.finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (81.0, 21, 7)


def test_a_rotation_spent_on_leave_has_nothing_to_break() -> None:
    made = diary(("WARD", 14), ("VACATION", 7)).work(each("Mon-Sat", 1, 2), "06:00-18:00")
    assert made.off(15, 21).verdict().errors == []


THREE_WEEKS = each("Mon-Sat", 1, 2, 3)


def test_no_work_on_leave_days_is_the_base() -> None:
    verdict = diary().work(THREE_WEEKS, "06:00-19:30").off(22, 28).verdict()
    assert verdict.errors == [HOURS]
    assert verdict.finding(HOURS).measured == 81.0


def test_an_hour_on_a_vacation_day_does_not_lower_the_average() -> None:
    made = diary().work(THREE_WEEKS, "06:00-19:30").off(22, 28)
    verdict = made.work(24, "12:00-13:00", "work_from_home").verdict()
    assert (verdict.errors, verdict.warnings) == ([HOURS], [])
    assert 244 * 7 / 22 < 80
    finding = verdict.finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (81.0, 21, 7)


def test_much_work_on_leave_days_is_put_back_with_its_days() -> None:
    made = diary().work(THREE_WEEKS, "06:00-19:00").off(22, 28)
    verdict = made.work(range(22, 27), "06:00-20:00").verdict()
    assert (verdict.errors, verdict.warnings) == ([HOURS], [])
    finding = verdict.finding(HOURS)
    assert finding.measured == pytest.approx((234 + 70) * 7 / 26)
    assert (finding.days, finding.leave_days) == (26, 2)


def test_work_on_a_leave_day_that_only_breaks_without_the_day_is_a_warning() -> None:
    made = diary().work(THREE_WEEKS, "06:00-19:00").off(22, 28)
    verdict = made.work(24, "08:00-18:00", "moonlighting_external").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [HOURS], [])
    assert 244 * 7 / 22 < 80
    finding = verdict.finding(HOURS)
    assert finding.measured == pytest.approx(244 * 7 / 21)
    assert (finding.days, finding.leave_days) == (21, 7)


@pytest.mark.parametrize(("end", "warnings"), [("14:00", []), ("14:01", [HOURS])])
def test_the_strict_average_breaks_by_a_minute(end: str, warnings: list[str]) -> None:
    made = diary().work(THREE_WEEKS, "06:00-19:00").off(22, 28).work(24, f"08:00-{end}")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings) == ([], warnings)


def test_days_of_leave_are_not_free_days() -> None:
    made = diary(("WARD", 14)).work(each("Mon-Sun", 1), "08:00-16:00").off(8, 14)
    verdict = made.work(15, "08:00-16:00").verdict()
    assert verdict.errors == [DAYS_OFF]
    margin = verdict.margin(DAYS_OFF)
    assert (margin.measured, margin.limit) == (0, 1)


def test_28_days_from_the_first_on_pool_rotations_as_local_policy() -> None:
    made = weeks(diary(("ICU", 14), ("ELECTIVE", 14)), 92, 92, 66, 66)
    assert made.verdict().errors == [HOURS]
    pooled = made.verdict(policy=Policy(averaging="fixed28"))
    assert pooled.errors == []
    margin = pooled.margin(HOURS)
    assert (margin.measured, margin.rotation) == (79.0, "ICU")
    heavier = weeks(diary(("ICU", 14), ("WARD", 14)), 92, 92, 70, 70)
    finding = heavier.verdict(policy=Policy(averaging="fixed28")).finding(HOURS)
    assert (finding.measured, finding.averaging, finding.days) == (81.0, "fixed28", 28)


def test_calendar_months_cut_across_rotations() -> None:
    made = diary(("WARD", 56), start="2026-07-06")
    july = made.work([day for day in range(1, 27) if day % 7], "06:00-20:40")
    verdict = july.verdict(policy=Policy(averaging="calendar_month"))
    assert verdict.errors == [HOURS]
    finding = verdict.finding(HOURS)
    hours = 23 * (14 + 2 / 3)
    assert finding.measured == pytest.approx(hours * 7 / 26)
    assert (finding.days, finding.averaging) == (26, "calendar_month")
    assert (made.number(finding.first), made.number(finding.last)) == (1, 26)
    assert july.verdict().margin(HOURS).measured == pytest.approx(hours * 7 / 28)


def test_rolling_windows_find_their_worst_once_and_say_that_they_are_local() -> None:
    made = weeks(diary(("WARD", 28), ("ICU", 28)), 66, 70, 88, 92, 92, 88, 70, 66)
    assert made.verdict().errors == []
    assert made.verdict().margin(HOURS).measured == 79.0
    verdict = made.verdict(policy=Policy(averaging="rolling28_local"))
    assert verdict.errors.count(HOURS) == 1
    finding = verdict.finding(HOURS)
    assert (finding.measured, finding.averaging) == (90.0, "rolling28_local")
    assert (made.number(finding.first), made.number(finding.last)) == (14, 41)
