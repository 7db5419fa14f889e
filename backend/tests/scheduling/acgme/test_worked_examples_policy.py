"""What a programme may decide, and what it may not (specification §3, §4, §8)."""

from datetime import date
from typing import Any

import pytest

from app.scheduling.acgme.intervals import InvalidTimelineError
from app.scheduling.acgme.pack import InvalidPolicyError
from app.scheduling.acgme.policy import HoursException, Policy, Tightening
from app.scheduling.acgme.validator import ACGMEValidator
from tests.scheduling.acgme.builders import (
    COMMON,
    EM,
    IM,
    NY,
    DutyDiary,
    confirmed,
    diary,
    each,
    pack,
)

HOURS = "CPR-6.20-80H"
PLAN = "CPR-6.20-PLAN"
EIGHT = "CPR-6.21-8H"
FOURTEEN = "CPR-6.21a-14H"
CONTINUOUS = "CPR-6.22-24H"
TRANSITION = "CPR-6.22a-+4"
STAYS = "CPR-6.23-VOL"


def full_weeks(end: str, rotation: str = "ICU") -> DutyDiary:
    """Return four weeks of six days from 06:00 on."""
    return diary((rotation, 28)).work(each("Mon-Sat"), f"06:00-{end}")


def granted(hours: int = 88, **fields: Any) -> Policy:
    """Return a policy with an exception that the Review Committee approved."""
    return Policy(exceptions=(HoursException(hours=hours, approval="RC 2026/17", **fields),))


@pytest.mark.parametrize(("end", "errors"), [("20:40", []), ("20:41", [HOURS])])
def test_an_approved_exception_allows_88_hours(end: str, errors: list[str]) -> None:
    made = full_weeks(end)
    assert made.verdict().errors == [HOURS]
    verdict = made.verdict(policy=granted())
    assert verdict.errors == errors
    assert verdict.margin(HOURS).limit == 88


def test_an_exception_of_84_hours_is_84() -> None:
    assert full_weeks("20:00").verdict(policy=granted(84)).errors == []
    finding = full_weeks("20:01").verdict(policy=granted(84)).finding(HOURS)
    assert finding.limit == 84
    assert finding.measured == pytest.approx(84.1)


@pytest.mark.parametrize("approval", ["", "  "])
def test_an_exception_without_its_approval_is_refused(approval: str) -> None:
    with pytest.raises(ValueError, match="approval"):
        HoursException(hours=88, approval=approval)


@pytest.mark.parametrize("hours", [0, 80, 89, 100])
def test_nobody_grants_less_than_81_or_more_than_88(hours: int) -> None:
    with pytest.raises(ValueError, match="81 to 88"):
        HoursException(hours=hours, approval="RC 2026/17")


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"rotations": ("ICU",)}, []),
        ({"rotations": ("WARD", "ICU")}, []),
        ({"rotations": ("WARD",)}, [HOURS]),
        ({"start": date(2026, 7, 6)}, []),
        ({"start": date(2026, 7, 7)}, [HOURS]),
        ({"end": date(2026, 7, 6)}, []),
        ({"end": date(2026, 7, 5)}, [HOURS]),
        ({"rotations": ("ICU",), "start": date(2026, 8, 1)}, [HOURS]),
    ],
)
def test_an_exception_holds_for_its_rotations_and_dates(
    fields: dict[str, Any], errors: list[str]
) -> None:
    assert full_weeks("20:00").verdict(policy=granted(**fields)).errors == errors


def test_an_exception_of_the_acgme_does_not_bind_new_york() -> None:
    verdict = full_weeks("20:00").verdict(NY, policy=granted())
    assert verdict.errors == ["NY-80H"]


@pytest.mark.parametrize(("end", "errors"), [("18:40", []), ("18:41", [HOURS])])
def test_a_programme_may_tighten_the_weekly_hours(end: str, errors: list[str]) -> None:
    policy = Policy(tightened=(Tightening(rule=HOURS, limit=76, reason="wellness"),))
    verdict = full_weeks(end).verdict(policy=policy)
    assert verdict.errors == errors
    assert verdict.margin(HOURS).limit == 76


def test_limits_are_whole_numbers() -> None:
    with pytest.raises(ValueError, match="whole number"):
        Tightening(rule=HOURS, limit=76.5)  # type: ignore[arg-type]  # what a file may hold


