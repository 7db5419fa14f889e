"""Specification §5, rows M: the pack of emergency medicine, confirmed by the programme."""

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import EM, EMERGENCY, DutyDiary, confirmed, diary, each

CONFIRMED = Policy(confirmed=confirmed(EM))
REST, SHIFT, DAY_OFF = "EM-REST", "EM-SHIFT", "EM-DAYOFF"
CLINICAL, TOTAL, ROLLING = "EM-WEEK-CLINICAL", "EM-WEEK-TOTAL", "EM-WEEK-ROLLING"


def emergency() -> DutyDiary:
    """Return four empty weeks in an emergency department."""
    return diary(("ED", 28), specialty=EMERGENCY)


def test_m1_rest_is_as_long_as_the_shift_before() -> None:
    shift = emergency().work(1, "07:00-19:00")
    early = shift.work(2, "06:00-16:00").planned(EM, policy=CONFIRMED)
    assert (early.errors, early.warnings, early.infos) == ([REST], [], [])
    finding = early.finding(REST)
    assert (finding.measured, finding.limit) == (11.0, 12.0)
    on_time = shift.work(2, "07:00-17:00").planned(EM, policy=CONFIRMED)
    assert on_time.violations == ()
    assert on_time.margin(REST).margin == 0


def test_m2_a_logged_overrun_shortens_the_rest_to_a_warning() -> None:
    plan = emergency().work(1, "14:00-00:00").work(2, "10:00-20:00")
    planned = plan.planned(EM, policy=CONFIRMED)
    assert planned.violations == ()
    assert planned.margin(REST).measured == 10.0
    log = emergency().work(1, "14:00-00:30").work(2, "10:00-20:00")
    logged = log.verdict(EM, policy=CONFIRMED)
    assert (logged.errors, logged.warnings, logged.infos) == ([], [REST], [])
    finding = logged.finding(REST)
    assert (finding.measured, finding.limit) == (9.5, 10.5)


def test_m3_five_shifts_and_a_conference_are_60_and_65() -> None:
    made = emergency().work(each("Mon-Fri", 1), "07:00-19:00")
    verdict = made.work(6, "08:00-13:00", "education").planned(EM, policy=CONFIRMED)
    assert verdict.violations == ()
    assert verdict.margin(CLINICAL).measured == 60.0
    assert verdict.margin(TOTAL).measured == 65.0


def test_m3_an_ambulance_shift_more_breaks_the_total() -> None:
    made = emergency().work(each("Mon-Fri", 1), "07:00-19:00")
    made = made.work(6, "08:00-13:00", "education").work(6, "14:00-22:00", rotation="EMS")
    verdict = made.planned(EM, policy=CONFIRMED)
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([TOTAL], [ROLLING], [])
    finding = verdict.finding(TOTAL)
    assert (finding.measured, finding.limit) == (73.0, 72)
    assert (made.number(finding.first), made.number(finding.last)) == (1, 7)
    assert verdict.margin(CLINICAL).measured == 60.0
    assert verdict.finding(ROLLING).measured == 73.0


def test_m4_seven_days_without_a_day_off_are_an_error() -> None:
    made = emergency().work((*each("Mon-Sun", 1), 8), "08:00-16:00")
    verdict = made.planned(EM, policy=CONFIRMED)
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([DAY_OFF], [], [])
    finding = verdict.finding(DAY_OFF)
    assert (finding.measured, finding.limit) == (0, 1)
    assert (made.number(finding.first), made.number(finding.last)) == (1, 7)
    assert verdict.margin(TOTAL).measured == 56.0
    assert verdict.margin("CPR-6.21b-1in7").margin > 0


def test_m5_a_planned_shift_of_12_and_a_half_hours_is_an_error() -> None:
    long = emergency().work(1, "07:00-19:30")
    planned = long.planned(EM, policy=CONFIRMED)
    assert (planned.errors, planned.warnings, planned.infos) == ([SHIFT], [], [])
    finding = planned.finding(SHIFT)
    assert (finding.measured, finding.limit) == (12.5, 12)


def test_m5_a_logged_overrun_of_half_an_hour_is_only_pointed_at() -> None:
    logged = emergency().work(1, "07:00-19:30").verdict(EM, policy=CONFIRMED)
    assert (logged.errors, logged.warnings, logged.infos) == ([], [], [SHIFT])
    assert logged.finding(SHIFT).measured == 12.5
    handed_over = emergency().work(1, "07:00-19:00").work(1, "19:00-19:30", "transition")
    verdict = handed_over.verdict(EM, policy=CONFIRMED)
    assert verdict.violations == ()
    assert verdict.margin(SHIFT).measured == 12.0
