"""Specification §5, rows A: eighty hours a week."""

import pytest

from tests.scheduling.acgme.builders import DutyDiary, diary, each

HOURS = "CPR-6.20-80H"


def weeks_of(*ends: str) -> DutyDiary:
    """Return Monday to Saturday from 06:00 to each week's own end, and the Monday after."""
    made = diary()
    for week, end in enumerate(ends, 1):
        made = made.work(each("Mon-Sat", week), f"06:00-{end}")
    return made.work(29, "06:00-18:00", rotation="NEXT")


def test_a1_six_days_of_13_hours_are_78() -> None:
    verdict = weeks_of("19:00", "19:00", "19:00", "19:00").verdict()
    assert verdict.violations == ()
    margin = verdict.margin(HOURS)
    assert (margin.measured, margin.limit, margin.margin) == (78.0, 80, 2.0)


def test_a2_six_days_of_13_and_a_half_hours_are_81() -> None:
    verdict = weeks_of("19:30", "19:30", "19:30", "19:30").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS], [], [])
    finding = verdict.finding(HOURS)
    assert (finding.measured, finding.limit, finding.days, finding.leave_days) == (81.0, 80, 28, 0)
    assert verdict.margin(HOURS).margin == -1.0


@pytest.mark.parametrize("vacation", [1, 2, 3, 4])
def test_a3_vacation_leaves_numerator_and_denominator(vacation: int) -> None:
    worked = [week for week in (1, 2, 3, 4) if week != vacation]
    made = diary().work(each("Mon-Sat", *worked), "06:00-21:00").work(29, "06:00-18:00")
    verdict = made.off(7 * vacation - 6, 7 * vacation).verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS], [], [])
    finding = verdict.finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (90.0, 21, 7)
    assert made.verdict().margin(HOURS).measured == 67.5


def test_a4_single_weeks_above_80_are_legal() -> None:
    made = weeks_of("21:20", "20:40", "17:40", "17:00")
    verdict = made.verdict()
    assert verdict.violations == ()
    assert verdict.margin(HOURS).measured == 79.0
    planned = made.planned()
    assert (planned.errors, planned.warnings, planned.infos) == ([], [], ["CPR-6.20-PLAN"])
    finding = planned.finding("CPR-6.20-PLAN")
    assert (finding.measured, finding.limit) == (79.0, 76)


def test_a5_a_light_rotation_does_not_mask_a_heavy_one() -> None:
    made = diary(("ICU", 14), ("ELECTIVE", 14)).work(each("Mon-Sat", 1, 2), "06:00-20:20")
    verdict = made.work(each("Mon-Fri", 3, 4), "08:00-17:00").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS], [], [])
    finding = verdict.finding(HOURS)
    assert (finding.measured, finding.rotation, finding.days) == (86.0, "ICU", 14)
    assert (made.number(finding.first), made.number(finding.last)) == (1, 14)
    pooled = diary(("ICU", 28)).add(*made.intervals).work(each("Mon-Fri", 3, 4), "08:00-17:00")
    assert pooled.verdict().margin(HOURS).measured == 65.5


def test_a6_a_clinic_inside_a_ward_day_counts_once() -> None:
    ward = diary().work(each("Mon-Sat"), "06:00-18:00").work(29, "06:00-18:00")
    verdict = ward.work(each("Mon-Sat"), "13:00-17:00").verdict()
    assert verdict.violations == ()
    assert verdict.margin(HOURS).measured == 6 * 12.0
    one_day = ward.work(1, "13:00-17:00", "education").work(1, "05:00-07:00")
    assert one_day.verdict().margin(HOURS).measured == 72.0 + 1 / 4


def test_a7_a_month_of_31_days_is_divided_by_31() -> None:
    working = [day for day in range(1, 32) if day not in (5, 12, 19, 26)]
    month = diary(("WARD", 31), start="2026-07-01").work(working[:25], "06:00-19:00")
    verdict = month.work(working[25:], "06:00-21:00").work(32, "06:00-18:00").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS], [], ["CPR-6.21b-EXACT"])
    finding = verdict.finding(HOURS)
    assert finding.measured == pytest.approx(80.161290, abs=1e-6)
    assert (finding.days, finding.limit) == (31, 80)