def test_a_tightened_should_stays_a_warning() -> None:
    made = diary().work(1, "08:00-21:00").work(2, "06:30-16:00")
    policy = Policy(tightened=(Tightening(rule=EIGHT, limit=10),))
    verdict = made.verdict(policy=policy)
    assert (verdict.errors, verdict.warnings) == ([], [EIGHT])
    finding = verdict.finding(EIGHT)
    assert (finding.measured, finding.limit) == (9.5, 10)


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (HOURS, 81),
        (EIGHT, 7),
        (FOURTEEN, 10),
        (CONTINUOUS, 28),
        ("CPR-6.21b-STRETCH", 14),
        ("IM-Q3", 2),
        ("EM-SHIFT", 13),
        ("EM-WEEK-TOTAL", 73),
        ("NY-8H", 6),
    ],
)
def test_loosening_a_limit_is_refused(rule: str, limit: int) -> None:
    policy = Policy(tightened=(Tightening(rule=rule, limit=limit),))
    with pytest.raises(InvalidPolicyError, match="never loosen"):
        ACGMEValidator([pack(COMMON), pack(IM), pack(EM), pack(NY)], policy)


@pytest.mark.parametrize(
    ("rule", "limit"), [(HOURS, 80), (EIGHT, 8), (FOURTEEN, 14), (CONTINUOUS, 24)]
)
def test_the_same_limit_is_no_loosening(rule: str, limit: int) -> None:
    policy = Policy(tightened=(Tightening(rule=rule, limit=limit),))
    assert ACGMEValidator([pack(COMMON)], policy).rules == ACGMEValidator([pack(COMMON)]).rules


def test_tightening_what_there_is_not_is_refused() -> None:
    policy = Policy(tightened=(Tightening(rule="CPR-9", limit=1),))
    with pytest.raises(InvalidPolicyError, match="CPR-9"):
        ACGMEValidator([pack(COMMON)], policy)


@pytest.mark.parametrize(("buffer", "infos"), [(0, []), (2, []), (3, [PLAN]), (10, [PLAN])])
def test_a_plan_is_pointed_at_within_the_buffer(buffer: int, infos: list[str]) -> None:
    made = full_weeks("19:00")
    assert made.planned(policy=Policy(planner_buffer_hours=buffer)).infos == infos
    assert made.verdict(policy=Policy(planner_buffer_hours=buffer)).infos == []


def test_a_plan_above_80_hours_is_found_once() -> None:
    verdict = full_weeks("19:30").planned()
    assert (verdict.errors, verdict.infos) == ([HOURS], [])
    assert verdict.finding(HOURS).also == (PLAN,)


@pytest.mark.parametrize(
    ("gap", "errors", "warnings", "length"),
    [
        (0, [], [EIGHT], 12.5),
        (59, [], [EIGHT], 12.5),
        (60, [CONTINUOUS, TRANSITION], [], 24.5),
        (90, [CONTINUOUS, TRANSITION], [], 24.5),
    ],
)
def test_a_gap_that_is_bridged_does_not_end_a_run(
    gap: int, errors: list[str], warnings: list[str], length: float
) -> None:
    made = diary().work(1, "06:00-18:00").work(1, "19:00-07:30")
    verdict = made.verdict(policy=Policy(merge_gap_minutes=gap))
    assert (verdict.errors, verdict.warnings) == (errors, warnings)
    assert verdict.margin(CONTINUOUS).measured == length
    assert verdict.margin(HOURS).measured == 24.5 * 7 / 28


@pytest.mark.parametrize(("rests", "warnings"), [(True, [EIGHT, EIGHT]), (False, [])])
def test_rest_rules_may_leave_moonlighting_out(rests: bool, warnings: list[str]) -> None:  # noqa: FBT001
    made = diary().work((1, 2), "06:00-18:00")
    made = made.work(1, "20:00-23:00", "moonlighting_internal", approved=True)
    verdict = made.verdict(policy=Policy(moonlighting_has_rest_rules=rests))
    assert (verdict.errors, verdict.warnings) == ([], warnings)
    assert verdict.margin(HOURS).measured == 27 * 7 / 28


@pytest.mark.parametrize("sure", [True, False])
def test_a_resident_on_a_visa_may_not_moonlight(sure: bool) -> None:  # noqa: FBT001
    rule = "CPR-6.25-VISA"
    made = diary().work(6, "08:00-20:00", "moonlighting_external", approved=True)
    assert made.verdict().violations == ()
    listed = Policy(no_moonlighting=("r1",), confirmed=confirmed(rule) if sure else ())
    verdict = made.verdict(policy=listed)
    assert (verdict.errors, verdict.warnings) == (([rule], []) if sure else ([], [rule]))
    others = Policy(no_moonlighting=("r2",), confirmed=confirmed(rule))
    assert made.verdict(policy=others).violations == ()


@pytest.mark.parametrize(
    ("approved", "warnings"), [(True, []), (None, []), (False, ["CPR-6.25-APPROVAL"])]
)
@pytest.mark.parametrize("kind", ["moonlighting_internal", "moonlighting_external"])
def test_moonlighting_without_approval_is_a_warning(
    approved: bool | None,  # noqa: FBT001
    warnings: list[str],
    kind: str,
) -> None:
    made = diary().work(6, "08:00-20:00", kind, approved=approved)
    for policy in (Policy(), Policy(confirmed=confirmed(COMMON))):
        verdict = made.verdict(policy=policy)
        assert (verdict.errors, verdict.warnings) == ([], warnings)


