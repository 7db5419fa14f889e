"""Specification §5, rows N: night float, home call, moonlighting."""

import pytest

from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import diary, each

HOURS = "CPR-6.20-80H"
EIGHT = "CPR-6.21-8H"
DAYS_OFF = "CPR-6.21b-1in7"
IDEAL = "CPR-6.21b-IDEAL"
STRETCH = "CPR-6.21b-STRETCH"
NIGHTS = "CPR-6.26-NF"
HOME_CALL = "CPR-6.28-HC"


def test_n1_six_nights_of_13_and_a_half_hours_are_81_in_spite_of_a_night_off() -> None:
    made = diary(("NF", 28)).work(each("Mon-Sat"), "18:00-07:30", "night_float")
    verdict = made.work(29, "18:00-07:30", "night_float").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([HOURS], [], [IDEAL])
    assert verdict.finding(HOURS).measured == 81.0
    assert verdict.margin(DAYS_OFF).margin == 0


def test_n2_two_weeks_of_nights_pass_on_average_and_are_pointed_at() -> None:
    made = diary().work(each("Mon-Sun", 1, 2), "19:00-06:00", "night_float")
    made = made.work((*each("Tue-Fri", 3), *each("Mon-Fri", 4)), "08:00-17:00")
    verdict = made.work(29, "08:00-17:00").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], [STRETCH, NIGHTS])
    margin = verdict.margin(DAYS_OFF)
    assert (margin.measured, margin.limit) == (5, 4)
    assert verdict.margin(HOURS).measured == (14 * 11 + 9 * 9) / 4 == 58.75
    nights = verdict.finding(NIGHTS)
    assert (made.number(nights.first), made.number(nights.last)) == (1, 7)


def test_n3_a_week_of_home_call_counts_nothing_by_waiting() -> None:
    made = diary().work(each("Mon-Fri"), "08:00-17:00").work(29, "08:00-17:00")
    paged = made.work(each("Mon-Fri", 1), "17:00-08:00", "home_call")
    verdict = paged.work(each("Sat-Sun", 1), "08:00-08:00", "home_call").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], [HOME_CALL])
    assert verdict.margin(HOURS).measured == 45.0
    assert verdict.finding(HOME_CALL).measured == 7
    assert verdict.margin(DAYS_OFF).measured == 6


def test_n3_home_call_on_every_day_leaves_no_free_day() -> None:
    made = diary().work(each("Mon-Fri"), "08:00-17:00").work(29, "08:00-17:00")
    paged = made.work(each("Mon-Fri"), "17:00-08:00", "home_call")
    verdict = paged.work(each("Sat-Sun"), "08:00-08:00", "home_call").verdict()
    assert (verdict.errors, verdict.warnings) == ([DAYS_OFF], [])
    assert verdict.finding(DAYS_OFF).measured == 0
    assert verdict.margin(HOURS).measured == 45.0
    assert verdict.infos == [STRETCH, HOME_CALL]


def test_n4_called_in_before_a_clinic() -> None:
    made = diary().work((1, 2), "08:00-17:00").work(1, "17:00-08:00", "home_call")
    verdict = made.work(2, "01:00-04:00", "home_call_in").verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [EIGHT], [])
    assert verdict.finding(EIGHT).measured == 4.0
    assert verdict.margin(HOURS).measured == (9 + 3 + 9) * 7 / 28


@pytest.mark.parametrize(("breaks", "errors", "free"), [(True, [DAYS_OFF], 0), (False, [], 1)])
def test_n5_moonlighting_on_the_only_free_day(breaks: bool, errors: list[str], free: int) -> None:  # noqa: FBT001
    made = diary(("WARD", 7)).work((*each("Mon-Fri", 1), 7, 8), "07:00-17:00")
    made = made.work(6, "08:00-20:00", "moonlighting_external", approved=True)
    verdict = made.verdict(policy=Policy(moonlighting_breaks_days_off=breaks))
    assert (verdict.errors, verdict.warnings) == (errors, [])
    assert verdict.margin(HOURS).measured == 60.0 + 12.0
    assert verdict.margin(DAYS_OFF).measured == free