@pytest.mark.parametrize(("end", "errors"), [("20:17", []), ("20:18", [HOURS])])
def test_a7_the_limit_of_31_days_is_354_hours_and_17_minutes(end: str, errors: list[str]) -> None:
    working = [day for day in range(1, 32) if day not in (5, 12, 19, 26)]
    month = diary(("WARD", 31), start="2026-07-01").work(working[:25], "06:00-19:00")
    made = month.work(working[25], "06:00-21:00").work(working[26], f"06:00-{end}")
    assert made.work(32, "06:00-18:00").verdict().errors == errors


@pytest.mark.parametrize("pgy", [1, 2])
def test_a8_moonlighting_counts_and_a_pgy_1_may_not(pgy: int) -> None:
    made = diary(("ELECTIVE", 28), pgy=pgy).work(each("Mon-Fri"), "08:00-17:00")
    made = made.work(each("Mon-Thu"), "17:00-23:00", "moonlighting_external")
    made = made.work(each("Sat"), "08:00-20:00", "moonlighting_external")
    verdict = made.work(29, "08:00-17:00").verdict()
    forbidden = ["CPR-6.25-ML"] * 20 if pgy == 1 else []
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS, *forbidden], [], [])
    assert verdict.finding(HOURS).measured == 81.0


def test_a9_home_call_counts_what_is_done_and_not_the_waiting() -> None:
    nights = (*each("Mon-Wed", 1), *each("Mon-Wed", 2), *each("Mon-Thu", 3), *each("Mon-Wed", 4))
    made = diary().work(each("Mon-Fri"), "06:00-17:00").work(29, "06:00-17:00")
    made = made.work(nights, "17:00-06:00", "home_call").work(6, "08:00-08:00", "home_call")
    made = made.work((*nights, 6), "20:00-21:30", "home_call_activity")
    verdict = made.work(6, "10:00-16:00", "home_call_in").verdict()
    assert len(nights) + 1 == 14
    assert verdict.violations == ()
    assert verdict.margin(HOURS).measured == (220 + 21 + 6) / 4 == 61.75


@pytest.mark.parametrize(
    ("last_end", "errors", "measured"),
    [
        ("19:20", [], 80.0),
        ("19:21", [HOURS], 80 + 1 / 240),
        ("19:24", [HOURS], 80 + 1 / 60),
    ],
)
def test_a10_exactly_80_is_legal_and_a_minute_more_is_not(
    last_end: str, errors: list[str], measured: float
) -> None:
    days = each("Mon-Sat")
    made = diary().work(days[:-1], "06:00-19:20").work(days[-1], f"06:00-{last_end}")
    verdict = made.work(29, "06:00-18:00").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == (errors, [], [])
    margin = verdict.margin(HOURS)
    assert margin.measured == pytest.approx(measured, abs=1e-9)
    assert margin.margin == pytest.approx(80 - measured, abs=1e-9)


def test_a11_every_fourth_night_with_four_days_off_is_74() -> None:
    calls = diary().call(range(1, 28, 4)).work(29, "07:00-17:00", rotation="NEXT")
    others = [day for day in range(1, 29) if day % 4 in (0, 3)]
    with_days_off = calls.work([day for day in others if day not in (4, 12, 20, 28)], "07:00-17:00")
    verdict = with_days_off.verdict()
    assert verdict.violations == ()
    assert verdict.margin(HOURS).measured == (7 * 28 + 10 * 10) / 4 == 74.0
    assert verdict.margin("CPR-6.21b-1in7").measured == 4
    without = calls.work(others, "07:00-17:00").verdict()
    assert (without.errors, without.warnings) == ([HOURS, "CPR-6.21b-1in7"], [])
    assert without.finding(HOURS).measured == (7 * 28 + 14 * 10) / 4 == 84.0
    assert without.finding("CPR-6.21b-1in7").measured == 0