def test_an_approval_does_not_let_a_first_year_moonlight() -> None:
    made = diary(pgy=1).work(6, "08:00-20:00", "moonlighting_external", approved=True)
    assert made.verdict().errors == ["CPR-6.25-ML"]


def test_fractions_of_a_day_off_may_be_rounded_up_of_what_leave_leaves() -> None:
    made = diary().work(each("Mon-Sat", 1, 2, 4), "06:00-16:00").off(15, 19)
    made = made.work(each("Sat-Sun", 3), "06:00-16:00").work(29, "06:00-16:00")
    assert made.verdict().margin("CPR-6.21b-1in7").margin == 0
    verdict = made.verdict(policy=Policy(rounding="ceil"))
    assert verdict.errors == ["CPR-6.21b-1in7"]
    margin = verdict.margin("CPR-6.21b-1in7")
    assert (margin.measured, margin.limit) == (3, 4)


def test_a_stay_that_shortens_the_rest_is_waived() -> None:
    made = diary().work((1, 2), "06:00-18:00")
    stayed = made.work(1, "18:00-23:00", "voluntary").verdict()
    assert stayed.violations == ()
    assert made.work(1, "18:00-23:00").verdict().warnings == [EIGHT]
    returned = made.work(1, "22:00-23:59", "voluntary").verdict()
    assert returned.violations == ()


def test_a_stay_does_not_excuse_a_rest_that_was_short_anyway() -> None:
    made = diary().work(1, "09:00-22:01").work(2, "06:00-16:00")
    verdict = made.work(1, "22:01-23:00", "voluntary").verdict()
    assert verdict.warnings == [EIGHT]
    assert verdict.finding(EIGHT).measured == 7.0


@pytest.mark.parametrize(
    ("made", "errors"),
    [
        (diary().work(each("Mon-Sat"), "06:00-19:30"), [HOURS]),
        (diary().work(range(1, 30), "06:00-16:00"), ["CPR-6.21b-1in7"]),
    ],
)
def test_a_stay_excuses_nothing_when_hours_or_days_off_are_broken(
    made: DutyDiary, errors: list[str]
) -> None:
    assert made.verdict().warnings == []
    end = "19:30" if HOURS in errors else "16:00"
    verdict = made.work(1, f"{end}-23:00", "voluntary").verdict()
    assert (verdict.errors, verdict.warnings) == (errors, [EIGHT])


@pytest.mark.parametrize(("stays", "infos"), [(1, []), (2, [STAYS]), (3, [STAYS])])
def test_more_than_one_stay_in_a_period_is_pointed_at(stays: int, infos: list[str]) -> None:
    days = (*range(2, 2 + 7 * stays, 7), 30)
    made = diary(("WARD", 28), ("ICU", 28)).work(days, "18:00-19:00", "voluntary")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], infos)
    margin = verdict.margin(STAYS)
    assert (margin.measured, margin.limit) == (stays, 1)


def test_nobody_plans_a_stay_of_ones_own_accord() -> None:
    with pytest.raises(InvalidTimelineError, match="voluntary"):
        diary().work(1, "18:00-19:00", "voluntary").timeline("plan")


@pytest.mark.parametrize("kind", ["work_from_home", "home_call_activity", "conference"])
def test_any_counted_duty_ends_the_14_hours(kind: str) -> None:
    verdict = diary().call(1).work(2, "15:00-16:00", kind).verdict()
    assert (verdict.errors, verdict.warnings) == ([FOURTEEN], [])
    assert verdict.finding(FOURTEEN).measured == 4.0


@pytest.mark.parametrize(
    ("day", "start", "warnings"),
    [(2, "20:00", [FOURTEEN]), (3, "00:59", [FOURTEEN]), (3, "01:00", [])],
)
def test_the_pager_in_the_14_hours_is_a_warning(day: int, start: str, warnings: list[str]) -> None:
    verdict = diary().call(1).work(day, f"{start}-08:00", "home_call").verdict()
    assert (verdict.errors, verdict.warnings) == ([], warnings)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"merge_gap_minutes": -1}, "0 to 180"),
        ({"merge_gap_minutes": 181}, "0 to 180"),
        ({"planner_buffer_hours": -1}, "0 to 40"),
        ({"planner_buffer_hours": 41}, "0 to 40"),
        ({"dst_grace_minutes": -1}, "0 to 60"),
        ({"dst_grace_minutes": 61}, "0 to 60"),
        ({"vacation_week_days": 6}, "5 or 7"),
    ],
)
def test_choices_that_there_are_not_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Policy(**fields)
